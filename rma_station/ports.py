"""The ports: what the services need from the world, as Protocols. Adapters are in ``drivers/ labels/ sync/ store/``.

Nothing here does anything; start reading in ``services/station.py``, which uses all of it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rma_station.domain.record import dataclass

if TYPE_CHECKING:  # the screens load this file before their first paint
    from rma_station.domain.effects import Printable, TakePhoto
    from rma_station.domain.outcome import Kind, Message
    from rma_station.domain.review import Answer, CaseFile, Decision, ReviewItem
    from rma_station.domain.weight import Reading


@dataclass(frozen=True)
class Progress:
    """How far long work has come, in its own units."""

    done: int
    total: int


@dataclass(frozen=True)
class Chunk:
    """A piece of text that long work has made."""

    text: str


Steps = Generator[Progress | Chunk, None, Any]
"""Long work in slices of at most 20 ms: each ``next`` is one slice, the generator's return value is the result."""


class DeviceState(enum.Enum):
    """Life of a device thread; ``ERROR`` carries a reason beside it."""

    OFFLINE = "offline"
    OPENING = "opening"
    READY = "ready"
    ERROR = "error"


WORKING = frozenset({DeviceState.READY})
"""States in which a device can be used."""


@dataclass(frozen=True)
class DeviceStatus:
    """What a device thread says of itself; shown on the service screen, logged once when lost and once when back."""

    name: str
    """The name of its section in the configuration, such as ``scanner.left``."""
    kind: str
    """``scanner``, ``scale``, ``printer`` or ``camera``."""
    state: DeviceState
    detail: str = ""
    """Reason of an error, or model and identity."""
    problems: tuple[str, ...] = ()
    """Printer problems by code: ``media_out ribbon_out head_open paused offline unknown`` and so on."""


@dataclass(frozen=True)
class RawScan:
    """One scan as a device framed it.

    Args:
        device: configured name of the scanner.
        data: bytes without terminator and without AIM identifier.
        at: monotonic seconds when its last byte arrived.
        aim: AIM symbology identifier such as ``]C1``, when the scanner sends it.
        damaged: reason when the frame is incomplete or bytes were lost; such a scan is shown, never submitted.
    """

    device: str
    data: bytes
    at: float
    aim: str | None = None
    damaged: str | None = None


@dataclass(frozen=True)
class Weighing:
    """A scale's reading on its way to the station."""

    device: str
    reading: Reading


@dataclass(frozen=True)
class Picture:
    """A camera's picture on its way to the station: its bytes are a durable file already."""

    device: str
    name: str
    """What the camera calls it, for ``Camera.settled``."""
    sha256: str
    size: int
    mime: str
    source: str
    """``camera`` or ``folder``."""
    of: TakePhoto | None = None
    """What it was taken of; ``None``: nobody asked for it."""


@dataclass(frozen=True)
class NoPicture:
    """A camera was asked for a picture, or found one, and there is none; ``problem`` as ``inputs.PictureFailed``."""

    device: str
    problem: str


DeviceMessage = RawScan | Weighing | DeviceStatus | Picture | NoPicture
Sink = Callable[[DeviceMessage], None]
"""Where a device thread puts what it has; never blocks, may be called from any thread."""


class Device(Protocol):
    """A scanner, scale or camera with a thread of its own that reopens it for ever."""

    name: str

    def start(self, sink: Sink) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End the thread and close the handle; waits at most a second."""

    def retry(self) -> None:
        """Something was plugged in: a device that waits before opening again tries now. Never blocks."""


class Scanner(Device, Protocol):
    """A scanner; some can beep for us."""

    def signal(self, kind: Kind) -> None:
        """Make the scanner's own beeper and LED say an outcome; does nothing where it cannot."""


class Scale(Device, Protocol):
    """A scale; zero and tare only on the worker's explicit command."""

    def zero(self) -> None:
        """Set zero."""

    def tare(self) -> None:
        """Take what lies on it for the container, where its protocol has that; does nothing where not."""


class KeepPicture(Protocol):
    """Makes a picture durable; cameras call it from their threads."""

    def __call__(self, data: bytes, /) -> tuple[str, int]:
        """Hash and size; raises ``StorageFull`` or ``StorageFailed`` and keeps nothing."""


class Camera(Device, Protocol):
    """Takes pictures; keeps each as a file before it says so."""

    def take(self, of: TakePhoto) -> None:
        """Take one now; a ``Picture`` or ``NoPicture`` follows. Never blocks."""

    def settled(self, name: str, *, taken: bool) -> None:
        """Whether a picture has become part of the record. Never blocks."""


class PrintResult(enum.Enum):
    """What is known after a label was handed to a printer."""

    SENT = "sent"
    """All bytes went out; whether a label came out is not known yet."""
    CONFIRMED = "confirmed"
    """The printer's own counters say that it came out."""
    UNKNOWN = "unknown"
    """Bytes went out and then something broke; never sent again by itself."""
    NOT_SENT = "not_sent"
    """Not one byte was accepted, or the printer was not ready; it may be tried again."""


@dataclass(frozen=True)
class PrintReport:
    """Result of one attempt with the printer's problems by code."""

    result: PrintResult
    problems: tuple[str, ...] = ()
    detail: str = ""


class LabelPrinter(Protocol):
    """One printer; one writer thread calls it. Nothing here raises for a printer's trouble."""

    name: str
    language: str
    """``zpl``, ``tspl``, ``epl`` or ``pdf``."""
    dpi: int

    def print(self, job: Printable, language: str) -> PrintReport:
        """Render and hand over one label, its words in ``pl`` or ``en``; blocks for at most its time-outs."""

    def status(self) -> DeviceStatus:
        """Ask the printer; a silent one is ``unknown``, never "offline"."""

    def close(self) -> None:
        """Let go of the connection."""


