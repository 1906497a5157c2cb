"""One step of one intent: the state, its place in the history, guarded by the state it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from hub import feed
from hub.ledger import refund_intents, refund_steps, switches
from rma_station.domain.clean import clean

TOLD = frozenset({"succeeded", "unknown", "needs_human", "declined"})
"""States the stations are told of by a notice."""
FROZEN, BREAKER, RESTORE = "frozen", "breaker", "restore"
"""The switches that stop sending: a person's, the limits', and that of a past that is not whole again."""


def intent(connection: Connection, key: str) -> RowMapping | None:
    """One intent, locked until the transaction ends."""
    query = select(refund_intents).where(refund_intents.c.refund_key == key)
    return connection.execute(query.with_for_update()).mappings().first()


def move(
    connection: Connection,
    key: str,
    state: str,
    now: datetime,
    *,
    leaves: Iterable[str],
    reason: str = "",
    by: str = "hub",
    detail: str = "",
    **columns: Any,
) -> bool:
    """Bring an intent to ``state`` if it is in one of ``leaves``; ``columns`` are written with it.

    Returns:
        False when it was in another state: nothing was written then.
    """
    table = refund_intents
    where = (table.c.refund_key == key) & table.c.state.in_(list(leaves))
    values = {"state": state, "reason": reason[:40], "changed_at": now, **columns}
    if connection.execute(update(table).where(where).values(**values)).rowcount == 0:
        return False
    step = {"refund_key": key, "at": now, "state": state, "reason": reason[:40], "by": by, "detail": clean(detail, 300)}
    connection.execute(insert(refund_steps).values(**step))
    if state in TOLD:
        _tell(connection, key, now)
    return True


def _tell(connection: Connection, key: str, now: datetime) -> None:
    names = ("case_id", "purpose", "state", "reason", "amount_minor", "currency")
    row = connection.execute(select(refund_intents).where(refund_intents.c.refund_key == key)).mappings().one()
    body = {"what": "refund", "intent_key": key, **{name: row[name] for name in names}}
    feed.append(connection, [feed.NewEntry("notice", key, body)], now)


def set_switch(connection: Connection, name: str, *, on: bool, reason: str, by: str, now: datetime) -> None:
    """Turn one of the three switches on or off, with who and why."""
    values = {"is_on": on, "reason": clean(reason, 300), "by": by, "at": now}
    if connection.execute(update(switches).where(switches.c.name == name).values(**values)).rowcount == 0:
        connection.execute(insert(switches).values(name=name, **values))


def stopped_by(connection: Connection) -> str:
    """The switch that stops sending, empty when none does."""
    query = select(switches.c.name).where(switches.c.is_on).order_by(switches.c.name)
    return connection.scalar(query) or ""
