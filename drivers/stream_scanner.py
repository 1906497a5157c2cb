"""The life of a scanner whose bytes come as a stream: read, cut into scans, answered, and beeped through.

What is special about a kind of scanner is given to it: how it is opened, how its bytes are cut, what makes it beep.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from drivers.framing import PAUSE
from drivers.thread import Backoff, DeviceThread, Session, Threaded
from drivers.transport import Stream
from rma_station.domain.outcome import Kind
from rma_station.domain.record import dataclass
from rma_station.ports import Clock, RawScan

REST = 30.0
"""Seconds a read waits between scans; stopping and beeping wake it."""
GARBLED = "garbled"
"""``DeviceStatus.problems``: what comes is noise, as with a wrong speed or parity."""
_READABLE = frozenset(range(0x1C, 0x7F))
S = TypeVar("S", bound=Stream)
Signals = Mapping[Kind, tuple[bytes, ...]]
"""What makes a scanner's own beeper say an outcome: each written by itself."""


class Cutter(Protocol):
    """Cuts what was read into scans, as ``framing.Framer`` does."""

    @property
    def pending(self) -> bool:
        """True while a scan has begun and not ended."""

    def feed(self, data: bytes, at: float) -> list[RawScan]:
        """Take what one read gave."""

    def idle(self, at: float) -> list[RawScan]:
        """A read came back empty: a scan that has been quiet for too long ends as incomplete."""

    def lost(self) -> list[RawScan]:
        """The connection broke: what has come of a scan is handed on as incomplete."""

    def again(self) -> None:
        """The scanner was asked to send its scan again: what comes now is a scan of its own, not the rest of one."""


@dataclass(frozen=True)
class Answers:
    """What a scanner waits for after each scan."""

    good: bytes
    bad: bytes
    """Asks for the scan again."""
    most: int = 2
    """So often in a row a bad scan is asked for again; then it is let be."""


class StreamScanner(Threaded, Generic[S]):
    """``ports.Scanner`` over a stream.

    Args:
        name: name in the configuration.
        connect: opens the stream.
        cutter: makes what cuts the bytes of an open stream.
        clock: time.
        signals: for its beeper.
        answers: what it waits for, if it does.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], S],
        cutter: Callable[[S], Cutter],
        clock: Clock,
        *,
        signals: Signals,
        answers: Answers | None = None,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self.name = name
        self._clock, self._cutter = clock, cutter
        self._signals, self._answers = signals, answers
        self._outgoing: deque[tuple[bytes, ...]] = deque(maxlen=1)
        self._thread = DeviceThread(name, "scanner", connect, self._serve, clock=clock, backoff=backoff)

    def signal(self, kind: Kind) -> None:
        """Beep through the scanner; a newer outcome replaces one that was not sent yet."""
        signal = self._signals.get(kind)
        if signal:
            self._outgoing.append(signal)
            self._thread.wake()

    def _serve(self, stream: S, session: Session) -> None:
        cutter = self._cutter(stream)
        self._outgoing.clear()
        refused = 0
        session.ready()
        try:
            while not session.ended():
                data = stream.read(PAUSE if cutter.pending else REST)
                now = self._clock.monotonic()
                for scan in cutter.feed(data, now) if data else cutter.idle(now):
                    session.post(scan)
                    session.ready(problems=(GARBLED,) if is_garbled(scan) else ())
                    if self._answers is not None:
                        refused = self._answer(self._answers, scan, cutter, stream, refused)
                if self._outgoing:
                    for signal in self._outgoing.popleft():
                        stream.write(signal)
        finally:
            for scan in cutter.lost():
                session.post(scan)

    @staticmethod
    def _answer(answers: Answers, scan: RawScan, cutter: Cutter, stream: S, refused: int) -> int:
        """Say whether a scan came whole; how many in a row were refused now."""
        if scan.damaged is None or refused >= answers.most:
            stream.write(answers.good)
            return 0
        stream.write(answers.bad)
        cutter.again()
        return refused + 1


def is_garbled(scan: RawScan) -> bool:
    """Whether a scan is noise rather than a code: a third of its bytes are no characters, and it is no UTF-8 either."""
    strange = sum(byte not in _READABLE for byte in scan.data)
    if strange < 2 or strange * 3 < len(scan.data):
        return False
    try:
        return not scan.data.decode().isprintable()
    except UnicodeDecodeError:
        return True
