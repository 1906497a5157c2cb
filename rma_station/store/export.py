"""Events, stock movements, shift sheets and the hub's receipts as CSV or NDJSON, in slices, for any program to read.

In sample mode every row says so, and so does the file's name (design rule 12). A cell that a spreadsheet would take
for a formula gets an apostrophe in front. NDJSON of events carries the very bytes of the journal's lines.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.clean import cell, clean
from rma_station.domain.record import dataclass
from rma_station.errors import Malformed, Refused
from rma_station.ports import Chunk, Progress, Steps
from rma_station.store import chain
from rma_station.store.database import Database
from rma_station.store.relog import SEQ

FORMATS = ("csv", "ndjson")
ROWS_IN_A_SLICE = 200
_LOG_BITS = 40

Value = str | int | None
_Row = Sequence[Value | bytes]


@dataclass(frozen=True)
class Table:
    """One kind of export: where its rows come from and what they are called."""

    columns: tuple[str, ...]
    sql: str
    """Rows after a place (``?1``, first column) not older than a time (``?2``), at most ``?3``."""
    count: str
    read: Callable[[_Row], Sequence[Value]]


def _same(row: _Row) -> Sequence[Value]:
    return [value if not isinstance(value, bytes) else value.hex() for value in row[1:]]


def _event(row: _Row) -> Sequence[Value]:
    place, log_id, digest, line = row
    if not isinstance(place, int) or not isinstance(line, bytes) or not isinstance(digest, bytes):
        raise Malformed("an event row is not of the journal's form")
    head, _, payload = en.split(line)
    envelope = codec.decode(en.Envelope, codec.from_bytes(head))
    subject = envelope.subject
    return [
        str(log_id),
        place & SEQ,
        envelope.event_id,
        envelope.type,
        envelope.schema,
        envelope.occurred_at,
        envelope.clock_state,
        envelope.worker_id,
        envelope.session_id,
        subject.get("case_ids"),
        subject.get("parcel_id"),
        subject.get("unit_id"),
        payload.decode(),
        digest.hex(),
    ]


def _receipt(row: _Row) -> Sequence[Value]:
    _, receipt, hub_id, hub_key = row
    found = codec.from_bytes(str(receipt).encode())
    if not isinstance(found, dict):
        raise Malformed("a receipt is not of the journal's form")
    signed = [found.get(name) for name in ("log_id", "seq", "hash", "hub_time", "signature")]
    return [*(value if isinstance(value, int | str) else None for value in signed), str(hub_id), str(hub_key)]


EXPORTS: dict[str, Table] = {
    "events": Table(
        (
            "log_id", "seq", "event_id", "type", "schema", "occurred_at", "clock_state", "worker_id", "session_id",
            "case_ids", "parcel_id", "unit_id", "payload", "hash",
        ),
        "SELECT place, log_id, hash, line FROM events JOIN logs ON number = place >> 40 "
        "WHERE place > ?1 AND state <> 'making' AND (place & 0xFFFFFFFFFF) <= coalesce(ends_at, place) "
        "ORDER BY place LIMIT ?3",
        "SELECT count(*) FROM events",
        _event,
    ),
    "movements": Table(
        (
            "movement", "at", "event_id", "unit_id", "lpn", "sku", "rma_id", "grade", "disposition", "destination",
            "pieces", "cause", "worker_id",
        ),
        "SELECT number, number, at, event_id, unit_id, lpn, sku, rma_id, grade, disposition, destination, pieces, "
        "cause, worker_id FROM movements WHERE number > ?1 AND at >= ?2 ORDER BY number LIMIT ?3",
        "SELECT count(*) FROM movements WHERE at >= ?2",
        _same,
    ),
    "shifts": Table(
        ("worker_id", "session_id", "started_at", "ended_at", "parcels", "units", "held", "set_aside"),
        "SELECT started_at || session_id, worker_id, session_id, started_at, ended_at, parcels, units, held, "
        "set_aside FROM shifts WHERE started_at || session_id > ?1 AND started_at >= ?2 "
        "ORDER BY started_at || session_id LIMIT ?3",
        "SELECT count(*) FROM shifts WHERE started_at >= ?2",
        _same,
    ),
    "receipts": Table(
        ("log_id", "seq", "hash", "hub_time", "signature", "hub_id", "hub_key"),
        "SELECT number, receipt, hub_id, hub_key FROM logs, present WHERE number > ?1 AND receipt <> '' "
        "ORDER BY number LIMIT ?3",
        "SELECT count(*) FROM logs WHERE receipt <> ''",
        _receipt,
    ),
}  # fmt: skip
"""What can be exported, by name."""


def export(database: Database, what: str, form: str, since: str = "") -> Steps:
    """Write one export, in slices; what is committed meanwhile is included.

    Args:
        database: an open one.
        what: a key of ``EXPORTS``.
        form: ``csv`` or ``ndjson``.
        since: ISO date or time; older rows are left out (events by the device's time).

    Returns:
        ``{"rows": n, "mode": "sample" or "live"}``, as the generator's value.

    Raises:
        Refused: there is no such export or format.
    """
    table = EXPORTS.get(what)
    if table is None or form not in FORMATS:
        raise Refused(f"there is no export {clean(what)!r} as {clean(form)!r}: {', '.join(EXPORTS)} as csv or ndjson")
    with database.reading() as connection:
        (mode,) = connection.execute("SELECT mode FROM identity").fetchone()
        (total,) = connection.execute(table.count + " LIMIT ?3", ("", since, 1)).fetchone()
    if form == "csv":
        yield Chunk(_csv([("mode", *table.columns)]))
    place: Value | bytes = "" if what == "shifts" else 0
    seen = written = 0
    while rows := _page(database, table, place, since):
        place = rows[-1][0]
        kept = [row for row in rows if not _is_older(what, row, since)]
        seen += len(rows)
        written += len(kept)
        if kept:
            yield Chunk(_text(what, form, table, kept, str(mode)))
        yield Progress(seen, max(seen, total))
    return {"rows": written, "mode": mode}


def marked_name(path: Path, mode: str) -> Path:
    """The file's name, with SAMPLE in it when what is inside is fictitious."""
    if mode == "live" or "sample" in path.name.lower():
        return path
    return path.with_name(f"{path.stem}-SAMPLE{path.suffix}")


def _page(database: Database, table: Table, place: Value | bytes, since: str) -> list[_Row]:
    with database.reading() as connection:
        cursor: sqlite3.Cursor = connection.execute(table.sql, (place, since, ROWS_IN_A_SLICE))
        return cursor.fetchall()


def _is_older(what: str, row: _Row, since: str) -> bool:
    line = row[3] if what == "events" else None
    return isinstance(line, bytes) and chain.occurred_at(line) < since


def _text(what: str, form: str, table: Table, rows: Sequence[_Row], mode: str) -> str:
    if form == "csv":
        return _csv([(mode, *table.read(row)) for row in rows])
    if what == "events":
        return "".join(_event_line(row, mode) for row in rows)
    names = ("mode", *table.columns)
    objects = (dict(zip(names, (mode, *table.read(row)), strict=True)) for row in rows)
    return "".join(codec.to_bytes(item).decode() + "\n" for item in objects)


def _event_line(row: _Row, mode: str) -> str:
    place, log_id, digest, line = row
    if not isinstance(place, int) or not isinstance(line, bytes) or not isinstance(digest, bytes):
        raise Malformed("an event row is not of the journal's form")
    head = codec.to_bytes({"mode": mode, "log_id": log_id, "seq": place & SEQ, "hash": digest.hex()})
    return (head[:-1] + b',"event":' + line + b"}\n").decode()


def _csv(rows: Sequence[Sequence[Value]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value: Value) -> Value:
    return cell(value, en.MAX_LINE) if isinstance(value, str) else value
