"""The fold is total: whatever comes in whatever order leaves a case that adds up, or a mark that says why not."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.fold import CONTRADICTIONS, Fact, fold, fold_over
from rma_station.domain.rma import Case, Custody, Line, Part, Product, line_counters

IDS = {
    "parcel_id": ("p1", "p2"),
    "unit_id": ("u1", "u2", "u3"),
    "rma_id": ("r1", "r2"),
    "line_id": ("l1", "l2"),
    "rma_ids": (("r1",), ("r1", "r2"), ()),
    "event_id": ("e0", "e1", "e2", "e3", "e4"),
    "sku": ("SHIRT",),
    "serial": ("S1", "S2"),
    "grade": ("A", "E"),
}
"""A small world, so that events meet."""
LINE = Line("l1", "SHIRT", "Shirt", 2, (Part(Product("SHIRT", "Shirt")),))


def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """What may stand in a field: an id of the small world where it is one, else anything of its type."""
    if type(None) in get_args(hint):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return st.none() | values(name, inner)
    if name in IDS:
        return st.sampled_from(IDS[name])
    if get_origin(hint) in (Union, types.UnionType):
        return values(name, get_args(hint)[0])
    if get_origin(hint) is tuple:
        return st.lists(values("", get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is not None and issubclass(get_origin(hint), Mapping):
        return st.just({})
    simple = {str: st.sampled_from(("", "x")), int: st.integers(0, 3), bool: st.booleans()}
    return simple[hint] if hint in simple else made(hint)


def made(kind: type) -> st.SearchStrategy[Any]:
    """Instances of a dataclass."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "TYPE"}
    return st.builds(kind, **{name: values(name, hint) for name, hint in hints.items()})


def undone(kinds: Mapping[str, type]) -> st.SearchStrategy[ev.UndoApplied]:
    """An undo of one of the first events, of whatever type it says."""
    return st.builds(
        ev.UndoApplied,
        st.sampled_from(IDS["event_id"]),
        st.sampled_from(sorted(kinds)),
        st.sampled_from(IDS["parcel_id"]),
        st.none() | st.sampled_from(IDS["unit_id"]),
        rma_id=st.none() | st.sampled_from(IDS["rma_id"]),
    )


EVENTS = st.one_of(*(made(kind) for kind in ev.BY_TYPE.values() if kind is not ev.UndoApplied), undone(ev.BY_TYPE))
FACTS = st.lists(
    st.tuples(EVENTS, st.sampled_from(("000001", None)), st.sampled_from(("", "log-a", "log-b"))),
    min_size=5,
    max_size=20,
)


@settings(max_examples=300, deadline=None)
@given(FACTS)
def test_any_events_in_any_order_make_cases_that_can_be_kept(
    given_facts: list[tuple[ev.Event, str | None, str]],
) -> None:
    """Nothing raises, marks are those there are words for, and every case is the same after it was stored and read."""
    cases = {case_id: Case(case_id) for case_id in ("r1", "r2", "p1")}
    for number, (event, worker_id, log_id) in enumerate(given_facts):
        cases = fold_over(cases, Fact(f"e{number}", event, worker_id, "2026-11-24T12:00:00.000Z", log_id))

    for case in cases.values():
        counted = line_counters(case, LINE)
        assert {mark.code for mark in case.marks} <= set(CONTRADICTIONS)
        assert counted.received >= counted.graded >= 0
        assert codec.decode(Case, codec.from_bytes(codec.to_bytes(codec.encode(case)))) == case


@settings(max_examples=100, deadline=None)
@given(FACTS)
def test_a_case_that_was_folded_is_never_changed(given_facts: list[tuple[ev.Event, str | None, str]]) -> None:
    """A fold gives a new case: the one before it can still be kept, as a commit that fails needs."""
    case = Case("r1")
    for number, (event, worker_id, log_id) in enumerate(given_facts):
        before = codec.to_bytes(codec.encode(case))
        after = fold(case, Fact(f"e{number}", event, worker_id, log_id=log_id))

        assert codec.to_bytes(codec.encode(case)) == before
        case = after


OPENED = ev.ParcelOpened("p1", "tracking", "T1", ("r1",))
SEEN = ev.UnitIdentified("u1", "p1", "R1", "c", "gtin", rma_id="r1", line_id="l1", sku="SHIRT")
GRADED = ev.UnitGraded("u1", "textile", 1, {}, "A", "A", "restock", "restock", "R1")


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ((OPENED, OPENED), "parcel_opened_twice"),
        ((ev.ParcelInspected("p1", "intact"),), "parcel_not_open"),
        ((OPENED, SEEN, SEEN), "unit_identified_twice"),
        ((OPENED, GRADED), "unit_unknown"),
        ((OPENED, SEEN, GRADED, GRADED), "graded_twice"),
        ((OPENED, ev.UndoApplied("e0", "label.sent", "p1")), "undo_unknown"),
    ],
)
def test_an_event_that_does_not_fit_is_kept_as_a_mark(events: tuple[ev.Event, ...], code: str) -> None:
    """A supervisor sees what contradicts what; nothing is refused."""
    case = Case("r1")
    for number, event in enumerate(events):
        case = fold(case, Fact(f"e{number}", event, "000001"))

    assert [mark.code for mark in case.marks] == [code]


def test_an_event_that_a_case_does_not_know_changes_nothing() -> None:
    """Shifts, clocks and logs are on record and in no case."""
    case = Case("r1")

    assert fold(case, Fact("e0", ev.WorkerSignedIn("000001"), "000001")) is case


def test_an_identification_that_was_undone_counts_nowhere() -> None:
    """The unit stays on record as taken back."""
    case = Case("r1")
    happened: tuple[ev.Event, ...] = (OPENED, SEEN, ev.UndoApplied("e1", SEEN.TYPE, "p1", "u1"))
    for number, event in enumerate(happened):
        case = fold(case, Fact(f"e{number}", event, "000001"))

    assert (case.units["u1"].custody, line_counters(case, LINE).received) == (Custody.TAKEN_BACK, 0)


def test_a_parcel_or_unit_leaves_all_other_fields_of_its_case() -> None:
    """They name every field of a case: one that is new must not be lost with the next event."""
    told: dict[str, Any] = {field.name: object() for field in dataclasses.fields(Case)} | {"parcels": {}, "units": {}}
    case = Case(**told)
    for event in (
        ev.ParcelOpened("p1", "unknown", "CODE"),
        ev.UnitIdentified("u1", "p1", "LPN1", "SHIRT", "sku"),
    ):
        case = fold(case, Fact("e1", event))

    assert (list(case.parcels), list(case.units)) == (["p1"], ["u1"])
    assert {name: getattr(case, name) for name in told if name not in ("parcels", "units")} == {
        name: value for name, value in told.items() if name not in ("parcels", "units")
    }
