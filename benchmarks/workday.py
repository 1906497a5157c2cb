"""A prepared station: a live data folder with people, products and returns, and the scans of a worker on it.

The scans are found by working once through the returns on a copy of the folder with the station's own ``handle``;
the copy has the same log, so that the labels' numbers come out the same when the scans are sent to the real station.
Everything goes by scanner: answers and commands are codes of the command sheet. No printer is configured, so each
label is owed until it is scanned.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rma_station import config
from rma_station.domain import checks, codec, codes
from rma_station.domain.book import Person
from rma_station.domain.command import Command
from rma_station.domain.flows import stages as st
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.meaning import ChoiceScan, CommandScan
from rma_station.domain.rma import AnnouncedParcel, Line, Part, Product, Rma, RmaKind
from rma_station.ports import RawScan
from rma_station.services.room import Room
from rma_station.wiring.room import open_room
from sync.wire import FeedEntry

BADGE_KEY = bytes(range(32))
WORKER = Person("000001", "Anna", "worker")
SHIRT = Product("SHIRT-M", "Koszula flanelowa", gtins=("05901234123457",), category="apparel", unit_grams=250)
NAME = "bench-1"

TOML = """
[station]
name = "{name}"
mode = "live"
data = "{data}"
[hub]
embedded = false
url = "http://127.0.0.1:9"
[rules]
duplicate_ms = 0
{scanners}
"""


@dataclass(frozen=True)
class Prepared:
    """A data folder that nobody uses at the moment."""

    folder: Path
    units: int
    """In each parcel."""
    parcels: int

    def copy(self, to: Path) -> Prepared:
        """The same station once more."""
        shutil.copytree(self.folder, to)
        return Prepared(to, self.units, self.parcels)

    def config_file(self, *lines: str) -> Path:
        """A configuration with scanners on these serial lines."""
        file = self.folder / "station.toml"
        scanners = "\n".join(
            f'[[scanner]]\nname = "scanner-{number}"\nurl = "serial:{path}"' for number, path in enumerate(lines, 1)
        )
        file.write_text(TOML.format(name=NAME, data=self.folder, scanners=scanners), "utf-8")
        return file

    def room(self) -> Room:
        """Journal, book and station in this process."""
        return open_room(config.load(self.config_file()))


def rma(number: int, units: int) -> Rma:
    """One return in one parcel."""
    line = Line("L1", SHIRT.sku, SHIRT.name, units, (Part(SHIRT),), paid_minor=9900 * units)
    body = f"1309{number:010}"
    announced = AnnouncedParcel(f"parcel-{number}", f"{body}{checks.mod37_36_check(body)}", "dpd")
    return Rma(
        f"RMA-2026-{number:06}", RmaKind.WITHDRAWAL, f"ZAM-{100000 + number}", (line,), (announced,),
        "2026-11-20", "2026-12-04",
    )  # fmt: skip


def prepare(folder: Path, parcels: int, units: int) -> Prepared:
    """Make the data folder; the worker is signed in."""
    prepared = Prepared(folder, units, parcels)
    folder.mkdir(parents=True)
    (folder / "live").mkdir()
    room = prepared.room()
    rows = [FeedEntry(0, "k", "settings", "badge_key", BADGE_KEY.hex())]
    rows.append(FeedEntry(0, "w", "person", WORKER.worker_id, codec.encode(WORKER)))
    rows.append(FeedEntry(0, "p", "product", SHIRT.sku, codec.encode(SHIRT)))
    returns = [rma(number, units) for number in range(1, parcels + 1)]
    rows += [FeedEntry(0, one.rma_id, "rma", one.rma_id, codec.encode(one)) for one in returns]
    for _ in room.reader.feed_slices(rows, "c1"):
        continue
    room.journal.close()
    room = prepared.room()
    _scan(room, codes.badge(WORKER.worker_id, BADGE_KEY))
    room.journal.close()
    return prepared


def scans(room: Room, prepared: Prepared) -> Iterator[str]:
    """Work through all parcels; each scan is yielded after the room's station has handled it."""
    for number in range(1, prepared.parcels + 1):
        one = rma(number, prepared.units)
        yield _scan(room, one.parcels[0].tracking)
        for unit in range(prepared.units):
            yield _scan(room, SHIRT.gtins[0].removeprefix("0"))
            while not isinstance(room.station.bench.stage, st.Units):
                yield _scan(room, _next(room, again=unit > 0))
        yield _scan(room, _code(room, Command.PARCEL_DONE))
        while not isinstance(room.station.bench.stage, st.Idle):
            yield _scan(room, _code(room, Command.YES))


def _next(room: Room, *, again: bool) -> str:
    stage = room.station.bench.stage
    if isinstance(stage, st.Grading):
        return _code(room, Command.SAME_AGAIN) if again else _answer(room, 1)
    if isinstance(stage, st.ConfirmGrade):
        return _code(room, Command.YES)
    if isinstance(stage, st.ScanBack):
        hit = room.book.unit(stage.unit_id)
        if hit is None:
            raise RuntimeError("the unit in hand is not in the book")
        return hit.unit.lpn
    raise RuntimeError(f"the worker does not know what to do at {stage}")


def _scan(room: Room, code: str) -> str:
    handled = room.station.handle(RawScan("scanner-1", code.encode(), 0.0))
    for label in handled.labels:
        unprinted = LabelSettled(label.job_id, label.unit_id, label.lpn, "sent", "")
        room.station.handle(unprinted)
    return code


def _code(room: Room, command: Command) -> str:
    rules = room.station.scan_rules
    return codes.command(CommandScan(command), rules.station, rules.generation, rules.command_key)


def _answer(room: Room, number: int) -> str:
    rules = room.station.scan_rules
    return codes.command(ChoiceScan(number), rules.station, rules.generation, rules.command_key)
