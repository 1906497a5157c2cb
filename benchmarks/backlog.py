"""A station comes back after three days without a network: is the worker slower meanwhile, and what does a day cost?

The station's own journal, book, flows, uplink and HTTP client, on one station thread as in the product, against a real
hub process. A scan comes every 10 ms; counted is the time from the scan to its committed answer, waiting behind the
uplink's reads included. Baseline: the same scans in the same run before the uplink starts. Photos: ``photos.py``.

A day's bytes are counted by a proxy between client and hub on a clock that runs fast, for some hours in which the
events of a day come evenly, each sent alone, with the hellos and looks at the feed of these hours; nothing new comes
down but the station's own slots. HTTP only: TCP, TLS and the opening of connections come on top. ``--quick`` drains
2,000 events and counts a quarter of an hour.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import hub_ingest, workday
from benchmarks.hub_process import RunningHub, running_hub
from benchmarks.table import Figure, ms, percentile
from rma_station.domain.events import Stated
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.ports import Clock, RawScan, UplinkState, UplinkStatus
from rma_station.services.room import Room
from rma_station.system import SystemClock, SystemRandom
from sync import signing, wire
from sync.state import Pace
from sync.transport import HubLine
from sync.uplink import Uplink

EVENTS, ROUNDS = 10_000, 5
PAUSE = 0.01
"""Seconds between two scans: no worker is that fast."""
PARCELS = 120
"""Scans for a quarter of a minute and more."""
BASELINE_SECONDS = 4.0
DAY_EVENTS, HOURS = 320, 4.0
"""Events of a day; hours of it that are counted."""
SETTLED = 0.5
"""Seconds without news from the feed, of the real clock: many looks at it on the fast one."""
LOOK = 0.02
"""Seconds of the real clock after which a waiting uplink looks at its own."""
FAST = 240.0
"""The speed of the clock on which hours are counted: a call must stay short beside the time between two."""


@dataclass(frozen=True)
class FastClock:
    """Monotonic time that runs ahead; the wall's does not."""

    speed: float

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic() * self.speed

    def unix(self) -> float:
        """Seconds since 1970."""
        return time.time()


class Bench:
    """A station without a screen: its room, its thread, its uplink."""

    def __init__(self, room: Room, url: str, token: Path, clock: Clock, *, pace: Pace | None = None) -> None:
        self.room, self._pool = room, ThreadPoolExecutor(1, thread_name_prefix="station")
        self.shown = UplinkStatus(UplinkState.OFF)
        self.line = HubLine(lambda: url, token, "0", clock.unix)
        self.uplink = Uplink(
            line=self.line,
            mode="live",
            journal=room.reader,
            call=self._pool.submit,
            sink=self._see,
            heartbeat=lambda: wire.Heartbeat("0"),
            clock=clock,
            random=SystemRandom(),
            photos=room.journal.photos.files if pace else None,
            pace=pace or Pace(),
            look_seconds=LOOK,
        )

    def photos_waiting(self) -> int:
        """Photos the hub has not said it has."""
        return self._pool.submit(lambda: self.room.journal.photos.counts().waiting).result()

    def _see(self, status: UplinkStatus) -> None:
        self.shown = status

    def scan(self, code: str) -> None:
        """One scan; returns when it is committed and answered."""

        def handle() -> None:
            for label in self.room.station.handle(RawScan("scanner-1", code.encode(), time.monotonic())).labels:
                self.room.station.handle(LabelSettled(label.job_id, label.unit_id, label.lpn, "sent", ""))

        self._pool.submit(handle).result()
        self.uplink.nudge()

    def commit(self, stated: Stated) -> None:
        """One event."""
        self._pool.submit(lambda: self.room.journal.commit([stated])).result()
        self.uplink.nudge()

    def drained(self) -> bool:
        """All but what was scanned a moment ago is at the hub."""
        return self.shown.state is UplinkState.ONLINE and self.shown.unsent < wire.BATCH_EVENTS // 2

    def settle(self) -> None:
        """Return when nothing is left to send and the feed brings nothing new: first contact is no day's work."""
        reader = self.room.reader
        before, since = None, time.monotonic()
        while time.monotonic() < since + SETTLED:
            time.sleep(0.01)
            cursor, building = self._pool.submit(lambda: (reader.cursor(), reader.snapshot_cursor())).result()
            now = self.shown.state, self.shown.unsent, building, cursor
            if now != before or now[:3] != (UplinkState.ONLINE, 0, None) or not cursor:
                before, since = now, time.monotonic()

    def close(self) -> None:
        """End."""
        self.uplink.stop()
        self._pool.submit(self.room.journal.close).result()
        self._pool.shutdown()


@dataclass
class Scanned:
    """Seconds from scan to committed answer."""

    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    """Events a second to the hub."""

    def go_on(self, bench: Bench, codes: Iterator[str], into: list[float], until: Callable[[], bool]) -> None:
        """Scan at an even pace until something is true."""
        due = time.perf_counter()
        while not until():
            due = max(due + PAUSE, time.perf_counter())
            time.sleep(max(0.0, due - time.perf_counter()))
            code, begun = next(codes, None), time.perf_counter()
            if code is None:
                raise RuntimeError("the drain took longer than there were scans")
            bench.scan(code)
            into.append(time.perf_counter() - begun)


