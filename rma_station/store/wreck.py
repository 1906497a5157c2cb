"""What can still be read of a damaged journal, and which of it is what was committed. Nothing here writes.

Events are looked for in three ways, because damage has many: the table from both ends until SQLite gives up; each place
in between by itself; and, of a plain file, the cells in the bytes of the file and of its write-ahead log, wherever they
lie (sqlite.org/fileformat.html 2.1: a row of ``events`` is a cell with the place as its row id). What was found counts
only when it verifies: the payload by its seal, the envelope by the hash chain, from the event before it or to the one
behind it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed, StationError
from rma_station.store import driver
from rma_station.store.relog import LOG_BITS, SEQ

_CELL = re.compile(rb"\x06\x00\x55\x4c([\x80-\xff][\x00-\x7f])([0-9a-f-]{36})(.{32})", re.DOTALL)
"""Record header of a row (its own length, NULL for the row id, a text of 36, a blob of 32, a blob of two varint
bytes), then event id and hash; the line follows. A line that does not fit its page is not found this way."""
_PROBES = 200_000
"""Places that are looked up one by one at most."""


@dataclass(frozen=True)
class FoundEvent:
    """A row that was read; whether it verifies is another question."""

    hash: bytes
    line: bytes


@dataclass(frozen=True)
class KeptEvent:
    """An event that verifies."""

    seq: int
    event_id: str
    hash: bytes
    line: bytes


@dataclass
class FoundLog:
    """One log of the wreck."""

    number: int
    log_id: str
    kept: list[KeptEvent] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    """Places whose event does not verify, or is not there at all."""
    unsure: list[bytes] = field(default_factory=list)
    """Lines that were read and do not verify, for people."""
    is_open: bool = True
    ends_at: int | None = None
    """The last place that counts, of a closed log."""
    rows: dict[int, list[FoundEvent]] = field(default_factory=dict)
    """All that was read, by place."""

    @property
    def whole(self) -> int:
        """Up to here every event is there from the log's beginning."""
        return next((seq - 1 for seq, one in enumerate(self.kept, 1) if one.seq != seq), len(self.kept))

    @property
    def last(self) -> int:
        """The last place of which anything is known."""
        return max(max(self.rows, default=0), self.ends_at or 0)


def read(path: Path, key: bytes | None, raw: Sequence[Path]) -> list[FoundLog]:
    """The logs of a damaged database, oldest first.

    Args:
        path: a copy of it that SQLite may do with what it wants.
        key: what it is encrypted with.
        raw: the untouched files, searched by bytes; those of an encrypted journal tell nothing.
    """
    found = _events(path, key, raw)
    known = {number: (log_id, ends_at) for number, log_id, ends_at in _logs(path, key)}
    logs: list[FoundLog] = []
    for number in sorted(found.keys() | known.keys()):
        if known and number not in known:
            continue  # of a log that was never finished
        log_id, ends_at = known.get(number) or (_name(found[number]), None)
        if log_id and log_id not in {log.log_id for log in logs}:
            logs.append(_verified(number, log_id, ends_at, found.get(number, {})))
    _each_once(logs)
    return logs


def completed(logs: Sequence[FoundLog], more: Mapping[str, Iterable[tuple[int, bytes, bytes]]]) -> list[FoundLog]:
    """The same logs with what somebody else has of them, verified together.

    Args:
        logs: what was read.
        more: ``(place, hash, line)`` by log; of a closed log also from behind its end.
    """
    made = []
    for log in logs:
        rows = {seq: list(here) for seq, here in log.rows.items()}
        for seq, digest, line in more.get(log.log_id, ()):
            event = FoundEvent(digest, line)
            if event not in rows.setdefault(seq, []):
                rows[seq].append(event)
        made.append(_verified(log.number, log.log_id, log.ends_at, rows))
    _each_once(made)
    return made