class Clock(Protocol):
    """Time as the station sees it."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""

    def unix(self) -> float:
        """Wall clock, seconds since 1970 UTC; may be wrong or jump."""


class Random(Protocol):
    """Randomness as the station uses it."""

    def bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""


class UplinkState(enum.Enum):
    """Whether the station and its hub are in contact; shown at the edge of the screen."""

    OFF = "off"
    CONNECTING = "connecting"
    ONLINE = "online"
    SILENT = "silent"
    """A call is on its way and nothing has moved for some seconds; it goes on."""
    OFFLINE = "offline"
    REFUSED = "refused"
    """The hub answers but does not accept this station (token, mode, version)."""


@dataclass(frozen=True)
class UplinkStatus:
    """For the status line and the service screen."""

    state: UplinkState
    notes: tuple[Message, ...] = ()
    """Why it is so, and what somebody should do; texts of the catalogue, ``service.hub`` and on."""
    unsent: int = 0
    """Events the hub has not said it has."""
    hub_time_offset: float | None = None
    """Hub clock minus our clock, in seconds."""


class Uplink(Protocol):
    """The thread that talks to the hub."""

    def start(self) -> None:
        """Begin; returns at once."""

    def nudge(self) -> None:
        """There is something new to send."""

    def network_up(self) -> None:
        """The network came back: forget the waiting time and try at once."""

    def stop(self) -> None:
        """End; waits at most a second."""


@dataclass(frozen=True)
class LogEnd:
    """Where a log of the journal ends; a closed one goes on under another log."""

    log_id: str
    seq: int
    hash: bytes
    closed: bool = False


class JournalReader(Protocol):
    """What the uplink reads from the journal; every call is answered by the station thread."""

    def log_heads(self) -> Sequence[LogEnd]:
        """Where every log ends, the present one last."""

    def event_ids(self, log_id: str, seq: int, limit: int) -> Sequence[str]:
        """Ids of the events after ``seq`` of a log, in order."""

    def begin_log(self, from_log: str, common: int, reason: str) -> Iterator[object]:
        """Go on under a new log, in steps of at most 20 ms: what is behind ``common`` of ``from_log`` moves into it."""

    def lines_after(self, log_id: str, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[bytes]]:
        """``(hash at seq, lines seq+1...)`` for one batch."""

    def hash_at(self, log_id: str, seq: int) -> bytes | None:
        """The chain's hash at a place, ``None`` when it is not there."""

    def cursor(self) -> str:
        """The feed cursor that was committed last; empty at the start."""

    def snapshot_cursor(self) -> str | None:
        """Where the snapshot in the making goes on; ``None`` when none is being made."""

    def feed_slices(self, entries: Sequence[object], cursor: str) -> Iterator[object]:
        """Commit feed entries in steps of at most 20 ms, their cursor with the last step."""

    def snapshot_slices(self, entries: Sequence[object], cursor: str, *, first: bool, last: bool) -> Iterator[object]:
        """Commit a page of a snapshot in steps of at most 20 ms; it is swapped in with the last step of ``last``."""

    def hub_id(self) -> str:
        """The hub this journal belongs to, pinned at first contact; empty before."""

    def hub_key(self) -> str:
        """The public key of that hub's receipts; empty before it has shown one."""

    def pin_hub(self, hub_id: str, hub_key: str) -> None:
        """Commit the hub this journal belongs to, at first contact, and the key of its receipts when it has one."""

    def at_hub(self, log_id: str) -> int:
        """The last seq the hub said it has: for people to see, never to decide what is sent. 0 at the start."""

    def note_at_hub(self, log_id: str, have_through: int, receipt: str = "") -> None:
        """Remember what the hub said it has; it may go down when the hub was restored.

        Args:
            log_id: one of ``log_heads``.
            have_through: the hub's word.
            receipt: what the hub signed, as JSON: evidence that is kept; empty leaves the one that is here.
        """

    def photo_due(self, hub_epoch: str) -> tuple[str, int] | None:
        """Hash and size of the oldest photo that this hub has not said it has; ``None`` when there is none."""

    def note_photo(self, sha256: str, hub_epoch: str, refused: str) -> None:
        """Commit that the hub has a photo, or why it is not sent any more."""


class PhotoBytes(Protocol):
    """The bytes of photos on this station; any thread may ask."""

    def read(self, sha256: str, offset: int = 0, length: int = -1) -> bytes | None:
        """Bytes from ``offset`` on, at most ``length``; ``None`` when the file cannot be read."""

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are still those of the hash."""


class ReviewDesk(Protocol):
    """The hub's queue for a supervisor. Every call blocks for at most its time-outs and never raises."""

    def queue(self) -> Answer[tuple[ReviewItem, ...]]:
        """What is held, most urgent first."""

    def case(self, case_id: str, language: str) -> Answer[CaseFile]:
        """One case with its evidence, its rule in the reader's language."""

    def decide(self, case_id: str, decision: Decision) -> Answer[str]:
        """Hand in a decision; ``Ok`` carries the hub's word (``second``: another supervisor is needed), ``Refused`` the
        code of its no.
        """

    def photo(self, sha256: str) -> Answer[bytes]:
        """The bytes of a photo; ``Refused`` ``not_here`` when they have not come to the hub."""

    def vouch(self, worker_id: str, pin: str) -> Answer[str]:
        """Ask whether a supervisor's PIN is theirs; ``Refused`` says ``pin``, ``locked`` or ``role``."""
