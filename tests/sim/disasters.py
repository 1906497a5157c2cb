"""What happens to disks and clocks: copied, put back, mixed up. The book of promises learns what nobody has now."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.ledger import decisions
from hub.tables import dead_letters, events, parked
from rma_station.store.photo_files import FOLDER
from tests.sim import pictures, shop
from tests.sim.faults import DISASTERS
from tests.sim.shift import plan

if TYPE_CHECKING:
    from tests.sim.bench import Bench
    from tests.sim.world import World

UNTIL = 380.0


def schedule(world: World) -> None:
    """Decide when."""
    for kind, most in DISASTERS.items():
        if world.rates[kind] > 0:
            for _ in range(world.chance.randint(1, most)):
                world.after(world.chance.uniform(20, UNTIL), partial(_strike, world, kind))
    world.after(world.chance.uniform(200, UNTIL), partial(_upgrade, world))


def _strike(world: World, kind: str) -> None:
    if not world.calm:
        _WHAT[kind](world, kind)


def _happens(world: World, kind: str, where: str) -> None:
    world.struck[kind] += 1
    world.note("fault", f"{kind}: {where}")


def _upgrade(world: World) -> None:
    if world.hub.sharp:
        if world.hub.up:
            world.note("hub", "is upgraded")
            world.hub.upgrade()
        else:
            world.after(10, partial(_upgrade, world))


# --- stations ---------------------------------------------------------------------------------------------------------


def _clone(world: World, kind: str, name: str = "") -> None:
    original = world.chance.choice(world.stations)
    number = len(world.stations) + 1
    more = shop.extra(world.chance, world.goods)
    _happens(world, kind, original.label)
    label = f"{original.label}'{number}"
    world.promises.on_disk[label] = set(world.promises.on_disk[original.label])
    copy = world.bench_kind(
        world, name or original.name, world.folder / f"clone-{number}", [*original.parcels, *more],
        image=original.image(), label=label, extra=plan(more, len(original.parcels)),
    )  # fmt: skip
    world.stations.append(copy)


def _other_bench(world: World, kind: str) -> None:
    _clone(world, kind, f"bench-{len(world.stations) + 1}x")


def _station_back(world: World, kind: str) -> None:
    station = world.chance.choice(world.stations)
    image, had = station.image(), set(world.promises.on_disk[station.label])

    def put_back() -> None:
        _happens(world, kind, station.label)
        station.put_back(image)
        _has_only(world, station, had)
        pictures.count_lost(world)

    world.after(world.chance.uniform(5, 200), put_back)


def _wal_lost(world: World, kind: str) -> None:
    station = world.chance.choice(world.stations)
    if station.up:
        _happens(world, kind, station.label)
        station.put_back(station.lose_wal())
        _has_only(world, station, station.event_ids())
        pictures.count_lost(world)


def _has_only(world: World, station: Bench, ids: set[str]) -> None:
    book = world.promises
    gone = book.on_disk[station.label] - ids
    book.on_disk[station.label] &= ids
    lost = gone - at_hub(world) - book.elsewhere()
    book.lost_with_a_disk |= lost
    world.note(station.label, f"lost {len(gone)} events, {len(lost)} of them for ever")


def _clock(world: World, kind: str) -> None:
    station = world.chance.choice(world.stations)
    true = world.time.timestamp()
    station.clock.off = world.chance.choice((-true + 86400, 400 * 86400.0, -7200.0, 3600.0, -true - 10, 0.0))
    _happens(world, kind, f"{station.label} by {station.clock.off:.0f} s")


# --- the hub ----------------------------------------------------------------------------------------------------------


def _hub_back(world: World, kind: str) -> None:
    """The database is an older one again: by a restore that says so, or by a file or a fail-over that does not."""
    image, photos = world.hub.image(), pictures.stored(world.hub.kept.folder.path)

    def put_back() -> None:
        if world.calm:
            return
        _happens(world, kind, "its disk is replaced")
        before, decided = at_hub(world), _decided(world)
        world.hub.put_back(image, told=kind == "hub restored")
        gone = before - at_hub(world)
        lost = gone - world.promises.elsewhere()
        world.promises.lost_with_a_disk |= lost
        world.promises.decisions_lost |= decided - _decided(world)
        world.promises.put_back += 1
        _photos_back(world, photos, told=kind == "hub restored")
        world.evidence.begin_again()
        world.hub.database.close()
        world.note("hub", f"lost {len(gone)} events, {len(lost)} of them for ever")

    world.after(world.chance.uniform(5, 200), put_back)


def _photos_back(world: World, files: Mapping[str, bytes], *, told: bool) -> None:
    """With the hub's disk its photos are others: those of the copy, or some are missing or damaged."""
    folder = world.hub.kept.folder.path
    before = {one for one in world.promises.pictures if pictures.is_whole(folder, one)}
    if world.strikes("hub's photos put back"):
        shutil.rmtree(folder, ignore_errors=True)
        pictures.put(folder, files)
    for kind in ("hub's photo lost", "hub's photo damaged"):
        there = sorted(pictures.stored(folder))
        if there and world.strikes(kind):
            _harm(world, folder, world.chance.choice(there), kind)
    if not told:
        harmed = {one for one in before if not pictures.is_whole(folder, one)}
        world.promises.unseen_epoch = world.hub.epoch()
        world.promises.spoiled_unseen.update(dict.fromkeys(harmed, world.promises.unseen_epoch))
    pictures.count_lost(world)


def _harm(world: World, folder: Path, name: str, kind: str) -> None:
    file = folder / name[:2] / name
    if "damaged" in kind:
        pictures.spoil(file, world.chance)
    else:
        file.unlink()
    world.note("fault", f"{kind}: {name[:8]}")


def _photo(world: World, kind: str) -> None:
    station = world.chance.choice(world.stations)
    there = sorted(pictures.stored(station.folder / FOLDER))
    if there:
        world.struck[kind] += 1
        _harm(world, station.folder / FOLDER, world.chance.choice(there), kind)
        pictures.count_lost(world)


def _policy(world: World, kind: str) -> None:
    _happens(world, kind, "outlet goods are held")
    world.hub.change_policy()


def at_hub(world: World) -> set[str]:
    """Event ids the hub has, in whatever state."""
    found: set[str] = set()
    with world.hub.database.transaction() as connection:
        for column in (events.c.event_id, parked.c.event_id, dead_letters.c.event_id):
            found.update(one for one in connection.scalars(select(column)) if one)
    return found


def _decided(world: World) -> set[str]:
    with world.hub.database.transaction() as connection:
        return set(connection.scalars(select(decisions.c.reason).where(decisions.c.by.like("9%"))))


_WHAT: dict[str, Callable[[World, str], None]] = {
    "card cloned": _clone,
    "card in another bench": _other_bench,
    "station put back": _station_back,
    "WAL lost": _wal_lost,
    "clock jumped": _clock,
    "hub silently put back": _hub_back,
    "hub restored": _hub_back,
    "policy changed": _policy,
    "photo gone at a station": _photo,
    "photo damaged at a station": _photo,
}
