"""A grade changed in the review stands behind the one it changes, at the bench as at the hub."""

from __future__ import annotations

import pytest

from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold
from rma_station.domain.rma import Case, Unit

START = (
    Fact("e1", ev.UnitIdentified("u1", "p1", "LPN1", "c", "gtin"), "000001"),
    Fact("g1", ev.UnitGraded("u1", "apparel", 1, {}, "C", "C", "repair", "repair", "R9"), "000001"),
    Fact("e3", ev.LabelConfirmed("u1", "LPN1", "scan_back"), "000001"),
    Fact("e4", ev.UnitPlaced("u1", "LPN1", "R9"), "000001"),
)


def amended(event_id: str, grade: str, worker: str, changes: str = "") -> Fact:
    """Graded again, by the bench or in the review."""
    event = ev.UnitAmended("u1", "apparel", 1, {}, "C", grade, "repair", "restock", "R1", changes=changes)
    return Fact(event_id, event, worker)


def after(*facts: Fact) -> Unit:
    """The unit after these, and what came before."""
    case = Case("RMA")
    for fact in (*START, *facts):
        case = fold(case, fact)
    return case.units["u1"]


BENCH = amended("g2", "D", "000001")
FIRST, SECOND = amended("h1", "B", "000009", "g1"), amended("h2", "A", "000008", "h1")


def test_a_grade_changed_in_the_review_is_in_force_and_the_label_owed() -> None:
    """It is not where it lies any more, and what its label says is not so."""
    unit = after(FIRST)

    assert [(one.grade, one.worker_id) for one in unit.gradings] == [("C", "000001"), ("B", "000009")]
    assert (unit.placed_at, unit.label, unit.label_outdated) == (None, "owed", True)


@pytest.mark.parametrize("order", [(BENCH, FIRST, SECOND), (FIRST, BENCH, SECOND), (FIRST, SECOND, BENCH)])
def test_the_bench_and_the_hub_come_to_the_same_order(order: tuple[Fact, ...]) -> None:
    """Whatever comes first where: the review's stand behind what they change, the bench's last one behind both."""
    assert [one.event_id for one in after(*order).gradings] == ["g1", "h1", "h2", "g2"]


def test_a_bench_that_graded_meanwhile_has_a_label_that_is_true() -> None:
    """What the review changed is not in force there any more."""
    unit = after(BENCH, FIRST)

    assert (unit.label_outdated, unit.label) == (False, "confirmed")


def test_undoing_a_grading_takes_what_was_changed_of_it_along() -> None:
    """The bench says it never was; the unit is graded anew, whichever of the two came first."""
    undo = Fact("e9", ev.UndoApplied("g1", ev.UnitGraded.TYPE, "p1", "u1"), "000001")

    assert (after(FIRST, SECOND, undo).gradings, after(undo, FIRST, SECOND).gradings) == ((), ())


def test_a_new_label_or_a_new_number_ends_what_the_old_one_says() -> None:
    """Printed again by the grade in force."""
    asked = ev.LabelAsked("j2", "u1", "LPN1", "unit", 2)
    renamed = ev.UnitRelabelled("u1", "LPN2", "LPN1")

    assert [after(FIRST, Fact("e9", one, "000001")).label_outdated for one in (asked, renamed)] == [False, False]


@pytest.mark.parametrize("before", [(FIRST, BENCH), (BENCH,)])
def test_forgetting_what_is_not_in_force_leaves_the_unit_where_it_lies(before: tuple[Fact, ...]) -> None:
    """A hub that was put back forgets its change; the bench had graded, labelled and placed again by itself."""
    labelled = (Fact("e8", ev.LabelConfirmed("u1", "LPN1", "scan_back")), Fact("e9", ev.UnitPlaced("u1", "LPN1", "R1")))
    forgotten = Fact("h1", ev.UndoApplied("h1", ev.UnitAmended.TYPE, unit_id="u1"))

    unit = after(*before, *labelled, forgotten)

    assert [one.event_id for one in unit.gradings] == ["g1", "g2"]
    assert (unit.placed_at, unit.label) == ("R1", "confirmed")
