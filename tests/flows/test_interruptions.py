"""What becomes of a unit in hand when something comes in between: nothing of it is forgotten, none counts twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.flows.stages import EnterPin, Grading, Idle, ScanBack, SignedOut, Units
from rma_station.domain.flows.state import Bench
from rma_station.domain.meaning import Command, LpnScan
from rma_station.domain.rma import ParcelState, line_counters
from tests.flows.bench import CREAM, SHIRT, FlowBench, bench, line, rma, tracking


def in_hand() -> FlowBench:
    """One of two shirts scanned, the first of its questions answered."""
    result = bench(rma(1, line("L1", SHIRT, quantity=2)))
    result.scan(tracking("TRACK10"))
    result.choose(1)
    result.product(SHIRT)
    result.choose(1)
    return result


def labelled(b: FlowBench) -> FlowBench:
    """The same, graded; its label is waited for."""
    b.choose(1, 1, 1)
    b.press(Command.YES)
    return b


def test_a_unit_set_aside_ungraded_is_asked_about_when_its_parcel_comes_back() -> None:
    """It was received: scanning it again would count it twice."""
    b = in_hand()
    b.press(Command.SET_ASIDE)

    said = b.scan(tracking("TRACK10"))

    assert (said, b.stage) == ("ok:parcel_resumed", Grading)
    b.choose(1, 1, 1, 1)
    b.press(Command.YES)
    counters = line_counters(b.book.case("RMA-2026-000001"), b.book.rmas["RMA-2026-000001"].lines[0])
    assert (counters.received, counters.graded) == (1, 1)


def test_an_ungraded_unit_of_a_resumed_parcel_can_be_taken_back() -> None:
    """Perhaps it was never in the box."""
    b = in_hand()
    b.press(Command.SET_ASIDE)
    b.scan(tracking("TRACK10"))

    said = b.press(Command.UNDO)

    assert (said, b.stage, b.book.case("RMA-2026-000001").live_units) == ("ok:undone", Units, ())


def test_setting_aside_and_undoing_it_finds_the_unit_in_hand() -> None:
    """Undo of the setting aside is a resumption too."""
    b = in_hand()
    b.press(Command.SET_ASIDE)

    said = b.press(Command.UNDO)

    assert (said, b.stage) == ("ok:undone", Grading)


@pytest.mark.parametrize("leave", [Command.SET_ASIDE, Command.SIGN_OUT])
def test_a_label_that_was_not_scanned_back_is_owed_when_the_worker_leaves(leave: Command) -> None:
    """Otherwise it would be on no list."""
    b = labelled(in_hand())

    b.press(leave)
    b.press(Command.YES)

    assert [unit.lpn for unit in b.book.units_owing_label()] == ["LPN1"]
    assert b.stage is (Idle if leave is Command.SET_ASIDE else SignedOut)


@pytest.mark.parametrize("answer", [Command.NO, Command.CANCEL])
def test_no_to_the_sign_out_brings_the_question_back(answer: Command) -> None:
    """With the answer that was given before."""
    b = in_hand()
    before = b.state
    b.press(Command.SIGN_OUT)

    b.press(answer)

    assert b.state == before


def test_undo_while_signing_out_takes_back_the_answer_behind_it() -> None:
    """What undo would undo is what the worker did last."""
    b = in_hand()
    b.press(Command.SIGN_OUT)

    assert (b.press(Command.UNDO), b.stage) == ("ready:answer_taken_back", Grading)


def test_a_take_over_with_a_pin_keeps_the_label_that_is_waited_for() -> None:
    """The other worker scans it back."""
    b = with_pin(labelled(in_hand()))
    b.badge("000002")
    assert b.stage is EnterPin

    said = b.type("4711")

    assert (said, b.stage, b.state.worker_id) == ("ok:parcel_taken_over", ScanBack, "000002")
    assert b.lpn("LPN1") == "ok:label_confirmed"


@pytest.mark.parametrize("then", [lambda b: b.press(Command.CANCEL), lambda b: b.press(Command.UNDO)])
def test_a_pin_that_is_not_typed_leaves_the_question_where_it_was(then: Callable[[FlowBench], str]) -> None:
    """A badge scanned by mistake."""
    b = with_pin(in_hand())
    b.badge("000002")

    then(b)

    assert (b.stage, b.state.worker_id) == (Grading, "000001")


def test_a_waiting_question_survives_the_disk() -> None:
    """It is part of the resume point."""
    b = labelled(in_hand())
    b.press(Command.SIGN_OUT)

    assert codec.decode(Bench, codec.from_bytes(codec.to_bytes(codec.encode(b.state)))) == b.state


@pytest.mark.parametrize("way_out", [Command.CANCEL, Command.UNDO])
def test_an_amendment_begun_by_mistake_can_be_left(way_out: Command) -> None:
    """The grading that stands is as good as before; the step before it is not taken back in its place."""
    b = labelled(in_hand())
    b.lpn("LPN1")
    b.lpn("LPN1")
    b.choose(1)
    events = len(b.types())

    b.press(way_out)

    assert (b.stage, len(b.types())) == (Units, events)


def test_a_late_answer_about_a_void_label_says_nothing_about_the_new_one() -> None:
    """Out of paper: the first label waits, the unit gets another number, then the first attempt is given up."""
    b = labelled(in_hand())
    unit_id, job_id, lpn = b.label
    b.press(Command.RELABEL)
    events = len(b.types())

    said = b.give(LabelSettled(job_id, unit_id, lpn, "not_sent", "labels", "media_out"))

    assert (said, b.stage, len(b.types())) == ("", ScanBack, events)


def test_the_case_of_an_orphan_hears_of_its_end_after_an_rma_was_found_in_it() -> None:
    """Its own case and the RMA's: both know that the parcel is done and how it looked."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("WHO-KNOWS"))
    b.choose(2)
    b.product(CREAM)
    b.choose(1, 1, 1, 1)
    b.press(Command.YES)
    b.scan(LpnScan("LPN1"))
    b.rma("RMA-2026-000001")

    b.press(Command.PARCEL_DONE)
    b.press(Command.YES)

    parcel_id = next(e.parcel_id for e in b.events() if isinstance(e, ev.ParcelOpened))
    seen = [b.book.case(case_id).parcels[parcel_id] for case_id in (parcel_id, "RMA-2026-000001")]
    assert [(parcel.state, parcel.packaging) for parcel in seen] == [(ParcelState.DONE, "damaged")] * 2


def with_pin(b: FlowBench) -> FlowBench:
    """From now on the second worker's badge needs the PIN 4711."""
    person = b.book.people["000002"]
    b.book.people["000002"] = replace(person, pin_hash=make_verifier("4711", bytes(16)))
    b.rules = replace(b.rules, badge_pin=True)
    return b
