"""Devices at the far end of a TCP connection, so that what they send is there when they are listened to."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from drivers.scales.peer import EVERY, STREAMING, Peer
from drivers.scales.platform import Platform
from tests.drivers.support import DEADLINE, Line


class _Server:
    """Serves one connection after the other in a thread."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket:127.0.0.1:{self._listener.getsockname()[1]}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Server:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                line.settimeout(0.01)
                self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        raise NotImplementedError

    def _received(self, line: socket.socket) -> bytes | None:
        """Bytes of the station, none for now, or ``None`` when it hung up."""
        try:
            return line.recv(4096) or None
        except TimeoutError:
            return b""
        except OSError:
            return None


class ScannerPeer(_Server):
    """Sends the next code as soon as somebody listens."""

    def __init__(self, *codes: bytes) -> None:
        super().__init__()
        self._codes = list(codes)

    def __enter__(self) -> ScannerPeer:
        super().__enter__()
        return self

    def _serve(self, line: socket.socket) -> None:
        if self._codes:
            line.sendall(self._codes.pop(0))
        while self._received(line) is not None and not self._ended.is_set():
            continue


class ScalePeer(_Server):
    """A simulated scale; ``told`` is every byte it was ever sent."""

    def __init__(self, protocol: str, says: bytes = b"") -> None:
        super().__init__()
        self.platform = Platform()
        self.told = b""
        self._peer = Peer(protocol, self.platform)
        self._says = says

    def __enter__(self) -> ScalePeer:
        super().__enter__()
        return self

    def put(self, grams: int) -> None:
        """Put so much on it; it has settled already."""
        self.platform.put(grams, time.monotonic() - 10)

    def _serve(self, line: socket.socket) -> None:
        while (data := self._received(line)) is not None and not self._ended.is_set():
            self.told += data
            now = time.monotonic()
            try:
                for answer in self._peer.received(data, now) if data else ():
                    line.sendall(answer.data)
                if self._says and data:
                    line.sendall(self._says)
                if self._peer.protocol in STREAMING:
                    line.sendall(self._peer.streamed(now))
                    time.sleep(EVERY / 10)
            except OSError:
                return


def send_when_open(line: Line, data: bytes) -> None:
    """Scan on a serial line once this process has opened it; what comes before the end of opening is flushed away.

    The line is only looked at: taking its lock to see whether it is free could refuse it to the one who opens it.
    """
    terminal = str(line.path.resolve())
    before = _descriptors(terminal)

    def send() -> None:
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until and _descriptors(terminal) <= before:
            time.sleep(0.01)
        time.sleep(0.3)
        line.send(data)

    threading.Thread(target=send, daemon=True).start()


def _descriptors(path: str) -> int:
    """How often this process has the file open."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(descriptor.readlink()) == path
    return found
