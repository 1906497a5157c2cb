"""Nothing lost, nothing doubled, everybody informed: hundreds of bad days, each repeatable by its seed.

``SIM_SEEDS=5000 python -m pytest tests/sim`` runs more of them; a failing one is repeated with ``SIM_FIRST``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hub import ledger, reference, refunds, store
from hub.metadata import metadata
from rma_station.store.reader import StoredReader
from sync import client, turns, wire
from tests.sim import shop
from tests.sim.auditor import complaints
from tests.sim.world import START, Station, World

FIRST, SEEDS = int(os.environ.get("SIM_FIRST", "0")), int(os.environ.get("SIM_SEEDS", "40"))
FAULTS, LIVELY = 400.0, 1500.0
"""Seconds with faults, and how long after them everything has to be at rest (a back-off is at most 300)."""
assert ledger


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Memory where there is some: the sync of a thousand commits to a disk is not what is tried here."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="rma-sim-", dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def template(folder: Path) -> Path:
    """A hub that knows the shop's RMAs and what was paid."""
    file = folder / "template.sqlite3"
    database = store.open_database(file)
    store.prepare(database, "sample", START, bytes)
    with database.transaction() as connection:
        metadata.create_all(connection)
        shop.import_money(connection, shop.rmas())
        reference.put_rmas(connection, shop.rmas(), START, refunds.propose)
    database.close()
    return file


def live(seed: int, folder: Path, template: Path, change: Callable[[World], None] = lambda world: None) -> World:
    """A bad day, then a calm one."""
    home = folder / str(seed)
    home.mkdir(parents=True)
    world = World(seed, home, template)
    change(world)
    world.run(FAULTS)
    world.calm = True
    come_to_rest(world)
    for _ in range(36):
        world.now += 300
        with world.hub.database.transaction() as connection:
            refunds.queue_due(connection, world.time)
        refunds.tick(world.hub.database, world.time, world.hub.provider)
    come_to_rest(world)
    return world


def come_to_rest(world: World) -> None:
    """All is sent, and what the hub told of it has come down the feed.

    A hub that forgot what it had confirmed is found out by the next hello only, so everybody says one first.
    """
    world.run(world.now + 2 * client.HELLO_SECONDS)
    world.run(world.now + LIVELY, lambda: all(station.at_rest for station in world.stations))


def end(world: World) -> None:
    """Close the files of a world."""
    for station in world.stations:
        station.journal.close()
    world.hub.database.close()


@pytest.fixture(scope="module")
def struck() -> Counter[str]:
    """Faults of all days together."""
    return Counter()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_a_bad_day(seed: int, folder: Path, template: Path, struck: Counter[str]) -> None:
    """Lost, late and doubled calls, dying stations, a hub that dies before and after its commit."""
    world = live(seed, folder, template)
    struck.update(world.struck)

    assert complaints(world) == []
    end(world)


def test_the_days_were_bad(struck: Counter[str]) -> None:
    """Every kind of fault happened many times over; a simulation without faults proves nothing."""
    assert {fault for fault, count in struck.items() if count < SEEDS / 10} == set()


def forgetful(world: World) -> None:
    """The hub answers some calls before a commit that then does not come (a file system that lies)."""
    world.hub.forgetful, world.hub_deaths = True, 0.3


@pytest.mark.parametrize("seed", range(5))
def test_a_hub_that_forgets_what_it_confirmed_gets_it_again(seed: int, folder: Path, template: Path) -> None:
    """Its word at the next hello counts, not our memory of its last one (design rule 5)."""
    world = live(seed, folder / "forgetful", template, forgetful)

    assert complaints(world) == []
    end(world)


# --- ablations: with a rule taken out, the auditor has to find it, or it would be too weak ----------------------------


def trusts_its_own_memory(world: World) -> None:
    """A client for whom a confirmed event is at the hub for ever."""
    forgetful(world)

    def ablate(station: Station) -> None:
        told = station.told
        best = [0]

        def believing(event: turns.Event) -> None:
            if isinstance(event, turns.Replied) and isinstance(event.reply, wire.EventsReply):
                best[0] = max(best[0], event.reply.accepted_through)
            if isinstance(event, turns.Replied) and isinstance(event.reply, wire.HelloReply) and event.reply.logs:
                log = event.reply.logs[0]
                have = max(best[0], log.have_through)
                own = station.reader.hash_at(log.log_id, have) or b""
                known = (replace(log, have_through=have, hash_at_have=own.hex()),)
                event = replace(event, reply=replace(event.reply, logs=known))
            told(event)

        station.told = believing

    for station in world.stations:
        ablate(station)


def skips_feed_entries(world: World) -> None:
    """A station that commits the cursor without all entries."""

    class Skipping(StoredReader):
        def feed_slices(self, entries: Sequence[object], cursor: str) -> Iterator[int]:
            kept = [entry for entry in entries if not world.strikes("entry skipped", 0.3)]
            return super().feed_slices(kept, cursor)

    for station in world.stations:
        station.reader_of = Skipping
        station.reader = Skipping(station.journal, world)


def loses_its_last_commit(world: World) -> None:
    """A journal that said "saved" before it was (``synchronous=OFF`` and a power cut)."""

    def ablate(station: Station) -> None:
        crash = station.crash

        def forgetting() -> None:
            crash()
            with contextlib.closing(sqlite3.connect(station.folder / "journal.sqlite")) as file, file:
                file.execute("DELETE FROM events WHERE place = (SELECT max(place) FROM events)")

        station.crash = forgetting

    for station in world.stations:
        ablate(station)


@pytest.mark.parametrize("ablation", [trusts_its_own_memory, skips_feed_entries, loses_its_last_commit])
def test_the_auditor_notices(ablation: Callable[[World], None], folder: Path, template: Path) -> None:
    """Within a few days at most."""
    for seed in range(30):
        world = live(seed, folder / ablation.__name__, template, ablation)
        found = complaints(world)
        end(world)
        if found:
            return
    pytest.fail("nobody complained")
