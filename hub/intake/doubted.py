"""Refunds that rest on what a station said before it went into quarantine (``quarantine.py``).

What it says from then on marks its cases. What it said before may be as wrong, and nobody knows since when: refunds
that rest on it and have not left wait for a person, too. Money on its way is never touched. A supervisor decides each,
or all go on when the station is believed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from hub import store
from hub.ledger import refund_intents
from hub.money.caps import commit_amount
from hub.money.delivery import withdraw_delivery
from hub.money.moves import move
from hub.tables import events, logs, stations

HELD = "doubted"
"""Reason of the hold."""


def hold(connection: Connection, now: datetime) -> int:
    """Hold every unsent refund that rests on a station in quarantine; how many.

    Called when a quarantine begins, and before anything is queued: a refund may also be asked for later, on facts
    from before. What a supervisor decided while the station was in quarantine stands.
    """
    since = _in_quarantine(connection)
    if not since:
        return 0
    table = refund_intents
    unsent = or_(table.c.state.in_(["proposed", "approved"]), and_(table.c.state == "queued", table.c.attempts == 0))
    resting = [
        (row, sorted(name for name in names if not _decided_since(row, since[name])))
        for row, names in _resting(connection, unsent, since)
    ]
    found = [(row, names) for row, names in resting if names]
    withdraw_delivery(connection, {row["order_id"] for row, _ in found if row["state"] == "queued"}, now)
    return sum(_hold(connection, row, names, now) for row, names in found)


def release(connection: Connection, why: str, by: str, now: datetime) -> int:
    """Let go on what rests on no station in quarantine any more; how many refunds.

    Args:
        connection: in the transaction in which a station is believed again.
        why: the reason a person gave.
        by: who.
        now: the hub's time.
    """
    held = (refund_intents.c.state == "held") & (refund_intents.c.reason == HELD)
    count = 0
    for row, names in _resting(connection, held, _in_quarantine(connection)):
        if not names:
            state = "approved" if row["decided_by"] else "proposed"
            words = f"believed again: {why}"
            count += move(connection, row["refund_key"], state, now, leaves=("held",), by=by, detail=words)
    return count


def _hold(connection: Connection, row: RowMapping, names: Iterable[str], now: datetime) -> bool:
    words = f"in quarantine: {', '.join(names)}"
    key, left = row["refund_key"], (row["state"],)
    if not move(connection, key, "held", now, leaves=left, reason=HELD, detail=words, frozen_at=None):
        return False  # its delivery cost was taken back with the goods
    if row["state"] == "queued":
        commit_amount(connection, row, -row["amount_minor"])
    return True


def _decided_since(row: RowMapping, since: datetime) -> bool:
    return row["decided_by"] is not None and row["changed_at"] >= since


def _in_quarantine(connection: Connection) -> dict[str, datetime]:
    query = select(stations.c.name, stations.c.quarantined_at).where(stations.c.quarantined_at.is_not(None))
    return {row.name: row.quarantined_at for row in connection.execute(query)}


def _resting(
    connection: Connection, where: ColumnElement[bool], since: Mapping[str, Any]
) -> list[tuple[RowMapping, set[str]]]:
    """The refunds, locked, each with the stations in quarantine whose events it rests on."""
    query = select(refund_intents).where(where).order_by(refund_intents.c.refund_key)
    rows = connection.execute(query.with_for_update()).mappings().all()
    said: dict[str, str] = {}
    for piece in store.pieces(sorted({event for row in rows for event in row["basis"]})):
        of_station = (
            select(events.c.event_id, logs.c.station)
            .join(logs, logs.c.log_id == events.c.log_id)
            .where(events.c.event_id.in_(piece), logs.c.station.in_(since))
        )
        said |= {event.event_id: event.station for event in connection.execute(of_station)}
    return [(row, {said[event] for event in row["basis"] if event in said}) for row in rows]
