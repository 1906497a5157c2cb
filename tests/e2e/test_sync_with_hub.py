"""A journal in its file, the uplink's thread, HTTP, and the hub as it is started: events go up, slots come down."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub import server
from rma_station import device_secrets
from rma_station.domain import events as ev
from rma_station.domain.review import Offline
from rma_station.domain.rma import Rma, RmaKind
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.system import SystemRandom
from rma_station.wiring.enrolled import pinned_authority
from sync import wire
from sync.network import ways_out
from sync.review import ReviewDesk
from sync.transport import SILENCE_SECONDS, HubLine
from sync.uplink import Uplink
from sync.wire import decode
from tests.sync.tiny_hub import QuickClock, StationThread, wait_for


@contextmanager
def running_hub(data: Path, key: Path, public_url: str = "") -> Iterator[str]:
    """The hub on a free port, as ``rma-station hub`` starts it; its address."""
    reading, writing = os.pipe()
    lines: queue.Queue[str] = queue.Queue()
    options = server.Options(data, parent_pipe=reading, enrol="bench-1", device_key=key, public_url=public_url)
    thread = threading.Thread(target=server.serve, args=(options, lines.put), daemon=True)
    thread.start()
    try:
        yield json.loads(lines.get(timeout=20))["url"]
    finally:
        os.close(writing)
        thread.join(10)
        os.close(reading)


class Bench:
    """A station without a screen."""

    def __init__(self, folder: Path, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.thread, self.clock, self.url = StationThread(), QuickClock(), ""
        self.key, self.shown = folder / device_secrets.DEVICE_KEY, UplinkStatus(UplinkState.OFF)
        self.journal: Journal = self.thread(lambda: self.open(folder)).result(10)
        self.reader = StoredReader(self.journal, self.clock)
        self.line = HubLine(
            lambda: self.url,
            folder / "hub-token",
            "0.1.0",
            self.clock.unix,
            key=lambda: device_secrets.find(folder, device_secrets.DEVICE_KEY, {}),
            authority=lambda: pinned_authority(folder),
            silence_seconds=silence_seconds,
        )
        self.uplink = Uplink(
            line=self.line,
            mode="sample",
            journal=self.reader,
            call=self.thread,
            sink=self.see,
            heartbeat=lambda: wire.Heartbeat("0.1.0"),
            clock=self.clock,
            random=SystemRandom(),
            # Another address is another network.
            network=lambda: ways_out() | {self.url},
            look_seconds=0.01,
            **self.of_photos(),  # type: ignore[arg-type]
        )

    def of_photos(self) -> dict[str, object]:
        """What the uplink needs to send photos; here it sends none."""
        return {}

    def open(self, folder: Path) -> Journal:
        """The journal, on the station's thread."""
        return Journal.open(
            folder / "station",
            station="bench-1",
            mode="sample",
            app_version="0.1.0",
            clock=self.clock,
            random=SystemRandom(),
            make_lpn=lambda log_id, counter: f"U{counter:05}",
        )

    def see(self, status: UplinkStatus) -> None:
        """What people are shown."""
        self.shown = status

    def all_sent(self) -> bool:
        """Online, and nothing is left to send."""
        return self.shown.state is UplinkState.ONLINE and self.shown.unsent == 0

    def withdrawals(self) -> list[Rma]:
        """Sample RMAs as the feed brought them."""
        query = "SELECT body FROM reference WHERE kind = 'rma' ORDER BY key"
        rows = self.thread(lambda: self.journal.database.connection.execute(query).fetchall()).result(5)
        return [rma for rma in (decode(Rma, body.encode()) for (body,) in rows) if rma.kind is RmaKind.WITHDRAWAL]

    def receive(self, rma: Rma, unit: str) -> None:
        """A parcel with one unit of the first line, graded and done."""
        line, parcel = rma.lines[0], f"parcel-{unit}"
        about, of_unit = ev.Subject((rma.rma_id,), parcel), ev.Subject((rma.rma_id,), parcel, unit)
        sku = line.parts[0].product.sku
        identified = ev.UnitIdentified(
            unit, parcel, unit, "code", "gtin", rma.rma_id, line.line_id, line.sku, part_sku=sku
        )
        graded = ev.UnitGraded(unit, "default", 1, {}, "A", "A", "restock", "restock", "SHELF")
        said = [
            ev.Stated(ev.ParcelOpened(parcel, "rma", rma.rma_id, (rma.rma_id,)), about),
            ev.Stated(identified, of_unit),
            ev.Stated(graded, of_unit),
            ev.Stated(ev.ParcelDone(parcel), about),
        ]
        self.thread(lambda: self.journal.commit(said, worker_id="100001")).result(10)
        self.uplink.nudge()

    def slots(self, rma: Rma, unit: str) -> tuple[int, ...]:
        """The slots of a unit as this station knows them."""
        return self.thread(lambda: self.journal.projection.case(rma.rma_id).units[unit].slots).result(5)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Closed at the end."""
    made = Bench(tmp_path)
    yield made
    made.uplink.stop()
    made.thread(made.journal.close).result(10)
    made.thread.pool.shutdown()


def test_a_graded_unit_gets_its_slot_across_a_restart_of_the_hub(bench: Bench, tmp_path: Path) -> None:
    """The sample's returns come down, the unit goes up, its slot comes down; also for one graded while it was off."""
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        bench.uplink.start()
        wait_for(bench.withdrawals)
        rma = bench.withdrawals()[0]
        bench.receive(rma, "unit-1")
        wait_for(lambda: bench.slots(rma, "unit-1") == (1,))
    bench.receive(rma, "unit-2")
    wait_for(lambda: bench.shown.state is UplinkState.OFFLINE and bench.shown.unsent == 4)
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        wait_for(bench.all_sent)


def test_another_hub_at_the_address_gets_nothing(bench: Bench, tmp_path: Path) -> None:
    """A fresh hub instead of the station's own, as after a wrong restore: shown, and nothing is sent or asked."""
    with running_hub(tmp_path / "hub", bench.key) as bench.url:
        bench.uplink.start()
        wait_for(bench.all_sent)
    bench.key.unlink()
    with running_hub(tmp_path / "other", bench.key) as bench.url:
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.other"])
        desk = ReviewDesk(bench.line, "sample", lambda: "the pinned hub")
        answer = desk.queue()

    assert bench.shown.state is UplinkState.OFFLINE
    assert isinstance(answer, Offline)
