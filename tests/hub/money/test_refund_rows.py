"""Rows of the failure matrix about refunds that need a scene of their own."""

from __future__ import annotations

import re
import threading
import tomllib
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

import hub.policy
from hub import policy_file, store
from hub.connectors.provider import Capabilities, Found, Refund
from hub.ledger import refund_intents
from hub.refunds import tick
from hub.rounds import work
from tests.hub import databases
from tests.hub.fake_provider import FakeProvider
from tests.hub.money_world import World, line, rma, world


def settled(pieces: int, paid: int) -> World:
    """So many equal pieces, graded and queued."""
    shop = world(rma(line(quantity=pieces, paid=paid)), payments=(("P1", "card", paid),))
    for number in range(1, pieces + 1):
        shop.receive(f"u{number}", [number])
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()
    return shop


@pytest.mark.failure(30)
@pytest.mark.skipif(not databases.ON_POSTGRESQL, reason="several workers need PostgreSQL: HUB_TESTS_ON=postgresql")
@pytest.mark.parametrize("take_turns", [True, False])
def test_workers_side_by_side_send_each_refund_once(take_turns: bool) -> None:
    """Four workers over forty refunds, with the lock that lets transactions take turns and without it."""
    shop = settled(pieces=40, paid=40_000)
    if not take_turns:
        event.remove(shop.database.engine, "begin", store._wait_for_turn)
    guard = threading.Lock()
    booked: Counter[str] = Counter()

    class Counting(FakeProvider):
        def refund(self, refund: Refund) -> object:
            with guard:
                booked[refund.key] += 1
                return super().refund(refund)

        def lookup(self, refund: Refund) -> object:
            with guard:
                return super().lookup(refund)

    provider = Counting(lambda: shop.now)
    failed: list[BaseException] = []

    def one() -> None:
        try:
            for _ in range(30):
                tick(shop.database, shop.now, provider)
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=one) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert failed == []
    assert set(booked.values()) == {1}
    assert (len(booked), {state for state, _ in shop.states()}) == (40, {"succeeded"})


@pytest.mark.failure(34)
def test_two_equal_pieces_at_the_same_amount_are_two_bookings() -> None:
    """Each slot has a key of its own, so that a provider that merges equal requests does not merge them."""
    shop = settled(pieces=2, paid=2000)
    provider = FakeProvider(lambda: shop.now, capabilities=Capabilities("body", "by_ref"))

    tick(shop.database, shop.now, provider)
    again = work(shop.database, shop.now, [provider], policy=shop.policy)

    assert [amount for _, amount, _ in provider.booked] == [1000, 1000]
    assert len({key for key, _, _ in provider.booked}) == 2
    assert again.ticks[0].sent == 0


@pytest.mark.failure(35)
def test_a_refund_the_shop_s_staff_made_is_found_and_not_made_again() -> None:
    """Under our key, by hand in the provider's panel: the first look-up shows it."""
    shop = settled(pieces=1, paid=1000)
    (key,) = [row["refund_key"] for row in shop.intents()]
    provider = FakeProvider(lambda: shop.now)
    provider.booked.append((key, 1000, shop.now - timedelta(hours=1)))

    tick(shop.database, shop.now, provider)

    assert (shop.states(), provider.calls) == ([("succeeded", "")], 0)
    assert isinstance(provider.lookup(Refund(key, 1, "", "", "", "", "", 1000, "PLN")), Found)


@pytest.mark.failure(37)
def test_a_new_policy_never_pays_again_what_was_paid() -> None:
    """It decides what is still open; what was settled under the old one stays as it is, with its version."""
    shop = settled(pieces=1, paid=1000)
    provider = FakeProvider(lambda: shop.now)
    tick(shop.database, shop.now, provider)
    text = (Path(hub.policy.__file__).parent / "data" / "policy.toml").read_text("utf-8")
    old = shop.policy.version
    newer = re.sub(r"(?m)^version = \d+", f"version = {old + 1}", text)
    shop.policy = policy_file.read(tomllib.loads(newer), "policy.toml")

    shop.propose(next(iter(shop.rmas)))
    shop.pass_time(minutes=60)
    work(shop.database, shop.now, [provider], policy=shop.policy)

    with shop.database.transaction() as connection:
        versions = connection.scalars(select(refund_intents.c.policy_version)).all()
    assert (shop.states(), len(provider.booked), versions) == ([("succeeded", "")], 1, [old])
