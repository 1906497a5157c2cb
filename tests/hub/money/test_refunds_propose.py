"""Intents follow the facts until they are frozen; afterwards only a person changes anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from hub import ledger
from hub.money import shares
from rma_station.domain import events as ev
from rma_station.domain.rma import RmaKind
from tests.hub.money_world import World, amended, graded, line, opened_parcel, rma, with_kind, world


def test_a_refund_is_proposed_when_the_parcel_is_done_and_queued_after_the_settle_delay() -> None:
    """Not before: nine minutes later nothing is queued, ten minutes later it is."""
    shop = world()
    shop.receive("u1", [1])
    assert shop.states() == []

    shop.done()
    shop.pass_time(minutes=9)
    assert (shop.queue(), shop.states()) == ([], [("proposed", "")])
    shop.pass_time(minutes=1)

    assert len(shop.queue()) == 1
    assert [(row["state"], row["amount_minor"], row["currency"], row["payment_id"]) for row in shop.intents()] == [
        ("queued", 10000, "PLN", "P1")
    ]


def test_proposing_again_changes_nothing() -> None:
    """The same facts, the same key: no second intent, no second step."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    before = shop.intents()

    again = shop.propose("RMA-2026-000001")

    assert (again.made, again.changed, shop.intents()) == ((), (), before)


@pytest.mark.parametrize(
    ("undone", "expected"),
    [
        (ev.UndoApplied("e9", "parcel.done", "p1"), ("cancelled", "undone")),
        (ev.UndoApplied("e4", "unit.graded", "p1", "u1"), ("cancelled", "undone")),
        (ev.UndoApplied("e2", "unit.identified", "p1", "u1"), ("cancelled", "undone")),
        (ev.ParcelResumed("p1"), ("cancelled", "undone")),
    ],
)
def test_undo_within_the_settle_delay_cancels(undone: ev.Event, expected: tuple[str, str]) -> None:
    """Nothing is queued afterwards."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()

    shop.happen("RMA-2026-000001", undone)
    shop.pass_time(hours=1)

    assert (shop.queue(), shop.states()) == ([], [expected])


def test_a_parcel_that_is_done_again_asks_again_under_the_same_key() -> None:
    """Cancelled before anything was frozen: the intent comes back, its settle delay starts anew."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    key = shop.intents()[0]["refund_key"]
    shop.happen("RMA-2026-000001", ev.ParcelResumed("p1"))
    shop.pass_time(minutes=30)

    shop.done()

    assert [(row["refund_key"], row["state"]) for row in shop.intents()] == [(key, "proposed")]
    assert shop.queue() == []
    shop.pass_time(minutes=10)
    assert shop.queue() == [key]


def test_amend_within_the_settle_delay_decides_anew() -> None:
    """From A to C: now a person looks; from C to A again: the delay starts anew."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=9)

    shop.happen("RMA-2026-000001", amended("u1", "C"))
    assert shop.states() == [("held", "diminished_value")]
    shop.happen("RMA-2026-000001", amended("u1", "A"))
    shop.pass_time(minutes=9)

    assert (shop.queue(), shop.states()) == ([], [("proposed", "")])


def test_a_relabelled_unit_starts_the_settle_delay_again() -> None:
    """Relabel inside the delay is a doubt about which unit it is."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=9)

    shop.happen("RMA-2026-000001", ev.UnitRelabelled("u1", "NEW", "LPNu1"))
    shop.pass_time(minutes=9)

    assert shop.queue() == []


def test_a_change_after_queueing_but_before_sending_takes_the_money_back() -> None:
    """Queued is still ours: the caps are free again and a supervisor decides."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()

    shop.happen("RMA-2026-000001", amended("u1", "D"))

    assert shop.states() == [("held", "diminished_value")]
    with shop.database.transaction() as connection:
        assert connection.scalar(select(ledger.order_money.c.committed_minor)) == 0


def test_a_change_after_sending_is_a_late_contradiction_and_nothing_moves() -> None:
    """State and amount stay as they are; the intent is marked for the supervisor."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.refund_intents).values(state="succeeded", attempts=1))

    shop.happen("RMA-2026-000001", amended("u1", "D"))

    (row,) = shop.intents()
    assert (row["state"], row["amount_minor"], row["late_at"]) == ("succeeded", 10000, shop.now)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (RmaKind.COMPLAINT, "complaint"),
        (RmaKind.EXCHANGE, "exchange"),
        (RmaKind.B2B, "credit_note"),
        (RmaKind.UNDELIVERED, "undelivered_paid"),
    ],
)
def test_only_withdrawals_go_without_a_person(kind: RmaKind, reason: str) -> None:
    """Every other kind is held for the desk."""
    shop = world(with_kind(rma(), kind))
    shop.receive("u1", [1])
    shop.done()

    assert shop.states() == [("held", reason)]


