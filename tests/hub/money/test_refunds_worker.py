"""One round of the worker: settle, queue, send; what nothing can send goes to a person."""

from __future__ import annotations

from hub.rounds import work
from tests.hub.fake_provider import FakeProvider
from tests.hub.money_world import world


def test_a_round_takes_a_settled_refund_all_the_way() -> None:
    """And the next one has nothing to do."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)
    provider = FakeProvider(lambda: shop.now)

    first, second = (work(shop.database, shop.now, [provider]) for _ in range(2))

    assert (first.queued, first.ticks[0].sent, second.queued, second.ticks[0].sent) == (1, 1, 0, 0)
    assert shop.states() == [("succeeded", "")]


def test_a_means_no_provider_serves_goes_to_a_person() -> None:
    """With what to do about it."""
    shop = world(payments=(("P1", "paypal", 10000),))
    shop.receive("u1", [1])
    shop.done()
    shop.pass_time(minutes=10)

    work(shop.database, shop.now, [FakeProvider(lambda: shop.now)])

    (row,) = shop.intents()
    assert (row["state"], row["reason"]) == ("needs_human", "no_connector")
    assert row["note"].startswith("paid by paypal (no reference): nothing here can pay back that way.")
