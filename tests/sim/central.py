"""The hub: its one database, the process that serves calls, and two worker processes over money.

All of them end and start again at bad moments, and the database is sometimes put back to an older copy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from hub import feed, hub_identity, ingest, ledger, people, policy_file, refunds, rounds, store
from hub.evidence import blob_files
from hub.evidence.blobs import Kept
from hub.intake import hello, letters, tolerant
from hub.metadata import metadata
from hub.recovery import restores
from hub.shop import reference
from hub.trust import stations
from rma_station.derivation import derive
from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.pins import Recipe, Verifier
from rma_station.errors import Malformed, StorageFull
from sync import turns, wire
from sync.blobs import Place
from tests.sim import pictures, shop
from tests.sim.network import Call
from tests.sim.process import Died, Process, Steps
from tests.sim.providers import Called
from tests.sim.shift import NEWER, UnitSniffed

if TYPE_CHECKING:
    from tests.sim.world import World

SUPERVISORS = {"900001": "482913", "900002": "730164"}
"""Number to PIN."""
MOVING = ("proposed", "approved", "queued", "in_flight", "unknown")
"""States from which an intent goes on by itself."""


class Central:
    """The hub of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.database = _database(world.folder.parent)
        self.file = Path(self.database.place)
        self.database.close()
        self.write(_template())
        self.up, self.forgetful = True, False
        """A forgetful hub answers as if it had committed, where another dies before it does."""
        self.policy = dataclasses.replace(policy_file.shipped(), settle_delay_minutes=1)
        """A minute instead of ten: money has to move while the day is bad."""
        self.opened_at, self.understands = world.time, False
        self.sharp = world.chance.random() < 0.5
        """In half of the worlds a hub learns the newer event type one day."""
        with self.database.transaction() as connection:
            shop.import_money(connection, world.goods.orders)
            reference.put_rmas(connection, world.goods.rmas, world.time, self.propose)
            self.hub_id = hub_identity.identity(connection).hub_id
        folder = blob_files.Folder(world.folder / "hub" / blob_files.FOLDER, free=self._free)
        self.kept = Kept(Mortal(self), folder, self.propose)
        self.processes: list[Process] = []
        self.start_workers()

    # --- its life ---------------------------------------------------------------------------------------------------

    def die(self, again: float | None = None) -> None:
        """All processes are gone; what is not committed is not there."""
        self.world.note("hub", "dies")
        self.up = False
        for process in self.processes:
            process.kill()
        self.processes = []
        self.database.close()
        self.world.after(self.world.chance.uniform(1, 20) if again is None else again, self.come_back)

    def come_back(self) -> None:
        """The processes are started again."""
        if not self.up:
            self.world.note("hub", "is back")
            self.up, self.opened_at = True, self.world.time
            self._take_parked()
            self.start_workers()

    def close(self) -> None:
        """The world is over."""
        for process in self.processes:
            process.kill()
        self.database.close()
        ev.BY_TYPE.pop(NEWER, None)

    def write(self, image: bytes) -> None:
        """Another state of its disk; nothing is running."""
        for path in self.file.parent.glob(self.file.name + "*"):
            path.unlink()
        self.file.write_bytes(image)

    def image(self) -> bytes:
        """A copy of the database."""
        with self.database.transaction() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            return raw.serialize()

    def put_back(self, image: bytes, *, told: bool) -> None:
        """Stop, put the copy in place, start; ``told``: by ``hub restore``, which says so to everybody."""
        self.die(self.world.chance.uniform(1, 20))
        self.write(image)
        if told:
            with self.database.transaction() as connection:
                restores.restored(connection, self.world.time, self.world.bytes, how="backup", by="admin")
            self.database.close()

    # --- calls ------------------------------------------------------------------------------------------------------

    def serve(self, call: Call) -> tuple[int, bytes] | None:
        """Status and body, or nothing when the process is not there, or died on the way."""
        if not self.up:
            return None
        world, died = self.world, False
        try:
            with self.database.transaction() as connection:
                reply = self._reply(connection, call)
                if world.strikes("hub died before commit"):
                    died = True
                    raise Died
            if world.strikes("hub died after commit"):
                died = True
                raise Died
        except Malformed as error:
            with self.database.transaction() as connection:
                header = hub_identity.identity(connection).header(world.time)
            reply = wire.Problem(header, "malformed", str(error)[:200])
        except Died:
            assert died
            if self.forgetful:
                return 200, wire.encode(reply)
            self.die()
            return None
        self._note(call, reply)
        status = wire.PROBLEM_STATUS[reply.code] if isinstance(reply, wire.Problem) else 200
        return status, wire.encode(reply)

    def _reply(self, connection: Connection, call: Call) -> wire.Reply:
        now, identity = self.world.time, hub_identity.identity(connection)
        match call.request:
            case turns.SendHello():
                return hello.greet(connection, identity, call.station, tolerant.read_hello(call.body), now)
            case turns.SendBatch(log_id):
                header, lines = wire.parse_batch(call.body)
                return ingest.ingest(connection, call.station, log_id, header, lines, now, self.propose)
            case turns.AskMissing():
                return hello.lacking(connection, identity, wire.decode(wire.MissingQuestion, call.body), now)
            case turns.AskFeed(cursor):
                return self._page(connection, call.station, cursor)

    def _page(self, connection: Connection, station: str, cursor: str) -> wire.FeedReply | wire.Problem:
        """As the API does it: a cursor of our own epoch that names what is not here tells of a replaced past."""
        now = self.world.time
        reply = feed.page(connection, cursor, self.world.chance.randint(3, 60), now)
        if isinstance(reply, wire.FeedReply):
            stations.fetched(connection, station, feed.place_of(cursor))
        elif feed.was_here(connection, cursor):
            why = restores.NOTICED.format(station)
            restores.restored(connection, now, self.world.bytes, how="noticed", why=why)
            self.world.happened("replaced past noticed")
            return wire.Problem(hub_identity.identity(connection).header(now), reply.code, reply.message)
        return reply

    def serve_photo(self, station: str, request: turns.BlobRequest) -> turns.BlobReplied | None:
        """As ``blob_api`` answers; nothing when the process is not there, or died on the way."""
        if not self.up:
            return None
        sha256, now = request.sha256, self.world.time
        try:
            if isinstance(request, turns.AskBlob):
                step = self.kept.look(station, sha256, now)
            else:
                step = self.kept.append(station, sha256, request.offset, request.size, request.data, now)
            if self.world.strikes("hub died after commit"):
                raise Died
        except StorageFull as error:
            return turns.BlobReplied(self.hub_id, code="full", message=str(error))
        except Died:
            self.die()
            return None
        code = step.refused or ("not_here" if isinstance(request, turns.AskBlob) and not step.offset else "")
        self.world.note("hub", f"to {station} {type(request).__name__} {sha256[:8]}: {step.offset} {code}")
        if step.whole and pictures.is_whole(self.kept.folder.path, sha256):
            self.world.promises.at_hub.setdefault(sha256, set()).add(self.epoch())
        return turns.BlobReplied(self.hub_id, None if code == "not_here" else Place(step.offset, step.whole), code)

    def epoch(self) -> str:
        """Of its past."""
        with self.database.transaction() as connection:
            return hub_identity.identity(connection).epoch

    def _free(self, _: Path) -> int:
        return 0 if self.world.strikes("hub's disk full") else 1 << 40

    def enrol(self, name: str) -> None:
        """A station of this name may call."""
        with self.database.transaction() as connection:
            if name not in {one.name for one in stations.listed(connection)}:
                stations.add(connection, name, self.world.bytes, self.world.time)

    def _note(self, call: Call, reply: wire.Reply) -> None:
        said = reply.code if isinstance(reply, wire.Problem) else type(reply).__name__
        about = ""
        if isinstance(reply, wire.EventsReply):
            results = [f"{one.seq}:{one.code or one.result}" for one in reply.results if one.result != "duplicate"]
            about = f" through {reply.accepted_through} {' '.join(results[:5])}"
        if isinstance(reply, wire.FeedReply) and not reply.entries:
            return
        self.world.note("hub", f"to {call.station} {type(call.request).__name__}: {said}{about}")

    # --- what it does by itself -------------------------------------------------------------------------------------

    def propose(self, *given: Any) -> None:
        """Under the policy of the day."""
        refunds.proposing(self.policy)(*given)

    def start_workers(self) -> None:
        """Two of them, as beside PostgreSQL: they claim from the same table."""
        for number in (1, 2):
            self.start_worker(number)

    def start_worker(self, number: int) -> None:
        """One worker's process; when it dies it is started again."""
        if not self.up or self.world.calm:
            return

        def gone() -> None:
            self.world.after(self.world.chance.uniform(1, 60), lambda: life == self.opened_at and again())

        def again() -> None:
            self.processes = [process for process in self.processes if process.living]
            self.start_worker(number)

        life = self.opened_at
        self.processes.append(Process(self.world, f"worker-{number}", self._worker, gone))

    def _worker(self, process: Process) -> None:
        world = self.world
        database: Any = Steps(process, self.database.transaction)
        ways: Any = [Called(process, provider) for provider in world.providers.values()]

        def clock() -> datetime:
            if world.strikes("worker slept"):
                seconds = world.chance.uniform(30, 4000)
                if seconds > 60:
                    world.happened("lease over")
                process.pause(seconds)
            return world.time

        while not world.calm:
            process.pause(world.chance.uniform(5, 60))
            self.round(database, ways, clock)

    def round(self, database: Any, ways: Any, clock: Callable[[], datetime] | None) -> None:
        """One round of the product's worker."""
        rounds.work(database, self.world.time, ways, policy=self.policy, clock=clock, started=self.opened_at)

    def work_once(self) -> None:
        """The calm days' worker."""
        self.round(self.database, list(self.world.providers.values()), lambda: self.world.time)

    @property
    def working(self) -> bool:
        """Whether a worker of the bad days still lives, perhaps asleep."""
        return any(process.living for process in self.processes)

    def money_moves(self) -> bool:
        """Whether some refund still goes on by itself."""
        query = select(func.count()).where(ledger.refund_intents.c.state.in_(MOVING))
        with self.database.transaction() as connection:
            return bool(connection.scalar(query))

    def next_money(self) -> float:
        """When it does, as seconds of the world."""
        table, attempts = ledger.refund_intents, ledger.refund_attempts
        times = []
        with self.database.transaction() as connection:
            rows = connection.execute(
                select(table.c.state, table.c.settles_at, table.c.next_check_at).where(table.c.state.in_(MOVING))
            ).all()
            ends = connection.scalar(select(func.max(attempts.c.deadline_at)))
        for row in rows:
            due = {"proposed": row.settles_at, "approved": row.settles_at, "in_flight": ends}.get(
                row.state, row.next_check_at
            )
            times.append((due - self.world.time).total_seconds() if due else 300.0)
        return self.world.now + max(1.0, min(times, default=300.0))

    def upgrade(self) -> None:
        """The next version: it understands more, and takes what was parked."""
        ev.BY_TYPE[NEWER], self.understands = UnitSniffed, True
        self._take_parked()

    def _take_parked(self) -> None:
        """As every start of the hub does."""
        with self.database.transaction() as connection:
            letters.replay_parked(connection, self.world.time, self.propose)

    def change_policy(self) -> None:
        """From now on a person looks at outlet goods too."""
        rules = list(self.policy.rules)
        at = next(place for place, rule in enumerate(rules) if rule.id == "good")
        stricter = policy_file.read(_STRICTER, "policy.toml").rules[0]
        rules.insert(at, stricter)
        self.policy = dataclasses.replace(self.policy, version=self.policy.version + 1, rules=tuple(rules))

    @property
    def head(self) -> int:
        """The feed's last number that is read; -1 while the hub is down."""
        if not self.up:
            return -1
        with self.database.transaction() as connection:
            return connection.scalar(select(func.max(feed.feed.c.seq)).where(~feed.feed.c.superseded)) or 0


