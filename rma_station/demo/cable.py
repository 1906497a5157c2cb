"""The network between station and hub: a TCP relay that can be cut and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit


class Cable:
    """Relays ``127.0.0.1:port`` to wherever the hub is now.

    Args:
        hub: its present URL; empty while it has none.
    """

    def __init__(self, hub: Callable[[], str]) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """What the station believes to be the hub."""
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Listen, always on the same port."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(16)
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), name="cable", daemon=True).start()

    def cut(self) -> None:
        """Break every connection in the middle and refuse new ones."""
        listening, self._listening = self._listening, None
        if listening is not None:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _hang_up(end)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            address = urlsplit(self._hub())
            try:
                far = socket.create_connection((address.hostname or "", address.port or 0), 5.0)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                cut = self._listening is not listening
                if not cut:
                    self._ends |= {near, far}
            if cut:
                _hang_up(near)
                _hang_up(far)
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), name="cable wire", daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            _hang_up(end)
        with self._lock:
            self._ends -= {source, sink}


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
