"""At most one booking for a key and every approved refund at its end, whatever the provider and the process do."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub import ledger
from hub.connectors.provider import Accepted, Booked, Capabilities, Rejected
from hub.money.booking import booked
from hub.money.moves import intent, set_switch
from hub.money.sending import tick
from hub.policy import Breaker
from hub.policy_file import shipped
from hub.review.matter import nothing_booked
from tests.hub.fake_provider import Died, DyingDatabase, FakeProvider
from tests.hub.money_world import World, amended, line, rma, world


def queued(quantity: int = 1, *, slots: int | None = None, paid: int | None = None) -> World:
    """A world with refunds that wait to be sent."""
    paid = paid or 1000 * quantity
    shop = world(rma(line(quantity=quantity, paid=paid)), payments=(("P1", "transfer", paid),))
    numbers = list(range(1, (slots or quantity) + 1))
    shop.receive("u1", numbers, pieces=len(numbers))
    shop.done()
    shop.pass_time(minutes=10)
    shop.queue()
    return shop


def fake(shop: World, *faults: str, **more: object) -> FakeProvider:
    """A provider whose calls fail in this order, then no more."""
    script = list(faults)
    due = lambda what: script.pop(0) if what == "refund" and script else "ok"  # noqa: E731
    return FakeProvider(lambda: shop.now, due, **more)  # type: ignore[arg-type]


def run(shop: World, provider: FakeProvider, *, minutes: int = 240) -> None:
    """Tick every five minutes, starting again whenever the process died."""
    for _ in range(minutes // 5):
        with contextlib.suppress(Died):
            tick(shop.database, shop.now, provider)
        shop.pass_time(minutes=5)


def test_a_queued_refund_is_booked_once() -> None:
    """A second tick finds nothing to do."""
    shop = queued()
    provider = fake(shop)

    tick(shop.database, shop.now, provider)
    tick(shop.database, shop.now, provider)

    (row,) = shop.intents()
    assert (row["state"], row["provider_ref"], provider.calls) == ("succeeded", "B1", 1)


@pytest.mark.failure(25, 32)
@pytest.mark.parametrize("fault", ["before", "after", "drop", "die_before", "die_after"])
def test_after_any_fault_the_money_goes_exactly_once(fault: str) -> None:
    """Unknown, looked up after the lag, then found or sent again."""
    shop = queued()
    provider = fake(shop, fault)

    run(shop, provider)

    assert [key for key, _, _ in provider.booked] == [shop.intents()[0]["refund_key"]]
    assert shop.states() == [("succeeded", "")]


@pytest.mark.failure(25)
def test_the_attempt_is_committed_before_the_provider_is_called() -> None:
    """Who dies in the call has left a trace of it."""
    shop = queued()
    with contextlib.suppress(Died):
        tick(shop.database, shop.now, fake(shop, "die_before"))

    with shop.database.transaction() as connection:
        attempts = connection.execute(select(ledger.refund_attempts)).mappings().all()
    assert [(row["number"], row["outcome"]) for row in attempts] == [(1, None)]
    assert shop.states() == [("in_flight", "")]


@pytest.mark.failure(32)
def test_nothing_is_sent_again_before_the_lag_is_over_twice() -> None:
    """One absence is not enough, nor an early one."""
    shop = queued()
    provider = fake(shop, "before")
    tick(shop.database, shop.now, provider)

    states = []
    for _ in range(3):
        shop.pass_time(minutes=15)
        tick(shop.database, shop.now - timedelta(seconds=1), provider)
        states.append((shop.states()[0][0], provider.calls))
        tick(shop.database, shop.now, provider)

    assert states == [("unknown", 1), ("unknown", 1), ("succeeded", 2)]


@pytest.mark.failure(35)
def test_a_refusal_goes_to_a_person() -> None:
    """``declined`` is ours to say; a provider's no is ``needs_human``, and it still counts against the caps."""
    shop = queued()
    provider = fake(shop, answer=Rejected("insufficient", "no\x1b[31m money"))

    run(shop, provider, minutes=60)

    (row,) = shop.intents()
    assert (row["state"], row["reason"], row["note"]) == ("needs_human", "rejected", "insufficient: no␛[31m money")
    assert provider.calls == 1


def test_what_a_provider_cannot_do_is_said_before_it_is_tried() -> None:
    """With what to ask the customer."""
    shop = queued()
    provider = fake(shop, objects="ask the customer for an account number")

    tick(shop.database, shop.now, provider)

    assert (shop.states(), provider.calls) == ([("needs_human", "objection")], 0)


