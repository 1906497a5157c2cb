"""The running station: the station thread with its devices, printers and uplink around it; implements ``Bench``.

Starts in two steps: ``start`` opens the journal and takes scans; ``start_late`` (after the first paint) adds what is
slow to import or to reach. Whoever shows something subscribes; effects come after the answer was handed on.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from rma_station.domain.outcome import Message, say
from rma_station.domain.record import dataclass, field
from rma_station.errors import JournalDamaged, StorageFull
from rma_station.ports import (
    Camera,
    DeviceMessage,
    DeviceStatus,
    NoPicture,
    Scale,
    Scanner,
    Uplink,
    UplinkState,
    UplinkStatus,
)
from rma_station.services.bench import (
    FoundDevice,
    Listener,
    ListRow,
    NoPhone,
    PhonePage,
    Scannable,
    ScreenInput,
    ServiceReport,
    Update,
)
from rma_station.services.devices import Devices
from rma_station.services.loop import StationThread
from rma_station.services.phones import AskPage, Phones
from rma_station.services.pin_checks import PinChecks

if TYPE_CHECKING:  # flows, store and printing are loaded by ``open_room``, on the station thread
    from rma_station.domain.effects import Printable
    from rma_station.domain.flows.inputs import LabelSettled
    from rma_station.domain.review import Answer
    from rma_station.services.printing import PrintQueue
    from rma_station.services.station import Handled, Station, StationInput
    from rma_station.store.book import StoredBook
    from rma_station.store.disk_budget import DiskBudget
    from rma_station.store.journal import Journal
    from rma_station.store.reader import StoredReader

T = TypeVar("T")
_log = logging.getLogger(__name__)
ERRORS_KEPT = 20
SCRUB_SECONDS = 86_400.0


@dataclass
class Room:
    """What belongs to the station thread once it is open."""

    station: Station
    journal: Journal
    book: StoredBook
    reader: StoredReader
    pepper: bytes = b""
    """What PINs kept here are checked with."""


@dataclass
class Late:
    """What starts after the first paint."""

    printing: PrintQueue | None = None
    uplink: Uplink | None = None
    vouch: Callable[[str, str], Answer[str]] | None = None
    """Asks the hub whether a supervisor's PIN is theirs; blocks."""
    phone: tuple[str, AskPage] | None = None
    """Name of the phones in the configuration, and what asks the hub for a page; ``None``: they are not used here."""
    closers: list[Callable[[], None]] = field(default_factory=list)