def test_cash_on_delivery_that_was_never_paid_asks_for_nothing() -> None:
    """Undelivered goods are refunded only if something was paid."""
    shop = world(with_kind(rma(), RmaKind.UNDELIVERED), payments=(("P1", "cash_on_delivery", 0),))
    shop.receive("u1", [1])
    shop.done()

    assert shop.intents() == []


def test_an_orphan_parcel_never_asks_for_money() -> None:
    """A case without an RMA has no intents."""
    shop = world()
    shop.happen("p9", opened_parcel("p9"), ev.UnitIdentified("u1", "p9", "L", "c", "gtin", issue="orphan"))
    shop.happen("p9", graded("u1"), ev.ParcelDone("p9"))

    assert shop.intents() == []


def test_a_unit_without_a_slot_asks_for_nothing() -> None:
    """Undeclared or one too many: only slots have money."""
    shop = world()
    shop.receive("u1", [])
    shop.happen("RMA-2026-000001", ev.SlotRefused("u1", "RMA-2026-000001", "L1"))
    shop.done()

    assert shop.intents() == []


def test_a_bundle_is_refunded_when_all_its_parts_are_graded() -> None:
    """One part alone is worth nothing yet; both together are worth the bundle."""
    shop = world(rma(line(skus=("CASE", "CABLE"))))
    shop.receive("u1", [1], sku="CASE")
    shop.done()
    assert shop.intents() == []

    shop.receive("u2", [1], sku="CABLE", parcel="p2")
    shop.done("p2")

    assert [(row["slot"], row["amount_minor"]) for row in shop.intents()] == [(1, 10000)]


def test_a_multi_pack_fills_its_slots_at_once() -> None:
    """Three pieces in one pack: three slots, whose amounts add up to what was paid."""
    shop = world(rma(line(quantity=3)))
    shop.receive("u1", [1, 2, 3], pieces=3)
    shop.done()

    assert [row["amount_minor"] for row in shop.intents()] == [3333, 3333, 3334]


@pytest.mark.failure(36)
def test_a_slot_is_split_over_the_payments_in_their_order() -> None:
    """A gift card of 60.00 comes first; it cannot be refunded, so that part waits for a person."""
    shop = world(payments=(("P1", "gift_card", 6000), ("P2", "transfer", 4000)))
    shop.receive("u1", [1])
    shop.done()

    assert [(row["payment_id"], row["amount_minor"], row["state"], row["reason"]) for row in shop.intents()] == [
        ("P1", 6000, "held", "not_refundable"),
        ("P2", 4000, "proposed", ""),
    ]


def test_an_order_nobody_imported_is_held_until_it_comes() -> None:
    """Without a payment nothing can go back."""
    shop = world(known=False)
    shop.receive("u1", [1])
    shop.done()

    assert shop.states() == [("held", "no_payment")]


def test_an_unknown_price_is_held_and_not_taken_for_nothing() -> None:
    """``None`` is not 0."""
    shop = world(rma(line(paid=None)))
    shop.receive("u1", [1])
    shop.done()

    assert [(row["state"], row["reason"], row["amount_minor"]) for row in shop.intents()] == [("held", "no_payment", 0)]


def test_delivery_cost_goes_back_once_when_all_the_order_had_is_back() -> None:
    """Two RMAs of one order: the first alone brings no delivery cost, the second does, once."""
    first, second = rma(line(paid=6000)), rma(line("L2", paid=4000), rma_id="RMA-2026-000002")
    shop = world(first, second, payments=(("P1", "transfer", 11500),), delivery=1500)
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)
    assert len(shop.queue()) == 1

    shop.receive("u2", [1], case_id=second.rma_id, line_id="L2", parcel="p2")
    shop.done("p2", second.rma_id)
    shop.pass_time(minutes=10)
    assert len(shop.queue()) == 2
    shop.queue()

    assert [(row["purpose"], row["amount_minor"], row["state"]) for row in shop.intents()] == [
        ("refund", 6000, "queued"),
        ("refund", 4000, "queued"),
        ("delivery", 1500, "queued"),
    ]


def test_delivery_cost_is_taken_back_with_a_slot_that_is_taken_back() -> None:
    """Nothing was sent yet: both are ours still."""
    shop = world(payments=(("P1", "transfer", 11500),), delivery=1500)
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()

    shop.happen("RMA-2026-000001", ev.ParcelResumed("p1"))

    assert shop.states() == [("cancelled", "undone"), ("cancelled", "undone")]
    with shop.database.transaction() as connection:
        assert connection.scalar(select(ledger.order_money.c.committed_minor)) == 0


