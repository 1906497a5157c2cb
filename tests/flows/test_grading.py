"""Questions, the grade they propose, another one with a reason, the same again, and danger."""

from __future__ import annotations

import pytest

from rma_station.domain import events as ev
from rma_station.domain.flows.stages import (
    ConfirmGrade,
    Danger,
)
from rma_station.domain.meaning import (
    Command,
    GradeScan,
)
from rma_station.services.texts import render
from tests.flows.bench import CREAM, PHONE, SHIRT, SOCKS, graded, line, opened


def test_the_worst_answer_decides_the_proposal() -> None:
    """A worn shirt is not as new, whatever its tag."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 3, 1, 1)

    assert (b.stage, b.view.big) == (ConfirmGrade, "C")


def test_another_grade_needs_a_reason() -> None:
    """Proposal, grade and reason are all on record."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1)

    said = [b.choose(3), b.choose(1)]

    event = next(event for event in b.events() if isinstance(event, ev.UnitGraded))
    assert said == ["ready:override_reason", "ok:graded"]
    assert (event.proposed_grade, event.grade, event.override_reason) == ("A", "C", "worse_than_asked")


@pytest.mark.parametrize(
    ("grade", "reasons"),
    [
        (2, ["Better than the answers say", "Supervisor's word"]),
        (4, ["Worse than the answers say", "Hidden defect", "Supervisor's word"]),
    ],
)
def test_the_reasons_for_another_grade_fit_its_direction(grade: int, reasons: list[str]) -> None:
    """A better grade than proposed is not "worse than the answers say"; C is proposed."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 3, 1, 1, grade)

    assert [render(choice.text, "en") for choice in b.view.choices] == reasons


def test_a_grade_can_be_scanned() -> None:
    """From the printed grade sheet; the proposed one confirms."""
    b = opened()
    b.product(SHIRT)
    b.choose(1, 1, 1, 1)

    assert b.scan(GradeScan("A")) == "ok:graded"


def test_same_again_repeats_the_last_grading_of_an_equal_unit() -> None:
    """One key instead of the questions."""
    b = opened(line("L1", SHIRT, quantity=2))
    graded(b, answers=(1, 3, 1, 1)).lpn("LPN1")
    b.product(SHIRT)

    said = b.press(Command.SAME_AGAIN)

    grades = [(e.grade, e.same_again) for e in b.events() if isinstance(e, ev.UnitGraded)]
    assert (said, grades) == ("ok:graded", [("C", False), ("C", True)])


def test_same_again_does_not_fit_another_product() -> None:
    """It is answered and nothing is graded."""
    b = opened(line("L1", SHIRT), line("L2", SOCKS))
    graded(b).lpn("LPN1")
    b.product(SOCKS)

    assert b.press(Command.SAME_AGAIN) == "attention:same_again_other_product"


def test_a_dangerous_unit_is_stop_and_gets_a_quarantine_label() -> None:
    """A swollen battery: the instruction, then quarantine."""
    b = opened(line("L1", PHONE))
    b.product(PHONE)

    said = b.choose(3)
    stage = b.stage
    b.press(Command.YES)

    label = b.last.effects[0]  # type: ignore[union-attr]
    assert (said, stage, label.dangerous, label.destination) == ("stop:data", Danger, True, "Q1")  # type: ignore[union-attr]


def test_a_broken_hygiene_seal_goes_to_waste() -> None:
    """The disposition is forced by the answer."""
    b = opened(line("L1", CREAM))
    b.product(CREAM)
    b.choose(1, 2)
    b.press(Command.YES)

    grading = b.book.case("RMA-2026-000001").live_units[0].grading
    assert (grading.grade, grading.disposition) == ("E", "dispose")  # type: ignore[union-attr]
