"""Stations and a hub whose pasts are copied and put back: the product's own journal, client, ingest and feed.

The network is perfect here; ``tests/sim`` has bad ones. What is tried is what happens to history: a card that was
copied, an image that was put back, a hub that was put back, announced or not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from hub import feed, hub_identity, ingest, store
from hub.intake.hello import greet, lacking
from hub.tables import dead_letters, events, logs, places
from rma_station.domain import codes
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.ports import LogEnd
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from sync import client, hub_reply, turns, versions, wire
from sync.journal_answers import ask_journal
from tests.fakes import CountingRandom, StandingClock
from tests.hub.build import Numbers, an_rma, announce, case_of, plain_line
from tests.store import given


class Hub:
    """A hub in memory that can be put back to what it was."""

    def __init__(self, clock: StandingClock, propose: ingest.Propose = ingest.propose_nothing) -> None:
        self.clock, self.propose = clock, propose
        self.database = store.memory_database()
        self.protocol = wire.PROTOCOL
        """The newest it speaks; an older program refuses what it does not know."""
        hub_identity.prepare(self.database, "sample", self.now, Numbers())
        announce(self.database, an_rma(plain_line("l-1", quantity=5), rma_id=given.RMA))

    @property
    def now(self) -> datetime:
        """Its time."""
        return datetime.fromtimestamp(self.clock.unix(), UTC)

    def serve(self, station: str, request: turns.Request) -> turns.Event:
        """Answer a call as the API does, in the protocol of the older side."""
        protocol = min(self.protocol, wire.PROTOCOL)
        with self.database.transaction() as connection:
            identity = hub_identity.identity(connection)
            reply: wire.Reply
            kind: type = wire.HelloReply
            match request:
                case turns.SendHello(hello):
                    reply = greet(connection, identity, station, hello, self.now)
                case turns.SendBatch(log_id, header, lines):
                    kind = wire.EventsReply
                    reply = ingest.ingest(
                        connection, station, log_id, header, lines, self.now, self.propose, protocol=protocol
                    )
                case turns.AskMissing(event_ids):
                    assert protocol >= versions.FORKS
                    kind = wire.MissingReply
                    reply = lacking(connection, identity, wire.MissingQuestion(event_ids), self.now)
                case turns.AskFeed(cursor):
                    kind = wire.FeedReply
                    reply = feed.page(connection, cursor, 7, self.now)
        problem = isinstance(reply, wire.Problem)
        body = versions.encode(reply, protocol)
        if self.protocol < wire.PROTOCOL:
            body = body.replace(b'"protocol_max":%d' % wire.PROTOCOL, b'"protocol_max":%d' % self.protocol)
        status = wire.PROBLEM_STATUS[reply.code] if isinstance(reply, wire.Problem) else 200
        return turns.Replied(hub_reply.read(wire.Problem if problem else kind, status, body))

    def image(self) -> bytes:
        """A copy of its database."""
        with self.database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            connection.rollback()
            image: bytes = raw.serialize()  # type: ignore[attr-defined]
        return image

    def put_back(self, image: bytes) -> None:
        """Silently: another file lies there, nobody told the hub."""
        with self.database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            connection.rollback()
            raw.deserialize(image)  # type: ignore[attr-defined]

    def here(self) -> dict[str, bytes]:
        """Every event that is here, in whatever state, with its bytes."""
        with self.database.transaction() as connection:
            found = {row.event_id: bytes(row.line) for row in connection.execute(select(events))}
            dead = {row.event_id: bytes(row.raw) for row in connection.execute(select(dead_letters))}
        return {**dead, **found}

    def slots(self) -> dict[str, tuple[int, ...]]:
        """Units of the one return to their slots."""
        return {unit_id: unit.slots for unit_id, unit in case_of(self.database, given.RMA).units.items()}

    def chains(self) -> None:
        """Every log's lines follow one another without a gap, under the hash the hub tells."""
        with self.database.transaction() as connection:
            for log in connection.execute(select(logs)).all():
                known = {
                    row.seq: bytes(row.hash)
                    for table in (events, places)
                    for row in connection.execute(select(table).where(table.c.log_id == log.log_id))
                }
                assert sorted(known) == list(range(1, log.have_through + 1)), log.log_id
                assert known[log.have_through] == bytes(log.hash)


