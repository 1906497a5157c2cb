"""The worker over money, called by the server every few seconds: settle, queue what is due, send.

Waiting is the caller's; one call does what there is to do now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from hub import cases
from hub import policy as rules
from hub.central import Hub
from hub.connectors.bank_file import BankFile
from hub.connectors.provider import Provider
from hub.evidence.blobs import Kept
from hub.ledger import payments, refund_intents
from hub.money.asking import ask_first
from hub.money.booking import Transactions
from hub.money.moves import move
from hub.money.queueing import queue_due
from hub.money.sending import Tick, tick
from hub.recovery import restores
from hub.trust import nonces
from hub.web import phone_pages

ASKED_AT_ONCE = 50
"""Most refunds of a provider that one round asks about after a restore."""
PROVIDERS: tuple[Provider, ...] = (BankFile(),)
"""The ways of paying back this hub has."""
ABANDONED = timedelta(days=7)
"""A photo that nobody has gone on sending for so long begins anew."""


@dataclass(frozen=True)
class Round:
    """What one call did."""

    queued: int
    ticks: tuple[Tick, ...]


def work(
    database: Transactions,
    now: datetime,
    providers: Sequence[Provider],
    *,
    policy: rules.Policy | None = None,
    clock: Callable[[], datetime] | None = None,
    started: datetime | None = None,
) -> Round:
    """Settle, queue and send once over.

    Args:
        database: the hub's.
        now: its time.
        providers: the ways of paying back this hub has; payments none of them serves go to a person.
        policy: ``None`` takes the shipped one.
        clock: read right before each send.
        started: when the hub's process began.
    """
    look_back(database, now, providers)
    with database.transaction() as connection:
        queued = queue_due(connection, now, policy)
    _without_provider(database, now, providers)
    more: dict[str, Any] = {"policy": policy, "clock": clock, "started": started}
    done = tuple(tick(database, now, provider, **more) for provider in providers)
    return Round(len(queued), done)


def look_back(database: Transactions, now: datetime, providers: Sequence[Provider]) -> None:
    """After a restore: ask the providers what may have left since, and let sending go on when nothing is missing."""
    with database.transaction() as connection:
        stands = restores.settled(connection, now, providers)
        due = set(connection.scalars(select(refund_intents.c.refund_key).where(_is_due(now)))) if stands else set()
    if stands is None:
        return
    for provider in providers:
        keys = [key for key in stands.refunds.get(provider.name, ()) if key in due]
        for key in keys[:ASKED_AT_ONCE]:
            ask_first(database, now, provider, key)
    with database.transaction() as connection:
        restores.settled(connection, now, providers)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(refund_intents.c.next_check_at.is_(None), refund_intents.c.next_check_at <= now)


def round_of(hub: Hub) -> Round:
    """One round of a running hub, with the providers it has."""
    return work(hub.database, hub.now(), PROVIDERS, policy=hub.policy, clock=hub.now, started=hub.started)


def look_for_missing(hub: Hub) -> int:
    """Say what is missing and was not said yet, under the hub's own policy; how many lines."""
    with hub.database.transaction() as connection:
        return cases.say_missing(connection, hub.now(), hub.policy)


def forget_nonces(hub: Hub) -> int:
    """Remove the nonces of calls whose copies are refused by their time; how many."""
    with hub.database.transaction() as connection:
        return nonces.forget(connection, hub.now())


def sweep_photos(hub: Hub) -> int:
    """Remove what a station began to send of a photo and gave up long ago, and phones' old pages; how many files.

    After the hub was put back, photos that are on record from before are read again.
    """
    with hub.database.transaction() as connection:
        phone_pages.sweep(connection, hub.now())
    if hub.blobs is None:
        return 0
    Kept(hub.database, hub.blobs, hub.propose).read_again(hub.now())
    return hub.blobs.sweep(hub.now() - ABANDONED)


def _without_provider(database: Transactions, now: datetime, providers: Sequence[Provider]) -> None:
    served = sorted({means for provider in providers for means in provider.means})
    query = (
        select(refund_intents.c.refund_key, payments.c.means, payments.c.reference)
        .join(
            payments,
            (payments.c.order_id == refund_intents.c.order_id) & (payments.c.payment_id == refund_intents.c.payment_id),
        )
        .where(refund_intents.c.state == "queued", payments.c.means.not_in(served))
    )
    with database.transaction() as connection:
        for row in connection.execute(query).all():
            note = (
                f"paid by {row.means} ({row.reference or 'no reference'}): nothing here can pay back that way. "
                "Refund it in the payment provider's panel, then mark it paid."
            )
            move(
                connection,
                row.refund_key,
                "needs_human",
                now,
                leaves=("queued",),
                reason="no_connector",
                detail=note,
                note=note,
            )
