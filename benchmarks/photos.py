"""A station with three days of photos: is the worker slower while they go up, and how fast do they?

As ``backlog.py``: the station's own journal, flows and uplink on one station thread, a real hub process. Events are at
the hub before. A scan comes every 50 ms: first with nothing on its way (the baseline), then while photos go up at the
pace the station ships with, then while the rest of the 3,000 goes up without a limit, which is the worst for the bench
and tells how fast they can. The photos are small (``PHOTO_KB=16`` kilobytes each), so that the run is short and the
calls are many; ``PHOTO_KB=250`` is what a camera makes. ``--quick`` sends 400.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import hub_ingest, workday
from benchmarks.backlog import Bench, token_file
from benchmarks.hub_process import RunningHub, running_hub
from benchmarks.table import Figure, ms, percentile
from rma_station.domain import events as ev
from rma_station.services.room import Room
from rma_station.system import SystemClock
from sync.state import Pace
from sync.uplink import NO_HURRY

PHOTOS, QUICK = 3000, 400
OF_A_PARCEL = 10
PAUSE = 0.05
"""Seconds between two scans: faster than any worker."""
SECONDS = 15.0
"""Of scans with none on their way, and at the shipped pace."""
PARCELS = 400
LOOK = 20
"""Scans between two looks at how many photos wait."""


def photograph(room: Room, rma_ids: Sequence[str], count: int, size: int) -> None:
    """So many photos of these returns' parcels, kept and committed."""
    opened = {}
    for rma_id in rma_ids:
        stated = list(hub_ingest.parcel(rma_id))
        room.journal.commit(stated, worker_id=workday.WORKER.worker_id)
        opened[rma_id] = stated[0].subject
    for number in range(count):
        subject = opened[rma_ids[number // OF_A_PARCEL]]
        kept = room.journal.photos.files.keep(b"\xff\xd8\xff" + os.urandom(size - 3))
        event = ev.PhotoTaken(
            hub_ingest.new_id(), subject.parcel_id or "", kept.sha256, kept.size, "image/jpeg", "packaging", "camera"
        )
        room.journal.commit([ev.Stated(event, subject)])


def scan(bench: Bench, codes: Iterator[str], seconds: float, waiting: int) -> list[float]:
    """Scan at an even pace: for so many seconds, or (0) until no more than ``waiting`` photos wait."""
    seen: list[float] = []
    ends, due = time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < ends if seconds else len(seen) % LOOK or bench.photos_waiting() > waiting:
        due = max(due + PAUSE, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        code, begun = next(codes), time.perf_counter()
        bench.scan(code)
        seen.append(time.perf_counter() - begun)
    return seen


@dataclass
class Seen:
    """Seconds from scan to committed answer, and photos a second without a limit."""

    before: list[float] = field(default_factory=list)
    paced: list[float] = field(default_factory=list)
    unlimited: list[float] = field(default_factory=list)
    rate: float = 0.0


def drain(folder: Path, hub: RunningHub, rma_ids: Sequence[str], count: int, size: int) -> Seen:
    """Scans before and while photos go up."""
    prepared = workday.prepare(folder / "prepared", PARCELS, 4)
    rehearsal = prepared.copy(folder / "rehearsal")
    room = rehearsal.room()
    codes = iter(list(workday.scans(room, rehearsal)))
    room.journal.close()
    room = prepared.room()
    photograph(room, rma_ids, count, size)
    token, seen = token_file(folder, hub.tokens[0]), Seen()
    bench = Bench(room, hub.url, token, SystemClock(), pace=NO_HURRY)
    bench.uplink.start()
    while not bench.drained():
        time.sleep(0.05)
    bench.uplink.stop()
    bench = Bench(room, hub.url, token, SystemClock(), pace=NO_HURRY)
    seen.before = scan(bench, codes, SECONDS, 0)
    bench.uplink.start()
    seen.paced = scan(bench, codes, SECONDS, 0)
    bench.uplink.stop()
    bench = Bench(room, hub.url, token, SystemClock(), pace=Pace())
    begun, waited = time.perf_counter(), bench.photos_waiting()
    bench.uplink.start()
    seen.unlimited = scan(bench, codes, 0.0, 0)
    seen.rate = waited / (time.perf_counter() - begun)
    bench.close()
    return seen


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """The scans of all three, and the photos' way."""
    count, size = QUICK if quick else PHOTOS, int(os.environ.get("PHOTO_KB", "16")) * 1000
    rma_ids = [f"RMA-2026-{600_000 + number:06}" for number in range(count // OF_A_PARCEL)]
    with running_hub(folder / "hub", rma_ids, hub_ingest.UNITS, 1, apart=True) as hub:
        (folder / "station").mkdir()
        seen = drain(folder / "station", hub, rma_ids, count, size)
    before, paced, unlimited = (percentile(one, 0.99) for one in (seen.before, seen.paced, seen.unlimited))
    medians = ", ".join(ms(percentile(one, 0.5)) for one in (seen.before, seen.paced, seen.unlimited))
    went = (
        f"{count:,} photos of {size // 1000} kB; {seen.rate:.0f} a second, {seen.rate * size / 1e6:.1f} MB/s unlimited"
    )
    return [
        Figure(
            "scan to commit while photos go up, p99", ms(paced), f"none on their way {ms(before)}",
            paced / before, 1.25,
            notes=(f"{len(seen.paced)} scans at {NO_HURRY.bytes_per_second // 1000} kB/s; {went}; medians {medians}",),
        ),
        Figure(
            "the same without a limit of pace, p99", ms(unlimited), f"none on their way {ms(before)}",
            unlimited / before, 0.0, "information", (f"{len(seen.unlimited)} scans",),
        ),
    ]  # fmt: skip
