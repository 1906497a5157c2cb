"""Parcels beyond the plain way: orphans, set aside, reopened, taken over, with something missing."""

from __future__ import annotations

from rma_station.domain import events as ev
from rma_station.domain.flows.stages import (
    ConfirmDone,
    ConfirmOrphan,
    Grading,
    Idle,
    Units,
)
from rma_station.domain.meaning import (
    Command,
)
from rma_station.domain.outcome import Message
from rma_station.domain.rma import RmaKind
from tests.flows.bench import CREAM, SHIRT, bench, graded, line, opened, rma, tracking


def test_an_orphan_is_stored_and_graded() -> None:
    """A parcel nobody announced has a case of its own."""
    b = bench()

    said = [b.scan(tracking("NOBODY")), b.choose(1), b.product(SHIRT)]

    unit = b.book.case(b.state.parcel_id or "").live_units[0]
    assert (said[0], said[2], unit.issue) == ("attention:orphan_opened", "attention:issue_orphan", "orphan")


def test_an_orphan_shows_what_was_scanned_of_it() -> None:
    """Two boxes without an RMA look the same but for their numbers."""
    b = bench()
    b.text("BOX 17")
    b.press(Command.YES)

    assert Message("flow.fact_tracking", {"number": "BOX 17"}) in b.view.facts


def test_an_unknown_text_asks_before_it_opens_an_orphan() -> None:
    """Any barcode on a box can be scanned by mistake."""
    b = bench()

    assert (b.text("HELLO"), b.stage) == ("attention:parcel_unknown", ConfirmOrphan)
    assert (b.press(Command.NO), b.stage, b.types()) == ("ready:cancelled", Idle, ["worker.signed_in"])


def test_a_customers_label_inside_the_parcel_adds_its_rma() -> None:
    """A parcel may hold several RMAs."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)))
    b.scan(tracking("TRACK10"))
    b.choose(1)

    said = [b.rma("RMA-2026-000002"), b.product(CREAM)]

    assert said == ["ok:rma_added", "ok:unit_identified"]
    assert b.book.case("RMA-2026-000002").live_units[0].rma_id == "RMA-2026-000002"


def test_set_aside_and_resume() -> None:
    """The parcel comes back with the question where it was left."""
    b = opened()

    said = [b.press(Command.SET_ASIDE), b.scan(tracking("TRACK10"))]

    assert (said, b.stage) == (["ok:set_aside", "ok:parcel_resumed"], Units)


def test_a_done_parcel_is_reopened_only_on_a_yes() -> None:
    """A late find in the box."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    said = [b.scan(tracking("TRACK10")), b.press(Command.YES)]

    assert (said, b.stage) == (["attention:parcel_is_done", "attention:parcel_reopened"], Units)


def test_another_badge_takes_the_parcel_over() -> None:
    """The question on screen stays; the record says who went on."""
    b = opened()
    b.product(SHIRT)

    said = b.badge("000002")

    assert (said, b.stage, b.state.worker_id) == ("ok:parcel_taken_over", Grading, "000002")
    assert ev.ParcelHandedOver("parcel-1-0", "000001", "000002") in b.events()


def test_not_in_this_parcel_is_shown_before_done() -> None:
    """The worker says yes, or goes on searching."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b).lpn("LPN1")

    said = b.press(Command.PARCEL_DONE)

    assert (said, b.stage, [t.key for t in b.view.facts if t.key == "flow.fact_absent"]) == (  # type: ignore[union-attr]
        "attention:not_in_parcel",
        ConfirmDone,
        ["flow.fact_absent"],
    )


def test_a_complaint_is_received_graded_and_held() -> None:
    """It goes to the desk's shelf whatever its grade."""
    b = opened(kind=RmaKind.COMPLAINT)
    graded(b)

    assert b.book.case("RMA-2026-000001").live_units[0].grading.disposition == "hold"  # type: ignore[union-attr]
