"""Does the journal still say what was committed? The hash chain finds what SQLite's own checks do not.

One flipped payload byte passes ``quick_check`` and ``integrity_check``; it does not pass the chain (sync reference,
failure row 4). At start the newest events are verified, the rest in slices while the station is idle.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from rma_station.domain import envelope as en
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import JournalDamaged, Malformed
from rma_station.ports import Clock
from rma_station.store.clock_state import unix_of
from rma_station.store.database import RESCUE, Database

TAIL = 1000
"""Events verified at every start."""
SLICE_SECONDS = 0.010
"""Half of the 20 ms a slice may take, so that one slow read does not break the promise."""
_BATCH = 64
_LOG_BITS = 40
_SEQ = (1 << _LOG_BITS) - 1

_ADVICE = RESCUE

Row = tuple[int, bytes, bytes]
"""``(place, hash, line)``."""


@dataclass(frozen=True)
class Scrubbed:
    """How far a scrub has come, in events."""

    done: int
    total: int


def quick_check(database: Database) -> None:
    """SQLite's structural check, after an unclean stop.

    Raises:
        JournalDamaged: with what it found.
    """
    with database.reading() as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        reason = "; ".join(found)[:300]
        said = say("stopped.damaged", path=str(database.path), reason=reason)
        raise JournalDamaged(f"{database.path} is damaged: {reason}. {_ADVICE}", said)


def check_tail(database: Database, log: int) -> tuple[int, tuple[int, bytes]]:
    """Verify the newest events of a log.

    Returns:
        How many were verified, and ``(seq, hash)`` of the head; ``(0, GENESIS)`` for an empty log.

    Raises:
        JournalDamaged: an event is missing or does not verify.
    """
    base = log << _LOG_BITS
    with database.reading() as connection:
        span = (base, base | _SEQ)
        last = connection.execute("SELECT max(place) FROM events WHERE place > ? AND place <= ?", span).fetchone()[0]
        if last is None:
            return 0, (0, en.GENESIS)
        first = max(last - TAIL, base)
        before = connection.execute("SELECT hash FROM events WHERE place = ?", (first,)).fetchone()
        previous = before[0] if before else en.GENESIS
        query = "SELECT place, hash, line FROM events WHERE place > ? AND place <= ? ORDER BY place"
        rows = connection.execute(query, (first, last))
        place, head = verify(rows, first, previous, database.path)
    return place - first, (place & _SEQ, head)


def scrub(database: Database, clock: Clock) -> Iterator[Scrubbed]:
    """Verify all events of all logs, oldest first; every step takes at most 20 ms.

    Between two steps the station may commit; events newer than the start are checked as they come.

    Raises:
        JournalDamaged: naming the first event that does not verify.
    """
    with database.reading() as connection:
        logs = [number for (number,) in connection.execute("SELECT number FROM logs ORDER BY number")]
        total = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    done = 0
    for log in logs:
        place, previous = log << _LOG_BITS, en.GENESIS
        end = place + _SEQ
        ended = False
        while not ended:
            until = clock.monotonic() + SLICE_SECONDS
            while not ended and clock.monotonic() < until:
                with database.reading() as connection:
                    rows = connection.execute(
                        "SELECT place, hash, line FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT ?",
                        (place, end, _BATCH),
                    ).fetchall()
                place, previous = verify(rows, place, previous, database.path)
                done += len(rows)
                ended = len(rows) < _BATCH
            yield Scrubbed(done, max(done, total))


def verify(rows: Iterable[Row], place: int, previous: bytes, path: Path) -> tuple[int, bytes]:
    """Follow the chain over rows that come after ``place``; returns place and hash of the last one.

    Raises:
        JournalDamaged: a row is missing, or its bytes are not those that were committed.
    """
    for found, stored, line in rows:
        place += 1
        if found != place:
            said = say("stopped.event_missing", path=str(path), seq=place & _SEQ)
            raise JournalDamaged(f"{path}: event {place & _SEQ} is missing. {_ADVICE}", said)
        previous = _hash_of(line, previous)
        if previous != stored:
            said = say("stopped.event_changed", path=str(path), seq=place & _SEQ)
            words = f"{path}: event {place & _SEQ} is not what was committed (hash chain). {_ADVICE}"
            raise JournalDamaged(words, said)
    return place, previous


def _hash_of(line: bytes, previous: bytes) -> bytes:
    """The chain's hash of a line whose payload matches its seal; empty when the line is broken."""
    try:
        head, salt, payload = en.split(line)
    except (Malformed, TypeError, AttributeError):
        return b""
    # payload_sha256 is always the envelope's last key: ..."payload_sha256":"<64 hex digits>"}
    if payload and hashlib.sha256(salt + payload).hexdigest().encode() != head[-66:-2]:
        return b""
    return en.chain_hash(previous, head)


def occurred_at(line: bytes) -> str:
    """The device time in an event's envelope, without parsing it all; empty when there is none."""
    return text_of(line, "occurred_at")


def time_at(connection: sqlite3.Connection, place: int) -> float:
    """When the event at a place happened, by its wall clock in seconds since 1970; 0 when there is none."""
    row = connection.execute("SELECT line FROM events WHERE place = ?", (place,)).fetchone()
    return unix_of(occurred_at(row[0])) if row else 0.0


def text_of(line: bytes, name: str) -> str:
    """A text of an event's envelope that needs no escapes, without parsing it all; empty when there is none."""
    return line.partition(f'"{name}":"'.encode())[2].partition(b'"')[0].decode("ascii", "replace")
