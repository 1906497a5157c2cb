"""A customer's label found inside the open parcel: a second return, or the first one of an orphan; and undoing it."""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain import events as ev
from rma_station.domain.flows.stages import Idle, Units
from rma_station.domain.meaning import Command
from rma_station.domain.rma import Case, Part, Rma, Unit, line_counters
from tests.flows.bench import CABLE, CREAM, PHONE, SHIRT, SOCKS, FlowBench, bench, line, rma, tracking

ONE, TWO = "RMA-2026-000001", "RMA-2026-000002"


def opened(*rmas: Rma, grams: int | None = None, **rules: object) -> FlowBench:
    """The first RMA's parcel is open, weighed perhaps, its packing damaged."""
    b = bench(*rmas, **rules)
    b.scan(tracking("TRACK10"))
    if grams:
        b.weigh(grams)
    b.choose(2)
    return b


def orphan(*rmas: Rma, grams: int | None = None, **rules: object) -> FlowBench:
    """A parcel nobody announced is open."""
    b = bench(*rmas, **rules)
    b.scan(tracking("STRAY1"))
    if grams:
        b.weigh(grams)
    b.choose(1)
    return b


def graded(b: FlowBench, product: object = SHIRT, questions: int = 4, **more: str) -> Unit:
    """One unit from scan to label."""
    b.product(product, **more)  # type: ignore[arg-type]
    b.choose(*[1] * questions)
    b.press(Command.YES)
    unit_id, _, lpn = b.label
    b.lpn(lpn)
    hit = b.book.unit(unit_id)
    assert hit is not None
    return hit.unit


def parcel_id(b: FlowBench) -> str:
    """Of the open parcel."""
    assert b.state.parcel_id is not None
    return b.state.parcel_id


def detail(b: FlowBench) -> str:
    """Key of the second line of the last answer."""
    outcome = b.last.outcome if b.last else None
    return getattr(outcome.detail, "key", "") if outcome else ""


# --- weight ----------------------------------------------------------------------------------------------


def test_the_second_rma_knows_what_the_parcel_weighed_and_how_it_looked() -> None:
    """Compared with the contents of both; the scale's bytes stay the evidence."""
    b = opened(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)), grams=400)

    said = b.rma(TWO)

    second = b.book.case(TWO).parcels["parcel-1-0"]
    assert (said, second.packaging) == ("ok:rma_added", "damaged")
    assert (second.grams, second.weight_verdict, second.expected_grams) == (400, "match", 340)
    assert (second.weight_raw, second.weight_device) == (b"S S".hex(), "scale")
    assert b.book.case(ONE).parcels["parcel-1-0"].expected_grams == 340


def test_a_parcel_too_light_for_both_is_held_for_both() -> None:
    """It fitted the first one alone."""
    b = opened(rma(1, line("L1", SHIRT)), rma(2, line("L1", PHONE, 2)), grams=300)

    said = b.rma(TWO)

    verdicts = [b.book.case(one).parcels["parcel-1-0"].weight_verdict for one in (ONE, TWO)]
    assert (said, detail(b), verdicts) == ("attention:rma_added", "flow.weight_light", ["light", "light"])


def test_more_contents_never_explain_a_parcel_that_was_too_light() -> None:
    """The second one's weight is not known; the first one's alone is more than the box weighs."""
    b = opened(rma(1, line("L1", SHIRT)), rma(2, line("L1", CABLE)), grams=100)

    b.rma(TWO)

    second = b.book.case(TWO).parcels["parcel-1-0"]
    assert (second.weight_verdict, second.expected_grams) == ("light", 250)


# --- an orphan finds its return --------------------------------------------------------------------------


def test_units_of_an_orphan_get_their_lines_when_its_label_is_found() -> None:
    """What was graded keeps its grader and label; what fits no line stays an orphan's unit."""
    b = orphan(rma(1, line("L1", SHIRT)))
    shirt, socks = graded(b), graded(b, SOCKS)
    stray = parcel_id(b)

    said = b.rma(ONE)

    case = b.book.case(ONE)
    assert (said, detail(b), b.stage) == ("ok:rma_found", "flow.rma_has_units", Units)
    assert {u.unit_id: (u.rma_id, u.line_id, u.issue) for u in case.live_units} == {
        shirt.unit_id: (ONE, "L1", None),
        socks.unit_id: (None, None, "orphan"),
    }
    assert (case.units[shirt.unit_id].gradings, case.units[shirt.unit_id].label) == (shirt.gradings, "confirmed")
    assert line_counters(case, rma(1, line("L1", SHIRT)).lines[0]).graded == 1
    assert (case.marks, b.book.case(stray).units) == ((), case.units)


