"""Devices made up inside the program, with switches for everything that goes wrong; for trying out and for tests.

::

    sim:scanner?codes=5901234123457,RMA-2026-000001&every=2&fault=split,unplug
    sim:wedge?layout=de&fault=drops                  the same, typed like a keyboard

Every third message is hit by every fault that is switched on:

    drops     a part is lost on the way: a byte on a line, a full buffer of keys
    split     it comes in two parts with a pause between them
    parity    its bytes are garbled, as with a wrong setting of the line
    unplug    the cable is pulled in the middle of it, and put back a second later
    flood     so much noise without an end that no buffer may hold it comes first

A device says things by itself and answers what it hears: ``Speaker``. What a fault does to its bytes is here, once for
all of them.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.address import Address
from drivers.keymaps import LAYOUTS, Layout
from drivers.keys import EV_KEY, EV_SYN, PRESSED, SYN_DROPPED, SYN_REPORT
from drivers.keystrokes import ENTER, Event, typed
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import Clock

FAULTS = ("drops", "split", "parity", "unplug", "flood")
"""What may stand in ``fault``, separated by commas."""
OPTIONS = ("codes", "every", "fault")
"""Options of simulated scanners."""
HIT = 3
"""One message in so many is hit by the faults that are on."""
SPLIT_PAUSE = 0.2
"""Seconds between the parts of a split message; less than what makes a scan incomplete."""
UNPLUGGED = 1.0
"""Seconds until a pulled cable is put back."""
STARTING = 0.2
"""Seconds after it was plugged in in which a device says nothing."""
NOISE = b"x" * 70_000
_CODES = "5901234123457,4006381333931,RMA-2026-000001"
_UNMAPPED_KEY = 59


class Speaker(Protocol):
    """What a simulated device does when nothing goes wrong."""

    def due(self) -> float:
        """Monotonic seconds when it will say something by itself; ``math.inf`` for never."""

    def say(self, now: float) -> bytes:
        """What it says; called when it is due."""

    def hear(self, data: bytes, now: float) -> bytes:
        """What it answers to what was written."""


class CodeSpeaker:
    """A scanner that reads the same codes again and again.

    Args:
        codes: one after the other.
        every: seconds from one to the next.
        now: monotonic seconds.
    """

    def __init__(self, codes: Sequence[bytes], every: float, now: float) -> None:
        self._codes, self._every = deque(codes), every
        self._due = now + every

    def due(self) -> float:
        """See ``Speaker``."""
        return self._due

    def say(self, now: float) -> bytes:
        """The next code with its CR."""
        self._due = now + self._every
        self._codes.rotate(-1)
        return self._codes[-1] + b"\r"

    def hear(self, data: bytes, now: float) -> bytes:
        """Nothing: a scanner does not answer."""
        return b""


class Cable:
    """What faults do to the messages of one device, over unplugging and replugging.

    Args:
        faults: of ``FAULTS``.
    """

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self.pulled_until = -math.inf
        self._messages = 0

    def hit(self) -> frozenset[str]:
        """Count a message; the faults that hit it."""
        self._messages += 1
        return self.faults if self._messages % HIT == 0 else frozenset()


class SimulatedStream:
    """A ``transport.Stream`` of a simulated device.

    Args:
        detail: what it is.
        speaker: what it does.
        cable: what goes wrong.
        clock: time.

    Raises:
        DeviceLost: the cable is pulled.
    """

    def __init__(self, detail: str, speaker: Speaker, cable: Cable, clock: Clock) -> None:
        now = clock.monotonic()
        if now < cable.pulled_until:
            raise DeviceLost(f"{detail}: not plugged in")
        self.detail = detail
        self._speaker, self._cable, self._clock = speaker, cable, clock
        self._coming: deque[tuple[float, bytes]] = deque()
        self._starts_at, self._ends_at = now + STARTING, math.inf
        self._wake = threading.Event()
        self._closed = False

    def read(self, timeout: float) -> bytes:
        """See ``Stream``."""
        until = self._clock.monotonic() + max(0.0, timeout)
        while True:
            now = self._clock.monotonic()
            if self._closed or (now >= self._ends_at and not self._coming):
                self._cable.pulled_until = now + UNPLUGGED
                raise DeviceLost(f"{self.detail}: unplugged")
            due = max(self._speaker.due(), self._starts_at)
            if due <= now:
                self._plan(self._speaker.say(now), now)
            if self._coming and self._coming[0][0] <= now:
                return self._coming.popleft()[1]
            coming = self._coming[0][0] if self._coming else due
            if now >= until or self._wake.wait(min(until, coming, self._ends_at) - now):
                self._wake.clear()
                return b""

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        now = self._clock.monotonic()
        answer = self._speaker.hear(data, now)
        if answer:
            self._plan(answer, now)

    def wake(self) -> None:
        """See ``Stream``."""
        self._wake.set()

    def close(self) -> None:
        """See ``Stream``."""
        self._closed = True

    def _plan(self, message: bytes, now: float) -> None:
        hit, middle = self._cable.hit(), len(message) // 2
        if "drops" in hit:
            message = message[:middle] + message[middle + 1 :]
        if "parity" in hit:
            message = bytes(byte | 0x80 for byte in message[:-1]) + message[-1:]
        if "flood" in hit:
            message = NOISE + message
        if "unplug" in hit:
            self._coming.append((now, message[:middle]))
            self._ends_at = now
        elif "split" in hit:
            self._coming += [(now, message[:middle]), (now + SPLIT_PAUSE, message[middle:])]
        else:
            self._coming.append((now, message))


@dataclass(frozen=True)
class SimulatedKey:
    """One key event; see ``evdev_scanner.KeyEvent``."""

    type: int
    code: int
    value: int
    at: float

    def timestamp(self) -> float:
        """Seconds."""
        return self.at


class SimulatedKeys:
    """What an open, grabbed event node is to its driver, typed by a ``SimulatedStream``.

    Args:
        stream: says the codes; bytes become key strokes.
        layout: what the scanner is set to.
        cable: of the device: drops and garbled keys look different here than on a line.
        clock: time.
    """

    caps = False
    down: frozenset[int] = frozenset()

    def __init__(self, stream: SimulatedStream, layout: Layout, cable: Cable, clock: Clock) -> None:
        self.detail = stream.detail
        self._stream, self._layout, self._cable, self._clock = stream, layout, cable, clock

    def events(self, timeout: float) -> Sequence[SimulatedKey]:
        """See ``evdev_scanner.KeyStream``."""
        *whole, begun = self._stream.read(timeout).split(b"\r")
        strokes: list[Event] = []
        for code in whole:
            strokes += self._hit(typed(code.decode(), self._layout, ends=(ENTER,)))
        strokes += typed(begun.decode(), self._layout, ends=())
        now = self._clock.monotonic()
        return [SimulatedKey(*stroke, now) for stroke in strokes]

    def _hit(self, strokes: list[Event]) -> list[Event]:
        hit, third = self._cable.hit(), len(strokes) // 3
        if "drops" in hit:
            lost: list[Event] = [(EV_SYN, SYN_DROPPED, 0), (EV_SYN, SYN_REPORT, 0)]
            strokes = strokes[:third] + lost + strokes[2 * third :]
        return [(EV_KEY, _UNMAPPED_KEY, PRESSED), *strokes] if "parity" in hit else strokes

    def release(self) -> None:
        """Nobody else wants its keys."""

    def wake(self) -> None:
        """Let ``events`` return now."""
        self._stream.wake()

    def close(self) -> None:
        """Let go."""
        self._stream.close()


def faults_of(address: Address, allowed: tuple[str, ...] = FAULTS) -> frozenset[str]:
    """What ``fault`` says in a URL.

    Raises:
        Malformed: there is none of that name.
    """
    named = frozenset(name for name in address.options.get("fault", "").split(",") if name)
    if named - set(allowed):
        raise Malformed(f"sim:{address.target}: fault={','.join(sorted(named))}; allowed: {' '.join(allowed)}")
    return named


def scanner_connector(address: Address, clock: Clock) -> Callable[[], SimulatedStream]:
    """A function that plugs in the scanner of a ``sim:scanner`` address.

    Raises:
        Malformed: an option cannot be used.
    """
    return _connector(address, faults_of(address), clock)


def wedge_connector(address: Address, clock: Clock) -> Callable[[], SimulatedKeys]:
    """The same for ``sim:wedge``; its layout is the one the driver decodes."""
    layout = LAYOUTS[address.options.get("layout", "us")]
    try:
        typed("".join(_codes(address)), layout)
    except ValueError as error:
        raise Malformed(f"sim:{address.target}: {error}") from None
    faults = faults_of(address)
    keys = Cable(faults & {"drops", "parity"})
    connect = _connector(address, faults - keys.faults, clock)
    return lambda: SimulatedKeys(connect(), layout, keys, clock)


def _connector(address: Address, faults: frozenset[str], clock: Clock) -> Callable[[], SimulatedStream]:
    codes = [code.encode() for code in _codes(address)]
    try:
        every = float(address.options.get("every", "2"))
    except ValueError:
        every = math.nan
    if not codes or not 0.001 <= every <= 86_400:
        raise Malformed(f"sim:{address.target}: codes=ONE,TWO and every=SECONDS, from 0.001 to 86400")
    cable = Cable(faults)
    speaker = CodeSpeaker(codes, every, clock.monotonic())
    return lambda: SimulatedStream(f"sim:{address.target}", speaker, cable, clock)


def _codes(address: Address) -> list[str]:
    return [code for code in address.options.get("codes", _CODES).split(",") if code]
