"""A printer at an IPP address whose answers never end: in time, in bytes, or once they are unpacked."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from labels.printers.ipp import IppAddress, IppPrinter, IppWaits
from labels.printers.ipp_client import LARGEST_ANSWER
from rma_station.ports import DeviceState, PrintResult
from tests.labels.samples import unit
from tests.labels.tcp import SMALL

WAITS = IppWaits(connect=2.0, answer=2.0, whole=0.3)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
Answer = Callable[[socket.socket, threading.Event], None]


def _body_without_end(line: socket.socket, over: threading.Event) -> None:
    line.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while not over.wait(0.05):
        line.sendall(b"\x00")


def _head_without_end(line: socket.socket, over: threading.Event) -> None:
    line.sendall(HEAD + b"X-Name: ")
    while not over.wait(0.05):
        line.sendall(b"a")


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], IppPrinter]]:
    """A printer that answers everything in one way."""
    over = threading.Event()
    listening: list[socket.socket] = []

    def build(answer: Answer, waits: IppWaits = WAITS) -> IppPrinter:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def work() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, suppress(OSError):
                        line.recv(65536)
                        answer(line, over)

        threading.Thread(target=work, daemon=True).start()
        address = IppAddress(f"ipp://127.0.0.1:{server.getsockname()[1]}/ipp/print")
        return IppPrinter("office", "pdf", address, SMALL, waits)

    yield build
    over.set()
    for server in listening:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.mark.parametrize("answer", [_body_without_end, _head_without_end])
def test_an_answer_that_never_ends_keeps_no_label_waiting(serve: Callable[..., IppPrinter], answer: Answer) -> None:
    """One byte now and then: after the time for a whole conversation the printer is unknown, its label not sent."""
    printer = serve(answer)

    assert printer.status().state is DeviceState.ERROR
    assert printer.print(unit(), "en").result is PrintResult.NOT_SENT


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_large_is_not_kept(serve: Callable[..., IppPrinter], packed: bool) -> None:
    """Ten times what a printer has to say, as it is or packed into some kilobytes."""
    data = b"\x00" * (LARGEST_ANSWER * 10)
    data = gzip.compress(data) if packed else data
    head = HEAD + (b"Content-Encoding: gzip\r\n" if packed else b"") + b"Content-Length: %d\r\n\r\n" % len(data)

    status = serve(lambda line, _: line.sendall(head + data), IppWaits()).status()

    assert (status.state, status.problems) == (DeviceState.ERROR, ("unknown",))
    if not packed:
        assert "more than" in status.detail
