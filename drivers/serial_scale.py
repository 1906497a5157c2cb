"""A scale on a serial line or behind a socket that speaks MT-SICS: asked a few times a second, never told anything.

Only an explicit ``zero`` changes the scale. The line may stay open while the scale is switched off: then the scale
is in ERROR, is asked once a second and comes back by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from drivers import mt_sics
from drivers.thread import Backoff, DeviceThread, Session
from drivers.transport import Stream
from rma_station.domain.clean import clean_bytes
from rma_station.domain.weight import Reading
from rma_station.ports import Clock, DeviceState, Sink, Weighing

log = logging.getLogger(__name__)

POLL = 0.2
"""Seconds between questions."""
POLL_SILENT = 1.0
"""Seconds between questions to a scale that does not answer."""
ANSWER_TIMEOUT = 0.5
"""Seconds to wait for one answer."""
REFRESH = 0.3
"""Seconds after which an unchanged reading is posted again: with ``POLL``, at least every half second."""
MISSES = 3
"""Questions without an answer until the scale counts as silent."""
_UNSOLICITED = 5
"""Lines that are no answer to be skipped for one question."""


class SerialScale:
    """``ports.Scale`` over a byte stream.

    Args:
        name: name in the configuration.
        connect: opens the stream.
        clock: time.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Stream],
        clock: Clock,
        *,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self.name = name
        self._clock = clock
        self._zero_asked = threading.Event()
        self._thread = DeviceThread(name, "scale", connect, self._serve, clock=clock, backoff=backoff)

    def start(self, sink: Sink) -> None:
        """Begin asking; returns at once."""
        self._thread.start(sink)

    def stop(self) -> None:
        """End the thread and close the handle; waits at most a second."""
        self._thread.stop()

    def zero(self) -> None:
        """Set zero now; forgotten when the scale is not there, so that it never happens later by surprise."""
        if self._thread.status.state is DeviceState.READY:
            self._zero_asked.set()

    def _serve(self, stream: Stream, session: Session) -> None:
        talk = _Talk(stream, session, self._clock)
        self._zero_asked.clear()
        identity = mt_sics.serial_number(talk.ask(b"I4", lambda line: line.startswith(b"I4 ")) or b"")
        detail = f"{stream.detail} MT-SICS {identity}" if identity else f"{stream.detail} MT-SICS"
        last: Reading | None = None
        misses = 0
        while not session.ended():
            if self._zero_asked.is_set():
                self._zero_asked.clear()
                self._set_zero(talk)
            answer = talk.ask(b"SI", mt_sics.answers_weight)
            now = self._clock.monotonic()
            if session.ended():
                return
            misses = 0 if answer is not None else misses + 1
            reading = mt_sics.parse(answer, now) if answer is not None else _silence(now)
            if answer is not None:
                session.ready(detail)
            elif misses >= MISSES:
                session.silent(_reason(talk.unsolicited))
            if misses < MISSES and _news(reading, last):
                session.post(Weighing(self.name, reading))
                last = reading
            session.wait(POLL if misses < MISSES else POLL_SILENT)

    def _set_zero(self, talk: _Talk) -> None:
        answer = talk.ask(b"Z", lambda line: line.startswith(b"Z "))
        words = {b"A": "set", b"I": "refused: in motion", b"+": "refused: loaded", b"-": "refused: below its range"}
        code = answer.strip()[2:] if answer else b""
        log.info("scale %s: zero %s", self.name, words.get(code, "not answered"))


class _Talk:
    """Question and answer on a line where unasked lines may come."""

    def __init__(self, stream: Stream, session: Session, clock: Clock) -> None:
        self._stream, self._session, self._clock = stream, session, clock
        self._lines = mt_sics.Lines()
        self.unsolicited = b""
        """The last line that was no answer to the last question."""

    def ask(self, command: bytes, answers: Callable[[bytes], bool]) -> bytes | None:
        """Send a command and wait for its answer; ``None`` when none came."""
        for _ in range(16):  # what came unasked is stale; a scale that streams never runs dry
            if not self._stream.read(0):
                break
        self._lines.clear()
        self.unsolicited = b""
        self._stream.write(command + b"\r\n")
        until = self._clock.monotonic() + ANSWER_TIMEOUT
        skipped = 0
        while not self._session.ended():
            data = self._stream.read(until - self._clock.monotonic())
            for line in self._lines.feed(data):
                if answers(line):
                    return line
                self.unsolicited = line
                skipped += 1
            if skipped > _UNSOLICITED or self._clock.monotonic() >= until:
                return None
        return None


def _silence(at: float) -> Reading:
    return Reading(None, None, None, b"", at, flag="silent")


def _reason(unsolicited: bytes) -> str:
    if unsolicited:
        return f"does not speak MT-SICS: {clean_bytes(unsolicited.strip(), 30)}"
    return "does not answer; is it switched on, are speed and protocol right?"


def _news(reading: Reading, last: Reading | None) -> bool:
    if last is None or reading.at - last.at >= REFRESH:
        return True
    shown, before = [(each.value, each.unit, each.stable, each.flag) for each in (reading, last)]
    return shown != before