class Mortal:
    """The database of a call about a photo: between the file and the record the process may be gone."""

    def __init__(self, hub: Central) -> None:
        self._hub = hub

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction; reading comes first, and what is written is the record."""
        with self._hub.database.transaction() as connection:
            before = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
            yield connection
            wrote = connection.connection.driver_connection.total_changes != before  # type: ignore[union-attr]
            if wrote and self._hub.world.strikes("hub died between chunk and note"):
                raise Died


_STRICTER = {
    "version": 1,
    "settle_delay_minutes": 10,
    "missing_after_days": 14,
    "bank_answer_days": 3,
    "breaker": {"refunds_per_hour": 1, "amount_minor_per_hour": {"PLN": 1}},
    "rule": [
        {"id": "outlet", "when": {"grade": "B"}, "action": "hold", "reason": "outlet", "say": {"pl": "x", "en": "x"}},
        {"id": "rest", "action": "hold", "reason": "no_rule", "say": {"pl": "x", "en": "x"}},
    ],
}


@cache
def _database(folder: Path) -> store.Database:
    """One for all worlds of a process: an engine that has compiled its statements once is most of their speed."""
    return store.open_database(folder / f"hub-{os.getpid()}.sqlite3")


@cache
def _template() -> bytes:
    """A hub with its people and nothing else."""
    database = store.memory_database()
    begun = datetime(2026, 11, 22, 8, 0, tzinfo=UTC) - timedelta(days=1)
    hub_identity.prepare(database, "sample", begun, bytes)
    with database.transaction() as connection:
        metadata.create_all(connection)
        for number, pin in SUPERVISORS.items():
            people.put_person(connection, Person(number, f"S {number}", "supervisor"), pin, begun, bytes)
            quick = Recipe("argon2id", (8, 1, 1), b"0123456789abcdef")  # what a PIN costs is not tried here
            verifier = Verifier(quick, derive(pin, quick)).text()
            connection.execute(
                update(people.people).where(people.people.c.worker_id == number).values(verifier=verifier)
            )
    with database.transaction() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        image = raw.serialize()
    database.close()
    return image
