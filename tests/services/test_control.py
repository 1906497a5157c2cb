"""The control socket: asked from outside, answered by the station thread in slices."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rma_station.errors import Malformed, NotRunning, Refused, StorageFailed, StorageFull
from rma_station.ports import Chunk, Progress, Steps
from rma_station.services.control import FILE, Command, ControlSocket, ask

T = TypeVar("T")
DEADLINE = 10.0


class StationThread:
    """Runs what it is called with, one after the other, in one thread."""

    def __init__(self) -> None:
        self.ran_in: list[int] = []
        self._inbox: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def call(self, function: Callable[[], T]) -> Future[T]:
        """As ``services.control.Call``."""
        future: Future[T] = Future()

        def run() -> None:
            self.ran_in.append(threading.get_ident())
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        self._inbox.put(run)
        return future

    def stop(self) -> None:
        """End it."""
        self._inbox.put(None)
        self.thread.join(DEADLINE)

    def _run(self) -> None:
        while (work := self._inbox.get()) is not None:
            work()


class Commands:
    """What the tests ask for."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def table(self) -> dict[str, Command]:
        """By name."""
        return {
            "echo": dict,
            "count": self.count,
            "full": self.full,
            "broken": lambda _request: 1 // 0,
        }

    def count(self, request: Mapping[str, object]) -> Steps:
        """As many steps as asked for."""
        to = int(str(request["to"]))
        try:
            for number in range(to):
                yield Chunk(f"{number}\n")
                yield Progress(number + 1, to)
        finally:
            self.closed.set()
        return {"counted": to}

    def full(self, _request: Mapping[str, object]) -> Steps:
        """Fails after its first step."""
        yield Progress(0, 1)
        raise StorageFull("the disk is full: free space")


@pytest.fixture
def station() -> Iterator[StationThread]:
    thread = StationThread()
    yield thread
    thread.stop()


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def server(tmp_path: Path, station: StationThread, commands: Commands) -> Iterator[ControlSocket]:
    listening = ControlSocket(tmp_path, commands.table(), station.call)
    listening.start()
    yield listening
    listening.stop()


def raw(folder: Path, data: bytes) -> bytes:
    """What the station answers to bytes."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(DEADLINE)
        line.connect(str(folder / FILE))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        with line.makefile("rb") as replies:
            return replies.read()


@pytest.mark.usefixtures("server")
def test_a_request_is_answered_by_the_station_thread(tmp_path: Path, station: StationThread) -> None:
    """With what the command returned; the socket is for this user alone."""
    assert ask(tmp_path, "echo", {"żółw": [1, None]}) == {"żółw": [1, None]}
    assert set(station.ran_in) == {station.thread.ident}
    assert oct((tmp_path / FILE).stat().st_mode & 0o777) == "0o600"


@pytest.mark.usefixtures("server")
def test_long_work_is_streamed_slice_by_slice(tmp_path: Path, station: StationThread) -> None:
    """Each slice is a turn of the station thread of its own."""
    steps: list[Progress | Chunk] = []

    result = ask(tmp_path, "count", {"to": 3}, steps.append)

    assert result == {"counted": 3}
    assert [step.text for step in steps if isinstance(step, Chunk)] == ["0\n", "1\n", "2\n"]
    assert [step.done for step in steps if isinstance(step, Progress)] == [1, 2, 3]
    assert len(station.ran_in) >= 1 + 7


@pytest.mark.usefixtures("server")
def test_an_error_reaches_the_caller_as_it_was_raised(tmp_path: Path) -> None:
    """Its class and its sentence; a defect is told without ending the station."""
    with pytest.raises(StorageFull, match="the disk is full: free space"):
        ask(tmp_path, "full", {})
    with pytest.raises(Refused, match="ZeroDivisionError"):
        ask(tmp_path, "broken", {})
    with pytest.raises(Refused, match="no command 'dance': broken, count, echo, full"):
        ask(tmp_path, "dance", {})

    assert ask(tmp_path, "echo", {}) == {}


@pytest.mark.usefixtures("server")
def test_a_caller_who_goes_away_ends_its_work(tmp_path: Path, commands: Commands) -> None:
    """The generator is closed in the station thread; others are served."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(tmp_path / FILE))
        line.sendall(b'{"command":"count","request":{"to":100000000}}\n')
        line.recv(100)

    assert commands.closed.wait(DEADLINE)
    assert ask(tmp_path, "echo", {}) == {}


@pytest.mark.usefixtures("server")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.sampled_from([b"[]\n", b"1\n", b'{"command":7}\n'])))
def test_bytes_that_are_no_request_are_refused_in_words(tmp_path: Path, data: bytes) -> None:
    """The caller gets a reason, and the socket serves the next one."""
    answer = raw(tmp_path, data)

    assert answer.startswith(b'{"error":{"kind":"')
    assert ask(tmp_path, "echo", {}) == {}


@pytest.mark.usefixtures("server")
def test_a_request_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """At 64 KiB."""
    with pytest.raises((Malformed, NotRunning)):
        ask(tmp_path, "echo", {"x": "y" * 70000})


def test_no_station_is_told_apart_from_a_silent_one(tmp_path: Path) -> None:
    """No socket, and the socket of one that was killed."""
    with pytest.raises(NotRunning, match="no station runs on"):
        ask(tmp_path, "echo", {})

    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / FILE))
    dead.close()
    with pytest.raises(NotRunning, match="Connection refused"):
        ask(tmp_path, "echo", {})

    silent = socket.socket(socket.AF_UNIX)
    (tmp_path / FILE).unlink()
    silent.bind(str(tmp_path / FILE))
    silent.listen()
    with pytest.raises(NotRunning, match="has not answered"):
        ask(tmp_path, "echo", {}, timeout=0.05)
    silent.close()


def test_a_dead_station_s_socket_is_replaced(tmp_path: Path, station: StationThread, commands: Commands) -> None:
    """Whoever holds the data folder's lock may do that; stopping takes the socket away."""
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / FILE))
    dead.close()
    server = ControlSocket(tmp_path, commands.table(), station.call)
    server.start()

    assert ask(tmp_path, "echo", {}) == {}
    server.stop()
    assert not (tmp_path / FILE).exists()


def test_a_long_path_works_too(tmp_path: Path, station: StationThread, commands: Commands) -> None:
    """Unix sockets take 107 bytes; folders may be longer."""
    folder = tmp_path / ("d" * 90) / ("e" * 90)
    folder.mkdir(parents=True)
    server = ControlSocket(folder, commands.table(), station.call)
    server.start()

    assert ask(folder, "echo", {"a": 1}) == {"a": 1}
    server.stop()
    assert not (folder / FILE).exists()


def test_a_folder_without_room_for_a_socket_is_named(tmp_path: Path, station: StationThread) -> None:
    """A configuration or disk problem, in words."""
    with pytest.raises(StorageFailed, match="no control socket can be made"):
        ControlSocket(tmp_path / "nowhere", {}, station.call).start()
