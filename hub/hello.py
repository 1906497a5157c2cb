"""The first call of every connection: what the hub has of each log decides what a station sends (design rule 5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from hub import feed, stations, store
from hub.tables import logs
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean
from sync import wire

LOGS = 1000
"""Most logs of one station that are looked up; it has one more for every journal it ever began."""


def greet(
    connection: Connection, identity: store.Identity, station: str, given: wire.Hello, now: datetime
) -> wire.HelloReply | wire.Problem:
    """Answer a hello, and keep its heartbeat.

    Args:
        connection: in a transaction.
        identity: who this hub is.
        station: name of the authenticated station.
        given: its call.
        now: the hub's time.
    """
    header = identity.header(now)
    if given.mode != identity.mode:
        message = f"this hub is a {identity.mode} hub, the station is in {clean(given.mode, 10)} mode; they never mix"
        return wire.Problem(header, "mode", message)
    stations.seen(connection, station, given.heartbeat, now)
    wanted = [log.log_id for log in given.logs[:LOGS]]
    found = {row.log_id: row for row in connection.execute(select(logs).where(logs.c.log_id.in_(wanted)))}
    known = []
    for log_id in wanted:
        row = found.get(log_id)
        have, at = (row.have_through, bytes(row.hash)) if row else (0, en.GENESIS)
        known.append(wire.LogKnown(log_id, have, at.hex()))
    advice = "upgrade" if given.protocol < wire.PROTOCOL_MIN else None
    return wire.HelloReply(header, tuple(known), feed.head(connection), advice)