def test_what_was_contradicted_while_it_waited_for_the_customer_does_not_go_on_by_itself() -> None:
    """Frozen, not sent, and the unit was graded anew: the account number comes, and a supervisor still looks first."""
    shop = queued()
    tick(shop.database, shop.now, fake(shop, objects="ask the customer for an account number"))
    shop.happen(next(iter(shop.rmas)), amended("u1", "D"))
    provider = fake(shop)

    run(shop, provider, minutes=60)

    (row,) = shop.intents()
    assert (provider.calls, row["state"], row["late_at"] is not None) == (0, "needs_human", True)
    with shop.database.transaction() as connection:
        connection.execute(update(ledger.refund_intents).values(late_at=None))
    run(shop, provider, minutes=5)
    assert shop.states() == [("succeeded", "")]


@pytest.mark.parametrize("minutes", [20, 30])
def test_what_was_contradicted_and_never_booked_is_not_sent_again_by_itself(minutes: int) -> None:
    """Graded anew while nobody knew, or while a switch kept it from being sent again: a person says whether it is."""
    shop = queued()
    provider = fake(shop, "before")
    run(shop, provider, minutes=5)
    stopped = minutes == 30
    with shop.database.transaction() as connection:
        set_switch(connection, "frozen", on=stopped, reason="looks", by="000900", now=shop.now)
    run(shop, provider, minutes=minutes if stopped else 5)
    waited = shop.states()
    shop.happen(next(iter(shop.rmas)), amended("u1", "D"))
    with shop.database.transaction() as connection:
        set_switch(connection, "frozen", on=False, reason="looked", by="000900", now=shop.now)

    run(shop, provider)

    (row,) = shop.intents()
    assert waited == [("queued", "absent") if stopped else ("unknown", "no_answer")]
    assert (provider.calls, row["state"], row["reason"]) == (1, "needs_human", "absent")
    assert (row["late_at"] is not None, nothing_booked(row)) == (True, True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["frozen", "breaker"])
def test_a_switch_stops_sending_and_not_looking_up(name: str) -> None:
    """What was under way is still cleared up."""
    shop = queued(2)
    provider = fake(shop, "after")
    tick(shop.database, shop.now, provider, limit=1)
    with shop.database.transaction() as connection:
        set_switch(connection, name, on=True, reason="restored", by="000900", now=shop.now)

    run(shop, provider, minutes=60)

    assert sorted(state for state, _ in shop.states()) == ["queued", "succeeded"]
    with shop.database.transaction() as connection:
        set_switch(connection, name, on=False, reason="looked", by="000900", now=shop.now)
    run(shop, provider, minutes=5)
    assert [state for state, _ in shop.states()] == ["succeeded", "succeeded"]


@pytest.mark.failure(38)
@pytest.mark.parametrize(
    ("breaker", "booked"), [(Breaker(3, {"PLN": 10**9}), 3), (Breaker(99, {"PLN": 2000}), 2), (Breaker(99, {}), 0)]
)
def test_the_breaker_trips_at_its_limits(breaker: Breaker, booked: int) -> None:
    """By number and by amount in an hour; it stays on when the hour is over."""
    shop = queued(8)
    provider = fake(shop)
    policy = replace(shipped(), breaker=breaker)

    first = tick(shop.database, shop.now, provider, policy=policy)
    shop.pass_time(hours=3)
    second = tick(shop.database, shop.now, provider, policy=policy)

    assert (len(provider.booked), first.stopped_by, second.stopped_by) == (booked, "breaker", "breaker")


@pytest.mark.failure(31)
def test_a_worker_that_slept_over_its_lease_does_not_send() -> None:
    """The machine was suspended between claiming and sending; another may have taken over."""
    shop = queued()
    provider = fake(shop)

    tick(shop.database, shop.now, provider, clock=lambda: shop.now + timedelta(minutes=5))

    assert (provider.calls, shop.states()) == (0, [("in_flight", "")])
    run(shop, provider)
    assert ([state for state, _ in shop.states()], len(provider.booked)) == (["succeeded"], 1)


@pytest.mark.failure(32)
def test_an_accepted_refund_stays_in_flight_until_it_is_found() -> None:
    """Asynchronous providers say yes first and book later."""
    shop = queued()
    slow = Capabilities("key", "by_ref", asynchronous=True)
    provider = fake(shop, answer=Accepted("R1"), capabilities=slow)
    tick(shop.database, shop.now, provider)
    assert shop.states() == [("in_flight", "accepted")]

    provider.booked.append((shop.intents()[0]["refund_key"], 1000, shop.now - timedelta(hours=1)))
    run(shop, provider, minutes=30)

    assert (shop.states(), provider.calls) == ([("succeeded", "")], 1)


