"""The station thread: one inbox, one input at a time, long work in slices between inputs (design section 3).

Whatever reaches the database does so on this thread. Inputs go first; calls (the uplink's reads, the control socket's
requests) and slices (feed pages, scrub, export) run only while no input waits.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from rma_station.domain.record import dataclass

if TYPE_CHECKING:  # the flows behind it are loaded on the station thread, after the first paint
    from rma_station.services.handled import Handled, StationInput
    from rma_station.services.station import Station

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Call:
    function: Callable[[], Any]
    future: Future[Any]


@dataclass(frozen=True)
class _Stop:
    """The last thing in an inbox."""

    last: Callable[[], None]


class StationThread:
    """Runs a ``Station``.

    Args:
        open_station: called on the thread, because the database belongs to it.
        handled: told of every answer, on the thread, after the commit; only hands on.
    """

    def __init__(self, open_station: Callable[[], Station], handled: Callable[[Handled], None]) -> None:
        self._open = open_station
        self._handled = handled
        self._inbox: queue.SimpleQueue[StationInput | _Call | _Stop] = queue.SimpleQueue()
        self._calls: deque[_Call] = deque()
        self._slices: deque[Iterator[object]] = deque()
        self._thread = threading.Thread(target=self._run, name="station", daemon=True)
        self.station: Station | None = None
        self.failure: BaseException | None = None
        self._opened = threading.Event()
        self._ended = False

    def start(self) -> None:
        """Begin; inputs that come before the station is open wait in the inbox."""
        self._thread.start()

    def wait_open(self, seconds: float) -> None:
        """Wait until the station is open; raises what kept it from opening."""
        self._opened.wait(seconds)
        if self.failure is not None:
            raise self.failure

    def put(self, given: StationInput) -> None:
        """An input; from any thread, returns at once."""
        self._inbox.put(given)

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Run a function on the thread between inputs; from any thread. Cancelled when the thread ends before."""
        future: Future[T] = Future()
        self._inbox.put(_Call(function, future))
        if self._ended:  # whoever waits for an answer must not wait for ever
            future.cancel()
        return future

    def run_slices(self, work: Iterator[object]) -> None:
        """Go on with an iterator, one step at a time, while nothing else waits. Call it on the thread."""
        self._slices.append(work)

    def stop(self, seconds: float = 1.0, last: Callable[[], None] = lambda: None) -> None:
        """Handle what is in the inbox, do the last thing, end; nothing to do when it was never started.

        Args:
            seconds: to wait for the end.
            last: closes what the inputs need; nothing is handled after it.
        """
        self._inbox.put(_Stop(last))
        if self._thread.ident is not None:
            self._thread.join(seconds)

    # --- on the thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self.station = self._open()
        except BaseException as error:
            self.failure = error
            self._end()
            return
        finally:
            self._opened.set()
        try:
            while self._turn(self.station):
                pass
        finally:
            self._end()

    def _end(self) -> None:
        self._ended = True
        while True:
            try:
                item = self._inbox.get(block=False)
            except queue.Empty:
                return
            if isinstance(item, _Call):
                item.future.cancel()

    def _turn(self, station: Station) -> bool:
        try:
            item = self._inbox.get(block=not (self._calls or self._slices))
        except queue.Empty:
            self._spare_time()
            return True
        if isinstance(item, _Stop):
            self._finish_calls()
            item.last()
            return False
        if isinstance(item, _Call):
            self._calls.append(item)
            return True
        try:
            self._handled(station.handle(item))
        except Exception:  # of a listener; the next scan is answered all the same
            _log.exception("an answer could not be handed on")
        return True

    def _spare_time(self) -> None:
        if self._calls:
            _run_call(self._calls.popleft())
            return
        work = self._slices[0]
        try:
            next(work)
            self._slices.rotate(-1)
        except StopIteration:
            self._slices.remove(work)
        except Exception:
            _log.exception("a piece of background work failed")
            self._slices.remove(work)

    def _finish_calls(self) -> None:
        while self._calls:
            _run_call(self._calls.popleft())


def _run_call(call: _Call) -> None:
    if not call.future.set_running_or_notify_cancel():
        return
    try:
        call.future.set_result(call.function())
    except BaseException as error:
        call.future.set_exception(error)