def _each_once(logs: Sequence[FoundLog]) -> None:
    """What moved into a newer log is still in the older one too, behind its end."""
    newer: set[str] = set()
    for log in reversed(logs):
        log.kept = [one for one in log.kept if one.event_id not in newer]
        newer |= {one.event_id for one in log.kept}


# --- reading ---------------------------------------------------------------------------------------------


def table(path: Path, key: bytes | None, name: str, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """As many rows of a table as can be read, from its beginning and from its end; none when nothing can."""
    chosen = ", ".join(columns)
    found = dict.fromkeys(_until_it_breaks(path, key, f"SELECT {chosen} FROM {name}"))
    order = ", ".join(f"{number} DESC" for number, _ in enumerate(columns, 1))
    found |= dict.fromkeys(_until_it_breaks(path, key, f"SELECT {chosen} FROM {name} ORDER BY {order}"))
    return list(found)


def _until_it_breaks(
    path: Path, key: bytes | None, sql: str, values: Sequence[object] = ()
) -> Iterator[tuple[object, ...]]:
    """Rows of a query until SQLite finds damage. A connection of its own: SQLCipher's is dead after an error."""
    connection: sqlite3.Connection | None = None
    try:
        connection = driver.connect(path, key)
        connection.execute("PRAGMA writable_schema=ON").fetchall()  # goes on where the schema itself is damaged
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        yield from connection.execute(sql, tuple(values))
    except Exception as error:
        if not isinstance(error, (*driver.errors(), StationError, OverflowError)):
            raise
    finally:
        if connection is not None:
            connection.close()


def _logs(path: Path, key: bytes | None) -> Iterator[tuple[int, str, int | None]]:
    rows = table(path, key, "logs", ("number", "log_id", "state", "ends_at"))
    for number, log_id, state, ends_at in rows or table(path, key, "logs", ("number", "log_id", "'open'", "NULL")):
        if isinstance(number, int) and isinstance(log_id, str) and state != "making":
            yield number, log_id, ends_at if isinstance(ends_at, int) else None


def _events(path: Path, key: bytes | None, raw: Sequence[Path]) -> dict[int, dict[int, list[FoundEvent]]]:
    """Rows by log and place in it."""
    found: dict[int, dict[int, list[FoundEvent]]] = {}
    columns = "SELECT place, hash, line FROM events"
    _take(found, _until_it_breaks(path, key, f"{columns} ORDER BY place"))
    _take(found, _until_it_breaks(path, key, f"{columns} ORDER BY place DESC"))
    if key is None:
        for file in raw:
            _take(found, _cells(file.read_bytes()))
    found = {number: within for number, rows in found.items() if (within := _up_to_its_last(rows))}
    missing = [
        number << LOG_BITS | seq for number, rows in found.items() for seq in range(1, max(rows)) if seq not in rows
    ]
    for place in missing[:_PROBES]:
        _take(found, _until_it_breaks(path, key, f"{columns} WHERE place = ?", (place,)))
    return found


def _take(found: dict[int, dict[int, list[FoundEvent]]], rows: Iterable[tuple[object, ...]]) -> None:
    for place, digest, line in rows:
        if isinstance(place, int) and isinstance(digest, bytes) and isinstance(line, bytes):
            event = FoundEvent(digest, line)
            here = found.setdefault(place >> LOG_BITS, {}).setdefault(place & SEQ, [])
            if event not in here:
                here.append(event)


def _up_to_its_last(rows: dict[int, list[FoundEvent]]) -> dict[int, list[FoundEvent]]:
    """The rows without those whose place itself is damaged, which may say any number.

    A log ends one place behind the last row that follows from the one before it: that one's own line may be damaged.
    """
    ends = [seq for seq, here in rows.items() if any(_follows(row, rows.get(seq - 1, [])) for row in here)]
    ends += [1] if any(_chained(row.line, en.GENESIS) == row.hash for row in rows.get(1, [])) else []
    last = max(ends, default=0) + 1
    return {seq: here for seq, here in rows.items() if 1 <= seq <= last} if ends else {}


def _follows(row: FoundEvent, before: Iterable[FoundEvent]) -> bool:
    return any(_chained(row.line, one.hash) == row.hash for one in before)


def _cells(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    for match in _CELL.finditer(data):
        length = ((match[1][0] & 0x7F) << 7 | match[1][1]) - 12 >> 1
        place = _row_id_before(data, match.start())
        line = data[match.end() : match.end() + length]
        if not _sealed(line):  # its length may be what was hit
            line = _to_its_end(data[match.end() : match.end() + en.MAX_LINE]) or line
        if place > 0:
            yield place, match[3], line


def _to_its_end(data: bytes) -> bytes:
    """The JSON object the bytes begin with; empty when it has no end. One character a byte, so that places agree."""
    try:
        _, end = json.JSONDecoder().raw_decode(data.decode("latin-1"))
    except (ValueError, RecursionError):
        return b""
    return data[:end]


def _row_id_before(data: bytes, end: int) -> int:
    """The varint that ends there, most significant bits first; its last byte alone has no high bit."""
    begin = end - 1
    while begin > 0 and end - begin < 9 and data[begin - 1] & 0x80:
        begin -= 1
    value = 0
    for byte in data[begin:end]:
        value = value << 7 | byte & 0x7F
    return value


# --- verifying -------------------------------------------------------------------------------------------


def _name(rows: dict[int, list[FoundEvent]]) -> str:
    """The id of a log whose row in ``logs`` is lost, from its newest event that was not moved here from another log."""
    for seq in sorted(rows, reverse=True):
        for row in rows[seq]:
            head = _head(row.line)
            if head is not None and head.get("seq") == seq and isinstance(head.get("log_id"), str):
                return str(head["log_id"])
    return ""


def _verified(number: int, log_id: str, ends_at: int | None, rows: dict[int, list[FoundEvent]]) -> FoundLog:
    log = FoundLog(number, log_id, is_open=ends_at is None, ends_at=ends_at, rows=rows)
    last = max(rows, default=0)
    before = {en.GENESIS}
    for seq in range(1, last + 1):
        here = rows.get(seq, [])
        passed = _passing(here, before, rows.get(seq + 1, []))
        if passed is not None:
            digest, line = passed
            before = {digest}
            event_id = (_head(line) or {}).get("event_id")
            if _sealed(line) and isinstance(event_id, str):
                log.kept.append(KeptEvent(seq, event_id, digest, line))
                continue
        else:
            # Its own line may be bad and its hash still right: the next one can be verified by it.
            before = {row.hash for row in here}
        if ends_at is None or seq <= ends_at:
            log.lost.append(seq)
            log.unsure += [row.line for row in here if row.line]
    return log


def _passing(here: list[FoundEvent], before: set[bytes], behind: list[FoundEvent]) -> tuple[bytes, bytes] | None:
    """Hash and line of the row that follows from the one before it; of several, the one that the next follows from."""
    passed = None
    for row in here:
        for previous in before:
            digest = _chained(row.line, previous)
            if any(_chained(after.line, digest) == after.hash for after in behind if digest):
                return digest, row.line
            if digest == row.hash and passed is None:
                passed = digest, row.line
    return passed


def _chained(line: bytes, previous: bytes) -> bytes:
    try:
        return en.chain_hash(previous, en.split(line)[0])
    except Malformed:
        return b""


def _sealed(line: bytes) -> bool:
    try:
        head, salt, payload = en.split(line)
    except Malformed:
        return False
    return not payload or hashlib.sha256(salt + payload).hexdigest().encode() == head[-66:-2]


def _head(line: bytes) -> dict[str, codec.JsonValue] | None:
    try:
        head = codec.from_bytes(en.split(line)[0])
    except (Malformed, StationError):
        return None
    return head if isinstance(head, dict) else None
