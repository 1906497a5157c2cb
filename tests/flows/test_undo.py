"""Undo goes back one step at a time, and says before what it will undo."""

from __future__ import annotations

from rma_station.domain.flows.stages import (
    ConfirmGrade,
    Grading,
    Packaging,
    Units,
)
from rma_station.domain.meaning import (
    Command,
)
from rma_station.domain.rma import ParcelState
from tests.flows.bench import SHIRT, graded, opened


def test_back_from_the_proposed_grade_asks_the_last_question_again() -> None:
    """There is always something to answer."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1)

    assert (b.press(Command.CANCEL), b.stage) == ("ready:answer_taken_back", Grading)
    assert [choice.number for choice in b.view.choices] == [1, 2, 3]
    assert (b.choose(1), b.stage) == ("ready:grade_proposed", ConfirmGrade)


def test_undo_goes_back_one_step_at_a_time() -> None:
    """Grade, then the unit, then the packing; each is a compensating event."""
    b = opened()
    graded(b)

    stages = []
    for _ in range(3):
        b.press(Command.UNDO)
        stages.append(b.stage)

    assert stages == [Grading, Units, Packaging]
    assert b.types()[-3:] == ["undo.applied"] * 3
    assert b.book.case("RMA-2026-000001").live_units == ()


def test_undo_of_an_answer_needs_no_event() -> None:
    """An answer is not committed before the grade, so taking it back states nothing."""
    b = opened()
    b.product(SHIRT)
    b.choose(1)
    before = len(b.types())

    said = b.press(Command.UNDO)

    assert (said, len(b.types()), b.state.stage.answers) == ("ready:answer_taken_back", before, {})  # type: ignore[union-attr]


def test_undo_says_what_it_undoes() -> None:
    """The view names the step that undo would take back."""
    b = opened()
    graded(b)

    assert b.view.undo.key == "flow.undo_graded"  # type: ignore[union-attr]


def test_undo_of_done_opens_the_parcel_again() -> None:
    """One step back, nothing deleted."""
    b = opened()
    graded(b).lpn("LPN1")
    b.press(Command.PARCEL_DONE)

    b.press(Command.UNDO)

    assert (b.stage, b.book.parcel("parcel-1-0").state) == (Units, ParcelState.OPEN)  # type: ignore[union-attr]
