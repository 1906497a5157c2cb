"""The thread every device has: opens it, serves it, and opens it again when it went away.

::

    OFFLINE -> OPENING -> READY --lost--> ERROR(reason) --0.5 s, 1 s, 2 s, 4 s, 5 s, 5 s...--> READY
                     \\--not there--> ERROR(reason) --...
    a pause ends early when something was plugged in (``retry``)

Nothing a device does ends the thread: trouble becomes a status, one log line when it is lost and one when it is
back. The old handle is closed before the next is opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass, replace
from rma_station.errors import StationError
from rma_station.ports import Clock, DeviceMessage, DeviceState, DeviceStatus, Sink

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backoff:
    """Seconds between attempts to open: ``first``, doubled up to ``longest``."""

    first: float = 0.5
    longest: float = 5.0

    def after(self, wait: float) -> float:
        """The wait that follows ``wait``."""
        return min(max(self.first, wait * 2), self.longest)


@runtime_checkable
class PacedClock(Clock, Protocol):
    """A clock that passes the time of pauses itself, as that of a replay does."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """What ``event.wait(seconds)`` does, in this clock's time."""


class Handle(Protocol):
    """An open device as its thread needs it: a ``transport.Stream``, or something that reads in another way."""

    @property
    def detail(self) -> str:
        """What was opened and how, for the service screen."""

    def wake(self) -> None:
        """Let a waiting read return now; from any thread, also after ``close``."""

    def close(self) -> None:
        """Let go; never raises."""


H_contra = TypeVar("H_contra", bound=Handle, contravariant=True)
H = TypeVar("H", bound=Handle)


class Serve(Protocol[H_contra]):
    """What a driver does with its open device."""

    def __call__(self, stream: H_contra, session: Session, /) -> None:
        """Work until ``session.ended()``; raises ``DeviceLost`` when the device is gone."""


class Session:
    """What a driver may do while its device is open."""

    def __init__(self, thread: DeviceThread[Any], stream: Handle, stopping: threading.Event) -> None:
        self._thread = thread
        self._stream = stream
        self._stopping = stopping

    def ended(self) -> bool:
        """True when the driver has to return."""
        return self._stopping.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not beyond the end; true when it has ended."""
        return self._thread.pause(self._stopping, seconds)

    def post(self, message: DeviceMessage) -> None:
        """Hand a message to the sink."""
        self._thread.post(message)

    def ready(self, detail: str = "", problems: tuple[str, ...] = ()) -> None:
        """The device answers and can be used, though with ``problems`` by code."""
        self._thread.says(DeviceState.READY, detail or self._stream.detail, problems)

    def silent(self, reason: str) -> None:
        """The line is open and the device does not answer on it."""
        self._thread.says(DeviceState.ERROR, reason)


class DeviceThread(Generic[H]):
    """One device's thread.

    Args:
        name: name of the device in the configuration.
        kind: ``scanner`` or ``scale``.
        connect: opens the device; raises ``DeviceLost`` when it is not there.
        serve: what to do with it while it is there.
        clock: time.
        backoff: pauses between attempts.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        connect: Callable[[], H],
        serve: Serve[H],
        *,
        clock: Clock,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._connect, self._serve, self._clock, self._backoff = connect, serve, clock, backoff
        self._status = DeviceStatus(name, kind, DeviceState.OFFLINE)
        self._sink: Sink | None = None
        self._thread: threading.Thread | None = None
        self._stream: H | None = None
        self._was_lost = False

    @property
    def status(self) -> DeviceStatus:
        """What was said last."""
        return self._status

    def start(self, sink: Sink) -> None:
        """Begin; a thread that runs already goes on unchanged."""
        if self._thread is not None and self._thread.is_alive() and not self._stopping.is_set():
            return
        self._sink = sink
        self._stopping, self._hurry = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"device {self._status.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; waits at most a second. A thread still opening lets go of the device by itself when it is done."""
        self._stopping.set()
        self._hurry.set()
        self.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def retry(self) -> None:
        """Something was plugged in: end the pause and try to open at once; a device that works is left alone."""
        if self._status.state is not DeviceState.READY:
            self._hurry.set()

    def pause(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event in the clock's time; whether it happened."""
        return self._clock.wait(event, seconds) if isinstance(self._clock, PacedClock) else event.wait(seconds)

    def wake(self) -> None:
        """Let a driver that waits for its device look around; from any thread."""
        stream = self._stream
        if stream is not None:
            stream.wake()

    def post(self, message: DeviceMessage) -> None:
        """Hand over a message; a sink that raises is the sink's defect and does not end a device."""
        try:
            if self._sink is not None:
                self._sink(message)
        except Exception:
            log.exception("%s: the receiver of its messages failed", self._status.name)

    def says(self, state: DeviceState, detail: str = "", problems: tuple[str, ...] = ()) -> None:
        """Report a state, if it is news."""
        status = replace(self._status, state=state, detail=clean(detail), problems=problems)
        if status == self._status:
            return
        self._status = status
        if state is DeviceState.ERROR and not self._was_lost:
            self._was_lost = True
            log.warning("%s %s is lost: %s", status.kind, status.name, status.detail)
        if state is DeviceState.READY and self._was_lost:
            self._was_lost = False
            log.info("%s %s is back: %s", status.kind, status.name, status.detail)
        self.post(status)

    def _run(self) -> None:
        stopping, hurry = self._stopping, self._hurry
        wait = 0.0
        while not stopping.is_set():
            began = self._clock.monotonic()
            self._once(stopping)
            if self._clock.monotonic() - began > self._backoff.longest:
                wait = 0.0  # it had worked for a while: the growth begins anew
            wait = self._backoff.after(wait)
            if self.pause(hurry, wait):
                hurry.clear()
                wait = 0.0
        self.says(DeviceState.OFFLINE)

    def _once(self, stopping: threading.Event) -> None:
        if self._status.state is not DeviceState.ERROR:
            self.says(DeviceState.OPENING)
        stream: H | None = None
        try:
            stream = self._connect()
            self._stream = stream
            if not stopping.is_set():
                self._serve(stream, Session(self, stream, stopping))
        except StationError as error:
            self.says(DeviceState.ERROR, str(error))
        except Exception as error:
            log.exception("%s: a defect in its driver", self._status.name)
            self.says(DeviceState.ERROR, f"defect: {error}")
        finally:
            self._stream = None
            if stream is not None:
                stream.close()


class Threaded:
    """What a driver leaves to its thread; it has a ``DeviceThread`` in ``_thread``."""

    _thread: DeviceThread[Any]

    def start(self, sink: Sink) -> None:
        """Begin; returns at once."""
        self._thread.start(sink)

    def stop(self) -> None:
        """End the thread and let go of the device; waits at most a second."""
        self._thread.stop()

    def retry(self) -> None:
        """Something was plugged in; see ``ports.Device``."""
        self._thread.retry()
