"""A world in one thread: two stations, one hub, a bad network, and a seed that decides everything.

The parts are the product's own: the journal in its file, ``sync.client.step``, the wire's bytes, ``hub.ingest``, the
feed and the refunds. Only time, chance, the network and the deaths of processes are made here.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from hub import feed, ingest, refunds, store
from hub.hello import greet
from rma_station.domain import envelope as en
from rma_station.domain.outcome import say
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from sync import client, turns, wire
from sync.uplink import ask_journal
from tests.hub.fake_provider import FakeProvider
from tests.sim import shop

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class Died(Exception):
    """A process is gone in the middle of something."""


class World:
    """The scheduler, and the clock and randomness of everybody in it."""

    def __init__(self, seed: int, folder: Path, hub_template: Path) -> None:
        self.chance = random.Random(seed)
        self.now, self.calm = 0.0, False
        self.struck: Counter[str] = Counter()
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.ties = itertools.count()
        self.loss, self.twice, self.hub_deaths = (self.chance.uniform(0, most) for most in (0.35, 0.3, 0.1))
        self.hub = Hub(self, folder / "hub.sqlite3", hub_template)
        self.stations = [Station(self, name, folder / name) for name in ("bench-1", "bench-2")]

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self.queue, (self.now + seconds, next(self.ties), action))

    def run(self, until: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let things happen in their order."""
        while self.queue and self.queue[0][0] <= until and not enough():
            self.now, _, action = heapq.heappop(self.queue)
            action()

    def strikes(self, fault: str, rate: float) -> bool:
        """Whether a fault of this rate happens now; none do once the world is calm."""
        struck = not self.calm and self.chance.random() < rate
        self.struck[fault] += struck
        return struck

    def monotonic(self) -> float:
        """``ports.Clock``."""
        return self.now

    def unix(self) -> float:
        """``ports.Clock``."""
        return START.timestamp() + self.now

    def bytes(self, count: int) -> bytes:
        """``ports.Random``."""
        return self.chance.randbytes(count)

    @property
    def time(self) -> datetime:
        """As the hub sees it."""
        return START + timedelta(seconds=self.now)


class Hub:
    """The hub's process over its file: dies before or after a commit, comes back some seconds later."""

    def __init__(self, world: World, file: Path, template: Path) -> None:
        file.write_bytes(template.read_bytes())
        self.world, self.file, self.up = world, file, True
        self.database = store.open_database(file)
        self.provider = FakeProvider(lambda: world.time, self.provider_fault)
        self.forgetful = False
        """Instead of dying it answers as if it had committed."""
        self.work()

    def work(self) -> None:
        """The worker's minute: settle, queue, send."""
        if self.up:
            with self.database.transaction() as connection:
                refunds.queue_due(connection, self.world.time)
            refunds.tick(self.database, self.world.time, self.provider)
        self.world.after(60, self.work)

    def provider_fault(self, what: str) -> str:
        """The provider loses an answer after booking, also on calm days."""
        silent = what == "refund" and self.world.chance.random() < 0.15
        self.world.struck["provider silent"] += silent
        return "drop" if silent else "ok"

    def serve(self, station: str, request: turns.Request) -> tuple[int, bytes] | None:
        """Status and body, or nothing when the process died on the way."""
        if not self.up:
            return None
        try:
            with self.database.transaction() as connection:
                reply = self._reply(connection, station, request)
                if self.world.strikes("hub died before commit", self.world.hub_deaths / 2):
                    raise Died
            if self.world.strikes("hub died after commit", self.world.hub_deaths / 2):
                raise Died
        except Died:
            if self.forgetful:
                return 200, wire.encode(reply)
            self.database.close()
            self.up = False
            self.world.after(self.world.chance.uniform(1, 20), self.back)
            return None
        return wire.PROBLEM_STATUS[reply.code] if isinstance(reply, wire.Problem) else 200, wire.encode(reply)

    def back(self) -> None:
        """The process is started again."""
        self.database, self.up = store.open_database(self.file), True

    @property
    def head(self) -> int:
        """The feed's last number; -1 while the hub is down."""
        if not self.up:
            return -1
        with self.database.transaction() as connection:
            return feed.head(connection)

    def _reply(self, connection, station: str, request: turns.Request) -> wire.Reply:
        now = self.world.time
        match request:
            case turns.SendHello(hello):
                return greet(connection, store.identity(connection), station, hello, now)
            case turns.SendBatch(log_id, header, lines):
                header, sent = wire.parse_batch(wire.encode_batch(header, lines))
                return ingest.ingest(connection, station, log_id, header, sent, now, refunds.propose)
            case turns.AskFeed(cursor):
                return feed.page(connection, cursor, self.world.chance.randint(1, 20), now)


