"""The hub's feed on the station: reference rows with the ways to find them, facts, notices, and the cursor.

Entries are applied in slices, each its own short transaction; the cursor is committed with the last one, so a crash
in between only means that the same entries come again, which changes nothing. A snapshot is built beside the rows
in use and swapped in by a table rename. An entry that cannot be read is kept in ``feed_refused`` with the reason:
it never stops the feed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.fold import Fact
from rma_station.domain.record import dataclass, field
from rma_station.domain.rma import Case, Product, Rma, refuse_unsound, refuse_unsound_product
from rma_station.domain.tracking import aliases
from rma_station.errors import Malformed
from rma_station.store.projection import ToFold

ENTRIES_IN_A_SLICE = 40
"""At 0.2 ms for a large RMA this stays well under 20 ms."""
KINDS = ("rma", "product", "person", "settings")
"""Kinds of entries that are reference rows."""
_NEXT = "_next"

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")


class FeedRow(Protocol):
    """An entry of the feed, as ``sync.wire.FeedEntry`` has it."""

    @property
    def seq(self) -> int:
        """Place in the feed."""

    @property
    def entry_id(self) -> str:
        """Its id."""

    @property
    def kind(self) -> str:
        """``rma product person settings fact notice``."""

    @property
    def key(self) -> str:
        """Which row it replaces."""

    @property
    def body(self) -> codec.JsonValue:
        """The row's content; ``None`` when the row is gone."""


@dataclass(frozen=True)
class Notice:
    """A decision, a refund outcome or a dead letter, for people to see."""

    entry_id: str
    what: str
    """``refund``, ``decision``, ``missing`` or ``dead_letter``."""
    case_id: str
    values: dict[str, str] = field(default_factory=dict)
    """The rest of what the hub said, as text."""


@dataclass
class Batch:
    """Feed entries as rows: made without touching the database."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    lookups: list[tuple[str, str, str, str]] = field(default_factory=list)
    facts: list[tuple[str, str, ToFold | None]] = field(default_factory=list)
    notices: list[tuple[str, int, str, str, str]] = field(default_factory=list)
    refused: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def write(self, connection: sqlite3.Connection, suffix: str = "") -> None:
        """Write all but the facts' projections into the open transaction; ``suffix`` names a snapshot's tables."""
        replaced = [(kind, key) for kind, key, _ in self.rows] + self.gone
        connection.executemany(f"DELETE FROM lookups{suffix} WHERE kind = ? AND key = ?", replaced)
        connection.executemany(f"DELETE FROM reference{suffix} WHERE kind = ? AND key = ?", self.gone)
        connection.executemany(
            f"INSERT INTO reference{suffix} (kind, key, body) VALUES (?,?,?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            self.rows,
        )
        connection.executemany(
            f"INSERT OR IGNORE INTO lookups{suffix} (name, value, kind, key) VALUES (?,?,?,?)", self.lookups
        )
        connection.executemany("INSERT OR REPLACE INTO notices VALUES (?,?,?,?,?)", self.notices)
        connection.executemany("INSERT OR REPLACE INTO feed_refused VALUES (?,?,?,?,?)", self.refused)


def slices(entries: Sequence[FeedRow]) -> Iterator[Batch]:
    """Read entries into batches small enough for one slice of the station's time."""
    for start in range(0, len(entries), ENTRIES_IN_A_SLICE):
        batch = Batch()
        for entry in entries[start : start + ENTRIES_IN_A_SLICE]:
            _read(batch, entry)
        yield batch


def to_fold(batch: Batch, known: set[str], case: Callable[[str], Case]) -> list[ToFold]:
    """The facts of a batch that this station's cases should learn.

    A fact about a unit or parcel that is not on this station (another one handled it) is kept, not folded: it would
    only leave a mark.

    Args:
        batch: read entries.
        known: event ids of facts that were applied before; those found now are added.
        case: the case as it is now.
    """
    found = []
    for event_id, _, fold in batch.facts:
        if fold is None or event_id in known:
            continue
        known.add(event_id)
        here = _cases_here(fold, case)
        if here:
            found.append(ToFold(fold.fact, here, own=False))
    return found


def _cases_here(fold: ToFold, case: Callable[[str], Case]) -> tuple[str, ...]:
    unit_id, parcel_id = (getattr(fold.fact.event, name, None) for name in ("unit_id", "parcel_id"))
    if unit_id is not None:
        return tuple(case_id for case_id in fold.case_ids if unit_id in case(case_id).units)
    # A parcel that is here and was matched belongs to its new case too.
    is_here = any(parcel_id in case(case_id).parcels for case_id in fold.case_ids)
    return fold.case_ids if is_here else ()


def write_facts(connection: sqlite3.Connection, batch: Batch) -> None:
    """Keep the batch's facts, folded or not."""
    connection.executemany(
        "INSERT OR IGNORE INTO facts (event_id, folded, body) VALUES (?,?,?)",
        [(event_id, fold is not None, body) for event_id, body, fold in batch.facts],
    )


