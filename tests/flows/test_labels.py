"""After the label was asked for: scanned back, owed, from a roll, printed again, a new number."""

from __future__ import annotations

import pytest

from rma_station.domain import events as ev
from rma_station.domain.flows.stages import (
    Idle,
    ScanBack,
    UnitMenu,
    Units,
)
from rma_station.domain.meaning import (
    AmbiguousScan,
    Command,
    LpnScan,
    TextScan,
)
from rma_station.domain.outcome import Message
from tests.flows.bench import SHIRT, FlowBench, graded, line, opened


def test_a_wrong_label_scanned_back_is_stop() -> None:
    """Another unit's label on this unit would move the wrong thing."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b).lpn("LPN1")
    graded(b)

    assert (b.lpn("LPN1"), b.stage) == ("stop:label_wrong", ScanBack)


def test_a_label_that_looks_like_an_order_number_is_still_the_units_label() -> None:
    """RAWD200011 fits a shop's pattern of four letters and digits; on a unit of ours it is an LPN."""
    b = graded(opened())
    lpn = b.book.case("RMA-2026-000001").live_units[0].lpn

    said = b.scan(AmbiguousScan((LpnScan(lpn), TextScan(lpn))), lpn)

    assert (said, b.stage) == ("ok:label_confirmed", Units)


def test_a_preprinted_label_from_a_registered_roll_can_be_scanned_instead() -> None:
    """The roll's LPN becomes the unit's, the old one is void."""
    b = opened(roll_prefixes=("RRZ01",))
    graded(b)

    said = b.lpn("RRZ010007K")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.lpn, unit.void_lpns) == ("ok:label_preprinted", "RRZ010007K", ("LPN1",))


@pytest.mark.parametrize("rolls", [(), ("RRZ01", "RRZ03")])
def test_a_label_nobody_here_knows_is_stop_unless_its_roll_is_registered(rolls: tuple[str, ...]) -> None:
    """A neighbour's label, or a roll of another warehouse: the unit keeps its number and waits for its label."""
    b = opened(roll_prefixes=rolls)
    graded(b)

    said = b.lpn("RRZ020007K")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, b.stage, unit.lpn, unit.label) == ("stop:label_foreign", ScanBack, "LPN1", "asked")


def test_a_label_of_a_roll_is_used_once() -> None:
    """The same number on a second unit is a wrong label, as any other unit's."""
    b = opened(line("L1", SHIRT, quantity=2), roll_prefixes=("RRZ01",))
    graded(b).lpn("RRZ010007K")
    graded(b)

    assert (b.lpn("RRZ010007K"), b.stage) == ("stop:label_wrong", ScanBack)


def test_a_label_that_cannot_be_printed_is_owed_and_work_goes_on() -> None:
    """Paper out: the list is worked off later."""
    b = opened()
    graded(b)

    said = b.settle("not_sent", "media_out")

    assert (said, b.stage, len(b.book.units_owing_label())) == ("attention:label_not_printed", Units, 1)


def test_an_uncertain_label_is_owed_never_sent_again_by_itself() -> None:
    """It may have come out: a person looks."""
    b = opened()
    graded(b)

    said = b.settle("unknown")

    assert (said, b.last.effects) == ("attention:label_unsure", ())  # type: ignore[union-attr]


def test_an_owed_label_is_settled_by_scanning_it() -> None:
    """The label that came out later, or was printed again."""
    b = opened()
    graded(b)
    b.press(Command.LABEL_OWED)

    said = b.lpn("LPN1")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, unit.label, unit.placed_at) == ("ok:label_confirmed", "confirmed", "R1")


def test_an_owed_label_picked_from_the_list_is_not_taken_for_a_label() -> None:
    """Its number was read off the screen, not off the unit: it opens the unit, to print."""
    b = opened()
    graded(b)
    b.press(Command.LABEL_OWED)

    said = b.type("LPN1")

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, b.stage, unit.label, unit.placed_at) == ("ready:unit_opened", UnitMenu, "owed", None)


def test_a_label_of_a_roll_that_looks_like_an_order_number_is_a_label() -> None:
    """No unit has it yet; it is awaited, so it is taken."""
    b = opened(roll_prefixes=("RCJ35",))
    graded(b)
    both = AmbiguousScan((LpnScan("RCJ3500088"), TextScan("RCJ3500088")))

    assert b.scan(both, "RCJ3500088") == "ok:label_preprinted"


