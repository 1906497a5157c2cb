"""A call to the hub, watched from beside it: whether anything moves on its connection, and whether it ends in time.

A read that waits cannot say so, and a peer that sends a byte now and then never lets it time out. ``Patience`` is the
pure part: it is told the phases of a call and what has moved, and says what people should know. ``Watch`` looks once a
second at what the kernel counts, and ends a call that is over by taking its connection away.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

_COUNTED = struct.Struct("=QQ")
_COUNTED_AT = 120
"""``tcpi_bytes_acked`` and ``tcpi_bytes_received`` in Linux' ``struct tcp_info`` (include/uapi/linux/tcp.h)."""


@dataclass(frozen=True)
class Limits:
    """How long what may take, in seconds; a slow line that moves is waited for."""

    silent: float = 4.0
    """Nothing moves: people are told, the call goes on."""
    gone: float = 20.0
    """Nothing moves: the call is over."""
    connect: float = 30.0
    """Name, connection and TLS together; each of their steps has its own, shorter time."""
    send: float = 60.0
    """And a second more for each ``send_rate`` bytes."""
    send_rate: int = 500
    head: float = 40.0
    """Of an answer, from the last byte that the other side took to the end of the head."""
    reply: float = 60.0
    """The rest of it, and a second more for each ``reply_rate`` bytes: a photo comes over a slow line, too."""
    reply_rate: int = 4000
    look: float = 1.0
    """Between two looks."""


LIMITS = Limits()


class Patience:
    """How one call stands. Times are monotonic seconds.

    Args:
        now: it begins.
        size: bytes to send.
        limits: how long what may take.
    """

    def __init__(self, now: float, size: int, limits: Limits) -> None:
        self._size, self._limits = size, limits
        self._taken = self._came = self._answer_from = 0
        self.connecting(now)

    def connecting(self, now: float) -> None:
        """A connection is made, perhaps for the second time."""
        self._wait_for("connection", self._limits.connect, now)

    def sending(self, now: float) -> None:
        """The request is on its way."""
        self._wait_for("end of sending", self._limits.send + self._size / self._limits.send_rate, now)

    def sent(self, now: float) -> None:
        """The kernel has all of the request; the head of the answer is waited for."""
        self._wait_for("head of the answer", self._limits.head, now)

    def answering(self, now: float) -> None:
        """The head is here, and the rest of the answer is read."""
        self._wait_for("end of the answer", self._limits.reply, now)
        self._answer_from = self._came

    def _wait_for(self, what: str, seconds: float, now: float) -> None:
        self._what, self._seconds, self._began, self._moved_at = what, seconds, now, now

    def look(self, now: float, taken: int, came: int) -> None:
        """What the connection has carried: bytes the other side took, and bytes that came from it."""
        if (taken, came) != (self._taken, self._came):
            self._moved_at = now
        if taken != self._taken and self._what == "head of the answer":
            self._began = now  # over a slow line the kernel goes on sending for a while
        self._taken, self._came = taken, came

    def silent(self, now: float) -> bool:
        """Whether nothing has moved for so long that people should know."""
        return now - self._moved_at >= self._limits.silent

    def over(self, now: float) -> str:
        """Why nobody waits any longer; empty while somebody does."""
        if now - self._moved_at >= self._limits.gone:
            return f"nothing came for {self._limits.gone:.0f} s"
        came = self._came - self._answer_from if self._what == "end of the answer" else 0
        if now - self._began >= self._seconds + came / self._limits.reply_rate:
            return f"no {self._what} within {now - self._began:.0f} s"
        return ""


class Watch:
    """Watches one call while it is entered, from a thread of its own.

    Args:
        patience: of the call.
        connected: the socket of a connection that is used again.
        silent: told when nothing moves, and when something moves again or an answer is here; from any thread. A call
            that fails says so itself.
        monotonic: seconds.
        look_seconds: between two looks.

    ``cut`` says why the call was ended, and is empty while it was not.
    """

    def __init__(
        self,
        patience: Patience,
        connected: socket.socket | None,
        silent: Callable[[bool], None],
        monotonic: Callable[[], float],
        look_seconds: float,
    ) -> None:
        self.socket, self.cut = connected, ""
        self._patience = patience
        self._silent, self._monotonic, self._look_seconds = silent, monotonic, look_seconds
        self._ended = threading.Event()
        self._told = False
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if error is None:
            self._tell(False)

    def heard(self, event: str, info: Mapping[str, Any]) -> None:
        """``trace`` of httpcore: https://www.encode.io/httpcore/extensions/."""
        _, _, event = event.partition(".")
        now = self._monotonic()
        if event in ("connect_tcp.complete", "start_tls.complete"):
            self.socket = info["return_value"].get_extra_info("socket")
        elif event == "connect_tcp.started":
            self.socket = None  # what was kept had died
            self._patience.connecting(now)
        elif event == "send_request_headers.started":
            self._patience.sending(now)
        elif event == "send_request_body.complete":
            self._patience.sent(now)
        elif event == "receive_response_headers.complete":
            self._patience.look(now, *moved(self.socket))  # what came until now earns the rest no time
            self._patience.answering(now)

    def _look(self) -> None:
        while not self._ended.wait(self._look_seconds):
            now = self._monotonic()
            self._patience.look(now, *moved(self.socket))
            self._tell(self._patience.silent(now))
            over = self._patience.over(now)
            if over and self.socket is not None:
                self.cut = self.cut or over
                with contextlib.suppress(OSError):  # it ended just now
                    # Not the method of a TLS socket: it takes the session away from the thread that reads.
                    socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def _tell(self, silent: bool) -> None:
        if silent != self._told:
            self._told = silent
            self._silent(silent)


def moved(connected: socket.socket | None) -> tuple[int, int]:
    """Bytes the peer's kernel has acknowledged, and bytes that came; zeros while there is no connection."""
    if connected is None:
        return 0, 0
    try:
        told = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _COUNTED_AT + _COUNTED.size)
        acked, received = _COUNTED.unpack_from(told, _COUNTED_AT)
    except (OSError, struct.error):  # closed meanwhile, or an old kernel
        return 0, 0
    return acked, received
