"""The running station: the station thread with its devices, printers and uplink around it; implements ``Bench``.

Starts in two steps: ``start`` opens the journal and takes scans; ``start_late`` (after the first paint) adds what is
slow to import or to reach. Whoever shows something subscribes; effects come after the answer was handed on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from rma_station.domain.grading import Profile
from rma_station.domain.outcome import Message, say
from rma_station.domain.record import dataclass
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
from rma_station.services import questions
from rma_station.services.all_devices import AllDevices
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
from rma_station.services.claims import AskOthers, Claims, Piece
from rma_station.services.daily_scrub import DailyScrub
from rma_station.services.loop import StationThread
from rma_station.services.phones import AskPage, Phones
from rma_station.services.pin_checks import PinChecks
from rma_station.services.room import Room

if TYPE_CHECKING:  # flows, store and printing are loaded by ``open_room``, on the station thread
    from rma_station.domain.effects import Printable
    from rma_station.domain.flows.inputs import LabelSettled
    from rma_station.domain.review import Answer
    from rma_station.services.handled import Handled, StationInput
    from rma_station.services.printing import PrintQueue
    from rma_station.services.station import Station

T = TypeVar("T")
ERRORS_KEPT = 20


@dataclass
class Late:
    """What starts after the first paint."""

    printing: PrintQueue | None = None
    uplink: Uplink | None = None
    vouch: Callable[[str, str], Answer[str]] | None = None
    """Asks the hub whether a supervisor's PIN is theirs; blocks."""
    phone: tuple[str, AskPage] | None = None
    """Name of the phones in the configuration, and what asks the hub for a page; ``None``: they are not used here."""
    others: AskOthers | None = None
    """Tells the hub what is in hand and asks who else has it; blocks."""


class RunningStation:
    """One bench at work.

    Args:
        open_room: opens journal, book and station; called on the station thread.
    """

    def __init__(self, open_room: Callable[[], Room]) -> None:
        self._open_room = open_room
        self._thread = StationThread(self._open, self._handled)
        self._listeners: list[Listener] = []
        self._devices = AllDevices(self.device_says)
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
        self._claims: Claims | None = None
        self._scrub = DailyScrub(self._thread, self._journal_damaged, self.note_error)

    # --- start and stop ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the journal on the station thread; returns at once."""
        self._thread.start()

    def wait_open(self, seconds: float = 30.0) -> None:
        """Wait until the journal is open; raises what kept it from opening."""
        self._thread.wait_open(seconds)

    def add_devices(self, scanners: Sequence[Scanner], scales: Sequence[Scale]) -> None:
        """Start scanners and scales; their scans wait in the inbox until the journal is open."""
        self._devices.add(scanners, scales)

    def add_cameras(self, cameras: Sequence[Camera]) -> None:
        """Start cameras; their pictures wait in the inbox like scans."""
        self._devices.add([], [], cameras)

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
        if late.others is not None:
            self._claims = Claims(late.others, self.room.station.piece_in_hand, self.call, self._also_at)
            self._claims.start()
        if late.printing is not None:
            late.printing.start()
            self.call(self._hand_in_open_jobs)
        if late.uplink is not None:
            late.uplink.start()
        self.call(lambda: self._scrub.begin(self.room.journal))

    def stop(self) -> None:
        """End everything; what was told saved is saved."""
        self._scrub.stop()
        self._devices.stop()
        if self._claims is not None:
            self._claims.stop()
        if self._late.uplink is not None:
            self._late.uplink.stop()
        if self._late.printing is not None:
            self._late.printing.stop()
        self._thread.stop(5.0, self._close)
        self._pins.stop()

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
        self._devices.retry()

    def zero_scale(self, name: str) -> None:
        """See ``Bench``."""
        self._devices.zero(name)

    def tare_scale(self, name: str) -> None:
        """See ``Bench``."""
        self._devices.tare(name)

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

    def _also_at(self, piece: Piece, stations: Sequence[str]) -> None:
        """The hub's word on who else has a piece in hand; on the station thread."""
        update = self.room.station.also_at(piece, stations)
        if update is not None:
            self._tell(update)

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
                self._devices.signal(handled.update.outcome.kind, handled.device)
        if self._late.printing is not None:
            for label in handled.labels:
                self._late.printing.submit(label, self.room.station.language)
        for check in handled.pins:
            self._pins.submit(check, self.room.pepper, self._late.vouch)
        self._photograph(handled)
        if handled.committed and self._late.uplink is not None:
            self._late.uplink.nudge()
        if self._claims is not None and self.uplink_status.state is UplinkState.ONLINE:
            self._claims.look()

    def _photograph(self, handled: Handled) -> None:
        """Ask a camera for what the flow wants, and tell one what became of its picture."""
        for of in handled.photos:
            if not self._devices.take(of):
                self._thread.put(NoPicture("", "no_camera"))
        if handled.picture is not None:
            self._devices.settled(handled.picture)

    def print(self, job: Printable, language: str = "", only: Sequence[str] | None = None) -> str:
        """Print something other than a unit's label: commit its job, then queue it. On the station thread.

        Args:
            job: what to print.
            language: of its words; empty: the station's.
            only: names of the printers it may go to; ``None``: as it is routed.

        Returns:
            The job's id.

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

    def _journal_damaged(self, error: JournalDamaged) -> None:
        self.note_error(str(error))
        self._tell(self.room.station.close_bench("journal_damaged"))

    def note_error(self, text: str) -> None:
        """Keep an error for the service screen."""
        self._errors.append(text)

    # --- questions ---------------------------------------------------------------------------------------

    def phone_page(self) -> Future[PhonePage | NoPhone]:
        """See ``Bench``."""
        if self.phones is None:
            none: Future[PhonePage | NoPhone] = Future()
            none.set_result(NoPhone("no_phone", say("phone.no_phone")))
            return none
        return self.phones.page(self.room.station.photographed)

    def covered(self, by_sheet: bool) -> None:
        """See ``Bench``."""
        self.call(lambda: self.room.station.cover(by_sheet))

    def labels_owed(self) -> Future[Sequence[ListRow]]:
        """See ``Bench``."""
        return self._ask(questions.labels_owed)

    def set_aside(self) -> Future[Sequence[ListRow]]:
        """See ``Bench``."""
        return self._ask(questions.set_aside)

    def shift(self) -> Future[Sequence[Message]]:
        """See ``Bench``."""
        return self._ask(lambda room: questions.shift(room, self.uplink_status))

    def service_report(self) -> Future[ServiceReport]:
        """See ``Bench``."""
        return self._ask(lambda room: questions.service_report(room, self._surroundings()))

    def alerts(self) -> Future[Sequence[Message]]:
        """See ``Bench``."""
        return self._ask(questions.alerts)

    def names(self) -> Future[Mapping[str, str]]:
        """See ``Bench``."""
        return self._ask(questions.names)

    def profiles(self) -> Future[Sequence[Profile]]:
        """See ``Bench``."""
        return self._ask(lambda room: room.book.profiles())

    def scannables(self) -> Future[Sequence[Scannable]]:
        """See ``Bench``."""
        return self._ask(questions.scannables)

    def _ask(self, question: Callable[[Room], T]) -> Future[T]:
        return self.call(lambda: question(self.room))

    def _surroundings(self) -> questions.Surroundings:
        return questions.Surroundings(self.device_statuses(), self.uplink_status, tuple(self._errors), self._found)


def _warm_up() -> None:
    from rma_station.domain import scan
    from rma_station.store import bodies

    scan.warm_up()
    bodies.warm_up()
