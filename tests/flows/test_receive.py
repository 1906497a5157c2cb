"""The worker's way from the badge to the placed unit; and whatever is not accepted on it is answered, never dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain.flows.stages import (
    Idle,
    SignedOut,
)
from rma_station.domain.meaning import (
    ChoiceScan,
    Command,
    CommandScan,
    DamagedScan,
    ForgedScan,
    ProductScan,
    TextScan,
)
from rma_station.domain.outcome import Message
from rma_station.domain.rma import Custody
from tests.flows.bench import SHIRT, FlowBench, bench, graded, line, opened, rma, tracking


def test_a_return_from_parcel_to_placed_unit() -> None:
    """Badge, parcel, packing, unit, questions, grade, label, scan back, done."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False)

    said = [
        b.badge(),
        b.scan(tracking("TRACK10")),
        b.choose(1),
        b.product(SHIRT),
        b.choose(1, 1, 1, 1),
        b.press(Command.YES),
        b.lpn("LPN1"),
        b.press(Command.PARCEL_DONE),
    ]

    assert said == [
        "ok:signed_in",
        "ok:parcel_opened",
        "ok:packaging_saved",
        "ok:unit_identified",
        "ready:grade_proposed",
        "ok:graded",
        "ok:label_confirmed",
        "ok:parcel_done",
    ]
    assert b.types() == [
        "worker.signed_in",
        "parcel.opened",
        "parcel.inspected",
        "unit.identified",
        "unit.graded",
        "label.asked",
        "label.confirmed",
        "unit.placed",
        "parcel.done",
    ]
    unit = b.book.case("RMA-2026-000001").live_units[0]
    assert (unit.custody, unit.placed_at, b.stage) == (Custody.PLACED, "R1", Idle)


@pytest.mark.parametrize(
    "how", [lambda b: b.rma("RMA-2026-000001"), lambda b: b.text("ZAM-1001"), lambda b: b.scan(tracking("TRACK10"))]
)
def test_a_parcel_is_found_by_tracking_rma_or_order_number(how: object) -> None:
    """All three open the announced parcel."""
    b = bench(rma(1, line("L1", SHIRT)))

    said = how(b)  # type: ignore[operator]

    assert (said, b.state.parcel_id) == ("ok:parcel_opened", "parcel-1-0")


def test_a_parcel_is_found_by_its_last_digits() -> None:
    """Typed, when the label cannot be read."""
    b = bench(rma(1, line("L1", SHIRT)), rma(2, line("L1", SHIRT)))

    b.press(Command.FIND)
    said = b.type("0002")

    assert (said, b.book.parcel("parcel-2-0") is not None) == ("ok:parcel_opened", True)


def test_digits_that_fit_two_rmas_ask_which() -> None:
    """Nothing is guessed."""
    order = replace(rma(2, line("L1", SHIRT)), order_id="ZAM-1001")
    b = bench(rma(1, line("L1", SHIRT)), order)

    said = b.text("ZAM-1001")
    b.choose(2)

    assert (said, b.state.parcel_id) == ("ready:pick_rma", "parcel-2-0")


def test_a_unit_scanned_at_the_packing_question_means_intact() -> None:
    """The usual answer needs no extra scan."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    said = b.product(SHIRT)

    assert (said, b.types()[-2:]) == ("ok:unit_identified", ["parcel.inspected", "unit.identified"])


def test_damaged_packing_is_noted() -> None:
    """It starts the carrier-claim clock."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    assert b.choose(2) == "attention:packaging_note_damaged"
    assert b.book.parcel("parcel-1-0").packaging == "damaged"  # type: ignore[union-attr]


# --- answered, never dropped -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", list(Command))
def test_every_command_is_answered_in_the_wrong_state(command: Command) -> None:
    """Nobody signed in, a parcel open, a question open: there is always an answer."""
    for b in (bench(signed_in=False), bench(), opened(), graded(opened())):
        assert b.press(command) != ""