def test_without_any_look_up_an_uncertain_answer_goes_to_a_person() -> None:
    """Neither key nor look-up: nobody can know, so a person asks."""
    shop = queued()
    provider = fake(shop, "drop", capabilities=Capabilities("none", "none"))

    run(shop, provider)

    assert ([state for state, _ in shop.states()], provider.calls) == (["needs_human"], 1)


@pytest.mark.failure(33)
def test_an_expired_key_is_never_used_again() -> None:
    """The provider forgets keys after a day; by then the look-up must have told."""
    shop = queued()
    can = Capabilities("key", "by_ref", key_ttl=timedelta(hours=24))
    provider = fake(shop, "before", capabilities=can)
    tick(shop.database, shop.now, provider)
    shop.pass_time(hours=23)

    run(shop, provider, minutes=60)

    assert (shop.states(), provider.calls) == ([("needs_human", "unclear")], 1)


def test_a_look_up_that_never_answers_goes_to_a_person() -> None:
    """After a day of asking what became of it; it was asked once before it was sent, and was not there."""
    shop = queued()
    said = iter(["ok"])
    provider = FakeProvider(lambda: shop.now, lambda what: next(said, "error") if what == "lookup" else "before")

    run(shop, provider, minutes=26 * 60)

    assert (shop.states(), provider.calls) == ([("needs_human", "unclear")], 1)


def test_a_provider_that_cannot_be_asked_is_sent_nothing() -> None:
    """It may have it already; after a day a person reads that it was not sent."""
    shop = queued()
    provider = FakeProvider(lambda: shop.now, lambda what: "error")

    run(shop, provider, minutes=26 * 60)

    (row,) = shop.intents()
    assert (row["state"], row["reason"], provider.calls) == ("needs_human", "unclear", 0)
    assert row["note"] == "fake cannot be asked about refunds: 503. It was not sent."


def test_more_than_was_asked_is_a_loss() -> None:
    """It succeeded, and what was too much is on record."""
    shop = queued()

    tick(shop.database, shop.now, fake(shop, answer=Booked("B7", 1500)))

    with shop.database.transaction() as connection:
        assert connection.execute(select(ledger.refund_losses.c.amount_minor)).all() == [(500,)]
    assert shop.states() == [("succeeded", "")]


@pytest.mark.failure(25, 32)
@pytest.mark.parametrize("seed", range(40))
def test_nothing_doubled_and_nothing_missing_under_the_fault_script(seed: int) -> None:
    """5 % errors before and after booking, 10 % lost answers, a lagging list, and deaths between any two writes."""
    chance = random.Random(seed)
    shop = queued(12)

    def due(what: str) -> str:
        if what == "lookup":
            return "error" if chance.random() < 0.05 else "ok"
        faults = ["before", "after", "drop", "die_before", "die_after", "ok"]
        return chance.choices(faults, [5, 5, 10, 5, 5, 70])[0]

    provider = FakeProvider(lambda: shop.now, due)
    database = DyingDatabase(shop.database, chance)
    for _ in range(120):
        with contextlib.suppress(Died):
            tick(database, shop.now, provider, limit=3)
        shop.pass_time(minutes=5)
    shop.pass_time(minutes=30)
    for _ in range(12):
        tick(shop.database, shop.now, provider)
        shop.pass_time(minutes=15)

    keys = [key for key, _, _ in provider.booked]
    paid = {row["refund_key"] for row in shop.intents(state="succeeded")}
    waiting = {row["refund_key"] for row in shop.intents(state="needs_human")}
    assert len(keys) == len(set(keys))
    assert set(keys) >= paid
    assert (len(paid | waiting), len(keys)) == (12, len(set(keys)))


def test_the_answer_of_an_older_attempt_still_counts() -> None:
    """It came after we had given the attempt up; the money is booked, so nothing is sent again."""
    shop = queued()
    provider = fake(shop)
    key = shop.intents()[0]["refund_key"]
    with shop.database.transaction() as connection:
        row = intent(connection, key)
        assert row is not None
        booked(connection, row, shop.now, "B1", 1000)

    tick(shop.database, shop.now, provider)

    assert (shop.states(), provider.calls) == ([("succeeded", "")], 0)
