"""``tick``: the worker over queued refunds. At most one booking for a key, whatever breaks, wherever we die.

::

    queued -> [commit: in_flight + attempt row] -> provider -> [commit: outcome]
       ^                    |                          |
       |                    +-- lease over (we died) --+--> unknown -- found ------------------> succeeded
       +---- absent twice, after the provider's lag -------- | - unclear, too often, contradicted -> needs_human

Never sent again from ``unknown`` before a conclusive look-up, and never sent at all before the provider was asked
whether it has it already, where it can be asked: this database may be an older one than we think. The switches
``frozen``, ``breaker`` and ``restore`` stop sending; looking up goes on, it moves nothing. Calls to a provider are made
between transactions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, or_, select, update

from hub import policy as rules
from hub import policy_file
from hub.connectors.provider import Absent, Accepted, Booked, CannotTell, Found, Provider, Refund, Rejected, Unknown
from hub.ledger import payments, refund_attempts, refund_intents
from hub.money.asking import ask_first, asked, has_to_ask
from hub.money.booking import Transactions, booked, refund_of
from hub.money.breaker import breaker
from hub.money.moves import intent, move, stopped_by
from rma_station.domain import codec
from rma_station.domain.clean import clean

LEASE = 3
"""An attempt that is this many time-outs old has no owner any more."""
ABSENCES = 2
"""Look-ups in a row that must not find a booking before it may be sent again."""
ATTEMPTS = 5
"""Then a person looks."""
ACCEPTED_FOR = timedelta(days=3)
"""An asynchronous provider that has not booked by then is asked like one that never answered."""
GIVE_UP_LOOKING = timedelta(days=1)
TTL_MARGIN = timedelta(hours=1)


@dataclass(frozen=True)
class Tick:
    """What one call did."""

    sent: int = 0
    stopped_by: str = ""


def tick(
    database: Transactions,
    now: datetime,
    provider: Provider,
    *,
    policy: rules.Policy | None = None,
    clock: Callable[[], datetime] | None = None,
    started: datetime | None = None,
    limit: int = 50,
) -> Tick:
    """Take every intent of this provider one step further.

    Args:
        database: gives transactions; none is open while the provider is called.
        now: the hub's time.
        provider: served in this call; one process ticks one provider at a time.
        policy: for the breaker's limits.
        clock: read right before each send; an attempt whose lease is over by then is not sent.
        started: when the hub's process began: it does not know what was sent right before (``hub/money/asking.py``).
        limit: most refunds sent in one call.
    """
    chosen = policy or policy_file.shipped()
    with database.transaction() as connection:
        _object(connection, now, provider)
        _expire(connection, now, provider)
        due = _due(connection, now, provider)
    for key in due:
        _look_up(database, now, provider, key)
    sent, stop = 0, ""
    while not provider.capabilities.batched and sent < limit:
        with database.transaction() as connection:
            rows = queued(connection, provider, 1, now)
            stop = stopped_by(connection) or breaker(connection, rows, now, chosen)
            asks = bool(rows) and not stop and has_to_ask(connection, rows[0], provider, now, started)
            claimed = _claim(connection, rows, now, provider) if rows and not stop and not asks else None
        if asks:
            ask_first(database, now, provider, rows[0]["refund_key"], started)
            continue
        if claimed is None:
            break
        refund, deadline = claimed
        if clock is None or clock() < deadline:
            _settle(database, now, provider, refund, _call(provider, refund))
        sent += 1
    return Tick(sent, stop)


def begin_attempt(
    connection: Connection, row: RowMapping, now: datetime, connector: str, deadline: datetime
) -> Refund | None:
    """``queued -> in_flight`` with its attempt row; commit before anything leaves. ``None``: it was not queued."""
    number = row["attempts"] + 1
    refund = refund_of(connection, {**row, "attempts": number})  # type: ignore[arg-type]
    changes: dict[str, Any] = {"connector": connector, "attempts": number, "absences": 0, "next_check_at": None}
    if not move(connection, refund.key, "in_flight", now, leaves=("queued",), **changes):
        return None
    request = codec.to_bytes([refund.key, refund.amount_minor, refund.currency, refund.payment_id, refund.iban])
    connection.execute(
        insert(refund_attempts).values(
            refund_key=refund.key,
            number=number,
            connector=connector,
            request_sha256=hashlib.sha256(request).hexdigest(),
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            started_at=now,
            deadline_at=deadline,
        )
    )
    return refund


def queued(connection: Connection, provider: Provider, limit: int, now: datetime | None = None) -> list[RowMapping]:
    """Queued intents this provider serves, oldest first, locked; with ``now`` only those that wait for nothing."""
    of_means = and_(
        payments.c.order_id == refund_intents.c.order_id, payments.c.payment_id == refund_intents.c.payment_id
    )
    query = (
        select(refund_intents)
        .join(payments, of_means)
        .where(refund_intents.c.state == "queued", payments.c.means.in_(sorted(provider.means)))
        .order_by(refund_intents.c.frozen_at, refund_intents.c.refund_key)
        .limit(limit)
        .with_for_update(skip_locked=True, of=refund_intents)
    )
    if now is not None:
        query = query.where(or_(refund_intents.c.next_check_at.is_(None), refund_intents.c.next_check_at <= now))
    return list(connection.execute(query).mappings())


def _object(connection: Connection, now: datetime, provider: Provider) -> None:
    """What this provider cannot do goes to a person, with the reason in words; and back when the reason is gone.

    Not back while it is contradicted: the person looks at the goods first, and notes or declines it.
    """
    waiting = select(refund_intents).where(
        refund_intents.c.state == "needs_human",
        refund_intents.c.reason == "objection",
        refund_intents.c.connector == provider.name,
        refund_intents.c.attempts == 0,
        refund_intents.c.late_at.is_(None),
    )
    for row in connection.execute(waiting).mappings().all():
        if not provider.objection(refund_of(connection, row)):
            move(connection, row["refund_key"], "queued", now, leaves=("needs_human",), note="")
    for row in queued(connection, provider, 500):
        if row["reason"] == "absent" and row["late_at"] is not None:
            _not_again(connection, row, now, provider)
            continue
        words = provider.objection(refund_of(connection, row))
        if words:
            more: dict[str, Any] = {"note": clean(words, 300), "connector": provider.name}
            leaves, reason = ("queued",), "objection"
            move(connection, row["refund_key"], "needs_human", now, leaves=leaves, reason=reason, detail=words, **more)


def _claim(
    connection: Connection, rows: Sequence[RowMapping], now: datetime, provider: Provider
) -> tuple[Refund, datetime] | None:
    deadline = now + LEASE * provider.capabilities.timeout
    refund = begin_attempt(connection, rows[0], now, provider.name, deadline)
    return (refund, deadline) if refund else None


def _call(provider: Provider, refund: Refund) -> Booked | Accepted | Rejected | Unknown:
    try:
        return provider.refund(refund)
    except Exception as error:
        return Unknown(f"{type(error).__name__}: {error}")


_OUTCOMES = {Booked: "booked", Accepted: "accepted", Rejected: "rejected", Unknown: "unknown"}


def _settle(
    database: Transactions,
    now: datetime,
    provider: Provider,
    refund: Refund,
    answer: Booked | Accepted | Rejected | Unknown,
) -> None:
    detail = clean(getattr(answer, "detail", "") or getattr(answer, "message", ""), 300)
    reference = getattr(answer, "reference", None)
    with database.transaction() as connection:
        where = and_(refund_attempts.c.refund_key == refund.key, refund_attempts.c.number == refund.attempt)
        done = {"ended_at": now, "outcome": _OUTCOMES[type(answer)], "provider_ref": reference, "detail": detail}
        connection.execute(update(refund_attempts).where(where).values(**done))
        row = intent(connection, refund.key)
        if row is None:
            return
        mine = row["attempts"] == refund.attempt
        if isinstance(answer, Booked):
            booked(connection, row, now, answer.reference, answer.amount_minor)
        elif isinstance(answer, Accepted) and mine:
            check: dict[str, Any] = {"provider_ref": reference, "next_check_at": now + provider.capabilities.lookup_lag}
            move(connection, refund.key, "in_flight", now, leaves=("in_flight",), reason="accepted", **check)
        elif isinstance(answer, Rejected) and mine:
            words = f"{answer.code}: {detail}"
            move(
                connection,
                refund.key,
                "needs_human",
                now,
                leaves=("in_flight",),
                reason="rejected",
                detail=words,
                note=clean(words, 300),
            )
        elif mine:
            _uncertain(connection, refund.key, now, provider, detail)


def _uncertain(connection: Connection, key: str, now: datetime, provider: Provider, detail: str) -> None:
    check: dict[str, Any] = {
        "next_check_at": now + max(provider.capabilities.lookup_lag, provider.capabilities.timeout)
    }
    move(connection, key, "unknown", now, leaves=("in_flight",), reason="no_answer", detail=detail, absences=0, **check)


# --- after an uncertain answer ---------------------------------------------------------------------------


def _expire(connection: Connection, now: datetime, provider: Provider) -> None:
    """``in_flight`` whose lease is over: nobody is waiting for the answer any more."""
    attempt = and_(
        refund_attempts.c.refund_key == refund_intents.c.refund_key,
        refund_attempts.c.number == refund_intents.c.attempts,
    )
    query = (
        select(refund_intents.c.refund_key)
        .join(refund_attempts, attempt)
        .where(
            refund_intents.c.state == "in_flight",
            refund_intents.c.connector == provider.name,
            refund_attempts.c.deadline_at <= now,
            or_(refund_attempts.c.outcome.is_(None), refund_intents.c.next_check_at.is_(None)),
        )
    )
    for key in list(connection.scalars(query)):
        _uncertain(connection, key, now, provider, "no answer before its time was over")


def _due(connection: Connection, now: datetime, provider: Provider) -> list[str]:
    table = refund_intents
    states = ["unknown", "in_flight"] if provider.capabilities.asynchronous else ["unknown"]
    query = (
        select(table.c.refund_key)
        .where(table.c.state.in_(states), table.c.connector == provider.name, table.c.next_check_at <= now)
        .order_by(table.c.next_check_at)
        .limit(200)
    )
    return list(connection.scalars(query))


def _look_up(database: Transactions, now: datetime, provider: Provider, key: str) -> None:
    with database.transaction() as connection:
        row = intent(connection, key)
        refund = refund_of(connection, row) if row else None
    if refund is None:
        return
    answer = asked(provider, refund)
    with database.transaction() as connection:
        row = intent(connection, key)
        if row is None or row["state"] not in ("unknown", "in_flight") or row["attempts"] != refund.attempt:
            return
        if isinstance(answer, Found):
            booked(connection, row, now, answer.reference, answer.amount_minor)
        else:
            _not_found(connection, row, now, provider, answer)


def _not_found(
    connection: Connection, row: RowMapping, now: datetime, provider: Provider, answer: Absent | CannotTell
) -> None:
    key, can = row["refund_key"], provider.capabilities
    query = select(func.min(refund_attempts.c.started_at), func.max(refund_attempts.c.started_at))
    first, last = connection.execute(query.where(refund_attempts.c.refund_key == key)).one()
    wait = {"next_check_at": now + can.lookup_lag}
    if row["state"] == "in_flight" and now - last >= ACCEPTED_FOR:
        _uncertain(connection, key, now, provider, "accepted, and then no result")
        return
    if row["state"] == "in_flight":
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**wait))
        return
    remembered = can.key_ttl is None or now - first < can.key_ttl - TTL_MARGIN
    if isinstance(answer, Absent) and row["absences"] + 1 < ABSENCES:
        values = {"absences": row["absences"] + 1, **wait}
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**values))
        return
    conclusive = isinstance(answer, Absent) or (can.lookup == "none" and can.idempotency in ("key", "absolute"))
    if conclusive and row["late_at"] is not None:
        _not_again(connection, row, now, provider)
        return
    if conclusive and row["attempts"] < ATTEMPTS and (can.idempotency != "key" or remembered):
        again: dict[str, Any] = {"absences": 0, "next_check_at": None}
        if isinstance(answer, Absent):
            again["asked_at"] = now
        move(connection, key, "queued", now, leaves=("unknown",), reason="absent", **again)
        return
    if not conclusive and can.lookup != "none" and now - last < GIVE_UP_LOOKING:
        values = {"absences": 0, **wait}
        connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**values))
        return
    detail = answer.detail if isinstance(answer, CannotTell) else "no booking found, and it may not be sent again"
    words = f"{provider.name}: {clean(detail, 200)}. Look it up there, then mark it paid, have it sent again or cancel."
    move(connection, key, "needs_human", now, leaves=("unknown",), reason="unclear", detail=words, note=words)


def _not_again(connection: Connection, row: RowMapping, now: datetime, provider: Provider) -> None:
    """Before it would be sent again, something about its goods has changed: a person says whether it is sent at all."""
    surely = provider.capabilities.lookup != "none"
    what = "has not booked it" if surely else "cannot say whether it has booked it"
    words = f"{provider.name} {what}, and something about its goods has changed since. It is not sent again by itself."
    more: dict[str, Any] = {"reason": "absent" if surely else "unclear", "detail": words, "note": words}
    move(connection, row["refund_key"], "needs_human", now, leaves=("unknown", "queued"), **more)