@pytest.mark.parametrize(
    ("begin", "first"),
    [
        (lambda b: b.press(Command.FIND), "number"),
        (lambda b: [b.scan(tracking("TRACK10")), b.choose(1), b.text("what")], "yes_no"),
        (lambda b: b.scan(tracking("TRACK10")), "packaging"),
        (lambda b: [b.scan(tracking("TRACK10")), b.choose(1)], "unit"),
        (lambda b: [b.scan(tracking("TRACK10")), b.product(SHIRT)], "answer"),
        (lambda b: [b.scan(tracking("TRACK10")), b.product(SHIRT), b.choose(1, 1, 1, 1)], "grade"),
        (lambda b: [b.scan(tracking("TRACK10")), graded(b)], "label"),
    ],
)
def test_a_refused_command_says_what_to_do_first(begin: Callable[[FlowBench], object], first: str) -> None:
    """Which key, scan or number leads on from this question."""
    b = bench(rma(1, line("L1", SHIRT)))
    begin(b)

    assert b.press(Command.FIND if first != "number" else Command.PARCEL_DONE) == "attention:command_not_now"
    assert b.last
    assert b.last.outcome
    assert b.last.outcome.detail == Message(f"flow.first_{first}")


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        (DamagedScan("incomplete", "590"), "attention:scan_damaged"),
        (ForgedScan("command", "check"), "stop:forged_command"),
        (ForgedScan("badge", "check"), "stop:forged_badge"),
        (ForgedScan("command", "generation"), "stop:forged_command"),
        (ProductScan("05901234123457"), "attention:parcel_first"),
    ],
)
def test_what_is_not_accepted_is_answered(meaning: object, said: str) -> None:
    """A damaged scan is shown, a forged code is STOP, a product while idle is explained."""
    assert bench().scan(meaning) == said  # type: ignore[arg-type]


def test_a_command_and_an_answer_can_be_scanned() -> None:
    """All of it works with a scanner alone."""
    b = opened()
    b.product(SHIRT)
    for _ in range(4):
        b.scan(ChoiceScan(1))

    assert b.scan(CommandScan(Command.YES)) == "ok:graded"


def test_a_number_that_is_no_answer_is_said_so() -> None:
    """Nine where three are offered."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.scan(tracking("TRACK10"))

    assert b.choose(9) == "attention:no_such_answer"


def test_nothing_works_without_a_badge() -> None:
    """Who does it is on every record."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False)

    assert (b.scan(tracking("TRACK10")), b.types()) == ("attention:badge_first", [])


def test_an_inactive_or_unknown_badge_is_stop() -> None:
    """Checked against the feed's list."""
    b = bench(signed_in=False)

    assert [b.badge("000009"), b.badge("777777")] == ["stop:badge_inactive", "stop:badge_unknown"]


def test_a_pin_is_asked_where_it_is_configured() -> None:
    """A wrong one is STOP, the right one signs in."""
    b = bench(signed_in=False, badge_pin=True)
    person = b.book.people["000001"]
    b.book.people["000001"] = replace(person, pin_hash=make_verifier("4711", bytes(16)))

    said = [b.badge(), b.type("0000"), b.type("4711")]

    assert said == ["ready:enter_pin", "stop:pin_wrong", "ok:signed_in"]


def test_a_command_before_the_pin_is_told_that_the_pin_is_expected() -> None:
    """The badge has been scanned: asking for it once more leads nowhere."""
    b = bench(signed_in=False, badge_pin=True)
    b.book.people["000001"] = replace(b.book.people["000001"], pin_hash=make_verifier("4711", bytes(16)))
    b.badge()

    assert [b.press(Command.NO_BARCODE), b.product(SHIRT)] == ["attention:expected_pin"] * 2


def test_signing_out_sets_the_open_parcel_aside() -> None:
    """Nothing stays open without an owner."""
    b = opened()

    b.press(Command.SIGN_OUT)
    b.press(Command.YES)

    assert (b.stage, b.types()[-2:]) == (SignedOut, ["parcel.set_aside", "worker.signed_out"])


def test_a_text_while_a_label_is_awaited_is_answered() -> None:
    """Expecting the label; that is a product."""
    b = opened()
    graded(b)

    assert b.product(SHIRT) == "attention:expected_label"
    assert b.scan(TextScan("x"), "x") == "attention:expected_label"


def test_half_a_character_typed_finds_nothing_and_stops_nothing() -> None:
    """A terminal with another encoding can send it; no database takes it."""
    b = bench(rma(1, line("L1", SHIRT)))
    b.press(Command.FIND)

    assert b.type("\ud800 0001\x1b") == "attention:find_nothing"
    assert "\ud800" not in str(b.last)
