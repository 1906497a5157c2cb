"""``Bench``: all that a screen, the demo or the plain mode may ask of the running station.

The station thread calls listeners; a listener only hands on (``post_message``), it never works or waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from rma_station.domain.record import dataclass

if TYPE_CHECKING:  # the screens load this file before their first paint
    from rma_station.domain.flows.inputs import Chosen, Pressed, Typed
    from rma_station.domain.grading import Profile
    from rma_station.domain.outcome import Message, Outcome, View
    from rma_station.ports import DeviceStatus, RawScan, UplinkStatus


@dataclass(frozen=True)
class StatusLine:
    """The quiet line at the edge of the screen."""

    station: str
    mode: str
    language: str
    worker: str = ""
    """Name of who is signed in."""
    uplink: UplinkStatus | None = None
    owed: int = 0
    set_aside: int = 0
    problems: tuple[str, ...] = ()
    """Names of devices that are not ready."""
    role: str = ""
    """``worker``, ``supervisor`` or ``administrator``; empty when nobody is signed in."""
    worker_id: str = ""
    """Number of who is signed in."""


@dataclass(frozen=True)
class Update:
    """All a screen needs after one input. ``outcome`` is ``None`` when only view or status changed."""

    view: View
    status: StatusLine
    outcome: Outcome | None = None
    scan_at: float | None = None
    """Monotonic seconds of the input this answers."""
    sheet: str | None = None
    """A sheet to open over the worker screen: ``help``, ``lists`` or ``sign_out``."""
    back: bool = False
    """A scanned "back" was meant for the sheet that covers the question: it is left, as by Esc."""


@dataclass(frozen=True)
class ListRow:
    """A row of the labels-owed or set-aside list: a code that can be scanned or typed, and what it is."""

    code: str
    text: Message


@dataclass(frozen=True)
class Scannable:
    """Something the bench panel can scan in sample mode."""

    group: str
    """``badge parcel unit command answer label``."""
    code: str
    """Text of the barcode."""
    text: Message


@dataclass(frozen=True)
class FoundDevice:
    """Something plugged into this machine that is not configured."""

    kind: str
    """``event tty hidraw lp``."""
    title: str
    """Maker and model, as the device says."""
    path: str
    usable: bool = True
    """This user may open it."""
    twins: bool = False
    """Another device says the same of itself: only the sockets tell them apart."""


@dataclass(frozen=True)
class ServiceReport:
    """What the service screen shows."""

    devices: tuple[DeviceStatus, ...]
    uplink: UplinkStatus
    journal: tuple[tuple[str, str], ...]
    """Name and value pairs: log id, last sequence, checked through, size, SQLite version."""
    jobs: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    found: tuple[FoundDevice, ...] = ()
    """Plugged in and not configured."""
    alerts: tuple[Message, ...] = ()
    """What the hub says of this station's own logs."""
    clock: str = ""
    """Whether the clock can be believed, as ``StationTime.word``; empty where nobody asked."""


@dataclass(frozen=True)
class PhoneAsked:
    """What a phone is to take photos of, for the hub and for people."""

    parcel_id: str
    case_ids: tuple[str, ...]
    unit_id: str | None
    role: str
    lpn: str = ""
    name: str = ""


@dataclass(frozen=True)
class PhonePage:
    """The hub's page for one phone, as a code to be pointed at; its address is a secret and is not in here as text."""

    code: tuple[str, ...]
    """Rows of ``1`` (dark) and ``0``, without a quiet zone."""
    host: str
    """Whose page it is, for people."""
    seconds: int
    """It is good for so long."""
    asked: PhoneAsked


@dataclass(frozen=True)
class NoPhone:
    """Why there is no page; ``code``: ``no_public_url``, ``unit_not_here``, ``offline``, or another of a refusal."""

    code: str
    text: Message


ScreenInput: TypeAlias = "RawScan | Pressed | Chosen | Typed"
Listener = Callable[[Update], None]


class Bench(Protocol):
    """The running station as its users see it. Every method returns at once."""

    def submit(self, given: ScreenInput) -> None:
        """Put an input into the inbox; inputs are handled in this order."""

    def subscribe(self, listener: Listener) -> None:
        """Be told of every change, first of the present view."""

    def covered(self, by_sheet: bool) -> None:
        """Hear that a sheet which "back" leaves is over the question, or is gone: the next such scan is for it."""

    def labels_owed(self) -> Future[Sequence[ListRow]]:
        """The list to be worked off."""

    def set_aside(self) -> Future[Sequence[ListRow]]:
        """Parcels set aside here."""

    def shift(self) -> Future[Sequence[Message]]:
        """The sign-out sheet: parcels, units, held, owed, set aside, not yet at the hub."""

    def service_report(self) -> Future[ServiceReport]:
        """State of devices, uplink, journal and print jobs."""

    def alerts(self) -> Future[Sequence[Message]]:
        """What the hub wants supervisors to know, of all stations."""

    def names(self) -> Future[Mapping[str, str]]:
        """Names of people by their number, as far as the hub has sent them."""

    def profiles(self) -> Future[Sequence[Profile]]:
        """The grading profiles of this station: their words are those of answers and reasons."""

    def zero_scale(self, name: str) -> None:
        """Set a scale to zero: a person has said so. What came of it stands in its state."""

    def tare_scale(self, name: str) -> None:
        """Take what lies on a scale for the container; as ``zero_scale``."""

    def phone_page(self) -> Future[PhonePage | NoPhone]:
        """A page of the hub on which a phone takes photos of what is in hand; or why there is none."""

    def scannables(self) -> Future[Sequence[Scannable]]:
        """What the bench panel lists; empty in live mode."""


class BenchDriver(Protocol):
    """The virtual bench as the bench panel drives it, in sample mode only; ``virtual_bench.client`` is one.

    What is scanned here goes out of the virtual bench's serial line and comes back through the real driver. Calls may
    come from any thread and raise ``DeviceLost`` or ``Refused``.
    """

    def scan(self, code: str) -> None:
        """Let the virtual scanner read this barcode."""

    def put(self, grams: int) -> None:
        """Put so much on the virtual scale; 0 empties it."""

    def printer_problems(self, *problems: Literal["media_out", "ribbon_out", "head_open", "paused"]) -> None:
        """Give the virtual printer exactly these problems; without any it prints what waits."""

    def printer_silent(self, silent: bool) -> None:
        """Let the virtual printer answer nothing."""

    def unplug(self, device: str) -> None:
        """Pull the cable of a device by its name."""

    def plug(self, device: str) -> None:
        """Put a device's cable back."""