@pytest.mark.failure(37)
def test_the_policys_word_is_stored_with_what_it_saw() -> None:
    """Explained, with version, inputs and the events it rests on."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()

    with shop.database.transaction() as connection:
        (row,) = connection.execute(select(ledger.decisions)).mappings().all()
    assert (row["by"], row["verdict"], row["rule_id"], row["policy_version"]) == ("policy", "approve", "good", 3)
    assert (row["basis"], row["inputs"]["grade"]) == (["e2", "e4"], "A")


@pytest.mark.failure(35)
@pytest.mark.parametrize("table", [ledger.order_money, ledger.payments, ledger.line_money, ledger.slot_money])
def test_the_database_refuses_more_than_was_paid(table: object) -> None:
    """Whatever the program does: ``CHECK`` says no."""
    shop = world()
    with shop.database.transaction() as connection:
        connection.execute(insert(ledger.slot_money).values(subject="line/RMA-2026-000001/L1", slot=1, paid_minor=10))

    with pytest.raises(IntegrityError, match="within_paid"), shop.database.transaction() as connection:
        connection.execute(update(table).values(committed_minor=10001))  # type: ignore[arg-type]


@pytest.mark.failure(35)
def test_an_amount_without_room_is_held_and_says_which_cap_is_full() -> None:
    """The shop's staff has already paid 95.00 back by hand."""
    shop = world()
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.order_money).values(committed_minor=9500))
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)

    assert (shop.queue(), shop.states()) == ([], [("held", "cap_order")])


@pytest.mark.failure(36)
@given(st.integers(0, 10**7), st.integers(1, 60))
def test_the_slots_of_a_line_add_up_to_what_was_paid(paid: int, quantity: int) -> None:
    """Exactly, and no slot differs from another by more than one minor unit."""
    spans = [shares.slot_span(paid, quantity, slot) for slot in range(1, quantity + 1)]
    amounts = [high - low for low, high in spans]

    assert sum(amounts) == paid
    assert max(amounts) - min(amounts) <= 1


@pytest.mark.failure(36)
@given(st.lists(st.integers(0, 5000), max_size=5), st.lists(st.integers(0, 3000), min_size=1, max_size=8))
def test_no_payment_ever_gives_more_than_it_was(paid: list[int], slots: list[int]) -> None:
    """However an order is cut into slots, the parts of a slot add up to it and the parts of a payment fit into it."""
    payments = [shares.Payment(f"P{n}", "transfer", "PLN", amount) for n, amount in enumerate(paid)]
    given_back = dict.fromkeys(range(len(paid)), 0)
    start = 0
    for amount in slots:
        parts = shares.shares(start, start + amount, payments)
        start += amount
        assert sum(part.amount_minor for part in parts) == amount
        for part in parts:
            if part.payment:
                given_back[payments.index(part.payment)] += part.amount_minor
    assert all(given_back[n] <= amount for n, amount in enumerate(paid))


def test_a_key_is_the_same_whoever_computes_it() -> None:
    """Pinned: a change would refund everything twice."""
    key = shares.refund_key("rma", "line/RMA-2026-000001/L1", 1, "P1", "refund")

    assert key == "b65e2587-7c21-55aa-9367-7771269f8f66"


def test_a_serial_number_twice_holds_the_units_that_carry_it_and_no_others() -> None:
    """The customer waits for the rest of the return in vain otherwise, though nobody doubts it."""
    shop = world(rma(line("L1", quantity=2, paid=2000), line("L2", paid=500)))
    shop.receive("u1", [1], serial="SN-1")
    shop.receive("u2", [2], serial="SN-1")
    shop.receive("u3", [1], line_id="L2")
    shop.done()

    states = {(row["subject"][-2:], row["slot"]): (row["state"], row["reason"]) for row in shop.intents()}
    assert states == {("L1", 1): ("held", "marked"), ("L1", 2): ("held", "marked"), ("L2", 1): ("proposed", "")}


def with_one_serial_number(count: int) -> World:
    """So many pieces of one line under one number, graded; the parcel is done."""
    shop = world(rma(line(quantity=3, paid=3000)))
    for number in range(1, count + 1):
        shop.receive(f"u{number}", [number], serial="SN-1")
    shop.done()
    return shop


def take_back(shop: World, unit_id: str) -> None:
    """The scan of this unit was a mistake."""
    case = shop.cases["RMA-2026-000001"]
    shop.happen(case.case_id, ev.UndoApplied(case.units[unit_id].identified_by, "unit.identified", "p1", unit_id))


@pytest.mark.parametrize(("undone", "left"), [("u1", 2), ("u2", 1)])
def test_a_serial_number_that_is_there_once_again_holds_nothing(undone: str, left: int) -> None:
    """One of the two scans was taken back, whichever it was; the mark stays on record."""
    shop = with_one_serial_number(2)
    before = shop.states()

    take_back(shop, undone)

    assert before == [("held", "marked"), ("held", "marked")]
    assert [row["state"] for row in shop.intents(slot=left)] == ["proposed"]
    assert [row["state"] for row in shop.intents(slot=3 - left)] == ["cancelled"]
    assert [mark.code for case in shop.cases.values() for mark in case.marks] == ["serial_twice"]


def test_a_serial_number_that_is_still_there_twice_holds_the_two_that_are_left() -> None:
    """One of three scans was taken back."""
    shop = with_one_serial_number(3)

    take_back(shop, "u3")

    assert shop.states() == [("held", "marked"), ("held", "marked"), ("cancelled", "undone")]
