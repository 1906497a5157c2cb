"""Copied cards, images put back, hubs put back: nothing that is still somewhere is lost, and nobody is stuck."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub import alerts, hub_identity
from hub.intake.lost_lines import lines_of
from hub.tables import dead_letters
from rma_station.errors import HubUnreachable, JournalDamaged
from rma_station.store.reader import StoredReader
from rma_station.store.rebuild import Birth
from rma_station.store.salvage import AskHub, Saved, salvage
from sync import turns, wire
from tests.fakes import CountingRandom, StandingClock
from tests.store import given as given_events
from tests.sync.histories import Hub, Station


class World:
    """One hub, one station, and perhaps a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, StandingClock()
        self.hub = Hub(self.clock)
        self.stations = [Station(self.clock, folder / "a", self.hub, "a")]
        self.images: list[Path] = []
        self.hub_images: list[bytes] = [self.hub.image()]
        self.count = 0

    def do(self, step: str) -> None:
        """One thing happens."""
        self.clock.forward(400)
        who = self.stations[-1] if step.endswith("'") else self.stations[0]
        match step.rstrip("'"):
            case "work":
                self.count += 1
                who.parcel(f"p-{self.count}")
            case "sync":
                who.sync()
            case "image":
                self.images.append(self.folder / f"image-{len(self.images)}")
                who.image(self.images[-1])
            case "put back" if self.images:
                who.put_back(self.images[-1])
            case "copy" if len(self.stations) < 3:
                number = len(self.stations)
                place = self.folder / f"copy-{number}"
                who.image(place)
                self.stations.append(Station(self.clock, place, self.hub, f"copy-{number}"))
            case "hub image":
                self.hub_images.append(self.hub.image())
            case "hub put back":
                self.hub.put_back(self.hub_images[-1])

    def end(self) -> None:
        """Everybody talks until all have said everything; then the books are compared."""
        for _ in range(2):
            for station in self.stations:
                self.clock.forward(4000)
                station.sync()
        here = self.hub.here()
        for station in self.stations:
            lost = {event_id for event_id, line in station.lines().items() if here.get(event_id) != line}
            assert lost == set(), station.folder.name
            assert station.state.unsent == 0
            assert station.slots().items() <= self.hub.slots().items()
        self.hub.chains()

    def close(self) -> None:
        """Give the files back."""
        for station in self.stations:
            station.stop()
        self.hub.database.close()