def begin_snapshot(connection: sqlite3.Connection) -> None:
    """Make empty tables beside those in use; rows of an interrupted snapshot go."""
    for table in ("reference", "lookups"):
        connection.execute(f"DROP TABLE IF EXISTS {table}{_NEXT}")
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type='table' AND name = ?", (table,)
        ).fetchone()
        connection.execute(re.sub(rf'"?\b{table}\b"?', f"{table}{_NEXT}", str(sql), count=1))


def write_snapshot(connection: sqlite3.Connection, batch: Batch) -> None:
    """Add a slice to the snapshot in the making."""
    batch.write(connection, _NEXT)


def swap_snapshot(connection: sqlite3.Connection) -> None:
    """The snapshot takes the place of the rows in use, in the open transaction."""
    for table in ("reference", "lookups"):
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"ALTER TABLE {table}{_NEXT} RENAME TO {table}")
    connection.execute("CREATE INDEX lookups_of_row ON lookups (kind, key)")


def reversed_tail(text: str) -> str:
    """Letters and digits backwards: what a number ends in becomes what its index value begins with."""
    return _NOT_ALPHANUMERIC.sub("", text.upper())[::-1]


def _read(batch: Batch, entry: FeedRow) -> None:
    try:
        if entry.kind == "fact":
            _read_fact(batch, entry.body)
        elif entry.kind == "notice":
            _read_notice(batch, entry)
        elif entry.kind not in KINDS:
            raise Malformed(f"feed entry of the kind {entry.kind[:40]!r} is newer than this version knows")
        elif entry.body is None:
            batch.gone.append((entry.kind, entry.key))
        else:
            lookups = [(name, value, entry.kind, entry.key) for name, value in _lookups(entry)]
            batch.rows.append((entry.kind, entry.key, _json(entry.body)))
            batch.lookups += lookups
    except Malformed as error:
        batch.refused.append((entry.entry_id, entry.kind, entry.key, str(error), _json(entry.body)))


def _lookups(entry: FeedRow) -> set[tuple[str, str]]:
    """Names and values a row is found by. Raises ``Malformed`` when its body is not of its kind."""
    if entry.kind == "rma":
        rma = codec.decode(Rma, entry.body)
        refuse_unsound(rma)
        return set(_rma_lookups(rma))
    if entry.kind == "product":
        product = codec.decode(Product, entry.body)
        refuse_unsound_product(product)
        return {("gtin", gtin) for gtin in (*product.gtins, *product.packs)}
    if entry.kind == "person":
        codec.decode(Person, entry.body)
    return set()


def _rma_lookups(rma: Rma) -> Iterator[tuple[str, str]]:
    yield "order", rma.order_id
    numbers = [rma.rma_id, rma.order_id]
    for parcel in rma.parcels:
        numbers.append(parcel.tracking)
        for alias in aliases(parcel.tracking, parcel.carrier):
            yield "tracking", alias
    if rma.outbound_tracking:
        numbers.append(rma.outbound_tracking)
        for alias in aliases(rma.outbound_tracking):
            yield "outbound", alias
    for number in numbers:
        tail = reversed_tail(number)
        yield "ending", tail
        # "…789PL" is also found by 789: people read out the digits.
        yield "ending", tail.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _read_fact(batch: Batch, body: codec.JsonValue) -> None:
    if not isinstance(body, dict):
        raise Malformed("a fact of the feed is not an object")
    event_id, case_ids = body.get("event_id"), body.get("case_ids")
    if not isinstance(event_id, str) or not isinstance(case_ids, list) or not isinstance(body.get("type"), str):
        raise Malformed("a fact of the feed lacks event_id, type or case_ids")
    schema, worker_id = body.get("schema", ev.SCHEMA), body.get("worker_id")
    if type(schema) is not int or not isinstance(worker_id, str | None):
        raise Malformed("schema of a fact is a number, its worker_id a text")
    fold = None
    try:
        event = ev.read(body["type"], schema, body.get("payload"))
        fact = Fact(event_id, event, worker_id, str(body.get("occurred_at", "")))
        fold = ToFold(fact, tuple(map(str, case_ids)), own=False)
    except ev.UnknownEvent:
        pass  # kept unfolded: a newer version of this program will understand it
    batch.facts.append((event_id, _json(body), fold))


def _read_notice(batch: Batch, entry: FeedRow) -> None:
    body = entry.body if isinstance(entry.body, dict) else {}
    what, case_id = body.get("what"), body.get("case_id", "")
    if not isinstance(what, str) or not isinstance(case_id, str):
        raise Malformed("a notice of the feed does not say what it is about")
    batch.notices.append((entry.entry_id, entry.seq, what, case_id, _json(body)))


def _json(value: codec.JsonValue) -> str:
    return codec.to_text(value)
