"""The station thread: it outlives every defect, and nobody waits for ever when it ends."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from rma_station.errors import StorageFailed
from rma_station.ports import RawScan
from rma_station.services.handled import Handled
from rma_station.services.loop import StationThread
from rma_station.services.station import Station
from tests.services.bench import ServiceBench, answer


class Ears:
    """A listener that remembers answers and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.news = threading.Semaphore(0)

    def __call__(self, handled: Handled) -> None:
        self.heard.append(answer(handled))
        self.news.release()

    def wait(self) -> None:
        assert self.news.acquire(timeout=10)


def opened(folder: Path) -> Station:
    """A station, opened on the thread that asks."""
    return ServiceBench(folder / "data").station


def test_an_input_that_raises_is_answered_with_stop_and_the_next_one_as_always(tmp_path: Path) -> None:
    """Never silence: here the look-up of a badge fails, then it works again."""
    ears = Ears()
    bench: list[ServiceBench] = []

    def open_station() -> Station:
        bench.append(ServiceBench(tmp_path / "data"))
        return bench[0].station

    thread = StationThread(open_station, ears)
    thread.start()
    thread.wait_open(10)
    right = bench[0].book.person
    bench[0].book.person = lambda _: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    badge = RawScan("scanner", _badge(), 1.0)
    thread.put(badge)
    ears.wait()
    bench[0].book.person = right  # type: ignore[method-assign]
    thread.put(RawScan("scanner", _badge(), 2.0))
    ears.wait()
    thread.stop(10)

    assert ears.heard == ["stop:defect", "ok:signed_in"]


def test_a_listener_that_raises_does_not_end_the_thread(tmp_path: Path) -> None:
    """A screen that is closing, for instance."""
    heard = threading.Semaphore(0)

    def listener(_: Handled) -> None:
        heard.release()
        raise RuntimeError("the screen is gone")

    thread = StationThread(lambda: opened(tmp_path), listener)
    thread.start()
    for at in (1.0, 2.0):
        thread.put(RawScan("scanner", b"anything", at))

    assert [heard.acquire(timeout=10), heard.acquire(timeout=10)] == [True, True]
    assert thread.call(lambda: 7).result(10) == 7
    thread.stop(10)


def test_a_call_after_the_end_is_cancelled(tmp_path: Path) -> None:
    """A printer thread that asks while the station stops is not kept waiting."""
    thread = StationThread(lambda: opened(tmp_path), lambda _: None)
    thread.start()
    thread.stop(10)

    with pytest.raises(CancelledError):
        thread.call(lambda: 1).result(10)


def test_calls_of_a_station_that_did_not_open_are_cancelled() -> None:
    """The reason is told to whoever waits for the opening."""

    def refuse() -> Station:
        raise StorageFailed("no disk")

    thread = StationThread(refuse, lambda _: None)
    thread.start()
    waiting = thread.call(lambda: 1)

    with pytest.raises(StorageFailed):
        thread.wait_open(10)
    with pytest.raises(CancelledError):
        waiting.result(10)


def test_inputs_are_handled_before_the_last_thing_and_none_after_it(tmp_path: Path) -> None:
    """The journal is closed when all that came before the stop was answered."""
    order: list[str] = []
    thread = StationThread(lambda: opened(tmp_path), lambda handled: order.append(answer(handled)))
    thread.start()
    thread.put(RawScan("scanner", _badge(), 1.0))
    thread.call(lambda: order.append("call"))
    thread.stop(10, lambda: order.append("closed"))
    thread.put(RawScan("scanner", _badge(), 3.0))

    assert order == ["ok:signed_in", "call", "closed"]


def _badge() -> bytes:
    from rma_station.domain import codes
    from tests.services.bench import RULES

    return codes.badge("000001", RULES.badge_key).encode()
