"""A hub that starts does not know what left right before: an older database may lie there, without a word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from hub.connectors.provider import Capabilities
from hub.ledger import bank_accounts
from hub.money import batches
from tests.hub import databases
from tests.hub.money_world import World
from tests.hub.recovery.test_restores import a_round, bank_round, put_back, ready, with_transfers

LAG = timedelta(minutes=15)


def just_started(idempotency: str) -> tuple[World, list[tuple[str, int]]]:
    """A shop with a refund that is due, whose hub starts now; its states and sendings, minute by minute."""
    shop, provider = ready()
    provider.capabilities = Capabilities(idempotency, "by_ref", lookup_lag=LAG)
    shop.pass_time(minutes=10)
    shop.started = shop.now
    seen = []
    for _ in range(17):
        a_round(shop, provider)
        seen.append((shop.states()[0][0], provider.calls))
        shop.pass_time(minutes=1)
    return shop, seen


@pytest.mark.failure(27)
def test_a_database_replaced_a_moment_ago_without_a_word_pays_nothing_twice() -> None:
    """The refund was booked two minutes before the older database took its place: no look-up shows it yet."""
    shop, provider = ready()
    backup = databases.copy_of(shop.database)
    shop.pass_time(minutes=10)
    a_round(shop, provider)
    shop.pass_time(minutes=2)
    put_back(shop, backup, say=False)

    for _ in range(20):
        a_round(shop, provider)
        shop.pass_time(minutes=1)

    assert (shop.states(), provider.calls, len(provider.booked)) == ([("succeeded", "")], 1, 1)


def test_the_first_sending_waits_until_a_look_up_shows_all_that_left_before_the_start() -> None:
    """Asked at once and again when the provider's lag is over, then sent."""
    _, seen = just_started("none")

    assert seen == [("queued", 0)] * 15 + [("succeeded", 1)] * 2


@pytest.mark.parametrize("idempotency", ["key", "body", "absolute"])
def test_a_provider_that_knows_equal_requests_again_is_not_waited_for(idempotency: str) -> None:
    """A second request would be the first one."""
    _, seen = just_started(idempotency)

    assert seen == [("succeeded", 1)] * 17


def test_the_lag_is_counted_once_and_not_from_each_refund() -> None:
    """What falls due late in it does not begin to wait then."""
    shop, provider = ready()
    shop.started = shop.now
    shop.pass_time(minutes=14)
    a_round(shop, provider)
    early = shop.states()
    shop.pass_time(minutes=1)
    a_round(shop, provider)

    assert (early, shop.states()) == ([("queued", "")], [("succeeded", "")])


def test_a_bank_file_can_be_made_right_after_the_start() -> None:
    """A bank cannot be asked, and a person looks at the file."""
    shop = with_transfers()
    shop.pass_time(minutes=10)
    shop.started = shop.now
    bank_round(shop)
    with shop.database.transaction() as connection:
        own = {"currency": "PLN", "name": "Sklep", "iban": "PL61109010140000071219812874"}
        connection.execute(insert(bank_accounts).values(own))
        made = batches.make(connection, "PLN", shop.now, "900001", policy=shop.policy)

    assert made.count == 1