class Station:
    """A station's disk and what runs on it."""

    def __init__(self, clock: StandingClock, folder: Path, hub: Hub, seed: str, name: str = "bench-1") -> None:
        self.clock, self.folder, self.hub, self.seed, self.name = clock, folder, hub, seed, name
        self.notes: list[str] = []
        self.start()

    def start(self) -> None:
        """Open the journal as it is found."""
        self.seed += "+"  # a new boot draws other randomness
        self.journal = Journal.open(
            self.folder, station=self.name, mode="sample", app_version="0.1.0", clock=self.clock,
            random=CountingRandom(self.seed), make_lpn=codes.lpn,
        )  # fmt: skip
        self.reader = StoredReader(self.journal, self.clock)
        self.state = client.begin("sample", self.reader.hub_id(), self.reader.hub_key())

    def stop(self) -> None:
        """In order."""
        self.journal.close()

    def commit(self, *stated: ev.Stated) -> list[str]:
        """Something happens at the bench; the ids of its events."""
        return [entry.event_id for entry in self.journal.commit(stated)]

    def parcel(self, parcel_id: str, unit_id: str = "", case: str = given.RMA) -> list[str]:
        """A parcel with a graded unit, done."""
        unit = unit_id or f"u-{parcel_id}"
        steps = [given.opened(parcel_id, parcel_id, case=case), given.identified(unit, f"L{unit}", parcel_id)]
        return self.commit(*steps, given.graded(unit), given.done(parcel_id))

    def image(self, to: Path) -> None:
        """Copy its disk."""
        self.journal.close()
        shutil.copytree(self.folder, to)
        self.start()

    def put_back(self, image: Path) -> None:
        """An older image is written over its disk."""
        self.journal.close()
        shutil.rmtree(self.folder)
        shutil.copytree(image, self.folder)
        self.start()

    def sync(self, during: Callable[[turns.Action], None] = lambda action: None) -> client.State:
        """Talk to the hub until there is nothing more to say; waits are not waited for."""
        self.state = client.begin("sample", self.reader.hub_id(), self.reader.hub_key())
        for _ in range(5000):
            action = self.state.doing
            during(action)
            if isinstance(action, turns.Wait):
                assert action.why is turns.Why.IDLE, client.status(self.state)
                self.notes += [note.key for note in client.status(self.state).notes]
                return self.state
            self.state, _ = client.step(self.state, self.clock.monotonic(), self.answer(action), 0.5)
        raise AssertionError(f"no end: {self.state}")

    def answer(self, action: turns.Action) -> turns.Event:
        """What the hub or the journal says."""
        if isinstance(action, turns.SendHello | turns.SendBatch | turns.AskFeed | turns.AskMissing):
            return self.hub.serve(self.name, action)
        return ask_journal(self.reader, action, lambda: None)

    def lines(self) -> dict[str, bytes]:
        """Every event of this disk, under whatever log."""
        query = "SELECT event_id, line FROM events ORDER BY place"
        return dict(self.journal.database.connection.execute(query).fetchall())

    def slots(self) -> dict[str, tuple[int, ...]]:
        """Units of the one return, as far as they are on this disk, to their slots."""
        return {unit_id: unit.slots for unit_id, unit in self.journal.projection.case(given.RMA).units.items()}

    def heads(self) -> list[LogEnd]:
        """Its logs."""
        return list(self.reader.log_heads())

    def kinds(self) -> list[str]:
        """Types of the present log's events."""
        base = self.journal._log_base
        query = "SELECT line FROM events WHERE place > ? AND place < ? ORDER BY place"
        rows = self.journal.database.connection.execute(query, (base, base + (1 << 40)))
        return [en.open_line(line, en.GENESIS).envelope.type for (line,) in rows]