class Station:
    """A station's process over its journal: a worker who scans, and the client that sends."""

    def __init__(self, world: World, name: str, folder: Path) -> None:
        self.world, self.name, self.folder = world, name, folder
        self.script = list(shop.shift(name, random.Random(world.chance.random()), shop.rmas()))
        self.promised: list[bytes] = []
        """Every line that was committed: what the worker was told is saved."""
        self.life, self.wake, self.reader_of = 0, 0, StoredReader
        self.start()

    def start(self) -> None:
        """Open the journal as it is found and go on."""
        self.journal = Journal.open(
            self.folder, station=self.name, mode="sample", app_version="0.1.0", clock=self.world, random=self.world,
            make_lpn=lambda log_id, counter: f"{log_id}{counter}",
        )  # fmt: skip
        self.reader, self.up = self.reader_of(self.journal, self.world), True
        if not self.promised:
            self.promised = self.reader.lines_after(self.journal.log_id, 0, 1, 1)[1]
        self.state = client.begin("sample", self.reader.hub_id(), self.reader.hub_key())
        self.alive(0.1, lambda: self.do(self.state.doing))
        self.alive(1, self.scan)

    def crash(self) -> None:
        """The process is gone; nothing is closed in order."""
        self.life += 1
        self.up = False
        self.journal.database.close()
        self.world.after(self.world.chance.uniform(1, 60), self.start)

    def alive(self, seconds: float, action: Callable[[], None]) -> None:
        """Later, if this process still lives."""
        life = self.life

        def if_alive() -> None:
            if life == self.life:
                try:
                    action()
                except Died:
                    self.crash()

        self.world.after(seconds, if_alive)

    @property
    def scripted(self) -> int:
        """How far the worker's script is committed: the journal's own resume point."""
        return int(self.journal.resume_point or b"0")

    def scan(self) -> None:
        """The worker's next commit."""
        if self.scripted < len(self.script):
            step = self.scripted
            entries = self.journal.commit(self.script[step], worker_id="000001", resume=b"%d" % (step + 1))
            self.promised += [entry.line for entry in entries]
            if self.world.strikes("station died after commit", 0.03):
                raise Died
            if isinstance(self.state.doing, turns.Wait):
                self.told(turns.Nudged())
            self.alive(self.world.chance.uniform(0.2, 15), self.scan)

    def told(self, event: turns.Event) -> None:
        """One step of the client, and what it asks for."""
        self.wake += 1
        self.state, action = client.step(self.state, self.world.now, event, self.world.chance.random())
        self.do(action)

    def do(self, action: turns.Action) -> None:
        """Do what the client says."""
        turn = self.wake
        match action:
            case turns.Wait(until, _):
                self.alive(max(0.0, until - self.world.now), partial(self.answer, turn, turns.Elapsed()))
            case turns.SendHello() | turns.SendBatch() | turns.AskFeed():
                self.call(turn, action)
            case _:
                event = ask_journal(self.reader, action, lambda: None)
                if self.world.strikes("station died talking", 0.01):
                    raise Died
                self.alive(0.001, partial(self.answer, turn, event))

    def answer(self, turn: int, event: turns.Event) -> None:
        """Hand in a result, if the client still waits for it."""
        if turn == self.wake:
            self.told(event)

    def call(self, turn: int, request: turns.Request) -> None:
        """Through the network: lost, late, or twice, each way."""
        world = self.world
        self.alive(20, partial(self.answer, turn, turns.Failed(say("timed out"))))
        for _ in range(1 + world.strikes("call doubled", world.twice)):
            if not world.strikes("call lost", world.loss):
                world.after(
                    world.chance.uniform(0.005, 30 if world.strikes("call late", 0.05) else 1),
                    partial(self.arrive, self.life, turn, request),
                )

    def arrive(self, life: int, turn: int, request: turns.Request) -> None:
        """The request is at the hub, perhaps of a process that is long dead."""
        served = self.world.hub.serve(self.name, request)
        if served is None or self.world.strikes("reply lost", self.world.loss):
            return
        kinds = {turns.SendHello: wire.HelloReply, turns.SendBatch: wire.EventsReply, turns.AskFeed: wire.FeedReply}
        try:
            event: turns.Event = turns.Replied(wire.parse_reply(kinds[type(request)], *served))
        except wire.NotOurHub as error:
            event = turns.Failed(error.said)
        if life == self.life:
            self.alive(self.world.chance.uniform(0.005, 1), partial(self.answer, turn, event))

    @property
    def at_rest(self) -> bool:
        """All scanned, all sent, all of the feed here."""
        return (
            self.up
            and self.scripted == len(self.script)
            and self.state.uplink is client.UplinkState.ONLINE
            and self.state.have.get(self.journal.log_id) == self.journal.last_seq
            and feed.place_of(self.reader.cursor()) == self.world.hub.head
        )


def chain(lines: list[bytes]) -> bytes:
    """The hash after these lines; raises where they do not belong together."""
    previous = en.GENESIS
    for line in lines:
        previous = en.open_line(line, previous).hash
    return previous