STEPS = ["work", "work'", "sync", "sync'", "work", "sync", "image", "put back", "put back'", "copy"]
STEPS += ["hub image", "hub put back"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_whatever_happens_to_history_nothing_that_is_still_somewhere_is_lost(steps: list[str]) -> None:
    """Any order of work, talks, copies and images put back, of stations and of the hub."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="rma-histories-", dir=memory if memory.is_dir() else None))
    world = World(folder)
    try:
        for step in steps:
            world.do(step)
        world.end()
    finally:
        world.close()
        shutil.rmtree(folder)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.mark.failure(5, 6)
def test_a_station_put_back_goes_on_under_a_new_log(world: World) -> None:
    """The hub has more of the old log: nothing is overwritten, labels get new letters, people are told."""
    (station,) = world.stations
    for step in ("work", "image", "work", "sync", "put back"):
        world.do(step)
    old = station.journal.log_id
    before = station.journal.fresh().lpn()
    world.do("work")
    world.do("sync")

    assert station.journal.log_id != old
    assert station.kinds() == ["log.forked", "parcel.opened", "unit.identified", "unit.graded", "parcel.done"]
    assert station.notes == ["service.hub.gone_on"]
    assert [(head.log_id, head.seq, head.closed) for head in station.heads()] == [
        (old, 5, True),
        (station.journal.log_id, 5, False),
    ]
    assert station.journal.fresh().lpn()[1:5] != before[1:5]
    world.end()


@pytest.mark.failure(7)
def test_what_a_copy_did_is_sent_with_the_ids_it_was_born_with(world: World) -> None:
    """Both cards go on; the second one to speak parts, and only what it did since goes into the new log."""
    for step in ("work", "sync", "copy", "work", "work'", "sync"):
        world.do(step)
    first, copy = world.stations
    born = copy.lines()
    world.do("sync'")
    again = copy.lines()

    assert first.journal.log_id == copy.heads()[0].log_id
    assert len(copy.kinds()) == 5
    assert {event_id: again[event_id] for event_id in born} == born
    assert set(again) - set(born) == {next(iter(set(again) - set(born)))}
    world.end()


def test_scans_go_on_while_a_new_log_is_made(world: World) -> None:
    """What is committed between two slices is behind what was there before, in the new log."""
    (station,) = world.stations
    for step in ("image", "work", "sync", "put back", "work"):
        world.do(step)
    during: list[str] = []

    def scan(action: turns.Action) -> None:
        if isinstance(action, turns.AskMissing):
            during.extend(station.parcel("p-late"))

    station.sync(scan)

    assert station.kinds()[-4:] == ["parcel.opened", "unit.identified", "unit.graded", "parcel.done"]
    assert set(during) <= set(world.hub.here())
    world.end()


def test_a_new_log_that_was_never_finished_is_dropped(world: World) -> None:
    """The process died in the middle: the old log is still the present one, and the next talk begins again."""
    (station,) = world.stations
    for step in ("image", "work", "sync", "put back", "work"):
        world.do(step)
    old = station.journal.log_id
    steps = station.reader.begin_log(old, 1, "behind")
    next(steps)
    station.journal.database.close()
    station.start()
    half = [head.log_id for head in station.heads()], station.journal.log_id
    world.do("sync")
    numbers = station.journal.database.connection.execute("SELECT state FROM logs").fetchall()

    assert half == ([old], old)
    assert numbers == [("closed",), ("open",)]
    world.end()


def test_a_hub_put_back_before_the_parting_gets_the_closed_log_again(world: World) -> None:
    """What both had in common is sent under the old log, as far as it is this station's."""
    for step in ("work", "image", "hub image", "sync", "work", "sync", "put back", "work", "sync", "hub put back"):
        world.do(step)
    (station,) = world.stations
    world.do("sync")

    assert set(station.lines()) <= set(world.hub.here())
    assert len(station.heads()) == 2
    world.end()


def test_a_hub_of_the_first_protocol_gets_everything_under_the_new_log(world: World) -> None:
    """It cannot be asked what it lacks; it knows what it has by the ids."""
    world.hub.protocol = 1
    for step in ("work", "image", "work", "sync", "put back", "work", "sync"):
        world.do(step)
    (station,) = world.stations

    assert len(station.kinds()) == 10
    assert [head.closed for head in station.heads()] == [False]
    world.end()


def rotten(station: Station, *numbers: int) -> list[str]:
    """Stop the station and flip a bit of these of its events; their ids."""
    before = station.lines()
    station.stop()
    path = station.folder / "journal.sqlite"
    data = bytearray(path.read_bytes())
    ids = [list(before)[number] for number in numbers]
    for event_id in ids:
        data[data.index(before[event_id]) + 200] ^= 1
    path.write_bytes(data)
    return ids


def saved(world: World, ask_hub: AskHub | None, stamp: str = "now", *, force: bool = False) -> Saved:
    """``rma-station salvage`` of the first station, and its next start."""
    (station,) = world.stations
    found = salvage(
        station.folder, Birth("bench-1", "sample", "0.1.0"), key=None, clock=world.clock,
        random=CountingRandom(stamp), stamp=stamp, force=force, ask_hub=ask_hub,
    )  # fmt: skip
    station.start()
    return found


def asking(world: World, change: Callable[[bytes], bytes] = lambda line: line) -> AskHub:
    """Asks the hub for its lines as the command does; ``change`` is what a hub that lies does to them."""

    def ask(hub_id: str, log_id: str, first: int, last: int | None) -> Iterator[tuple[int, bytes, bytes]]:
        with world.hub.database.transaction() as connection:
            assert hub_identity.identity(connection).hub_id == hub_id
            reply = lines_of(connection, "bench-1", log_id, first, world.hub.now)
        assert isinstance(reply, wire.LinesReply)
        for row in reply.lines:
            if last is None or row.seq <= last:
                yield row.seq, bytes.fromhex(row.hash), change(row.line.encode())

    return ask


def away(*_: object) -> list[tuple[int, bytes, bytes]]:
    """A hub that does not answer."""
    raise HubUnreachable("nobody there")


@pytest.mark.failure(4)
def test_what_rotted_here_and_was_sent_comes_back_from_the_hub(world: World) -> None:
    """The bench knows its units as before; only what was never sent is lost."""
    (station,) = world.stations
    for step in ("work", "work", "sync", "work"):
        world.do(step)
    before, units = station.lines(), set(station.journal.projection.case(given_events.RMA).units)
    first, second, unsent = rotten(station, 2, 6, 10)
    found = saved(world, asking(world))
    after = station.lines()

    assert {event_id: after.get(event_id) for event_id in (first, second)} == {
        event_id: before[event_id] for event_id in (first, second)
    }
    assert (found.from_hub, found.lost_count, found.unasked) == (2, 1, None)
    assert set(station.journal.projection.case(given_events.RMA).units) == units - {"u-p-3"}
    assert unsent not in after
    for step in ("sync", "work", "sync"):
        world.do(step)
    world.end()


@pytest.mark.failure(4)
def test_what_is_behind_the_files_end_and_was_sent_comes_back(world: World, tmp_path: Path) -> None:
    """The disk forgot the last hour: an older file, sound in itself, and a hub that has more of the log."""
    (station,) = world.stations
    for step in ("work", "image", "work", "sync"):
        world.do(step)
    before = station.lines()
    station.put_back(world.images[0])
    StoredReader(station.journal, world.clock).pin_hub(hub_id(world))
    station.stop()
    found = saved(world, asking(world), force=True)

    assert (found.from_hub, found.lost_count) == (4, 0)
    assert before.items() <= station.lines().items()
    world.do("sync")
    world.end()


@pytest.mark.failure(4)
def test_without_the_hub_it_is_saved_all_the_same_and_the_rest_comes_with_the_next_time(world: World) -> None:
    """The reason is told; ``--force`` later brings back what the hub had, under the newest log."""
    (station,) = world.stations
    for step in ("work", "work", "sync"):
        world.do(step)
    before = station.lines()
    (lost,) = rotten(station, 6)
    alone = saved(world, away)
    meanwhile = lost in station.lines()
    for step in ("work", "sync"):
        world.do(step)
    station.stop()
    again = saved(world, asking(world), "later", force=True)

    assert (alone.lost_count, alone.from_hub, str(alone.unasked)) == (1, 0, "nobody there")
    assert (meanwhile, again.from_hub, again.lost_count, again.unasked) == (False, 1, 0, None)
    assert before.items() <= station.lines().items()
    for step in ("sync", "work", "sync"):
        world.do(step)
    world.end()


@pytest.mark.failure(4)
def test_a_line_of_the_hub_has_to_verify_like_any_other(world: World) -> None:
    """Another event in the place of the lost one does not fit the chain."""
    (station,) = world.stations
    for step in ("work", "work", "sync"):
        world.do(step)
    (lost,) = rotten(station, 6)
    found = saved(world, asking(world, lambda line: line.replace(b"RMA-2026", b"RMA-2027")))

    assert (found.from_hub, found.lost_count) == (0, 1)
    assert lost not in station.lines()


def test_what_a_copied_card_did_behind_the_end_of_a_closed_log_is_not_taken_for_ones_own(world: World) -> None:
    """The hub has more of a log that was closed by a parting; it is the other card's."""
    for step in ("work", "sync", "copy", "work", "work'", "sync", "sync'"):
        world.do(step)
    first, copy = world.stations
    before = copy.lines()
    copy.stop()
    found = salvage(
        copy.folder, Birth("bench-1", "sample", "0.1.0"), key=None, clock=world.clock,
        random=CountingRandom("copy"), stamp="now", force=True, ask_hub=asking(world),
    )  # fmt: skip
    copy.start()

    assert (found.from_hub, found.lost_count) == (0, 0)
    assert len(set(copy.lines()) - set(before)) == 1
    assert set(first.lines()) - set(copy.lines())


def hub_id(world: World) -> str:
    """Of its hub."""
    with world.hub.database.transaction() as connection:
        return hub_identity.identity(connection).hub_id


@pytest.mark.failure(4)
def test_a_salvaged_station_sends_what_the_hub_lacks_and_nothing_twice(world: World) -> None:
    """Events before, in and behind the damage, some of them at the hub already: only what rotted unsent is lost."""
    (station,) = world.stations
    for step in ("work", "sync", "work", "work"):
        world.do(step)
    before = station.lines()
    station.stop()
    path = station.folder / "journal.sqlite"
    rotten = list(before)[7]
    data = path.read_bytes()
    place = data.index(before[rotten])
    path.write_bytes(data[: place + 200] + bytes([data[place + 200] ^ 1]) + data[place + 201 :])
    with pytest.raises(JournalDamaged, match="rma-station salvage"):
        station.start()
    salvage(
        station.folder, Birth("bench-1", "sample", "0.1.0"), key=None, clock=world.clock,
        random=CountingRandom("salvage"), stamp="now",
    )  # fmt: skip
    station.start()
    world.do("sync")
    world.do("work")
    world.do("sync")

    here = world.hub.here()
    assert {event_id: here.get(event_id) for event_id in before if event_id != rotten} == {
        event_id: line for event_id, line in before.items() if event_id != rotten
    }
    assert rotten not in here
    with world.hub.database.transaction() as connection:
        assert connection.execute(select(dead_letters)).all() == []
        said = [alert.messages()[0] for _, alert in alerts.listed(connection)]
    assert [(one.key, one.values["reason"]) for one in said] == [("alert.forked", "salvage")]
    world.hub.chains()
