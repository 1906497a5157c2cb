"""What comes in between (a badge, signing out, setting aside, a wrong key) never loses the unit in hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain import codec
from rma_station.domain.flows.stages import (
    ConfirmSignOut,
    EnterPin,
    Grading,
    Idle,
    Packaging,
    ScanBack,
    UnitMenu,
    Units,
)
from rma_station.domain.flows.state import Bench, Rules
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Localized, Message
from tests.flows.bench import SHIRT, FlowBench, bench, line, rma, tracking


def opened(pieces: int = 1) -> FlowBench:
    """A bench with one open parcel whose packing was intact."""
    result = bench(rma(1, line("L1", SHIRT, pieces)), rma(2, line("L1", SHIRT)))
    result.scan(tracking("TRACK10"))
    result.choose(1)
    return result


def unit_of(result: FlowBench) -> str:
    """The unit whose questions stand."""
    stage = result.state.stage
    assert isinstance(stage, Grading)
    return stage.unit_id


def test_a_parcel_set_aside_in_the_middle_of_a_unit_comes_back_to_that_unit() -> None:
    """The unit was identified; scanning it again would be one too many."""
    b = opened()
    b.product(SHIRT)
    b.choose(1)
    unit_id = unit_of(b)
    b.press(Command.SET_ASIDE)

    said = b.scan(tracking("TRACK10"))

    assert (said, unit_of(b), b.state.last_unit_id) == ("ok:parcel_resumed", unit_id, unit_id)


def test_undo_of_setting_aside_comes_back_to_the_unit() -> None:
    """Undo leads to where the work was."""
    b = opened()
    b.product(SHIRT)
    unit_id = unit_of(b)
    b.press(Command.SET_ASIDE)

    assert (b.press(Command.UNDO), unit_of(b)) == ("ok:undone", unit_id)


def test_no_to_signing_out_leads_back_to_the_question() -> None:
    """Whatever stood: the questions of a unit, the packing, a label to scan back."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))
    for stage in (Packaging, Grading, ScanBack):
        for answer in (Command.NO, Command.CANCEL):
            b.press(Command.SIGN_OUT)
            assert b.stage is ConfirmSignOut
            b.press(Command.SIGN_OUT)  # twice is once
            b.press(answer)
            assert b.stage is stage
        if stage is Packaging:
            b.product(SHIRT)
        elif stage is Grading:
            b.choose(1, 1, 1, 1, 1)


def test_a_scan_instead_of_an_answer_to_signing_out_goes_to_the_question() -> None:
    """The label is scanned back although the sign-out question stood."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1, 1)
    b.press(Command.SIGN_OUT)

    assert b.lpn(b.label[2]) == "ok:label_confirmed"


def test_a_pin_in_the_middle_of_a_unit_leads_back_to_the_unit() -> None:
    """Another badge takes the parcel over with the question that stood, or is sent away."""
    b = opened()
    b.product(SHIRT)
    b.choose(2)
    before = b.state.stage
    b.rules = Rules(badge_pin=True)
    b.book.people["000002"] = replace(b.book.people["000002"], pin_hash=make_verifier("2222", b"s" * 16))
    b.badge("000002")
    assert b.stage is EnterPin
    b.press(Command.CANCEL)
    assert (b.state.stage, b.state.worker_id) == (before, "000001")

    b.badge("000002")

    assert (b.type("2222"), b.state.stage, b.state.worker_id) == ("ok:parcel_taken_over", before, "000002")


def test_the_waiting_question_survives_a_restart() -> None:
    """The state between two inputs is data, the waiting question too."""
    b = opened()
    b.product(SHIRT)
    b.press(Command.SIGN_OUT)

    assert codec.decode(Bench, codec.from_bytes(codec.to_bytes(codec.encode(b.state)))) == b.state


def test_a_unit_without_a_grade_keeps_the_parcel_open() -> None:
    """An older journal may hold such a unit: parcel done asks for its grade first."""
    b = opened()
    b.product(SHIRT)
    unit_id = unit_of(b)
    b.state = b.state.at(Units())

    assert (b.press(Command.PARCEL_DONE), unit_of(b)) == ("attention:not_graded_yet", unit_id)


def test_a_second_grading_that_was_begun_by_mistake_can_be_left() -> None:
    """Esc and undo leave it; undo takes back nothing else, and says so."""
    for command in (Command.CANCEL, Command.UNDO):
        b = opened(2)
        b.product(SHIRT)
        b.choose(1, 1, 1, 1, 1)
        b.lpn(b.label[2])
        b.lpn(b.label[2])
        assert b.stage is UnitMenu
        b.choose(1)
        assert b.view.undo == Message("flow.undo_amending")
        before = b.types()

        assert (b.press(command), b.stage, b.types()) == ("ready:cancelled", Units, before)


def test_undo_says_what_it_took_back() -> None:
    """In the second line of the answer."""
    b = opened()
    b.press(Command.UNDO)

    assert b.last
    assert b.last.outcome
    assert b.last.outcome.detail == Message("flow.undo_packaging_intact")


def test_an_answer_is_said_once_more() -> None:
    """The banner shows what was answered, not the next question a second time."""
    b = opened()
    b.product(SHIRT)
    answer = b.view.choices[1].text
    b.choose(2)

    assert isinstance(answer, Localized)
    assert b.last
    assert b.last.outcome
    assert b.last.outcome.message == answer


def test_plus_is_no_answer_to_a_question_that_is_not_yes_or_no() -> None:
    """ "Worn?" with the proposed answer "No" must not be confirmed by a key called yes."""
    b = opened()
    b.product(SHIRT)

    assert [choice.proposed for choice in b.view.choices] == [False] * len(b.view.choices)
    assert b.press(Command.YES) == "attention:command_not_now"


def test_an_order_number_in_an_open_parcel_names_its_rma() -> None:
    """A delivery note in the box: this parcel's own, or that of another RMA that is in it too."""
    b = opened()

    assert [b.text("ZAM-1001"), b.text("ZAM-1002")] == ["ok:rma_already_here", "ok:rma_added"]


def test_a_finished_parcel_leaves_no_question() -> None:
    """After all of it the bench is at rest."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1, 1)
    b.lpn(b.label[2])

    assert (b.press(Command.PARCEL_DONE), b.stage) == ("ok:parcel_done", Idle)


@pytest.mark.parametrize("leaving", [(Command.SET_ASIDE,), (Command.SIGN_OUT, Command.YES)])
def test_leaving_before_the_label_was_scanned_back_owes_it(leaving: tuple[Command, ...]) -> None:
    """Otherwise nothing would remind anybody of a unit that may lie there without a label."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1, 1)
    for command in leaving:
        b.press(command)

    assert [unit.lpn for unit in b.book.units_owing_label()] == [b.label[2]]
