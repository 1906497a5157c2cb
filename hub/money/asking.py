"""Asking a provider about a refund that, as far as we know, never left: before its first sending, and after a restore.

A database may be an older one than we think: put back with or without a word, or a fail-over that lost the last
commits. The key of a refund is derived from what it is for, so a provider that was asked under it in the time that is
missing knows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from hub.connectors.provider import Absent, CannotTell, Found, Provider, Refund
from hub.ledger import OPEN_STATES, refund_intents
from hub.money.booking import Transactions, booked, record_loss, refund_of
from hub.money.caps import commit_amount, full_cap
from hub.money.moves import intent, move
from hub.past import restores
from rma_station.domain.clean import clean

ASK_AGAIN = timedelta(seconds=5)
"""At least so long after an answer that said nothing."""
GIVE_UP_ASKING = timedelta(days=1)
"""A refund whose provider could not be asked for so long goes to a person."""
ASKABLE = (*sorted(OPEN_STATES), "queued")
"""States in which a provider may be asked about a refund that, as far as we know, never left."""


def has_to_ask(
    connection: Connection, row: RowMapping, provider: Provider, now: datetime, started: datetime | None = None
) -> bool:
    """Whether the provider has to be asked about this refund before it is sent.

    Only a look-up of this very moment counts: an older one may be what a copy of the database remembers. What was
    booked right before ``conclusive_from`` may not be in the look-up yet.
    """
    if provider.capabilities.lookup == "none":
        return False
    asked_at, since = row["asked_at"], conclusive_from(connection, provider, started)
    return asked_at is None or asked_at < (now if since is None else max(now, since))


def conclusive_from(connection: Connection, provider: Provider, started: datetime | None) -> datetime | None:
    """When a look-up begins to show all that may have left without this database's knowledge; ``None``: always.

    After a restore we know of, once the provider's lag is over. After a start of the hub as well, where a second
    booking would be one: nobody may have told of an older database that was put in place while the hub was off. A
    provider that knows equal requests again (idempotency) is not made to wait for that.
    """
    moments = [connection.scalar(select(func.max(restores.c.at)))]
    if provider.capabilities.idempotency == "none":
        moments.append(started)
    last: datetime | None = max((moment for moment in moments if moment is not None), default=None)
    return None if last is None else last + provider.capabilities.lookup_lag


def ask_first(
    database: Transactions, now: datetime, provider: Provider, key: str, started: datetime | None = None
) -> str:
    """Ask the provider whether it has booked this refund, which is not on its way as far as we know.

    Args:
        database: gives transactions; none is open while the provider is asked.
        now: the hub's time.
        provider: who is asked.
        key: the refund's.
        started: when the hub's process began; ``None``: its start is no reason to wait.

    Returns:
        ``found`` (it is at its end now), ``absent`` (noted), ``later`` (its look-up cannot show it yet) or ``unclear``.
    """
    with database.transaction() as connection:
        row = intent(connection, key)
        refund = refund_of(connection, row) if row else None
    if refund is None:
        return "absent"
    answer = asked(provider, refund)
    with database.transaction() as connection:
        row = intent(connection, key)
        if row is None or row["state"] not in ASKABLE or row["attempts"] != refund.attempt:
            return "absent"
        since = conclusive_from(connection, provider, started)
        early = since is not None and now < since
        if isinstance(answer, Found):
            found_booked(connection, row, now, provider, answer)
            return "found"
        if isinstance(answer, CannotTell) and row["frozen_at"] and now - row["frozen_at"] >= GIVE_UP_ASKING:
            words = f"{provider.name} cannot be asked about refunds: {clean(answer.detail, 200)}. It was not sent."
            move(connection, key, "needs_human", now, leaves=("queued",), reason="unclear", detail=words, note=words)
            return "unclear"
        again = now + max(provider.capabilities.lookup_lag, provider.capabilities.timeout, ASK_AGAIN)
        if since is not None and isinstance(answer, Absent):
            again = max(since, now + ASK_AGAIN)
        values: dict[str, Any] = {"next_check_at": again}
        if isinstance(answer, Absent) and not early:
            values = {"asked_at": now, "next_check_at": None}
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**values))
        return "unclear" if isinstance(answer, CannotTell) else "later" if early else "absent"


def found_booked(connection: Connection, row: RowMapping, now: datetime, provider: Provider, found: Found) -> None:
    """Book a refund that the provider has made and this database does not know to have sent.

    One that was held for a person is a late contradiction now, unless it only waited for its photos.
    """
    key = row["refund_key"]
    if row["state"] in OPEN_STATES:
        full = full_cap(connection, row, row["amount_minor"])
        if full:
            note = f"{provider.name} has booked it ({clean(found.reference, 100)}), and there is no room left: {full}"
            move(connection, key, "held", now, leaves=tuple(OPEN_STATES), reason=f"cap_{full}", detail=note, note=note)
            record_loss(connection, row, found.amount_minor or row["amount_minor"], note, "hub", now)
            return
        commit_amount(connection, row, row["amount_minor"])
    note = f"{provider.name} had it already ({clean(found.reference, 100)}); this database did not know"
    done: dict[str, Any] = {"frozen_at": now, "connector": provider.name, "note": note, "asked_at": now}
    if row["state"] == "held" and row["reason"] != "photos":
        done["late_at"] = now
    move(connection, key, "queued", now, leaves=(*OPEN_STATES, "queued"), reason="found", detail=note, **done)
    again = intent(connection, key)
    if again is not None:
        booked(connection, again, now, found.reference, found.amount_minor)


def asked(provider: Provider, refund: Refund) -> Found | Absent | CannotTell:
    """What the provider's look-up says; an exception is the answer ``CannotTell``."""
    try:
        return provider.lookup(refund) if provider.capabilities.lookup != "none" else CannotTell("no look-up")
    except Exception as error:
        return CannotTell(f"{type(error).__name__}: {error}")
