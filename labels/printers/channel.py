"""The way to a printer for one label or one question, whatever cable it is, and what its failures mean to people."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

from rma_station.domain.clean import clean

T = TypeVar("T")
_REPLY_LIMIT = 65536


class Channel(Protocol):
    """An open line to one printer. Every method raises ``OSError`` when the line breaks."""

    def send(self, data: bytes, seconds: float) -> int:
        """Hand over as much as is taken now: at least one byte, or ``TimeoutError`` after so many seconds."""

    def receive(self, seconds: float) -> bytes:
        """What the printer said; empty when it said nothing for so many seconds."""

    def flush(self, seconds: float) -> None:
        """Wait until closing loses nothing that was taken; ``TimeoutError`` after so many seconds."""

    def problems(self) -> tuple[str, ...]:
        """What the line itself knows of the printer without asking it, by problem code."""

    def close(self) -> None:
        """Let go of the printer, so that others can use it."""


OpenChannel: TypeAlias = Callable[[], Channel]
"""Opens the line; raises ``OSError`` when it cannot."""


def send_all(channel: Channel, data: bytes, seconds: float) -> None:
    """Hand over everything; ``TimeoutError`` when no byte is taken for so many seconds."""
    while data:
        data = data[channel.send(data, seconds) :]


def ask(channel: Channel, question: bytes, read: Callable[[bytes], T | None], seconds: float) -> T | None:
    """Send a question and read until its answer is whole; ``None`` when none came in time.

    Args:
        channel: the line.
        question: its bytes.
        read: makes the answer of all bytes that came; ``None`` while it is not whole.
        seconds: for the whole answer.

    Raises:
        OSError: the line broke, or the printer closed it.
    """
    deadline = time.monotonic() + seconds
    send_all(channel, question, seconds)
    received = b""
    while len(received) < _REPLY_LIMIT:
        left = deadline - time.monotonic()
        more = channel.receive(left) if left > 0 else b""
        if not more:
            return None
        received += more
        answer = read(received)
        if answer is not None:
            return answer
    return None


def problem_of(error: OSError) -> str:
    """The problem code of a line that could not be opened."""
    if error.errno == errno.EBUSY:
        return "in_use"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no_access"
    return "offline"


def said(error: OSError) -> str:
    """An error in words for the service screen."""
    return clean(error.strerror or str(error) or type(error).__name__)
