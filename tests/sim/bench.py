"""A station's process over its journal's file: somebody who scans, and the sync client that sends.

``journal``, ``reader``, ``client.step``, ``in_slices`` are the product's; deaths come between any two of their steps.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import feed
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.outcome import say
from rma_station.errors import StationError, StorageFull
from rma_station.store.database import FILE, open_database
from rma_station.store.journal import Journal
from rma_station.store.photo_files import FOLDER, Kept
from rma_station.store.reader import StoredReader
from sync import client, hub_reply, turns, wire
from sync.journal_answers import ask_journal, in_slices, read_file
from sync.state import Pace
from tests.sim import network, pictures
from tests.sim.process import Died
from tests.sim.promises import Shot
from tests.sim.shift import Shift, Todo, plan, rest_of_parcel
from tests.sim.shop import Parcel

if TYPE_CHECKING:
    from tests.sim.world import World

_LONG = (turns.ApplyFeed, turns.ApplySnapshot, turns.BeginLog)
_OF_PHOTOS = (turns.AskBlob, turns.SendChunk)
_REQUESTS = (turns.SendHello, turns.SendBatch, turns.AskFeed, turns.AskMissing)


class BenchClock:
    """``ports.Clock`` of one machine: its wall clock may be far off, and jump."""

    def __init__(self, world: World) -> None:
        self._world, self.off = world, 0.0

    def monotonic(self) -> float:
        """Never jumps."""
        return self._world.now

    def unix(self) -> float:
        """What the machine believes."""
        return self._world.time.timestamp() + self.off


class Bench:
    """One disk with a station's program on it. ``name`` is who the hub takes it for; a cloned card keeps it."""

    reader_of: type[StoredReader] = StoredReader

    def __init__(
        self, world: World, name: str, folder: Path, parcels: list[Parcel], *, image: pictures.Image | None = None,
        label: str = "", extra: list[list[Any]] | None = None,
    ) -> None:  # fmt: skip
        self.world, self.name, self.folder, self.label = world, name, folder, label or name
        self.parcels, self.clock, self.chance = parcels, BenchClock(world), random.Random(world.chance.random())
        self.workers = [f"{self.chance.randint(1, 99):06}" for _ in range(2)]
        if world.chance.random() < 0.1:
            self.workers.append("900001")  # a supervisor helps out, and may then not decide about it
        self.life, self.wake, self.greeted, self.up = 0, 0, -1.0, False
        self.sent = self.newest = 0
        self.epoch = ""
        """Of the hub, as it was heard last."""
        self.share = self.chance.choice((300, 1500, 2_000_000_000))
        """Bytes its photos may take."""
        self.pace = Pace(self.chance.choice((0, 200)))
        world.hub.enrol(name)
        self.drifts, self.extra = image is not None, extra or []
        """A copy does ``extra`` after the parcel that lay open when it was copied."""
        if image is not None:
            self._write(image)
        self.start()

    # --- its life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the journal as it is found and go on."""
        self.journal = Journal.open(
            self.folder, station=self.name, mode="sample", app_version="0.1.0", clock=self.clock, random=self.world
        )
        self.journal.photos.files, self.journal.photos.share = pictures.Files(self), self.share
        self.reader, self.up = self.reader_of(self.journal, self.clock), True
        if self.journal.opening.created:
            self._told(*self.reader.lines_after(self.journal.log_id, 0, 1, 1)[1:])
        fresh = self.journal.fresh()
        self.shift = Shift(
            self.parcels, self.world.strikes, self.chance, fresh.uuid, fresh.lpn, self.world.owners,
            self.journal.projection.case, self.photograph,
        )  # fmt: skip
        self.state = client.begin("sample", self.reader.hub_id(), self.reader.hub_key(), pace=self.pace)
        self._note(f"starts, log {self.journal.log_id[-6:]} at {self.journal.last_seq}")
        self.alive(0.1, lambda: self.do(self.state.doing))
        self.alive(1, self.scan)

    def crash(self, again: float | None = None) -> None:
        """The process is gone; nothing is closed in order."""
        self._note("dies")
        self.stop()
        self.world.after(self.world.chance.uniform(1, 60) if again is None else again, self.start_again)

    def start_again(self) -> None:
        """Unless it runs."""
        if not self.up:
            self.start()

    def stop(self) -> None:
        """Off."""
        self.life += 1
        self.up = False
        self.journal.database.close()

    def close(self) -> None:
        """The world is over."""
        if self.up:
            self.stop()

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

    def _note(self, what: str) -> None:
        self.world.note(self.label, what)

    # --- its disk ---------------------------------------------------------------------------------------------------

    def image(self) -> pictures.Image:
        """All that is committed, as a card's copy would have it."""
        photos = pictures.stored(self.folder / FOLDER)
        if self.up:
            return pictures.Image(self.journal.database.connection.serialize(), photos)
        return pictures.Image((self.folder / FILE).read_bytes(), photos)

    def put_back(self, image: pictures.Image) -> None:
        """Another state of the disk, from now on."""
        if self.up:
            self.stop()
        self._write(image)
        self.world.after(self.world.chance.uniform(1, 30), self.start_again)

    def lose_wal(self) -> pictures.Image:
        """What is in the file alone, without its write-ahead log."""
        return pictures.Image((self.folder / FILE).read_bytes(), pictures.stored(self.folder / FOLDER))

    def _write(self, image: pictures.Image) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / FILE).write_bytes(image.journal)
        pictures.put(self.folder / FOLDER, image.photos)

    def event_ids(self) -> set[str]:
        """Of every event on the disk of a station that is off."""
        with contextlib.closing(open_database(self.folder, holder="auditor")) as database:
            return {row[0] for row in database.connection.execute("SELECT event_id FROM events")}

    # --- the person -------------------------------------------------------------------------------------------------

    def todo(self) -> Todo:
        """What is left, by the journal's own resume point."""
        resume = self.journal.resume_point
        found = Todo.of(resume) if resume else Todo(plan(self.parcels))
        if self.drifts:
            mine = int(found.ids.get("first", 0)) or len(self.parcels)
            found.steps = found.steps if "first" in found.ids else rest_of_parcel(found.steps) + self.extra
            found.ids.setdefault("first", str(mine))
        return found

    def photograph(self) -> Kept | None:
        """As ``Running.keep_picture``: durable before anybody says it; ``None`` when there is no room for it."""
        photos, data = self.journal.photos, pictures.picture(self.chance)
        if self.world.strikes("no room for a picture"):
            self._fill(photos.files)
        try:
            kept = photos.files.keep(data)
        except StorageFull:
            if not photos.make_room(len(data)):
                self._note("has no room for a picture")
                self._room()
                return None
            kept = photos.files.keep(data)
        self.world.promises.pictures[kept.sha256] = data
        return kept

    def evicted(self, sha256: str) -> None:
        """A picture was removed: that makes room."""
        self._note(f"removes {sha256[:8]}")
        self._room()
        book, self.world.struck["photo made room"] = self.world.promises, self.world.struck["photo made room"] + 1
        known = book.at_hub.get(sha256, set())
        if not known if not self.epoch else self.epoch not in known:
            book.evicted_early.append(f"{self.label} removed {sha256[:8]} at {self.world.now:.0f}")

    def _fill(self, files: pictures.Files) -> None:
        """The disk is full: no file and no page more, until something goes."""
        files.full = True
        connection = self.journal.database.connection
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")

    def _room(self) -> None:
        self.journal.photos.files.full = False
        self.journal.database.connection.execute("PRAGMA max_page_count = 4294967294")

    def scan(self) -> None:
        """The worker's next commit; on a full disk it is refused, and somebody makes room."""
        try:
            self._scan()
        except StorageFull:
            self._note("is told that the disk is full")
            self._room()
            self.alive(self.chance.uniform(1, 20), self.scan)

    def _scan(self) -> None:
        todo = self.todo()
        if not todo.steps:
            return
        rest = 0.0
        if self.world.strikes("event of a newer version"):
            self._save([self.shift.newer()], todo)
        if self.world.strikes("poison event"):
            self._save([self.shift.poison()], todo)
        if self.world.strikes("flood of poison events"):
            self._save([self.shift.poison() for _ in range(60)], todo)
        if todo.steps[0][0] == "wait" and not self.world.calm:
            rest = self.chance.uniform(0, 300)
        said, after = self.shift.next(todo)
        after.ids |= {"first": todo.ids["first"]} if "first" in todo.ids else {}
        self._save(said, after)
        if isinstance(self.state.doing, turns.Wait):
            self.told(turns.Nudged())
        self.alive(rest + self.chance.uniform(0.2, 15), self.scan)

    def _save(self, said: list, todo: Todo) -> None:
        """Commit, then beep (design rule 1)."""
        if self.world.strikes("station died before commit"):
            raise Died
        if self.world.strikes("station's disk full"):
            self._fill(self.journal.photos.files)
        sealed = self.journal.commit(said, worker_id=self.chance.choice(self.workers), resume=todo.as_bytes())
        self._room()
        self._told([entry.line for entry in sealed])
        for stated in said:
            if isinstance(stated.event, ev.PhotoTaken):
                self.world.promises.shots[stated.event_id] = Shot(stated.event.sha256, self.label)
            self._note(f"saved {stated.event.TYPE} {stated.event_id[-6:]} {' '.join(stated.subject.case_ids)[:40]}")
            if stated.event_id and stated.event.TYPE in ("unit.sniffed",):
                self.world.promises.letters[stated.event_id] = "parked"
            elif type(stated.event).__name__ == "Broken" or "X" * 100 in stated.subject.case_ids:
                self.world.promises.letters[stated.event_id] = "dead_letter"
        if self.world.strikes("station died after commit"):
            raise Died

    def _told(self, lines: list[bytes]) -> None:
        """The beep: from now on these are promised."""
        for line in lines:
            self.world.promises.saved(self.label, en.open_line(line, en.GENESIS).envelope.event_id, line)

    # --- the line to the hub ----------------------------------------------------------------------------------------

    def network_up(self) -> None:
        """The network came back."""
        if self.up and isinstance(self.state.doing, turns.Wait):
            self.told(turns.NetworkUp())

    def told(self, event: turns.Event) -> None:
        """One step of the client, and what it asks for."""
        if isinstance(event, turns.Failed):
            self._note(f"hears nothing: {event.said.key}")
        self.wake += 1
        self.state, action = client.step(self.state, self.world.now, event, self.chance.random())
        self.do(action)

    def do(self, action: turns.Action) -> None:
        """Do what the client says."""
        turn = self.wake
        if isinstance(action, turns.Wait):
            self.alive(max(0.0, action.until - self.world.now), partial(self.answer, turn, turns.Elapsed()))
        elif isinstance(action, (*_REQUESTS, *_OF_PHOTOS)):
            self.call(turn, action)
        elif isinstance(action, _LONG):
            self.alive(0.001, partial(self.answer, turn, self._applied(action)))
        else:
            event: turns.Event
            try:
                event = self._asked(action)
            except StationError as error:  # as the uplink does
                event = turns.Failed(say("service.hub.defect", reason=str(error)[:100]))
            if self.world.strikes("station died talking"):
                raise Died
            self.alive(0.001, partial(self.answer, turn, event))

    def _applied(self, action: turns.ApplyFeed | turns.ApplySnapshot | turns.BeginLog) -> turns.Event:
        try:
            for _ in in_slices(self.reader, action):
                if self.world.strikes("station died between slices"):
                    raise Died
        except StorageFull as error:  # as the uplink does
            if isinstance(action, turns.BeginLog):
                return turns.Failed(say("service.hub.defect", reason=str(error)[:100]))
            return turns.NotApplied(say("service.hub.feed", reason=str(error)[:100]))
        if not isinstance(action, turns.BeginLog):
            return turns.Applied()
        self._begun(action)
        return turns.Begun()

    def _asked(self, action: turns.Action) -> turns.Event:
        files = self.journal.photos.files
        match action:
            case turns.ReadChunk(sha256, offset, length):
                return read_file(files, turns.ReadChunk(sha256, offset, min(length, pictures.PIECE)))
            case turns.CheckPhoto():
                return read_file(files, action)
        return ask_journal(self.reader, action, lambda: None)

    def _begun(self, action: turns.BeginLog) -> None:
        self._note(f"goes on under {self.journal.log_id[-6:]}, from {action.from_log[-6:]} at {action.common}")
        self._told(self.reader.lines_after(self.journal.log_id, 0, 1, 1)[1])

    def answer(self, turn: int, event: turns.Event) -> None:
        """Hand in a result, if the client still waits for it."""
        if turn == self.wake:
            self.told(event)

    def call(self, turn: int, request: turns.Request | turns.BlobRequest) -> None:
        """Through the network, with a time-out."""
        self.alive(20, partial(self.answer, turn, turns.Failed(say("service.hub.silent"))))
        self.sent += 1
        if isinstance(request, _OF_PHOTOS):
            network.send_photo(self, turn, request)
        else:
            network.send(self, turn, request)

    def replied(self, turn: int, reply: wire.Reply) -> None:
        """The hub's words are here."""
        if turn != self.wake:
            return
        offset = hub_reply.clock_offset(reply.hub, self.clock.unix())
        if isinstance(reply, wire.HelloReply):
            self.greeted, self.epoch = self.world.now, reply.hub.hub_epoch
            if offset is not None:
                before = self.journal.last_seq
                self.journal.heard_from_hub(offset)
                self._told(self.reader.lines_after(self.journal.log_id, before, 9, 1 << 20)[1])
        self.told(turns.Replied(reply, offset))

    def greeted_since(self, moment: float) -> bool:
        """Whether the hub answered a hello since then."""
        return self.greeted >= moment

    @property
    def idle(self) -> bool:
        """Connected, and nothing to do."""
        doing = self.state.doing
        online = self.up and self.state.uplink is client.UplinkState.ONLINE
        return online and isinstance(doing, turns.Wait) and doing.why is turns.Why.IDLE

    @property
    def at_rest(self) -> bool:
        """All scanned, all sent, every photo asked about, all of the feed here."""
        if not self.up or self.state.uplink is not client.UplinkState.ONLINE:
            return False
        heads = self.reader.log_heads()
        here = self.state.sound
        sent = all(self.state.have.get(head.log_id, 0) >= head.seq or head.log_id in here for head in heads)
        return (
            sent
            and not self.todo().steps
            and not self._pictures_due()
            and feed.place_of(self.reader.cursor()) == self.world.hub.head
        )

    def has_picture(self, sha256: str) -> bool:
        """Whether it is whole on this disk."""
        return self.journal.photos.files.is_sound(sha256)

    def _pictures_due(self) -> bool:
        query = "SELECT count(*) FROM photos WHERE refused = '' AND at_hub <> ?"
        return bool(self.journal.database.connection.execute(query, (self.state.hub_epoch,)).fetchone()[0])
