"""What the worker sees of a state: the most important first, and the keys that make sense now."""

from __future__ import annotations

from rma_station.domain.meaning import Command
from rma_station.domain.outcome import Message
from rma_station.domain.rma import RmaKind
from tests.flows.bench import CREAM, SHIRT, FlowBench, bench, line, rma, tracking


def facts(b: FlowBench) -> list[str]:
    """Text keys of the facts, without their prefix."""
    return [fact.key.removeprefix("flow.fact_") for fact in b.view.facts if isinstance(fact, Message)]


def test_what_is_still_to_come_stands_before_what_is_there() -> None:
    """A deadline far away and the kind of an ordinary return come after the lines."""
    b = bench(rma(1, line("L1", SHIRT), line("L2", CREAM)))
    b.scan(tracking("TRACK10"))
    b.product(SHIRT)
    b.choose(1, 1, 1, 1, 1)
    b.lpn(b.label[2])

    assert facts(b) == ["line", "line", "kind_withdrawal", "deadline", "tracking"]
    assert [fact.values["name"] for fact in b.view.facts[:2] if isinstance(fact, Message)] == ["Krem", "Koszula"]


def test_a_complaint_is_said_before_anything_else() -> None:
    """It changes what the worker does."""
    b = bench(rma(1, line("L1", SHIRT), kind=RmaKind.COMPLAINT))
    b.scan(tracking("TRACK10"))

    assert facts(b)[0] == "kind_complaint"


def test_parcel_done_shows_what_is_missing_and_nothing_twice() -> None:
    """The lines are not listed beside the missing pieces."""
    b = bench(rma(1, line("L1", SHIRT), line("L2", CREAM)))
    b.scan(tracking("TRACK10"))
    b.press(Command.PARCEL_DONE)

    assert facts(b) == ["absent", "absent", "kind_withdrawal", "deadline", "tracking"]


def test_two_rmas_with_the_same_deadline_say_it_once() -> None:
    """Facts are not repeated."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)))
    b.scan(tracking("TRACK10"))
    b.choose(1)
    b.rma("RMA-2026-000002")

    assert facts(b) == ["line", "line", "kind_withdrawal", "deadline", "tracking"]


def test_every_question_offers_its_own_keys() -> None:
    """Same again only where it would work, printing only where there is a unit."""
    b = bench(rma(1, line("L1", SHIRT, 2)))
    offers = [b.view.offers]
    b.scan(tracking("TRACK10"))
    b.choose(1)
    offers.append(b.view.offers)
    b.product(SHIRT)
    offers.append(b.view.offers)
    b.choose(1, 1, 1, 1, 1)
    offers.append(b.view.offers)
    b.lpn(b.label[2])
    b.product(SHIRT)
    offers.append(b.view.offers)

    assert offers == [
        (Command.FIND, Command.LISTS, Command.SIGN_OUT),
        (Command.PARCEL_DONE, Command.NO_BARCODE, Command.SET_ASIDE),
        (Command.SET_ASIDE,),
        (Command.LABEL_OWED, Command.REPRINT, Command.RELABEL),
        (Command.SAME_AGAIN, Command.SET_ASIDE),
    ]


def test_lines_to_pick_from_name_their_rma_only_where_there_are_several() -> None:
    """One customer: only the product."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", CREAM)))
    b.scan(tracking("TRACK10"))
    b.choose(1)
    b.press(Command.NO_BARCODE)
    one = [choice.text.key for choice in b.view.choices if isinstance(choice.text, Message)]
    b.press(Command.CANCEL)
    b.rma("RMA-2026-000002")
    b.press(Command.NO_BARCODE)
    two = [choice.text.key for choice in b.view.choices if isinstance(choice.text, Message)]

    assert (one, two) == (["flow.unit_identified"], ["flow.line_choice", "flow.line_choice"])


def test_who_signs_out_of_an_open_parcel_is_told_what_becomes_of_it() -> None:
    """It is set aside by itself; between parcels there is nothing to say."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.press(Command.SIGN_OUT)
    between = b.view.prompt
    b.press(Command.NO)
    b.scan(tracking("TRACK10"))
    b.press(Command.SIGN_OUT)

    assert (between, b.view.prompt) == (Message("flow.ask_sign_out"), Message("flow.ask_sign_out_open"))
