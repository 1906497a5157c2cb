"""The first call of every connection: what the hub has of each log decides what a station sends (design rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from hub import feed, hub_identity
from hub.intake import forks, receipts, refusals
from hub.recovery import restores
from hub.tables import dead_letters, events, logs, parked
from hub.trust import device_keys, stations
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean
from rma_station.errors import Malformed
from sync import wire

LOGS = 1000
"""Most logs of one station that are looked up; it has one more for every journal it ever began."""


def greet(
    connection: Connection, identity: hub_identity.Identity, station: str, given: wire.Hello, now: datetime
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
    device_keys.running(connection, station, given.run_id, now)
    heads = given.logs[:LOGS]
    found = {
        row.log_id: row
        for row in connection.execute(select(logs).where(logs.c.log_id.in_([head.log_id for head in heads])))
    }
    taken = forks.letters_taken(connection, [head.log_id for head in heads if head.log_id not in found])
    known = []
    for head in heads:
        row = found.get(head.log_id)
        have, at = (row.have_through, bytes(row.hash)) if row else (0, en.GENESIS)
        refused = "letters" if head.log_id in taken else "station" if row and row.station != station else ""
        stable = row.stable_through if row and not refused else 0
        known.append(wire.LogKnown(head.log_id, have, at.hex(), stable, refused))
        if row and not refused and _is_another_history(connection, head, row):
            forks.seen(connection, station, head.log_id, head.last_seq, now)
    taken_here = {log.log_id for log in known if not log.refused}
    restores.heard(connection, station, [head for head in heads if head.log_id in taken_here], now)
    advice = "upgrade" if given.protocol < wire.PROTOCOL_MIN else None
    return wire.HelloReply(header, tuple(known), feed.head(connection), advice, receipts.public_key(identity))


def lacking(
    connection: Connection, identity: hub_identity.Identity, given: wire.MissingQuestion, now: datetime
) -> wire.MissingReply:
    """Which of these events are not here, in whatever state and under whatever log.

    Raises:
        Malformed: more ids than one question may have.
    """
    if len(given.event_ids) > wire.MISSING_IDS:
        raise Malformed(f"{len(given.event_ids)} event ids are over the limit of {wire.MISSING_IDS}")
    here = _known(connection, given.event_ids)
    missing = tuple(event_id for event_id in given.event_ids if event_id not in here)
    return wire.MissingReply(identity.header(now), missing)


def _known(connection: Connection, event_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for column in (events.c.event_id, parked.c.event_id, dead_letters.c.event_id):
        found.update(connection.scalars(select(column).where(column.in_(event_ids))))
    return found


def _is_another_history(connection: Connection, head: wire.LogHead, row: Row[Any]) -> bool:
    """Whether the journal's end is not the hub's event at that place. One that is merely behind may be a late call."""
    if head.closed or not 0 < head.last_seq <= row.have_through:
        return False
    here = refusals.hash_at(connection, head.log_id, head.last_seq)
    return here is not None and here.hex() != head.last_hash.lower()
