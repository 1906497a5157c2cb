"""The hub's feed as rows of the station: reference data with the ways to find it, facts, notices.

An entry that cannot be read is kept in ``feed_refused`` with the reason: it never stops the feed. ``intake.py`` commits
what is read here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert
from rma_station.domain.book import Person
from rma_station.domain.fold import Fact
from rma_station.domain.record import dataclass, field
from rma_station.domain.rma import Case, Product, Rma, refuse_unsound, refuse_unsound_product
from rma_station.domain.tracking import aliases
from rma_station.errors import Malformed
from rma_station.ports import Clock
from rma_station.store import pins_at_rest
from rma_station.store.projection import ToFold

ENTRIES_IN_A_SLICE = 40
READ_SECONDS = 0.005
"""A slice ends with whichever comes first; writing it and its fsync take the rest of the 20 ms a slice may have."""
KINDS = ("rma", "product", "person", "settings", "alert")
"""Kinds of entries that are reference rows."""

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
    """A decision or a refund outcome, for people to see."""

    entry_id: str
    what: str
    """``refund``, ``decision`` or ``missing``."""
    case_id: str
    values: dict[str, str] = field(default_factory=dict)
    """The rest of what the hub said, as text."""


@dataclass
class Batch:
    """Feed entries as rows: made without touching the database."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    lookups: list[tuple[str, str, str, str]] = field(default_factory=list)
    facts: list[tuple[str, str, ToFold | None, int]] = field(default_factory=list)
    notices: list[tuple[str, int, str, str, str]] = field(default_factory=list)
    refused: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def write(self, connection: sqlite3.Connection, snapshot: int, suffix: str = "") -> None:
        """Write all but the facts' projections into the open transaction.

        Args:
            connection: in a transaction.
            snapshot: number of the snapshot these entries belong to, or follow.
            suffix: of the tables a snapshot is built in.
        """
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
        connection.executemany(
            "INSERT OR REPLACE INTO notices VALUES (?,?,?,?,?,?)", [(*row, snapshot) for row in self.notices]
        )
        connection.executemany(
            "INSERT OR REPLACE INTO feed_refused VALUES (?,?,?,?,?,?)", [(*row, snapshot) for row in self.refused]
        )
        connection.executemany(
            "INSERT INTO facts (event_id, folded, body, seq, snapshot) VALUES (?,?,?,?,?) "
            "ON CONFLICT (event_id) DO UPDATE SET seq = excluded.seq, snapshot = excluded.snapshot",
            [(event_id, fold is not None, body, seq, snapshot) for event_id, body, fold, seq in self.facts],
        )


def read_slice(entries: Sequence[FeedRow], start: int, clock: Clock, pepper: bytes) -> tuple[Batch, int]:
    """Read entries from ``start`` on, as many as one slice of the station's time allows; and where the next begins.

    ``pepper``: what verifiers of PINs are kept with; the hub's own never reach the disk.
    """
    batch, place = Batch(), start
    until = clock.monotonic() + READ_SECONDS
    while place < min(len(entries), start + ENTRIES_IN_A_SLICE) and (place == start or clock.monotonic() < until):
        _read(batch, entries[place], pepper)
        place += 1
    return batch, place


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
    matched: dict[str, tuple[str, ...]] = {}
    for event_id, _, fold, _ in batch.facts:
        if fold is None or event_id in known:
            continue
        known.add(event_id)
        event = fold.fact.event
        if isinstance(event, ev.UnitMatched) and any(event.unit_id in case(one).units for one in fold.case_ids):
            matched[event.unit_id] = fold.case_ids
        here = cases_here(fold, case, matched)
        if here:
            found.append(ToFold(fold.fact, here, own=False))
    return found


def cases_here(
    fold: ToFold, case: Callable[[str], Case], matched: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """The cases of a fact whose unit or parcel is on this station.

    ``matched``: units with their cases that the facts before this one have matched; the cases do not have them yet.
    """
    unit_id, parcel_id = (getattr(fold.fact.event, name, None) for name in ("unit_id", "parcel_id"))
    if unit_id is not None:
        coming = (matched or {}).get(unit_id, ())
        return tuple(one for one in fold.case_ids if one in coming or unit_id in case(one).units)
    # A parcel that is here and was matched belongs to its new case too.
    is_here = any(parcel_id in case(case_id).parcels for case_id in fold.case_ids)
    return fold.case_ids if is_here else ()


def reversed_tail(text: str) -> str:
    """Letters and digits backwards: what a number ends in becomes what its index value begins with."""
    return _NOT_ALPHANUMERIC.sub("", text.upper())[::-1]


def _read(batch: Batch, entry: FeedRow, pepper: bytes) -> None:
    body = entry.body if entry.kind != "person" else pins_at_rest.body(entry.body, pepper)
    try:
        if entry.kind == "fact":
            _read_fact(batch, entry)
        elif entry.kind == "notice":
            _read_notice(batch, entry)
        elif entry.kind not in KINDS:
            raise Malformed(f"feed entry of the kind {entry.kind[:40]!r} is newer than this version knows")
        elif entry.body is None:
            batch.gone.append((entry.kind, entry.key))
        else:
            lookups = [(name, value, entry.kind, entry.key) for name, value in _lookups(entry)]
            batch.rows.append((entry.kind, entry.key, _json(body)))
            batch.lookups += lookups
    except Malformed as error:
        batch.refused.append((entry.entry_id, entry.kind, entry.key, str(error), _json(body)))


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
    if entry.kind == "alert":
        codec.decode(Alert, entry.body)
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


def _read_fact(batch: Batch, entry: FeedRow) -> None:
    event_id, fold = read_fact(entry.body)
    batch.facts.append((event_id, _json(entry.body), fold, entry.seq))
    event = fold.fact.event if fold is not None else None
    if isinstance(event, (ev.SlotGiven, ev.SlotFreed)):
        batch.lookups.append(("filled", event.rma_id, "fact", event_id))


def read_fact(body: codec.JsonValue) -> tuple[str, ToFold | None]:
    """Id and meaning of something the hub said; ``None`` for what a newer version of this program will understand.

    Raises:
        Malformed: it is no fact.
    """
    if not isinstance(body, dict):
        raise Malformed("a fact of the feed is not an object")
    event_id, case_ids = body.get("event_id"), body.get("case_ids")
    if not isinstance(event_id, str) or not isinstance(case_ids, list) or not isinstance(body.get("type"), str):
        raise Malformed("a fact of the feed lacks event_id, type or case_ids")
    schema, worker_id = body.get("schema", ev.SCHEMA), body.get("worker_id")
    if type(schema) is not int or not isinstance(worker_id, str | None):
        raise Malformed("schema of a fact is a number, its worker_id a text")
    try:
        event = ev.read(body["type"], schema, body.get("payload"))
    except ev.UnknownEvent:
        return event_id, None
    fact = Fact(event_id, event, worker_id, str(body.get("occurred_at", "")))
    return event_id, ToFold(fact, tuple(map(str, case_ids)), own=False)


def _read_notice(batch: Batch, entry: FeedRow) -> None:
    body = entry.body if isinstance(entry.body, dict) else {}
    what, case_id = body.get("what"), body.get("case_id", "")
    if not isinstance(what, str) or not isinstance(case_id, str):
        raise Malformed("a notice of the feed does not say what it is about")
    batch.notices.append((entry.entry_id, entry.seq, what, case_id, _json(body)))


def _json(value: codec.JsonValue) -> str:
    return codec.to_text(value)
