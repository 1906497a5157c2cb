"""What every open device needs: a wait that can be woken, and foreign errors turned into ``DeviceLost``."""

from __future__ import annotations

import errno
import os
import select
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import serial

from rma_station.domain.clean import clean
from rma_station.errors import DeviceLost

FOREIGN = (OSError, serial.SerialException, termios.error, ValueError, TypeError)
"""What the libraries below raise when a device goes away; the last two come from a handle closed meanwhile."""
CHUNK = 4096
"""Bytes read at once."""


@contextmanager
def lost_as(what: str, group: str = "dialout") -> Iterator[None]:
    """Turn whatever pyserial, the kernel or a socket raise into ``DeviceLost`` with a reason for people.

    Args:
        what: the device, first in the message.
        group: of Linux, whose members may open it.
    """
    try:
        yield
    except FOREIGN as error:
        raise DeviceLost(f"{what}: {reason(error, group)}") from error


def reason(error: BaseException, group: str = "dialout") -> str:
    """Why a call failed, with the remedy where there is one."""
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        words = os.strerror(error.errno)
        if isinstance(error, PermissionError) or error.errno == errno.EACCES:
            return f"{words}; add the user to the group {group} and sign in again"
        if error.errno in (errno.EAGAIN, errno.EBUSY):
            return "held by another program"
        return words
    return clean(str(error)) or type(error).__name__


class Wake:
    """An event a ``select`` can wait for; harmless after closing."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._open = True

    def set(self) -> None:
        """Let the wait end; from any thread."""
        with self._lock:
            if self._open:
                os.eventfd_write(self.fd, 1)

    def clear(self) -> None:
        """The wait has ended."""
        with suppress(BlockingIOError):
            os.eventfd_read(self.fd)

    def close(self) -> None:
        """Let go of the descriptor."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self.fd)


def wait_readable(fd: int, wake: Wake, timeout: float) -> bool:
    """Whether ``fd`` can be read within ``timeout`` seconds; false also when woken."""
    ready, _, _ = select.select([fd, wake.fd], [], [], max(0.0, timeout))
    if wake.fd in ready:
        wake.clear()
    return fd in ready
