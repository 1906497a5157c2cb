"""A scale on a serial line or behind a socket, whatever protocol it speaks: asked a few times a second, or listened to
where it streams by itself; never told anything.

Only an explicit ``zero`` or ``tare`` changes the scale. The line may stay open while the scale is switched off: then
the scale is in ERROR, is asked once a second and comes back by itself.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from drivers.scales.protocol import ACK, NAK, UNRECOGNISED, Order, ScaleProtocol
from drivers.thread import Backoff, DeviceThread, Session, Threaded
from drivers.transport import Stream
from drivers.weighings import MISSES, SHOWN, Weighings
from rma_station.domain.weight import Reading
from rma_station.errors import Refused
from rma_station.ports import Clock, DeviceState

log = logging.getLogger(__name__)

POLL = 0.2
"""Seconds between questions; with ``weighings.REFRESH``, a reading is posted at least every half second."""
POLL_SILENT = 1.0
"""Seconds between questions to a scale that does not answer."""
ANSWER_TIMEOUT = 0.5
"""Seconds to wait for one answer."""
PACE = 0.05
"""Seconds between two looks at a scale that streams; of what came in between the newest reading is posted."""
_UNSOLICITED = 5
"""So many frames that are not the answer are skipped for one question."""


class SerialScale(Threaded):
    """``ports.Scale`` over a byte stream.

    Args:
        name: name in the configuration.
        connect: opens the stream.
        clock: time.
        protocol: what the scale speaks.
        unit: what its weights were proved in; needed where the protocol does not say it, watched where it does.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Stream],
        clock: Clock,
        protocol: ScaleProtocol,
        *,
        unit: str = "",
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self.name = name
        self._clock = clock
        self._protocol = protocol
        self._weighings = Weighings(name, protocol, unit)
        self._zero_asked = threading.Event()
        self._tare_asked = threading.Event()
        self._thread = DeviceThread(name, "scale", connect, self._serve, clock=clock, backoff=backoff)

    def zero(self) -> None:
        """Set zero now; forgotten when the scale is not there, so that it never happens later by surprise."""
        if self._thread.status.state is DeviceState.READY:
            self._zero_asked.set()

    def tare(self) -> None:
        """Take what lies on the scale for the container; forgotten as ``zero`` is."""
        if self._thread.status.state is DeviceState.READY:
            self._tare_asked.set()

    def _serve(self, stream: Stream, session: Session) -> None:
        talk = _Talk(stream, session, self._clock, self._protocol)
        self._zero_asked.clear()
        self._tare_asked.clear()
        identity = self._identity(talk)
        self._weighings.begin(session, f"{stream.detail} {self._protocol.short}" + (f" {identity}" if identity else ""))
        while not session.ended():
            self._obey(talk)
            if self._protocol.ask:
                self._ask(talk, session)
            else:
                self._listen(talk, session)

    def _identity(self, talk: _Talk) -> str | None:
        question = self._protocol.identity
        if question is None:
            return None
        answer = talk.ask(question.command, lambda frame: question.read(frame) is not None)
        return question.read(answer) if answer is not None else None

    def _ask(self, talk: _Talk, session: Session) -> None:
        answer = talk.question()
        if session.ended():
            return
        now = self._clock.monotonic()
        if answer is not None:
            self._weighings.took(self._protocol.parse(answer, now))
        else:
            self._weighings.missed(now, talk.unsolicited)
        session.wait(POLL if self._weighings.misses < MISSES else POLL_SILENT)

    def _listen(self, talk: _Talk, session: Session) -> None:
        reading = talk.newest(self._protocol.patience)
        if session.ended():
            return
        if reading is not None:
            self._weighings.took(reading)
        else:
            self._weighings.stopped(self._clock.monotonic(), talk.unsolicited)
        session.wait(PACE)

    def _obey(self, talk: _Talk) -> None:
        for what, asked, order in (
            ("zero", self._zero_asked, self._protocol.zero),
            ("tare", self._tare_asked, self._protocol.tare),
        ):
            if asked.is_set():
                asked.clear()
                came = talk.tell(order) if order else f"not in {self._protocol.short}"
                log.info("scale %s: %s: %s", self.name, what, came)
                self._weighings.told(f"{what}: {came}")


class _Talk:
    """Questions and answers on a line where unasked frames may come."""

    def __init__(self, stream: Stream, session: Session, clock: Clock, protocol: ScaleProtocol) -> None:
        self._stream, self._session, self._clock, self._protocol = stream, session, clock, protocol
        self._framer = protocol.framer()
        self._frames: deque[bytes] = deque()  # came and were not looked at yet
        self.unsolicited = b""
        """The end of what came and was no answer to the last question."""

    def ask(self, command: bytes, answers: Callable[[bytes], bool]) -> bytes | None:
        """Send one command and wait for its answer; ``None`` when none came."""
        self._forget()
        self._stream.write(command)
        return self._answer(answers)

    def question(self) -> bytes | None:
        """Ask for the weight: each command after the one before was heard, and for the reason of a plain no."""
        protocol = self._protocol
        answer: bytes | None = None
        for command in protocol.ask:
            answer = self.ask(command, protocol.is_answer)
            if self._flag(answer) != ACK:
                break
        else:  # the weight stands in a line behind the one that says "heard"
            answer = self._answer(lambda frame: protocol.is_answer(frame) and self._flag(frame) != ACK)
        if protocol.why and self._flag(answer) == NAK:
            return self.ask(protocol.why, lambda frame: self._flag(frame) not in (UNRECOGNISED, ACK, NAK)) or answer
        return answer

    def _flag(self, frame: bytes | None) -> str:
        return self._protocol.parse(frame, 0.0).flag if frame is not None else ""

    def tell(self, order: Order) -> str:
        """Send an order; what came of it, in words."""
        self._forget()
        try:
            self._stream.write(order.command)
        except Refused as error:
            return str(error)
        told = order.told
        if told is None:
            return "sent"
        answer = self._answer(lambda frame: told(frame) is not None)
        return (told(answer) if answer is not None else None) or "not answered"

    def newest(self, patience: float) -> Reading | None:
        """The newest reading of a scale that streams; ``None`` when none came for so many seconds."""
        until = self._clock.monotonic() + patience
        self.unsolicited = b""
        while not self._session.ended() and (wait := until - self._clock.monotonic()) > 0:
            found: Reading | None = None
            data = self._stream.read(wait)
            for _ in range(16):  # what waits behind it is newer
                self._heard(data)
                now = self._clock.monotonic()
                for frame in self._framer.feed(data):
                    reading = self._protocol.parse(frame, now)
                    found = found if reading.flag == UNRECOGNISED else reading
                data = self._stream.read(0)
                if not data:
                    break
            if found is not None:
                return found
        return None

    def _forget(self) -> None:
        for _ in range(16):  # what came unasked is stale; a scale that streams never runs dry
            if not self._stream.read(0):
                break
        self._framer.clear()
        self._frames.clear()
        self.unsolicited = b""

    def _answer(self, answers: Callable[[bytes], bool]) -> bytes | None:
        until = self._clock.monotonic() + ANSWER_TIMEOUT
        skipped = 0
        while not self._session.ended():
            while self._frames:
                frame = self._frames.popleft()
                if answers(frame):
                    return frame
                skipped += 1
            if skipped > _UNSOLICITED or (wait := until - self._clock.monotonic()) <= 0:
                return None
            data = self._stream.read(wait)
            self._heard(data)
            self._frames.extend(self._framer.feed(data))
        return None

    def _heard(self, data: bytes) -> None:
        self.unsolicited = (self.unsolicited + data)[-4 * SHOWN :]
