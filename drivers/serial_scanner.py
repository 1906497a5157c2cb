"""A barcode scanner on a serial line (RS-232, USB CDC) or behind a socket.

The thread drains the line at once and frames by terminator; see ``framing.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from drivers.framing import PAUSE, Framer
from drivers.thread import Backoff, DeviceThread, Session
from drivers.transport import Stream
from rma_station.domain.outcome import Kind
from rma_station.ports import Clock, Sink

BEEPS: Mapping[str, Mapping[Kind, bytes]] = {
    "none": {},
    # Honeywell Xenon/Granit host commands: ESC 7 good read, ESC 5 medium beep, ESC 8 error tone; the comma ends each.
    "honeywell": {Kind.OK: b"\x1b7,", Kind.ATTENTION: b"\x1b5,\x1b5,", Kind.STOP: b"\x1b8,"},
    # Zebra and Datalogic with "beep on BEL" switched on: one tone, so outcomes differ by number.
    "zebra": {Kind.OK: b"\x07", Kind.ATTENTION: b"\x07\x07", Kind.STOP: b"\x07\x07\x07"},
}
"""Bytes that make a scanner's own beeper say an outcome, by the URL's ``beep``; READY is silent."""


REST = 30.0
"""Seconds a read waits between scans; stopping and beeping wake it."""


class SerialScanner:
    """``ports.Scanner`` over a byte stream.

    Args:
        name: name in the configuration.
        connect: opens the stream.
        clock: time.
        suffix: what ends a scan, one of ``framing.SUFFIXES``.
        beep: one of ``BEEPS``.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Stream],
        clock: Clock,
        suffix: str = "auto",
        beep: str = "none",
        *,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self.name = name
        self._clock = clock
        self._suffix = suffix
        self._signals = BEEPS[beep]
        self._outgoing: deque[bytes] = deque(maxlen=1)
        self._thread = DeviceThread(name, "scanner", connect, self._serve, clock=clock, backoff=backoff)

    def start(self, sink: Sink) -> None:
        """Begin reading; returns at once."""
        self._thread.start(sink)

    def stop(self) -> None:
        """End the thread and close the handle; waits at most a second."""
        self._thread.stop()

    def retry(self) -> None:
        """Something was plugged in; see ``ports.Device``."""
        self._thread.retry()

    def signal(self, kind: Kind) -> None:
        """Beep through the scanner; a newer outcome replaces one that was not sent yet."""
        signal = self._signals.get(kind)
        if signal:
            self._outgoing.append(signal)
            self._thread.wake()

    def _serve(self, stream: Stream, session: Session) -> None:
        framer = Framer(self.name, self._suffix)
        self._outgoing.clear()
        session.ready()
        try:
            while not session.ended():
                data = stream.read(PAUSE if framer.pending else REST)
                now = self._clock.monotonic()
                for scan in framer.feed(data, now) if data else framer.idle(now):
                    session.post(scan)
                if self._outgoing:
                    stream.write(self._outgoing.popleft())
        finally:
            for scan in framer.lost():
                session.post(scan)
