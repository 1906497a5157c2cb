"""Callers that are slow on purpose cost the hub nothing, and callers in haste get their answer all the same."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn

from hub import connections

ANSWERED = b"HTTP/1.1 204 No Content"
HALF = b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"


class Served:
    """An application behind the hub's connections; ``/slow`` is answered when ``finish`` is set."""

    def __init__(self) -> None:
        self.finish = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(
            uvicorn.Config(
                self._answer, http=connections.Connection, log_config=None, lifespan="off", interface="asgi3"
            )
        )
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=connections.Loop) as runner:
            runner.run(self.server.serve(sockets=[self.listening]))

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await asyncio.to_thread(self.finish.wait, 20)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def connect(self, said: bytes) -> socket.socket:
        """A connection on which this was sent."""
        made = socket.create_connection(self.listening.getsockname(), timeout=20)
        made.sendall(said)
        return made

    def end(self) -> None:
        """Stop it."""
        self.finish.set()
        self.server.should_exit = True
        self.thread.join(20)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """With little patience and room for three."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections.Connection, "most", 3)
    running = Served()
    yield running
    running.end()


def _ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(4096) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", HALF, WHOLE + HALF])
def test_half_a_head_is_waited_for_and_no_longer(served: Served, said: bytes) -> None:
    """Also on a connection that had one request before."""
    with closing(served.connect(said)) as connection:
        if said.startswith(WHOLE):
            assert connection.recv(4096).startswith(ANSWERED)
        assert _ended(connection)


def test_a_body_nobody_reads_keeps_no_connection(served: Served) -> None:
    """The answer is given; what drips on afterwards is not waited for."""
    with closing(served.connect(WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Length: 99\r\n\r\n"))) as connection:
        assert connection.recv(4096).startswith(ANSWERED)
        connection.sendall(b"x")
        assert _ended(connection)


def test_a_request_that_is_served_takes_its_time(served: Served) -> None:
    """Patience is for the caller, never for the hub's own work."""
    with closing(served.connect(WHOLE.replace(b"/healthz", b"/slow"))) as slow:
        for _ in range(2):  # each one is waited for as long as patience lasts
            with closing(served.connect(HALF)) as half:
                assert _ended(half)
        served.finish.set()
        assert slow.recv(4096).startswith(ANSWERED)


def test_whoever_has_a_request_gets_in_though_others_hold_every_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has waited longest goes."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60.0)
    held = [served.connect(HALF) for _ in range(6)]

    with closing(served.connect(WHOLE)) as connection:
        assert connection.recv(4096).startswith(ANSWERED)
    assert _ended(held[0])
    for one in held:
        one.close()


def test_what_is_no_request_writes_nothing_into_the_log(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A line for each would be as many as a stranger likes."""
    upgrade = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    with caplog.at_level(logging.WARNING, "uvicorn"):
        for said, answered in ((b"\x16\x03\x01 nonsense\r\n\r\n", b"HTTP/1.1 400"), (upgrade, ANSWERED)):
            with closing(served.connect(said)) as connection:
                assert connection.recv(4096).startswith(answered)

    assert [record.getMessage() for record in caplog.records] == []


def test_files_that_run_out_are_said_once_and_not_for_every_try(caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise the log fills the disk that the events need."""
    loop = connections.Loop()
    context = {"message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "Too many")}
    with caplog.at_level(logging.ERROR):
        for _ in range(100):
            loop.call_exception_handler(context)
        loop.call_exception_handler({"message": "another", "exception": OSError(errno.EIO, "broken")})
    loop.close()

    assert [record.getMessage() for record in caplog.records] == [
        "no connection can be accepted: Too many",
        "another",
    ]
