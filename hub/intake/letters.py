"""Dead letters and parked events: seen by people, driven again when what was wrong is mended, and that is kept.

The bytes of a line never change. What can change is this hub: a newer version that knows the type, a higher limit, a
folding mistake that was mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from hub import acts, alerts, hub_identity, ingest
from hub.intake import refusals
from hub.intake.lines import Line, read_line
from hub.tables import dead_letters, logs, parked
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean, clean_bytes
from rma_station.errors import Refused


@dataclass(frozen=True)
class Letter:
    """A dead letter for people."""

    letter_id: str
    station: str
    log_id: str
    seq: int
    code: str
    reason: str
    owner: str
    received_at: str
    begins: str
    """The first characters of the line, cleaned."""
    event_id: str | None = None
    redriven_at: str = ""
    redriven_by: str = ""
    redriven_result: str = ""


def listed(connection: Connection, limit: int = 200) -> Sequence[Letter]:
    """Dead letters, the newest first."""
    rows = connection.execute(select(dead_letters).order_by(dead_letters.c.received_at.desc()).limit(limit))
    return [
        Letter(
            letter_id=row.letter_id,
            station=row.station,
            log_id=row.log_id,
            seq=row.seq,
            code=row.code,
            reason=row.reason,
            owner=row.owner,
            received_at=row.received_at.isoformat(timespec="seconds"),
            begins=clean_bytes(bytes(row.raw)[:120], 120),
            event_id=row.event_id,
            redriven_at=row.redriven_at.isoformat(timespec="seconds") if row.redriven_at else "",
            redriven_by=row.redriven_by or "",
            redriven_result=row.redriven_result or "",
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Waiting:
    """A parked event for people."""

    event_id: str
    station: str
    log_id: str
    seq: int
    needs: str
    received_at: str


def parked_now(connection: Connection, limit: int = 200) -> Sequence[Waiting]:
    """Events that wait for a version that understands them, the newest first."""
    query = select(parked).where(parked.c.replayed_at.is_(None)).order_by(parked.c.received_at.desc()).limit(limit)
    return [
        Waiting(
            row.event_id, row.station, row.log_id, row.seq, row.needs, row.received_at.isoformat(timespec="seconds")
        )
        for row in connection.execute(query)
    ]


def redrive(connection: Connection, letter_id: str, by: str, now: datetime, propose: ingest.Propose) -> str:
    """Read a dead letter or a parked event once more; what came of it is kept, with who asked.

    Args:
        connection: in a transaction.
        letter_id: of the dead letter, or the id of a parked event.
        by: who asks.
        now: the hub's time.
        propose: as in ``ingest``.

    Returns:
        ``accepted``, ``duplicate``, ``parked``, or ``dead_letter: `` and the reason that is still there.

    Raises:
        Refused: there is no such letter or event, or it was accepted before.
    """
    row = connection.execute(select(dead_letters).where(dead_letters.c.letter_id == letter_id)).first()
    waiting = None
    if row is None:
        query = select(parked).where(parked.c.event_id == letter_id, parked.c.replayed_at.is_(None))
        waiting = connection.execute(query).first()
    if waiting is not None:
        result = "accepted" if _replay(connection, waiting, now, propose) else f"parked: {waiting.needs}"
        acts.record(connection, by, "redrive", letter_id, result, now)
        return result
    if row is None:
        raise Refused(f"there is no dead letter or parked event {clean(letter_id, 64)!r}; `hub events` shows them")
    if row.redriven_result in ("accepted", "duplicate"):
        raise Refused(f"dead letter {row.letter_id} was taken on {row.redriven_at:%Y-%m-%d %H:%M} already")
    line = _again(connection, row.log_id, row.seq, bytes(row.raw))
    ingest.dedupe(connection, [line])
    if line.result != "dead_letter":
        _take(connection, row, line, now, propose)
    result = f"dead_letter: {line.reason}" if line.result == "dead_letter" else line.result or "accepted"
    connection.execute(
        update(dead_letters)
        .where(dead_letters.c.letter_id == letter_id)
        .values(redriven_at=now, redriven_by=clean(by, 64), redriven_result=result)
    )
    acts.record(connection, by, "redrive", letter_id, result, now)
    alerts.tell_letters(connection, row.station, row.log_id, now)
    return result


def replay_parked(connection: Connection, now: datetime, propose: ingest.Propose) -> int:
    """After an upgrade: take every parked event this version can read; returns how many."""
    waiting = connection.execute(select(parked).where(parked.c.replayed_at.is_(None)).order_by(parked.c.seq))
    taken = sum(_replay(connection, row, now, propose) for row in _as_received(waiting.all()))
    if taken:
        acts.record(connection, "hub", "redrive", "parked", f"{taken} events after an upgrade", now)
    return taken


def _as_received(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """In the order of receipt, and a log always in its own: this hub's clock may have been set back between batches.

    Args:
        rows: those of a log in the order of their places.
    """
    latest: dict[str, datetime] = {}
    at: list[tuple[datetime, str, int]] = []
    for number, row in enumerate(rows):
        latest[row.log_id] = max(row.received_at, latest.get(row.log_id, row.received_at))
        at.append((latest[row.log_id], row.log_id, number))
    return [rows[number] for _, _, number in sorted(at)]


def _replay(connection: Connection, row: Row[Any], now: datetime, propose: ingest.Propose) -> bool:
    line = _again(connection, row.log_id, row.seq, bytes(row.raw))
    if line.result:
        return False
    _take(connection, row, line, now, propose, replay=True)
    if line.result:
        return False
    connection.execute(update(parked).where(parked.c.event_id == row.event_id).values(replayed_at=now))
    alerts.tell_letters(connection, row.station, row.log_id, now)
    return True


def _again(connection: Connection, log_id: str, seq: int, raw: bytes) -> Line:
    return read_line(raw, refusals.hash_at(connection, log_id, seq - 1) or en.GENESIS, seq)


def _take(
    connection: Connection,
    row: Row[Any],
    line: Line,
    now: datetime,
    propose: ingest.Propose,
    *,
    replay: bool = False,
) -> None:
    log = connection.execute(select(logs.c.flag).where(logs.c.log_id == row.log_id)).first()
    batch = ingest.Batch(row.station, row.log_id, [line], log.flag if log else "")
    ingest.take(connection, hub_identity.identity(connection), batch, now, propose, again=replay)
