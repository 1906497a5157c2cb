"""A station with three days of photos: is the worker slower while they go up, and how fast do they?

As ``backlog.py``: the station's own journal, flows and uplink on one station thread, a real hub process. Events are at
the hub before; then 3,000 photos go up without a limit of pace, which is the worst for the bench, while a scan comes
every 50 ms. Baseline: the same scans in the same run before the uplink starts. The photos are small (``PHOTO_KB=16``
kilobytes each), so that the run is short and the calls are many; ``PHOTO_KB=250`` is what a camera makes. ``--quick``
sends 200.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import hub_ingest, workday
from benchmarks.backlog import Bench, token_file
from benchmarks.hub_process import RunningHub, running_hub
from benchmarks.table import Figure, ms, percentile
from rma_station.domain import events as ev
from rma_station.services.running import Room
from rma_station.system import SystemClock

PHOTOS, QUICK = 3000, 200
OF_A_PARCEL = 10
PAUSE = 0.05
"""Seconds between two scans: faster than any worker."""
BASELINE_SECONDS = 6.0
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


def drain(folder: Path, hub: RunningHub, rma_ids: Sequence[str], count: int, size: int) -> tuple[Sequence[float], ...]:
    """Scans before and while photos go up, and how many a second went."""
    prepared = workday.prepare(folder / "prepared", PARCELS, 4)
    rehearsal = prepared.copy(folder / "rehearsal")
    room = rehearsal.room()
    codes = iter(list(workday.scans(room, rehearsal)))
    room.journal.close()
    room = prepared.room()
    photograph(room, rma_ids, count, size)
    bench = Bench(room, hub.url, token_file(folder, hub.tokens[0]), SystemClock(), photos=True)
    before = scan(bench, codes, BASELINE_SECONDS, 0)
    bench.uplink.start()
    while not bench.drained():
        time.sleep(0.05)
    begun, waited = time.perf_counter(), bench.photos_waiting()
    during = scan(bench, codes, 0.0, 0)
    rate = waited / (time.perf_counter() - begun)
    bench.close()
    return before, during, (rate,)


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """The scans of both, and the photos' way."""
    count, size = QUICK if quick else PHOTOS, int(os.environ.get("PHOTO_KB", "16")) * 1000
    rma_ids = [f"RMA-2026-{600_000 + number:06}" for number in range(count // OF_A_PARCEL)]
    with running_hub(folder / "hub", rma_ids, hub_ingest.UNITS, 1) as hub:
        (folder / "station").mkdir()
        before, during, (rate,) = drain(folder / "station", hub, rma_ids, count, size)
    slow, slower = percentile(before, 0.99), percentile(during, 0.99)
    medians = f"medians {ms(percentile(before, 0.5))} and {ms(percentile(during, 0.5))}"
    went = f"{count:,} photos of {size // 1000} kB, {rate:.0f} a second, {rate * size / 1e6:.1f} MB/s"
    return [
        Figure(
            "scan to commit while photos go up, p99", ms(slower), f"none on their way {ms(slow)}", slower / slow, 1.25,
            notes=(f"{len(during)} scans; {went}; {medians}",),
        )
    ]  # fmt: skip