def drain(folder: Path, hub: RunningHub, number: int, rma_ids: Sequence[str], seen: Scanned) -> None:
    """One station with a backlog of these returns."""
    prepared = workday.prepare(folder / "prepared", PARCELS, 4)
    rehearsal = prepared.copy(folder / "rehearsal")
    room = rehearsal.room()
    codes = iter(list(workday.scans(room, rehearsal)))
    room.journal.close()
    room = prepared.room()
    for rma_id in rma_ids:
        room.journal.commit(list(hub_ingest.parcel(rma_id)), worker_id=workday.WORKER.worker_id)
    waiting = room.journal.last_seq
    bench = Bench(room, hub.url, token_file(folder, hub.tokens[number]), SystemClock())
    ends = time.perf_counter() + BASELINE_SECONDS
    seen.go_on(bench, codes, seen.before, lambda: time.perf_counter() > ends)
    begun = time.perf_counter()
    bench.uplink.start()
    seen.go_on(bench, codes, seen.during, bench.drained)
    seen.rates.append(waiting / (time.perf_counter() - begun))
    bench.close()


def token_file(folder: Path, token: str) -> Path:
    """A station's token where only we read it."""
    file = folder / "token"
    file.touch(0o600)
    file.write_text(token)
    return file


class Meter:
    """Passes a station's connections on to its hub and counts the bytes both ways."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._hub = parts.hostname or "", parts.port or 0
        self.up = self.down = self.calls = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its address, while the block runs."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
            yield f"http://127.0.0.1:{server.getsockname()[1]}"

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                station, _ = server.accept()
            except OSError:
                return
            hub = socket.create_connection(self._hub)
            threading.Thread(target=self._pass, args=(station, hub, "up"), daemon=True).start()
            threading.Thread(target=self._pass, args=(hub, station, "down"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, way: str) -> None:
        try:
            while data := source.recv(65536):
                setattr(self, way, getattr(self, way) + len(data))
                self.calls += data.count(b"HTTP/1.1\r\n") if way == "up" else 0
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def day(folder: Path, hub: RunningHub, number: int, rma_ids: Sequence[str], hours: float) -> Meter:
    """So many hours of a station that is online, from its second contact on."""
    room = workday.prepare(folder / "station", 1, 1).room()
    meter, clock = Meter(hub.url), FastClock(FAST)
    count = round(DAY_EVENTS * hours / 24)
    stated = [one for rma_id in rma_ids for one in hub_ingest.parcel(rma_id)][:count]
    with meter.running() as url:
        bench = Bench(room, url, token_file(folder, hub.tokens[number]), clock)
        bench.uplink.start()
        bench.settle()
        meter.up = meter.down = meter.calls = 0
        begun = clock.monotonic()
        for done, one in enumerate(stated, 1):
            bench.commit(one)
            while clock.monotonic() < begun + done * hours * 3600 / count:
                time.sleep(0.001)
        bench.close()
    return meter


def signature_bytes() -> int:
    """What a device key's signature adds to a call with a token, as the measured ones have it."""
    signed = signing.sign(bytes(32), "GET", wire.feed_path(""), b"", time.time(), bytes(signing.NONCE_BYTES))
    return sum(len(f"{name}: {value}\r\n") for name, value in signed.items()) - len("Authorization: Bearer ") - 43


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Drain, and a day's bytes."""
    events, rounds, hours = (2_000, 1, 0.25) if quick else (EVENTS, ROUNDS, HOURS)
    parcels = events // hub_ingest.PER_PARCEL + 1
    rma_ids = [f"RMA-2026-{500_000 + number:06}" for number in range(parcels * rounds + DAY_EVENTS)]
    seen = Scanned()
    with running_hub(folder / "hub", rma_ids, hub_ingest.UNITS, rounds + 1, apart=True) as hub:
        for number in range(rounds):
            (folder / f"round-{number}").mkdir()
            drain(folder / f"round-{number}", hub, number, rma_ids[number * parcels : (number + 1) * parcels], seen)
        (folder / "day").mkdir()
        meter = day(folder / "day", hub, rounds, rma_ids[parcels * rounds :], hours)
    before, during = percentile(seen.before, 0.99), percentile(seen.during, 0.99)
    rate = sum(seen.rates) / len(seen.rates)
    scans = f"{len(seen.during)} scans while {events:,} events were drained {rounds} times, {rate:.0f} events/s"
    medians = f"medians {ms(percentile(seen.before, 0.5))} and {ms(percentile(seen.during, 0.5))}"
    up, down = (one * 24 / hours for one in (meter.up, meter.down))
    lines = sum(len(line) for line, _ in hub_ingest.journal(hub_ingest.new_id(), rma_ids[:14])[:DAY_EVENTS])
    calls = round(meter.calls * 24 / hours)
    bytes_note = (
        f"up {up / 1e6:.2f} MB, down {down / 1e6:.2f} MB of HTTP in {calls} calls; their signatures "
        f"{calls * signature_bytes() / 1e6:.2f} MB, TCP and TLS come on top; {hours:g} h counted"
    )
    return [
        Figure(
            "scan to commit while a backlog drains, p99", ms(during), f"no network {ms(before)}", during / before, 1.25,
            notes=(f"{scans}; {medians}",),
        ),
        Figure(
            "bytes of a station and day", f"{(up + down) / 1e6:.2f} MB", f"its {DAY_EVENTS} lines {lines / 1e6:.2f} MB",
            (up + down) / lines, 0.0, "information", (bytes_note,),
        ),
    ]  # fmt: skip
