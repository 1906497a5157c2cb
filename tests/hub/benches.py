"""Two real benches and a real hub, joined by the wire's own bytes: what is scanned here is refunded there.

The stations are ``services.Station`` over a journal on the disk, the hub is its API over a database; the hub's clock
and the moments of sync are ours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from starlette.testclient import TestClient

from hub import api, hub_identity, ledger, parts, people, refunds
from hub.central import Hub
from hub.shop import orders
from hub.shop.document import Document, LineGiven, OrderGiven, PaymentGiven, RmaGiven
from hub.trust import stations
from rma_station.domain import codec
from rma_station.domain.book import Person
from rma_station.domain.flows.inputs import Chosen, Pressed
from rma_station.domain.meaning import Command
from rma_station.domain.rma import AnnouncedParcel, Product
from sync import review_wire, wire
from tests.fakes import NOON, CountingRandom, StandingClock, take_feed
from tests.hub import databases
from tests.services.bench import ServiceBench, answer

RMA, TRACKING, PARCEL = "RMA-2026-000001", "627777012345678901234567", "parcel-1"
SHIRT = "5901234123457"
PIN = "246810"
BOSS = "000901"
AS_NEW, WORN = 1, 2
"""Answers to all questions: grade A, and a lower one."""


def shop(quantity: int = 1, **changes: Any) -> Document:
    """One withdrawal of shirts at 100.00 each, announced in one parcel."""
    paid = 10000 * quantity
    line = LineGiven("L1", "SHIRT", quantity, paid)
    given: dict[str, Any] = {
        "rma_id": RMA,
        "kind": "withdrawal",
        "order_id": "Z-1",
        "lines": (line,),
        "parcels": (AnnouncedParcel(PARCEL, TRACKING, "dpd"),),
        "received_on": "2026-11-20",
    }
    return Document(
        (Product("SHIRT", "Koszula", (f"0{SHIRT}",), category="apparel"),),
        (OrderGiven("Z-1", (PaymentGiven("P1", "transfer", paid),), pieces=quantity, holder="Zofia"),),
        (RmaGiven(**{**given, **changes}),),
    )


@dataclass
class House:
    """A hub that money follows, and its stations."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.fromtimestamp(NOON, UTC))

    def __post_init__(self) -> None:
        self.database = databases.fresh()
        identity = hub_identity.prepare(self.database, "sample", self.now, os.urandom)
        self.hub = Hub(self.database, identity, lambda: self.now, os.urandom, propose=refunds.propose)
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS))
        self.tell(shop())
        with self.database.transaction() as connection:
            people.put_person(connection, Person(BOSS, "Ewa", "supervisor"), PIN, self.now, os.urandom)

    def tell(self, document: Document) -> None:
        """The shop says something."""
        with self.database.transaction() as connection:
            orders.take_document(connection, document, "shop.json", self.now, self.hub.propose)

    def station(self, name: str, worker: str, clock: StandingClock | None = None) -> At:
        """A bench with somebody at it; it knows the returns."""
        with self.database.transaction() as connection:
            token = stations.add(connection, name, os.urandom, self.now)
        bench = ServiceBench(self.folder / name, clock=clock or StandingClock(), random=CountingRandom(name))
        made = At(self, bench, token, worker)
        made.sync()
        bench.badge(worker)
        return made

    def later(self, **of: float) -> None:
        """Time passes at the hub, and what is due is queued."""
        self.now += timedelta(**of)
        with self.database.transaction() as connection:
            refunds.queue_due(connection, self.now)

    def pay(self) -> None:
        """The settle delay passes, and a provider books what is queued."""
        self.later(minutes=11)
        table = ledger.refund_intents
        values = {"state": "succeeded", "attempts": 1, "settled_at": self.now}
        with self.database.transaction() as connection:
            connection.execute(update(table).where(table.c.state == "queued").values(**values))

    def graders(self) -> list[str]:
        """Whoever may not say that the return's refunds are booked."""
        with self.database.transaction() as connection:
            rows = connection.scalars(select(ledger.refund_intents.c.graders))
            return sorted({worker for graders in rows for worker in graders})

    def money(self) -> list[tuple[str, str, int]]:
        """State, reason and amount of every refund."""
        table = ledger.refund_intents
        with self.database.transaction() as connection:
            query = select(table.c.state, table.c.reason, table.c.amount_minor).order_by(table.c.slot)
            return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]

    def call(self, token: str, method: str, path: str, content: bytes = b"") -> Mapping[str, Any]:
        """A call in the present protocol."""
        headers = {"Authorization": f"Bearer {token}", wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
        reply = self.client.request(method, path, content=content, headers=headers)
        assert reply.status_code == 200, reply.text
        found: Mapping[str, Any] = reply.json()
        return found


@dataclass
class At:
    """One bench of the house."""

    house: House
    bench: ServiceBench
    token: str
    worker: str
    cursor: str = ""

    def press(self, *keys: Command | int) -> str:
        """Keys or numbers; the last answer."""
        said = ""
        for key in keys:
            given = Pressed(key) if isinstance(key, Command) else Chosen(key)
            said = answer(self.bench.station.handle(given))
        return said

    def open(self, code: str = TRACKING) -> str:
        """A parcel with its packing intact."""
        said = self.bench.scan(code)
        self.press(1)
        return said

    def grade(self, answers: int, code: str = SHIRT) -> str:
        """A unit: the same answer to every question; its label is owed."""
        said = self.bench.scan(code)
        self.press(*[answers] * 4, Command.YES, Command.LABEL_OWED)
        return said

    def receive(self, *answers: int, code: str = TRACKING) -> None:
        """A whole parcel, a unit an answer."""
        self.open(code)
        for one in answers:
            self.grade(one)
        self.press(Command.PARCEL_DONE, Command.YES)

    def sync(self) -> list[str]:
        """Hello, what the hub lacks, and all of the feed; results that were not simply accepted."""
        journal, reader, call = self.bench.journal, self.bench.reader, self.house.call
        head = reader.log_heads()[-1]
        beat = wire.Heartbeat("0.1.0", clock_state=journal.clock_word(), clock=journal.wall_clock())
        hello = wire.Hello("sample", (wire.LogHead(head.log_id, head.seq, head.hash.hex()),), wire.PROTOCOL, beat)
        known = call(self.token, "POST", wire.HELLO, wire.encode(hello))["logs"][0]
        results: Sequence[Mapping[str, Any]] = ()
        if known["have_through"] < head.seq:
            previous, lines = reader.lines_after(head.log_id, known["have_through"], 500, wire.BATCH_BYTES)
            header = wire.BatchHeader(known["have_through"] + 1, previous.hex(), len(lines))
            path = wire.events_path(head.log_id)
            results = call(self.token, "POST", path, wire.encode_batch(header, lines)).get("results", ())
        cursor, more = self.cursor, True
        while more:
            page = codec.decode(wire.FeedReply, call(self.token, "GET", wire.feed_path(cursor)))
            take_feed(reader, page.entries, page.cursor)
            cursor, more = page.cursor, page.more
        self.cursor = cursor
        return [result["result"] for result in results]

    def queue(self) -> dict[str, str]:
        """The supervisors' queue as this bench sees it: case to reason."""
        found = codec.decode(review_wire.ReviewQueue, self.house.call(self.token, "GET", review_wire.REVIEW_QUEUE))
        return {item.case_id: item.reason for item in found.items}

    def file(self, case_id: str = RMA) -> review_wire.ReviewCase:
        """A case as a supervisor sees it."""
        path = review_wire.review_path(review_wire.REVIEW_CASE, case_id)
        return codec.decode(review_wire.ReviewCase, self.house.call(self.token, "GET", path))

    def decide(self, verdict: str, case_id: str = RMA, seen: review_wire.ReviewCase | None = None, **more: Any) -> str:
        """A supervisor's decision on what was seen; the code of the refusal, or ``-``."""
        case = seen or self.file(case_id)
        key = case.intents[0].intent_key if case.intents else ""
        given = {"intent_key": key, "worker_id": BOSS, "pin": PIN, "basis": case.basis, **more}
        path = review_wire.review_path(review_wire.REVIEW_DECIDE, case_id)
        body = wire.encode(review_wire.Decision(verdict=verdict, **given))
        reply = codec.decode(review_wire.DecisionReply, self.house.call(self.token, "POST", path, body))
        return "-" if reply.accepted else reply.code

    def roles(self) -> list[tuple[str, str, str]]:
        """The gradings side by side: what they are to each other, grade, station."""
        return [(one.role, one.grade, one.station) for one in self.file().gradings]

    def slots(self) -> list[tuple[int, ...]]:
        """What this bench knows of the places of its own units."""
        return [unit.slots for unit in self.bench.journal.projection.case(RMA).units.values()]