def test_reprint_between_parcels_works_owed_labels_off_oldest_first() -> None:
    """With a scanner alone: reprint, scan back, reprint, scan back."""
    b = opened(line("L1", SHIRT, quantity=2))
    for _ in range(2):
        graded(b)
        b.press(Command.LABEL_OWED)
    b.press(Command.PARCEL_DONE)

    said = [b.press(Command.REPRINT), b.lpn("LPN1"), b.press(Command.REPRINT), b.lpn("LPN2")]

    assert said == ["ok:label_again", "ok:label_confirmed"] * 2
    assert (b.stage, list(b.book.units_owing_label())) == (Idle, [])


def test_a_reprint_carries_the_attempt_and_keeps_the_lpn() -> None:
    """Two labels of one unit can be told apart."""
    b = opened()
    graded(b)

    b.press(Command.REPRINT)

    label = b.last.effects[0]  # type: ignore[union-attr]
    assert (label.attempt, label.lpn) == (2, "LPN1")  # type: ignore[union-attr]


def test_relabel_voids_the_old_number() -> None:
    """The void label is refused wherever it is scanned."""
    b = opened()
    graded(b).lpn("LPN1")
    b.lpn("LPN1")
    b.choose(3)

    assert b.lpn("LPN1") == "stop:lpn_void"
    b.lpn("LPN2")
    assert b.lpn("LPN1") == "stop:lpn_void"


def test_an_lpn_while_idle_opens_its_unit_to_amend() -> None:
    """A second grading replaces the first, both stay on record."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    b.lpn("LPN1")
    b.choose(1)
    b.choose(1, 3, 1, 1)
    said = b.press(Command.YES)

    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (said, [g.grade for g in unit.gradings], b.types()[-2]) == ("ok:graded", ["A", "C"], "unit.amended")


def test_without_scan_back_a_sent_label_counts() -> None:
    """The rule can be switched off."""
    b = opened(scan_back=False)
    graded(b)

    b.settle("sent")

    assert b.book.case("RMA-2026-000001").live_units[0].placed_at == "R1"


def regraded(b: FlowBench) -> None:
    """A supervisor changed the grade of the bench's one unit in the review; the feed says so."""
    (unit,) = b.book.case("RMA-2026-000001").live_units
    (before,) = unit.gradings
    event = ev.UnitAmended(
        unit.unit_id, "apparel", 1, {}, "A", "D", "restock", "recycle", "BIN", changes=before.event_id
    )
    b.book.apply([ev.Stated(event, ev.Subject(("RMA-2026-000001",), unit_id=unit.unit_id), "hub-1")], "000201")


def test_the_label_of_a_unit_whose_grade_was_changed_in_the_review_opens_it() -> None:
    """It says the old grade and place: it proves nothing, and a new one is printed."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)
    regraded(b)

    said = [b.lpn("LPN1"), b.choose(2), b.lpn("LPN1")]

    (unit,) = b.book.case("RMA-2026-000001").live_units
    assert said == ["attention:regraded", "ok:label_again", "ok:label_confirmed"]
    assert (unit.placed_at, unit.label) == ("BIN", "confirmed")


def test_a_label_on_its_way_while_the_grade_was_changed_is_not_taken_for_the_new_one() -> None:
    """Neither when it comes out, nor when it is scanned back."""
    b = opened()
    graded(b)
    regraded(b)

    said = [b.settle("sent"), b.lpn("LPN1"), b.press(Command.REPRINT), b.settle("sent"), b.lpn("LPN1")]

    assert said == ["", "attention:regraded", "ok:label_again", "", "ok:label_confirmed"]
    assert b.book.case("RMA-2026-000001").live_units[0].placed_at == "BIN"


def test_labels_outdated_by_the_review_are_worked_off_with_the_owed_ones() -> None:
    """Reprint between parcels, with a scanner alone."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)
    regraded(b)

    assert [b.press(Command.REPRINT), b.lpn("LPN1")] == ["ok:label_again", "ok:label_confirmed"]
    assert list(b.book.units_owing_label()) == []


def test_a_label_picked_from_the_list_is_opened_where_nothing_is_in_hand() -> None:
    """Also from "sign out?", where the list is looked at; in the middle of a unit it is said what that is."""
    b = graded(opened(line("L1", SHIRT, quantity=2)))
    b.press(Command.LABEL_OWED)
    b.press(Command.SIGN_OUT)

    said = [b.type("LPN1"), b.choose(4), b.product(SHIRT), b.type("LPN1")]

    assert said == ["ready:unit_opened", "ready:cancelled", "ok:unit_identified", "attention:expected_answer"]
    assert b.last
    assert b.last.outcome
    assert b.last.outcome.detail == Message("flow.that_is_a_label")
