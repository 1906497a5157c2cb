"""Why a whole batch is refused: a gap, a fork, a foreign log, letters that are taken, the wrong mode.

Nothing is written here. Everything else that can be wrong with a batch is wrong with one of its lines, and
``hub/ingest.py`` goes on with the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from hub import hub_identity
from hub.intake import forks
from hub.intake.lines import ID, Line
from hub.tables import events, places
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.codes import log_letters
from sync import wire


def refusal(
    connection: Connection,
    identity: hub_identity.Identity,
    station: str,
    log_id: str,
    log: Row[Any] | None,
    header: wire.BatchHeader,
    lines: Sequence[bytes],
    now: datetime,
) -> wire.Problem | None:
    """Why these lines cannot be taken at all, ``None`` when they can be read.

    Args:
        connection: in a transaction; nothing is written.
        identity: of this hub.
        station: name of the authenticated station.
        log_id: as in the address of the call.
        log: what the hub has of it; ``None`` for a new one.
        header: place of the first line and the hash before it.
        lines: as they came.
        now: the hub's time of receipt.
    """
    me = identity.header(now)
    have = log.have_through if log else 0
    if log_id == identity.log_id or (log and log.station != station):
        return wire.Problem(me, "unauthorised", f"log {clean(log_id, 64)} belongs to another station")
    if not ID.fullmatch(log_id):
        return wire.Problem(me, "malformed", "a log id is 4 to 64 letters, digits and dashes")
    if header.count != len(lines) or not lines or header.first_seq < 1:
        message = f"the header announces {header.count} lines from {header.first_seq}, {len(lines)} came"
        return wire.Problem(me, "malformed", message, have_through=have)
    if not re.fullmatch("[0-9a-f]{64}", header.previous_hash):
        return wire.Problem(me, "malformed", "previous_hash is not 64 hexadecimal digits", have_through=have)
    if header.first_seq > have + 1:
        message = f"the hub has this log through {have}; the batch begins at {header.first_seq}"
        return wire.Problem(me, "gap", message, have_through=have, hub_hash=bytes(log.hash).hex() if log else "")
    at = header.first_seq - 1
    here = en.GENESIS if at == 0 else bytes(log.hash) if log and at == have else hash_at(connection, log_id, at)
    if here is None or here.hex() != header.previous_hash:
        return _forked(me, at, here, have)
    return None


def taken_letters(
    connection: Connection, identity: hub_identity.Identity, log_id: str, now: datetime
) -> wire.Problem | None:
    """A refusal of a new log whose labels would look like another's, else ``None``."""
    if not forks.letters_taken(connection, [log_id]):
        return None
    words = f"labels of another log begin with {log_letters(log_id)} too; go on under another log"
    return wire.Problem(identity.header(now), "letters", words)


def _forked(me: wire.HubHeader, at: int, here: bytes | None, have: int) -> wire.Problem:
    message = f"the hub has another history of this log at {at}; send everything again under a new log id"
    return wire.Problem(me, "fork", message, have_through=have, at_seq=at, hub_hash=here.hex() if here else "")


def hash_at(connection: Connection, log_id: str, seq: int) -> bytes | None:
    """The chain's hash at a place of a log, ``None`` when it is not here; the one before the first is known."""
    if seq == 0:
        return en.GENESIS
    found = _hashes(connection, log_id, seq, seq).get(seq)
    return found[0] if found else None


def _hashes(connection: Connection, log_id: str, first: int, last: int) -> dict[int, tuple[bytes, str | None]]:
    found = {}
    for table in (events, places):
        for row in connection.execute(
            select(table.c.seq, table.c.hash, table.c.event_id).where(
                table.c.log_id == log_id, table.c.seq.between(first, last)
            )
        ):
            found[row.seq] = (bytes(row.hash), row.event_id)
    return found


def fork(
    connection: Connection,
    identity: hub_identity.Identity,
    log_id: str,
    lines: Sequence[Line],
    have: int,
    now: datetime,
) -> wire.Problem | None:
    """A refusal where the hub has another line than one of these at a place they share, else ``None``."""
    first = lines[0].seq
    if first > have:
        return None
    here = _hashes(connection, log_id, first, have)
    for line in lines:
        if line.seq <= have and (line.seq not in here or here[line.seq][0] != line.hash):
            return _forked(identity.header(now), line.seq, here.get(line.seq, (None,))[0], have)
    return None


def other_mode(line: Line, mode: str) -> bool:
    """A log says of itself that it is of the other mode."""
    return isinstance(line.event, ev.LogOpened | ev.LogForked) and line.event.mode != mode
