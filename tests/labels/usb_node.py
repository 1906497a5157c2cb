"""A USB printer node that behaves as the kernel's ``usblp`` does, with its traps, and a printer model behind it."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Printer(Protocol):
    """What is on the cable: bytes in, answers out."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host."""


@dataclass
class UsbPort:
    """The port and what is plugged into it; ``open`` is handed to ``LpChannel``."""

    printer: Printer
    one_way: bool = False
    block: int = 8192
    """Largest write; on a real port 8 KiB."""
    port_status: int | None = 0x18
    """The IEEE 1284 byte; ``None``: the printer does not answer that."""
    open_error: int = 0
    stuck_after: int | None = None
    """Takes no more after so many bytes: no paper."""
    unplugged_after: int | None = None
    """Is gone after so many bytes."""
    arrives: bool = False
    """What was on its way when it was pulled out reached the printer."""
    empty_packets: int = 0
    """Empty reads before each answer."""
    pushed: bytes = b""
    """What the printer said before we came."""
    in_use: bool = False
    taken: int = 0
    opened: int = 0
    lost: bytes = b""
    """Bytes a close threw away while they were on their way."""
    nodes: list[UsbNode] = field(default_factory=list)

    def open(self, path: Path) -> UsbNode:
        """As ``open(2)`` does: one opener."""
        if self.open_error:
            raise OSError(self.open_error, os.strerror(self.open_error))
        if self.in_use:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.in_use = True
        self.opened += 1
        self.nodes.append(UsbNode(self))
        return self.nodes[-1]

    @property
    def gone(self) -> bool:
        """Nobody is on the cable any more."""
        return self.unplugged_after is not None and self.taken >= self.unplugged_after


class UsbNode:
    """One opening of the port: a write is on its way until somebody waits for it."""

    def __init__(self, port: UsbPort) -> None:
        self.port = port
        self._on_its_way = b""
        self._answers = port.pushed
        port.pushed = b""
        self._empty = port.empty_packets

    def read(self, size: int) -> bytes:
        """One packet."""
        self._check()
        if self.port.one_way:
            raise OSError(errno.EINVAL, "Invalid argument")
        if not self._answers:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        if self._empty:
            self._empty -= 1
            return b""
        data, self._answers = self._answers[:size], self._answers[size:]
        return data

    def write(self, data: bytes) -> int:
        """Accepted at once, delivered later; EAGAIN while the last block is on its way."""
        self._check()
        if self._on_its_way:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        block = data[: self.port.block]
        if self.port.unplugged_after is not None:
            block = block[: max(1, self.port.unplugged_after - self.port.taken)]
        self._on_its_way = block
        self.port.taken += len(block)
        return len(block)

    def wait(self, *, writing: bool, seconds: float) -> bool:
        """As ``poll(2)``: time lets the block on its way arrive."""
        self._deliver()
        return not self._on_its_way if writing else bool(self._answers) or self.port.one_way or self.port.gone

    def _deliver(self) -> None:
        stuck = self.port.stuck_after is not None and self.port.taken > self.port.stuck_after
        if self._on_its_way and not stuck and (self.port.arrives or not self.port.gone):
            data, self._on_its_way = self._on_its_way, b""
            self._answers += self.port.printer.receive(data)
            self._empty = self.port.empty_packets

    def port_status(self) -> int:
        """By control request."""
        if self.port.port_status is None or self.port.gone:
            raise OSError(errno.EIO, "Input/output error")
        return self.port.port_status

    def close(self) -> None:
        """What is on its way is thrown away."""
        self.port.lost += self._on_its_way
        self.port.in_use = False

    def _check(self) -> None:
        if self.port.gone:
            raise OSError(errno.ENODEV, "No such device")
