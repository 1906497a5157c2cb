"""A station without a screen: a real journal, uplink and line, and a worker who is a function call."""

from __future__ import annotations

from pathlib import Path

from rma_station import device_secrets
from rma_station.domain import events as ev
from rma_station.domain.rma import Rma, RmaKind
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.system import SystemRandom
from rma_station.wiring.enrolled import pinned_authority
from sync import wire
from sync.network import ways_out
from sync.transport import HubLine
from sync.uplink import Uplink
from sync.watch import LIMITS, Limits
from sync.wire import decode
from tests.sync.tiny_hub import QuickClock, StationThread


class Bench:
    """A station without a screen."""

    def __init__(self, folder: Path, limits: Limits = LIMITS) -> None:
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
            limits=limits,
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

    def close(self) -> None:
        """End the uplink, then the journal, then its thread."""
        self.uplink.stop()
        self.thread(self.journal.close).result(10)
        self.thread.pool.shutdown()

    def slots(self, rma: Rma, unit: str) -> tuple[int, ...]:
        """The slots of a unit as this station knows them."""
        return self.thread(lambda: self.journal.projection.case(rma.rma_id).units[unit].slots).result(5)
