"""Builders for the hub's tests: a hub in memory, a station's log, an RMA."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hub import hub_identity, ingest, store
from hub.intake import projection
from hub.shop import reference
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain import rma as rm
from sync import wire
from tests.hub import databases

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RMA = "RMA-2026-000001"


class Numbers:
    """Random bytes that are the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: int) -> bytes:
        """The next bytes."""
        self.count += 1
        return hashlib.sha256(str(self.count).encode()).digest()[:size]


def new_hub(mode: str = "sample") -> store.Database:
    """An empty hub in memory."""
    database = databases.fresh()
    hub_identity.prepare(database, mode, NOW, Numbers())
    return database


def plain_line(line_id: str = "L1", sku: str = "SHIRT", quantity: int = 1, paid: int | None = None) -> rm.Line:
    """A line of one product."""
    return rm.Line(line_id, sku, sku.title(), quantity, (rm.Part(rm.Product(sku, sku.title())),), paid_minor=paid)


def an_rma(*lines: rm.Line, rma_id: str = RMA, kind: rm.RmaKind = rm.RmaKind.WITHDRAWAL) -> rm.Rma:
    """An RMA with these lines, or one plain line of one piece."""
    return rm.Rma(rma_id, kind, "ORD-1000", lines or (plain_line(),), deadline_on="2026-12-01")


def announce(database: store.Database, *rmas: rm.Rma) -> None:
    """The shop tells of RMAs."""
    with database.transaction() as connection:
        for rma in rmas:
            reference.put_rma(connection, rma, NOW, ingest.propose_nothing)


@dataclass
class Log:
    """A station's journal, in memory."""

    log_id: str = "log-a"
    lines: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=lambda: [en.GENESIS])

    def say(self, event: ev.Event, *cases: str, event_id: str = "", **subject: str) -> en.Entry:
        """Append an event about these cases."""
        type_name, schema, payload = ev.write(event)
        return self.say_raw(type_name, schema, payload, *cases, event_id=event_id, **subject)

    def say_raw(
        self, type_name: str, schema: int, payload: object, *cases: str, event_id: str = "", **subject: str
    ) -> en.Entry:
        """Append what may not be an event of this version."""
        seq = len(self.lines) + 1
        envelope = en.Envelope(
            event_id=event_id or f"{self.log_id}-{seq:06}",
            log_id=self.log_id,
            seq=seq,
            type=type_name,
            schema=schema,
            occurred_at="2026-11-22T10:00:00.000Z",
            boot_id="boot-1",
            mono_ms=seq,
            clock_state="ok",
            app_version="0.1.0",
            payload_sha256="",
            worker_id="000001",
            subject=ev.Subject(cases, subject.get("parcel_id"), subject.get("unit_id")).as_mapping(),
        )
        entry = en.seal(envelope, payload, bytes(16), self.hashes[-1])
        self.put(entry.line, entry.hash)
        return entry

    def put(self, line: bytes, entry_hash: bytes | None = None) -> None:
        """Append a line as it is; one that cannot be cut counts whole."""
        self.lines.append(line)
        self.hashes.append(entry_hash or en.chain_hash(self.hashes[-1], line))

    def parcel(self, parcel_id: str, *rma_ids: str, tracking: str | None = None) -> None:
        """A parcel is opened."""
        event = ev.ParcelOpened(parcel_id, "tracking", tracking or parcel_id, rma_ids, tracking)
        self.say(event, *(rma_ids or (parcel_id,)), parcel_id=parcel_id)

    def unit(self, unit_id: str, parcel_id: str, rma_id: str = RMA, **changes: object) -> str:
        """A unit is identified; returns the event's id."""
        event = ev.UnitIdentified(
            unit_id, parcel_id, f"R{unit_id}"[:12], "5901234123457", "gtin", rma_id, "L1", "SHIRT"
        )
        event = replace(event, **changes)  # type: ignore[arg-type]
        return self.say(event, rma_id, parcel_id=parcel_id, unit_id=unit_id).envelope.event_id

    def grade(self, unit_id: str, rma_id: str = RMA, grade: str = "A", amend: bool = False) -> str:
        """A unit is graded."""
        kind = ev.UnitAmended if amend else ev.UnitGraded
        event = kind(unit_id, "default", 1, {}, grade, grade, "restock", "restock", "A-01")
        return self.say(event, rma_id, unit_id=unit_id).envelope.event_id

    def undo_unit(self, unit_id: str, event_id: str, rma_id: str = RMA) -> None:
        """The identification of a unit is taken back."""
        self.say(ev.UndoApplied(event_id, "unit.identified", unit_id=unit_id), rma_id, unit_id=unit_id)

    def done(self, parcel_id: str, *rma_ids: str) -> None:
        """The parcel is done."""
        self.say(ev.ParcelDone(parcel_id), *(rma_ids or (RMA,)), parcel_id=parcel_id)

    def header(self, first: int = 1, last: int | None = None) -> wire.BatchHeader:
        """Header of the batch ``first`` to ``last``."""
        end = len(self.lines) if last is None else last
        return wire.BatchHeader(first, self.hashes[first - 1].hex(), end - first + 1)


def send(
    database: store.Database,
    log: Log,
    first: int = 1,
    last: int | None = None,
    station: str = "bench-1",
    propose: ingest.Propose = ingest.propose_nothing,
    now: datetime = NOW,
    protocol: int = wire.PROTOCOL,
) -> wire.EventsReply | wire.Problem:
    """Send a part of a log as one batch."""
    end = len(log.lines) if last is None else last
    with database.transaction() as connection:
        header = log.header(first, end)
        lines = log.lines[first - 1 : end]
        return ingest.ingest(connection, station, log.log_id, header, lines, now, propose, protocol=protocol)


def accepted(reply: wire.EventsReply | wire.Problem) -> int:
    """How many events of a batch were accepted."""
    assert isinstance(reply, wire.EventsReply), reply
    return reply.accepted


def case_of(database: store.Database, case_id: str = RMA) -> rm.Case:
    """A case as it is stored."""
    with database.transaction() as connection:
        return projection.load(connection, [case_id]).cases[case_id]


def encoded(case: rm.Case) -> object:
    """For comparing cases in messages."""
    return codec.encode(case)
