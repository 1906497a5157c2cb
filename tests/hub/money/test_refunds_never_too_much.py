"""Whatever happens in whatever order, no order, payment, line or slot ever gives back more than was paid."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub import ledger
from hub.money.sending import tick
from rma_station.domain import events as ev
from tests.hub.fake_provider import FakeProvider
from tests.hub.money_world import World, amended, line, rma, world

ACTS = ("receive", "done", "resume", "amend_bad", "amend_good", "undo", "queue", "send", "send_badly", "wait")
RMA = "RMA-2026-000001"


def act(shop: World, what: str, unit: int, provider: FakeProvider) -> None:
    """One thing that can happen; what does not fit leaves a mark and nothing else."""
    name = f"u{unit}"
    known = shop.cases.get(RMA)
    here = known.units.get(name) if known else None
    if what == "receive" and here is None:
        shop.receive(name, [unit])
    elif what == "done" and known:
        shop.happen(RMA, ev.ParcelDone("p1"))
    elif what == "resume" and known:
        shop.happen(RMA, ev.ParcelResumed("p1"))
    elif what.startswith("amend") and here:
        shop.happen(RMA, amended(name, "D" if what == "amend_bad" else "A"))
    elif what == "undo" and here and here.gradings:
        shop.happen(RMA, ev.UndoApplied(here.gradings[-1].event_id, "unit.graded", "p1", name))
    elif what == "queue":
        shop.queue()
    elif what in ("send", "send_badly"):
        provider.faults = lambda call: "drop" if what == "send_badly" and call == "refund" else "ok"
        tick(shop.database, shop.now, provider)
    elif what == "wait":
        shop.pass_time(minutes=20)


@pytest.mark.failure(35, 36)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 3)), max_size=30),
    st.integers(1, 9999),
    st.integers(0, 500),
)
def test_never_more_than_was_paid_in_any_order(acts: list[tuple[str, int]], paid: int, delivery: int) -> None:
    """Three pieces, two payments, delivery cost; then the worker runs until nothing moves any more."""
    first = paid // 3
    payments = (("P1", "transfer", first), ("P2", "transfer", paid + delivery - first))
    shop = world(rma(line(quantity=3, paid=paid)), payments=payments, delivery=delivery)
    provider = FakeProvider(lambda: shop.now)
    for what, unit in acts:
        act(shop, what, unit, provider)
    for what in ("wait", "queue", "send", "wait", "send", "wait", "send"):
        act(shop, what, 1, provider)

    rows = {row["refund_key"]: row for row in shop.intents()}
    by_payment: dict[str, int] = defaultdict(int)
    by_slot: dict[tuple[str, int], int] = defaultdict(int)
    for key, amount, _ in provider.booked:
        by_payment[rows[key]["payment_id"]] += amount
        by_slot[rows[key]["subject"], rows[key]["slot"]] += amount
    assert len({key for key, _, _ in provider.booked}) == len(provider.booked)
    assert all(by_payment[name] <= amount for name, _, amount in payments)
    for (subject, slot), amount in by_slot.items():
        spans = delivery if subject.startswith("order/") else slot * paid // 3 - (slot - 1) * paid // 3
        assert amount <= spans
    with shop.database.transaction() as connection:
        order = connection.execute(select(ledger.order_money)).one()
    assert sum(by_payment.values()) <= order.committed_minor <= paid + delivery
