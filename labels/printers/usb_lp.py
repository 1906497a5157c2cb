"""A printer on a USB cable through the kernel's ``usblp``: ``/dev/usb/lp0`` and its brothers.

What the driver does, and what follows from it (Linux, ``drivers/usb/class/usblp.c``):

- One opener at a time, everybody else gets EBUSY; CUPS' own USB backend takes the driver away altogether (ENODEV).
- A non-blocking write reports a block of up to 8 KiB as written while it is still on its way, and closing throws it
  away: wait until the line can be written to again before closing.
- A printer without paper takes no more bytes, so a write can wait for ever: nothing here blocks.
- Reading gives nothing (an empty packet) where a socket would mean the end; a one-way printer answers EINVAL.
- Unplugging is ENODEV on the next call; poll alone does not tell.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

LPGETSTATUS = 0x060B
"""ioctl: the IEEE 1284 status byte as an int (``linux/lp.h``)."""
PAPER_OUT = 0x20
_ONE_WAY = frozenset({errno.EINVAL, errno.EBADF})
_PAUSE = 0.01
"""Seconds before asking again a printer that sends empty packets, or a node that promised room and had none."""
_DRAINED = 64
"""Reads after which a printer that never stops talking is left alone; it would talk for ever."""
_WORDS = {
    errno.EBUSY: "another program has the printer open (CUPS? `lpstat -v`, and remove its queue)",
    errno.ENODEV: "the printer is not plugged in, or CUPS has taken it over",
    errno.ENXIO: "the printer is not plugged in, or CUPS has taken it over",
    errno.ENOENT: "the printer is not plugged in, or switched off",
    errno.EACCES: "no access: `sudo adduser $USER lp`, then sign in again",
    errno.EPERM: "no access: `sudo adduser $USER lp`, then sign in again",
}


class Node(Protocol):
    """An open printer node, as the kernel shows it: non-blocking; every method may raise ``OSError``."""

    def read(self, size: int) -> bytes:
        """At most so many bytes; ``BlockingIOError`` when there is nothing."""

    def write(self, data: bytes) -> int:
        """How much was taken; ``BlockingIOError`` while the last block is on its way."""

    def wait(self, *, writing: bool, seconds: float) -> bool:
        """Whether it can be read or written before so many seconds are over."""

    def port_status(self) -> int:
        """The IEEE 1284 status byte."""

    def close(self) -> None:
        """Let it go; a block on its way is thrown away."""


class KernelNode:
    """``Node`` over a file of ``/dev/usb``."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)

    def read(self, size: int) -> bytes:
        """What one read of the node gives; raises ``BlockingIOError`` when nothing waits."""
        return os.read(self._handle, size)

    def write(self, data: bytes) -> int:
        """How much of it one write took."""
        return os.write(self._handle, data)

    def wait(self, *, writing: bool, seconds: float) -> bool:
        """By poll, which has no limit on handle numbers; a line that was hung up is no device any more."""
        poll = select.poll()
        poll.register(self._handle, select.POLLOUT if writing else select.POLLIN)
        events = poll.poll(max(0.0, seconds) * 1000)
        if events and events[0][1] & select.POLLHUP:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return bool(events)

    def port_status(self) -> int:
        """Paper, selection and error as bits, by the ioctl ``LPGETSTATUS``."""
        answer: bytes = fcntl.ioctl(self._handle, LPGETSTATUS, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])

    def close(self) -> None:
        """Close the handle."""
        os.close(self._handle)


class LpChannel:
    """``channel.Channel`` over a printer node.

    Args:
        path: the node.
        open_node: how it is opened.

    Raises:
        OSError: it cannot be opened; the message says why and what to do.
    """

    def __init__(self, path: Path, open_node: Callable[[Path], Node] = KernelNode) -> None:
        self._path = path
        try:
            self._node = open_node(path)
        except OSError as error:
            raise in_words(error, path) from None
        self._one_way = False
        try:
            self._drain()
        except OSError:
            self._node.close()
            raise

    def send(self, data: bytes, seconds: float) -> int:
        """Hand over one block when the last one is through."""
        deadline = time.monotonic() + seconds
        while True:
            self._wait_writable(deadline)
            try:
                return self._node.write(data)
            except BlockingIOError:
                time.sleep(_PAUSE)
            except OSError as error:
                raise in_words(error, self._path) from None

    def receive(self, seconds: float) -> bytes:
        """What the printer said; a one-way printer never says anything."""
        deadline = time.monotonic() + seconds
        while not self._one_way and self._node.wait(writing=False, seconds=deadline - time.monotonic()):
            data = self._read()
            if data or time.monotonic() >= deadline:
                return data
            time.sleep(_PAUSE)
        return b""

    def flush(self, seconds: float) -> None:
        """Wait until the last block is through: closing would throw it away."""
        self._wait_writable(time.monotonic() + seconds)

    def problems(self) -> tuple[str, ...]:
        """Paper out, when the port says so. "All right" is no news: many printers always say that."""
        try:
            return ("media_out",) if self._node.port_status() & PAPER_OUT else ()
        except OSError:
            return ()

    def close(self) -> None:
        """Let the next program have it."""
        self._node.close()

    def _wait_writable(self, deadline: float) -> None:
        if not self._node.wait(writing=True, seconds=deadline - time.monotonic()):
            raise TimeoutError("the printer takes no more bytes")

    def _read(self) -> bytes:
        try:
            return self._node.read(4096)
        except BlockingIOError:
            return b""
        except OSError as error:
            self._one_way = error.errno in _ONE_WAY
            if self._one_way:
                return b""
            raise in_words(error, self._path) from None

    def _drain(self) -> None:
        """Throw away what the printer wanted to tell somebody before us."""
        for _ in range(_DRAINED):
            if not self._node.wait(writing=False, seconds=0) or not self._read():
                return


def in_words(error: OSError, path: Path) -> OSError:
    """The same error with the printer's node and a remedy in its message."""
    words = _WORDS.get(error.errno or 0) or error.strerror or str(error)
    return OSError(error.errno, f"{path}: {words}")
