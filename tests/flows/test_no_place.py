"""A second bench has a parcel the hub has counted already: what lies in it is in it, and the worker is told."""

from __future__ import annotations

import pytest

from rma_station.domain import events as ev
from rma_station.domain.book import FilledElsewhere
from rma_station.domain.flows.inputs import PeopleChanged
from rma_station.domain.flows.stages import ConfirmDone, Idle, Packaging
from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Message
from tests.flows.bench import CREAM, SHIRT, FlowBench, bench, line, rma, tracking

RMA = "RMA-2026-000001"


def opened(quantity: int = 1) -> FlowBench:
    """Shirts and a cream are advised; the parcel is open."""
    result = bench(rma(1, line("L1", SHIRT, quantity=quantity), line("L2", CREAM)))
    result.scan(tracking("TRACK10"))
    result.choose(1)
    return result


def refused(b: FlowBench) -> str:
    """The hub has no place for the unit scanned last; what the bench says to it."""
    unit_id = b.state.last_unit_id or ""
    said = ev.SlotRefused(unit_id, RMA, "L1")
    b.book.apply([ev.Stated(said, ev.Subject((RMA,), None, unit_id), b.fresh.uuid())])
    return b.give(PeopleChanged())


def graded(b: FlowBench) -> None:
    """The shirt in hand is as new, its label comes out and is scanned back."""
    b.choose(1, 1, 1, 1)
    b.press(Command.YES)
    b.lpn(b.label[2])


def lines(b: FlowBench) -> list[tuple[object, object]]:
    """Pieces received and advised, line by line, as the screen shows them."""
    facts = [fact for fact in b.view.facts if isinstance(fact, Message) and fact.key == "flow.fact_line"]
    return [(fact.values["name"], fact.values["received"]) for fact in facts]


@pytest.mark.parametrize("when", ["before it is graded", "after it is graded"])
def test_a_unit_without_a_place_at_the_hub_is_not_missing_from_the_parcel_it_came_in(when: str) -> None:
    """The hub's word on slots is about money; "not in this parcel" is about the box on the bench."""
    b = opened()
    b.product(SHIRT)
    if when == "before it is graded":
        refused(b)
    graded(b)
    if when == "after it is graded":
        refused(b)

    assert lines(b) == [("Krem", 0), ("Koszula", 1)]
    b.press(Command.PARCEL_DONE)
    assert b.stage is ConfirmDone
    b.press(Command.YES)
    done = b.events()[-1]
    assert (b.stage, done) == (Idle, ev.ParcelDone("parcel-1-0", (ev.Absent(RMA, "L2", 1),)))


def test_the_worker_is_told_once_that_the_hub_has_no_place() -> None:
    """Every page of the feed asks the flow again; the worker hears of a unit only once."""
    b = opened()
    b.product(SHIRT)

    assert [refused(b), b.give(PeopleChanged())] == ["attention:no_place", ""]


def test_a_unit_without_a_place_at_the_hub_is_held() -> None:
    """Somebody has to find out whether it is the same piece: it does not go back into stock."""
    b = opened()
    b.product(SHIRT)
    refused(b)

    graded(b)

    grading = [event for event in b.events() if isinstance(event, ev.UnitGraded)][-1]
    assert (grading.disposition, grading.destination) == ("hold", "H1")


def test_one_piece_more_than_advised_is_too_many_also_when_the_others_have_no_place() -> None:
    """What is in hand is counted against the line; a further one is over-receipt as ever."""
    b = opened()
    b.product(SHIRT)
    refused(b)
    graded(b)

    assert b.product(SHIRT) == "attention:issue_over_receipt"


def test_a_unit_without_a_place_in_one_parcel_does_not_count_in_another() -> None:
    """In the other box it was not."""
    b = bench(rma(1, line("L1", SHIRT), parcels=2))
    b.scan(tracking("TRACK10"))
    b.choose(1)
    b.product(SHIRT)
    refused(b)
    graded(b)
    b.press(Command.PARCEL_DONE)
    b.scan(tracking("TRACK11"))
    b.choose(1)

    assert lines(b) == [("Koszula", 0)]


ALL_LINES = (FilledElsewhere("u8", "L1", (1,), "bench-1", "parcel-9"), FilledElsewhere("u9", "L2", (1,), "bench-1"))


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        (ALL_LINES, "attention:parcel_received_at"),
        ((FilledElsewhere("u9", "L1", (1,), "bench-1", "parcel-1-0"),), "attention:parcel_received_at"),
        ((FilledElsewhere("u8", "L1", (1,)), FilledElsewhere("u9", "L2", (1,))), "attention:parcel_received_elsewhere"),
        (ALL_LINES[:1], "ok:parcel_opened"),
        ((), "ok:parcel_opened"),
    ],
    ids=["all lines", "this parcel", "a hub that does not name the bench", "one line of two", "nothing"],
)
def test_opening_a_parcel_says_that_another_bench_has_received_it(
    filled: tuple[FilledElsewhere, ...], said: str
) -> None:
    """From the hub's copy here; the work is not blocked, for the box may hold something else."""
    b = bench(rma(1, line("L1", SHIRT), line("L2", CREAM)))
    b.book.elsewhere[RMA] = filled

    assert (b.scan(tracking("TRACK10")), b.stage) == (said, Packaging)
