"""A line between station and hub that is bad in ways a test can choose: TCP through user space, so it runs everywhere.

What a kernel's ``netem`` does to packets is done here to pieces of a stream: they come late, they come after a
retransmission, they never come, and connections are cut in the middle.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

RETRANSMITTED = 0.3
"""Seconds after which a lost piece comes after all: about TCP's first time-out."""
PIECE = 1400
"""Bytes that travel together."""


@dataclass
class Weather:
    """How the line is at the moment; may be changed while it is in use."""

    delay: float = 0.0
    """Seconds each way."""
    loss: float = 0.0
    """Share of pieces that have to be sent again."""
    cuts: float = 0.0
    """Chance of a piece to end its connection."""
    up: bool = True
    """What the station says arrives."""
    down: bool = True
    """What the hub says arrives."""


class Relay:
    """Listens on a free port and carries bytes to a hub.

    Args:
        target: the hub's address.
        weather: of the line.
        context: the relay's own TLS, for one that reads along; needs no hub to speak it.
        seed: of the dice.
    """

    def __init__(self, target: str, weather: Weather, context: ssl.SSLContext | None = None, seed: int = 1) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 0)
        self.weather, self._context, self._dice = weather, context, random.Random(seed)
        self.carried = {"up": 0, "down": 0}
        """Bytes that arrived."""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._ending = threading.Event()
        port = self._listener.getsockname()[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{port}"

    @contextlib.contextmanager
    def carrying(self) -> Iterator[Relay]:
        """Until the block ends; then every connection is cut."""
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            for one in (self._listener, *self._open):
                _close(one)
            thread.join(5)

    def cut(self) -> None:
        """Every connection there is."""
        for one in list(self._open):
            _close(one)

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._connect, args=(here,), daemon=True).start()

    def _connect(self, here: socket.socket) -> None:
        self._open.append(here)
        try:
            if self._context is not None:
                here = self._context.wrap_socket(here, server_side=True)
                self._open.append(here)
            there = socket.create_connection(self._target, timeout=5)
            there.settimeout(None)
        except OSError:
            _close(here)
            return
        self._open.append(there)
        for way, source, goal in (("up", here, there), ("down", there, here)):
            threading.Thread(target=self._carry, args=(way, source, goal), daemon=True).start()

    def _carry(self, way: str, source: socket.socket, goal: socket.socket) -> None:
        try:
            while data := source.recv(PIECE):
                weather = self.weather
                late = weather.delay
                while self._dice.random() < weather.loss:
                    late += RETRANSMITTED
                time.sleep(late)
                if self._dice.random() < weather.cuts:
                    break
                if weather.up if way == "up" else weather.down:
                    goal.sendall(data)
                    self.carried[way] += len(data)
        except OSError:
            pass
        _close(source)
        _close(goal)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