class RunningStation:
    """One bench at work.

    Args:
        open_room: opens journal, book and station; called on the station thread.
    """

    def __init__(self, open_room: Callable[[], Room]) -> None:
        self._open_room = open_room
        self._thread = StationThread(self._open, self._handled)
        self._listeners: list[Listener] = []
        self._devices: list[Devices] = []
        self._late = Late()
        self._room: Room | None = None
        self._statuses: dict[str, DeviceStatus] = {}
        self._found: tuple[FoundDevice, ...] = ()
        self.uplink_status = UplinkStatus(UplinkState.OFF)
        self._errors: deque[str] = deque(maxlen=ERRORS_KEPT)
        self._last: Update | None = None
        self._pins = PinChecks(self._thread.put)
        self.phones: Phones | None = None
        """Where phones are used as cameras."""
        self._daily: threading.Timer | None = None

    # --- start and stop ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the journal on the station thread; returns at once."""
        self._thread.start()

    def wait_open(self, seconds: float = 30.0) -> None:
        """Wait until the journal is open; raises what kept it from opening."""
        self._thread.wait_open(seconds)

    def add_devices(self, scanners: Sequence[Scanner], scales: Sequence[Scale]) -> None:
        """Start scanners and scales; their scans wait in the inbox until the journal is open."""
        devices = Devices(scanners, scales, self.device_says)
        self._devices.append(devices)
        devices.start()

    def add_cameras(self, cameras: Sequence[Camera]) -> None:
        """Start cameras; their pictures wait in the inbox like scans."""
        devices = Devices([], [], self.device_says, cameras)
        self._devices.append(devices)
        devices.start()

    def keep_picture(self, data: bytes) -> tuple[str, int]:
        """``ports.KeepPicture``: writes in the camera's thread; only for room it waits for the station thread."""
        photos = self.room.journal.photos
        try:
            kept = photos.files.keep(data)
        except StorageFull:
            if not self._thread.call(lambda: photos.make_room(len(data))).result(30.0):
                raise
            kept = photos.files.keep(data)
        return kept.sha256, kept.size

    def start_late(self, late: Late) -> None:
        """After the first paint: printers, uplink, and warming up what the first GS1 scan needs."""
        self._late = late
        self.call(_warm_up)
        if late.phone is not None:
            self.phones = Phones(*late.phone, self.call, self.device_says, self._offer_phone)
        if late.printing is not None:
            late.printing.start()
            self.call(self._hand_in_open_jobs)
        if late.uplink is not None:
            late.uplink.start()
        self.call(self._scrub)

    def stop(self) -> None:
        """End everything; what was told saved is saved."""
        if self._daily is not None:
            self._daily.cancel()
        for devices in self._devices:
            devices.stop()
        if self._late.uplink is not None:
            self._late.uplink.stop()
        if self._late.printing is not None:
            self._late.printing.stop()
        for close in self._late.closers:
            close()
        self._thread.stop(5.0, self._close)

    def _open(self) -> Station:
        self._room = self._open_room()
        self._tell(self._room.station.opening())
        return self._room.station

    def _close(self) -> None:
        if self._room is not None:
            self._room.journal.close()

    # --- inputs ------------------------------------------------------------------------------------------

    def device_says(self, message: DeviceMessage) -> None:
        """Where device threads and printers put what they have."""
        if isinstance(message, DeviceStatus):
            self._statuses[message.name] = message
        self._thread.put(message)

    def nodes_changed(self, found: Sequence[FoundDevice]) -> None:
        """Something was plugged in or pulled out: devices that wait try now. From any thread.

        Args:
            found: what is plugged in and not configured.
        """
        self._found = tuple(found)
        for devices in self._devices:
            devices.retry()

    def zero_scale(self, name: str) -> None:
        """See ``Bench``."""
        for devices in self._devices:
            devices.zero(name)

    def tare_scale(self, name: str) -> None:
        """See ``Bench``."""
        for devices in self._devices:
            devices.tare(name)

    def label_settled(self, settled: LabelSettled) -> None:
        """Where the print queue tells how a job ended."""
        self._thread.put(settled)

    def mark_sending(self, job_id: str) -> None:
        """Commit "sending" before the first byte leaves; waits for it, called by printer threads."""
        self._thread.call(lambda: self.room.journal.start_job(job_id)).result(30.0)

    def hub_again(self) -> None:
        """Somebody put right what kept the hub away: try at once. Any thread may call it."""
        if self._late.uplink is not None:
            self._late.uplink.network_up()

    def uplink_says(self, status: UplinkStatus) -> None:
        """Where the uplink tells its state."""
        offset, before = status.hub_time_offset, self.uplink_status.hub_time_offset
        online = UplinkState.ONLINE in (status.state, self.uplink_status.state)
        came = online and self.uplink_status.state is not UplinkState.ONLINE
        self.uplink_status = status
        self._thread.put(status)
        if came and self.phones is not None:
            self.phones.hub_is_there()
        if online:
            self._thread.call(self._note_heard)
        if offset is not None and offset != before:
            self._thread.call(lambda: self.room.journal.heard_from_hub(offset))

    def _offer_phone(self, offered: bool) -> None:
        """The hub's word on phones; on the station thread."""
        self._tell(self.room.station.offer_phone(offered))

    def _note_heard(self) -> None:
        self.room.reader.note_heard()

    def feed_applied(self) -> None:
        """Reference data changed: show it, and sign out whoever may no longer work here. On the station thread."""
        self._handled(self.room.station.refresh())
        if self.room.station.awaits_photos:
            from rma_station.domain.flows.inputs import PhotosCame

            self._thread.put(PhotosCame())

    def submit(self, given: ScreenInput) -> None:
        """Put an input into the inbox."""
        self._thread.put(given)

    def put(self, given: StationInput) -> None:
        """Put any input into the inbox."""
        self._thread.put(given)

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run a function on the station thread, between inputs."""
        return self._thread.call(function)

    # --- answers -----------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Be told of every change, first of the present view."""
        self._listeners.append(listener)
        if self._last is not None:
            listener(self._last)

    def _tell(self, update: Update) -> None:
        self._last = update
        for listener in self._listeners:
            listener(update)

    def _handled(self, handled: Handled) -> None:
        if handled.defect:
            self.note_error(handled.defect)
        if handled.update is not None:
            self._tell(handled.update)
            if handled.device and handled.update.outcome is not None:
                for devices in self._devices:
                    devices.signal(handled.update.outcome.kind, handled.device)
        if self._late.printing is not None:
            for label in handled.labels:
                self._late.printing.submit(label, self.room.station.language)
        for check in handled.pins:
            self._pins.submit(check, self.room.pepper, self._late.vouch)
        self._photograph(handled)
        if handled.committed and self._late.uplink is not None:
            self._late.uplink.nudge()

    def _photograph(self, handled: Handled) -> None:
        """Ask a camera for what the flow wants, and tell one what became of its picture."""
        for of in handled.photos:
            if not any(devices.take(of) for devices in self._devices):
                self._thread.put(NoPicture("", "no_camera"))
        if handled.picture is not None:
            for devices in self._devices:
                devices.settled(handled.picture.device, handled.picture.name, taken=handled.picture.taken)

    def print_label(self, kind: str, content: Mapping[str, str], title: str, language: str) -> str:
        """Print a label that is no unit's: its job is committed, then queued; the job's id. On the station thread.

        Args:
            kind: a name of ``labels/kinds.py``.
            content: its fields.
            title: what people call it, cleaned.
            language: of its words; empty: the station's.

        Raises:
            StorageFull, StorageFailed: nothing was kept, nothing is printed.
        """
        from rma_station.domain.effects import PrintLabel

        return self.print(PrintLabel(self.room.journal.draw_uuid(), kind, content, title), language)

    def print(self, job: Printable, language: str = "", only: Sequence[str] | None = None) -> str:
        """Print something that is no unit's label: its job is committed, then queued; its id. On the station thread.

        Args:
            job: what to print.
            language: of its words; empty: the station's.
            only: names of the printers it may go to; ``None``: as it is routed.

        Raises:
            StorageFull, StorageFailed: nothing was kept, nothing is printed.
        """
        self.room.journal.commit((), jobs=[job])
        if self._late.printing is not None:
            self._late.printing.submit(job, language or self.room.station.language, only)
        return job.job_id

    @property
    def room(self) -> Room:
        """What belongs to the station thread; use it there only."""
        if self._room is None:
            raise RuntimeError("the station is not open yet")
        return self._room

    def device_statuses(self) -> tuple[DeviceStatus, ...]:
        """What every device said of itself last."""
        return tuple(self._statuses.values())

    # --- work between inputs -----------------------------------------------------------------------------

    def _hand_in_open_jobs(self) -> None:
        """Labels a stop left behind: queued ones are printed, those that were being sent are owed."""
        for job in self.room.journal.jobs_open():
            if job.state == "queued" and self._late.printing is not None:
                self._late.printing.submit(job.label, self.room.station.language)
            elif job.state == "unknown":
                from rma_station.domain.effects import title_of
                from rma_station.domain.flows.inputs import LabelSettled

                self._thread.put(LabelSettled(job.job_id, job.unit_id, title_of(job.label), "unknown", job.printer))

    def _scrub(self) -> None:
        """Every event is verified at the start and once a day; what rots while the station runs is found."""
        self._thread.run_slices(self._scrubbed())
        self._daily = threading.Timer(SCRUB_SECONDS, self.call, (self._scrub,))
        self._daily.daemon = True
        self._daily.start()

    def _scrubbed(self) -> Iterator[object]:
        try:
            yield from self.room.journal.scrub()
        except JournalDamaged as error:
            _log.error("%s", error)
            self.note_error(str(error))
            self._tell(self.room.station.close_bench("journal_damaged"))
            return
        if not self.room.journal.read_only:
            self._thread.run_slices(self.room.journal.sweep_photos())

    # --- questions ---------------------------------------------------------------------------------------

    def phone_page(self) -> Future[PhonePage | NoPhone]:
        """A page of the hub on which a phone takes photos of what is in hand."""
        if self.phones is None:
            none: Future[PhonePage | NoPhone] = Future()
            none.set_result(NoPhone("no_phone", say("phone.no_phone")))
            return none
        return self.phones.page(self.room.station.photographed)

    def labels_owed(self) -> Future[Sequence[ListRow]]:
        """The list to be worked off."""
        return self.call(self._labels_owed)

    def _labels_owed(self) -> Sequence[ListRow]:
        rows = []
        unsure = {job.unit_id for job in self.room.journal.jobs_open() if job.state == "unknown"}
        for unit in self.room.book.units_owing_label():
            product = self.room.book.product(unit.part_sku or unit.sku or "")
            name = product.name if product else unit.sku or "?"
            grade = unit.grading.grade if unit.grading else ""
            key = "list.unsure" if unit.unit_id in unsure else "list.owed"
            rows.append(ListRow(unit.lpn, say(key, name=name, grade=grade)))
        return rows

    def set_aside(self) -> Future[Sequence[ListRow]]:
        """Parcels set aside here."""
        return self.call(self._set_aside)

    def _set_aside(self) -> Sequence[ListRow]:
        return [
            ListRow(parcel.tracking or parcel.code, say("list.aside", code=parcel.code, rma=" ".join(parcel.rma_ids)))
            for parcel in self.room.book.parcels_set_aside()
        ]

    def shift(self) -> Future[Sequence[Message]]:
        """The sign-out sheet."""
        return self.call(self._shift)

    def _shift(self) -> Sequence[Message]:
        room = self.room
        counts = room.book.shift(room.station.bench.session_id)
        waiting = room.book.waiting()
        return [
            say("shift.parcels", number=counts.parcels),
            say("shift.units", number=counts.units),
            say("shift.held", number=counts.held),
            say("shift.owed", number=waiting.labels_owed),
            say("shift.aside", number=waiting.parcels_set_aside),
            say("shift.unsent", number=self.unsent_events()),
        ]

    def unsent_events(self) -> int:
        """The uplink has the hub's last word; the journal remembers it some seconds late."""
        if self.uplink_status.state in (UplinkState.OFF, UplinkState.CONNECTING):
            return self.room.reader.unsent().events
        return self.uplink_status.unsent

    def service_report(self) -> Future[ServiceReport]:
        """State of devices, uplink, journal and print jobs."""
        return self.call(self._service_report)

    def _service_report(self) -> ServiceReport:
        room = self.room
        journal = room.journal
        from rma_station.services.journal_facts import journal_facts

        facts = journal_facts(room, self.unsent_events(), self.disk_budget())
        from rma_station.domain.effects import title_of

        jobs = tuple((title_of(job.label), job.state) for job in journal.jobs_open())
        statuses, errors = tuple(self._statuses.values()), tuple(self._errors)
        alerts, clock = self.own_alerts(), journal.time().word
        return ServiceReport(statuses, self.uplink_status, facts, jobs, errors, self._found, alerts, clock)

    def disk_budget(self) -> DiskBudget:
        """For how long the disk lasts; on the station thread."""
        import shutil

        from rma_station.store.disk_budget import disk_budget

        journal = self.room.journal
        return disk_budget(journal, shutil.disk_usage(journal.database.folder).free)

    def own_alerts(self) -> tuple[Message, ...]:
        """What the hub says of this station's own logs; on the station thread."""
        return self._alerts(frozenset(self.room.journal.log_ids()))

    def alerts(self) -> Future[Sequence[Message]]:
        """What the hub wants supervisors to know, of all stations."""
        return self.call(self._alerts)

    def _alerts(self, of_logs: frozenset[str] | None = None) -> tuple[Message, ...]:
        found = self.room.book.alerts()
        return tuple(text for one in found if of_logs is None or one.log_id in of_logs for text in one.messages())

    def names(self) -> Future[Mapping[str, str]]:
        """Names of people by their number, as far as the hub has sent them."""
        return self.call(lambda: {person.worker_id: person.name for person in self.room.book.people()})

    def note_error(self, text: str) -> None:
        """Keep an error for the service screen."""
        self._errors.append(text)

    def scannables(self) -> Future[Sequence[Scannable]]:
        """What the bench panel lists; empty in live mode."""
        return self.call(self._scannables)

    def _scannables(self) -> Sequence[Scannable]:
        room = self.room
        if room.station.identity.mode != "sample":
            return []
        from rma_station.services.scannables import scannables

        people, rmas = room.book.people(), room.book.rmas()
        return scannables(room.station.bench, room.book, room.station.scan_rules, people=people, rmas=rmas)


def _warm_up() -> None:
    from rma_station.domain import scan
    from rma_station.store import bodies

    scan.warm_up()
    bodies.warm_up()
