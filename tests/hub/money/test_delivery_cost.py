"""The delivery cost of an order: asked for once everything is back, judged as its goods were, never twice."""

from __future__ import annotations

from sqlalchemy import update

from hub import ledger
from rma_station.domain import events as ev
from rma_station.domain.rma import RmaKind
from tests.hub.money_world import World, line, rma, with_kind, world

FIRST, SECOND = rma(line(paid=6000)), rma(line("L2", paid=4000), rma_id="RMA-2026-000002")
PAID = (("P1", "transfer", 11500),)


def back(shop: World, unit_id: str, rma_id: str, line_id: str) -> None:
    """A unit of an RMA arrives in a parcel of its own and is graded as new; the settle delay is over."""
    shop.receive(unit_id, [1], case_id=rma_id, line_id=line_id, parcel=f"parcel-of-{unit_id}")
    shop.done(f"parcel-of-{unit_id}", rma_id)
    shop.pass_time(minutes=10)


def approve(shop: World, **where: str) -> None:
    """A supervisor says yes to what is held."""
    table = ledger.refund_intents
    with shop.database.transaction() as connection:
        matching = [table.c[name] == value for name, value in where.items()]
        connection.execute(update(table).where(*matching).values(state="approved", reason="", decided_by="000201"))


def delivery(shop: World) -> list[tuple[str, str]]:
    """State and reason of the intents for the delivery cost."""
    return shop.states(purpose="delivery")


def test_it_is_no_easier_to_get_back_than_the_hardest_of_the_goods() -> None:
    """A complaint among the RMAs of an order holds the delivery cost for a person, whichever came first."""
    shop = world(FIRST, with_kind(SECOND, RmaKind.COMPLAINT), payments=PAID, delivery=1500)
    back(shop, "u1", FIRST.rma_id, "L1")
    back(shop, "u2", SECOND.rma_id, "L2")
    approve(shop, case_id=SECOND.rma_id)
    shop.queue()

    assert shop.states(purpose="refund") == [("queued", ""), ("queued", "")]
    assert delivery(shop) == [("held", "complaint")]


def test_a_piece_counts_when_all_of_its_money_is_on_its_way() -> None:
    """Part of the piece was paid by gift card and waits for a person: until then the order is not whole."""
    shop = world(
        FIRST, payments=(("P1", "transfer", 4000), ("P2", "gift_card", 2000), ("P3", "transfer", 1500)), delivery=1500
    )
    back(shop, "u1", FIRST.rma_id, "L1")
    shop.queue()
    waiting = delivery(shop)
    approve(shop, payment_id="P2")
    shop.queue()

    assert (waiting, delivery(shop)) == ([], [("queued", "")])


def test_what_was_asked_of_a_payment_that_is_another_one_now_counts_no_more() -> None:
    """The shop named another payment before anything was frozen: the intent for the old one is cancelled."""
    shop = world(FIRST, payments=PAID, delivery=1500)
    back(shop, "u1", FIRST.rma_id, "L1")
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.payments).values(payment_id="P9"))
    shop.propose(FIRST.rma_id)
    shop.pass_time(minutes=10)
    shop.queue()

    assert shop.states(purpose="refund") == [("cancelled", "undone"), ("queued", "")]
    assert delivery(shop) == [("queued", "")]


def test_a_piece_the_customer_keeps_keeps_the_delivery_cost() -> None:
    """The order had one piece more than what came back."""
    shop = world(FIRST, payments=PAID, delivery=1500, pieces=2)
    back(shop, "u1", FIRST.rma_id, "L1")
    shop.queue()

    assert delivery(shop) == []


def test_taken_back_with_its_goods_it_comes_again_with_them() -> None:
    """The parcel is opened once more before the money left, and done again: one delivery cost, as before."""
    shop = world(FIRST, payments=PAID, delivery=1500)
    back(shop, "u1", FIRST.rma_id, "L1")
    shop.queue()
    shop.happen(FIRST.rma_id, ev.ParcelResumed("parcel-of-u1"))
    gone = delivery(shop)
    shop.done("parcel-of-u1")
    shop.pass_time(minutes=10)
    shop.queue()

    assert (gone, delivery(shop)) == ([("cancelled", "undone")], [("queued", "")])


def test_a_contradiction_after_it_left_is_shown_and_takes_nothing_back() -> None:
    """Money on its way never changes by itself: a supervisor looks at it."""
    shop = world(FIRST, payments=PAID, delivery=1500)
    back(shop, "u1", FIRST.rma_id, "L1")
    shop.queue()
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.refund_intents).values(state="succeeded", attempts=1))
    shop.happen(FIRST.rma_id, ev.ParcelResumed("parcel-of-u1"))

    (row,) = shop.intents(purpose="delivery")
    assert (row["state"], row["late_at"]) == ("succeeded", shop.now)


def test_one_that_was_sent_and_given_up_is_not_asked_for_again() -> None:
    """Somebody cancelled it after an attempt: the same money must not leave by itself a second time."""
    shop = world(FIRST, payments=PAID, delivery=1500)
    back(shop, "u1", FIRST.rma_id, "L1")
    shop.queue()
    with shop.database.transaction() as connection:
        sent = update(ledger.refund_intents).where(ledger.refund_intents.c.purpose == "delivery")
        connection.execute(sent.values(state="cancelled", attempts=1))
    shop.happen(FIRST.rma_id, ev.ParcelResumed("parcel-of-u1"))
    shop.done("parcel-of-u1")
    shop.pass_time(minutes=10)
    shop.queue()

    assert delivery(shop) == [("cancelled", "")]