def test_one_more_than_advised_and_another_serial_stay_with_the_supervisor() -> None:
    """Nothing is matched that a bench would have held."""
    b = orphan(rma(1, line("L1", SHIRT), line("L2", PHONE, serials=("S-1",))))
    graded(b), graded(b), graded(b, PHONE, 5, serial="S-9")

    b.rma(ONE)

    assert [unit.issue for unit in b.book.case(ONE).live_units] == [None, "orphan", "orphan"]


def test_the_parts_of_a_bundle_are_matched_each_for_itself() -> None:
    """One shirt is here already; a second one is one too many, the cream is not."""
    bundle = replace(line("L1", SHIRT), sku="SET", parts=(Part(SHIRT), Part(CREAM)))
    b = orphan(rma(1, bundle))
    graded(b), graded(b), graded(b, CREAM)

    b.rma(ONE)

    units = [(unit.sku, unit.issue) for unit in b.book.case(ONE).live_units]
    assert units == [("SHIRT", None), ("SHIRT", "orphan"), ("CREAM", None)]


def test_what_happens_to_such_a_unit_later_is_known_in_both_cases() -> None:
    """Amended, counted and finished as any other."""
    b = orphan(rma(1, line("L1", SHIRT, 2)), grams=480)
    shirt = graded(b)
    stray = parcel_id(b)
    b.rma(ONE)
    graded(b)
    b.lpn(shirt.lpn)
    b.choose(1, 1, 3, 1, 1)
    b.press(Command.YES)
    b.lpn(shirt.lpn)

    said = b.press(Command.PARCEL_DONE)

    grades = [b.book.case(one).units[shirt.unit_id].grading for one in (ONE, stray)]
    count = b.last.outcome.message.values["count"]  # type: ignore[union-attr]
    assert (said, count, b.stage) == ("ok:parcel_done", 2, Idle)
    assert [grading.grade for grading in grades if grading] == ["C", "C"]
    assert [b.book.case(one).marks for one in (ONE, stray)] == [(), ()]
    assert b.book.case(ONE).parcels[stray].weight_verdict == "short"


def test_a_parcel_is_found_again_by_the_label_that_was_in_it() -> None:
    """Set aside, the customer's label is what the worker has in hand."""
    b = orphan(rma(1, line("L1", SHIRT)))
    stray = parcel_id(b)
    b.rma(ONE)
    b.press(Command.SET_ASIDE)

    assert (b.rma(ONE), parcel_id(b)) == ("ok:parcel_resumed", stray)


# --- undo ------------------------------------------------------------------------------------------------


def test_undo_takes_the_second_rma_out_of_the_parcel() -> None:
    """The wrong slip was scanned: its case is as if nothing had been said, the first one's weight is as it was."""
    b = opened(rma(1, line("L1", SHIRT)), rma(2, line("L1", PHONE, 2)), grams=300)
    graded(b)
    before = b.book.case(ONE)
    b.rma(TWO)
    undoes = b.view.undo

    said = b.press(Command.UNDO)

    assert (undoes.key, said, b.stage) == ("flow.undo_rma", "ok:undone", Units)  # type: ignore[union-attr]
    assert (b.book.case(ONE), b.book.case(TWO)) == (before, Case(TWO))
    assert b.view.undo.key == "flow.undo_graded"  # type: ignore[union-attr]


def test_undo_gives_an_orphan_its_units_back() -> None:
    """Also after its unit was graded and taken back under the RMA; adding it again works."""
    b = orphan(rma(1, line("L1", SHIRT, 2)), grams=600)
    graded(b)
    stray = parcel_id(b)
    before = b.book.case(stray)
    b.rma(ONE)
    b.product(SHIRT)
    b.press(Command.UNDO)

    said = b.press(Command.UNDO)

    assert (said, b.book.case(stray)) == ("ok:undone", before)
    assert (b.book.case(ONE).parcels, b.book.case(ONE).live_units) == ({}, ())
    assert b.rma(ONE) == "ok:rma_found"
    assert [unit.line_id for unit in b.book.case(ONE).live_units] == ["L1"]


def test_the_record_keeps_both() -> None:
    """Nothing is deleted: the label found and that it was a mistake."""
    b = opened(rma(1, line("L1", SHIRT)), rma(2, line("L1", SHIRT)))
    b.rma(TWO)
    b.press(Command.UNDO)

    opened_event = next(
        fact for fact in b.book.events if isinstance(fact.event, ev.ParcelOpened) and len(fact.event.rma_ids) == 2
    )
    undone = b.events()[-1]
    assert undone == ev.UndoApplied(opened_event.event_id, "parcel.opened", "parcel-1-0", None, TWO)
