"""Byte streams of devices: a serial line, a socket, or a loop for trying out; each opened from a URL (``address.py``).

Whatever pyserial, the kernel or a socket raise comes out as ``DeviceLost``; nothing else does.
"""

from __future__ import annotations

import errno
import select
import socket
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import serial

from drivers.address import Address, parse_url
from drivers.handles import CHUNK, FOREIGN, Wake, lost_as, wait_readable
from drivers.links import confirm, wait_for_udev
from drivers.parity import ParityStream
from rma_station.errors import DeviceLost

CONNECT_TIMEOUT = 3.0
"""Seconds to wait for a socket's peer: one lost SYN is sent again after a second."""
WRITE_TIMEOUT = 0.8
"""Seconds a peer may refuse to take our bytes before it counts as lost."""


class Stream(Protocol):
    """An open connection to a device. Everything but ``wake`` is called by its one thread."""

    detail: str
    """What was opened and how, for the service screen."""

    def read(self, timeout: float) -> bytes:
        """Wait for bytes; empty after ``timeout`` seconds or a ``wake``.

        Raises:
            DeviceLost: the device is gone.
        """

    def write(self, data: bytes) -> None:
        """Hand over all bytes.

        Raises:
            DeviceLost: the device is gone, or did not take them within ``WRITE_TIMEOUT``.
        """

    def wake(self) -> None:
        """Let a waiting ``read`` return now; from any thread, also after ``close``."""

    def close(self) -> None:
        """Let go; never raises."""


def open_url(url: str, also: tuple[str, ...] = ()) -> Stream:
    """Open a device.

    Args:
        url: see the head of this module.
        also: options in the URL that are for the driver.

    Raises:
        Malformed: the URL cannot be used.
        DeviceLost: the device is not there, may not be opened, or is held by another program.
    """
    return open_address(parse_url(url, also))


def open_address(address: Address) -> Stream:
    """``open_url`` for an address that was checked before."""
    if address.scheme == "serial":
        return _open_serial(address.target, address.options)
    if address.scheme == "socket":
        peer = _open_socket(address.target)
        parity = address.options.get("parity", "N")
        return ParityStream(peer, parity) if parity != "N" else peer
    near, far = socket.socketpair()
    return LoopStream(near, far)


class SerialStream:
    """A serial line, opened exclusively.

    Args:
        port: an open pyserial port with ``timeout=0``.
        detail: for the service screen.
        mask: applied to every byte read; 0x7F drops a parity bit the line could not check.
    """

    def __init__(self, port: serial.Serial, detail: str, mask: int = 0xFF) -> None:
        self.detail = detail
        self._port = port
        self._table = bytes(number & mask for number in range(256)) if mask != 0xFF else None
        self._wake = Wake()

    def read(self, timeout: float) -> bytes:
        """See ``Stream``."""
        with lost_as(self.detail):
            if not wait_readable(self._port.fileno(), self._wake, timeout):
                return b""
            data: bytes = self._port.read(CHUNK)
        return data.translate(self._table) if self._table else data

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        with lost_as(self.detail):
            self._port.write(data)

    def wake(self) -> None:
        """See ``Stream``."""
        self._wake.set()

    def close(self) -> None:
        """See ``Stream``."""
        self._wake.close()
        with suppress(*FOREIGN):
            self._port.close()


def _open_serial(path: str, options: Mapping[str, str]) -> Stream:
    baud, bits, parity = int(options.get("baud", "9600")), int(options.get("bits", "8")), options.get("parity", "N")
    stop, flow = int(options.get("stop", "1")), options.get("flow", "none")

    def opened(bits: int, parity: str) -> serial.Serial:
        wait_for_udev(path)
        port = serial.Serial(
            path,
            baudrate=baud,
            bytesize=bits,
            parity=parity,
            stopbits=stop,
            rtscts=flow == "rtscts",
            xonxoff=flow == "xonxoff",
            timeout=0,
            write_timeout=WRITE_TIMEOUT,
            exclusive=True,
        )
        try:
            confirm(path, port.fileno())
            if parity != "N":
                _check_parity(port.fileno())
        except (DeviceLost, termios.error):
            port.close()
            raise
        return port

    wanted, mask = f"{bits}{parity}{stop}", 2**bits - 1
    with lost_as(path):
        try:
            return SerialStream(opened(bits, parity), f"{path} {baud} {wanted}", mask)
        except termios.error:
            # A pseudo-terminal, or an adapter that has no such frame: some say so, others go on with eight bits.
            if (bits, parity) == (8, "N"):
                raise
            detail = f"{path} {baud} 8N{stop} for {wanted}"
            if bits == 7 and parity != "N":
                return ParityStream(SerialStream(opened(8, "N"), detail), parity)
            return SerialStream(opened(8, "N"), detail, mask)


def _check_parity(fd: int) -> None:
    """Let the kernel put a NUL in the place of a byte whose parity is wrong; pyserial leaves such bytes as they are.

    Raises:
        termios.error: the line has no parity, though it took the setting without a word.
    """
    attributes = termios.tcgetattr(fd)
    if not attributes[2] & termios.PARENB:
        raise termios.error(errno.EINVAL, "no parity")
    attributes[0] |= termios.INPCK
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


class SocketStream:
    """A TCP connection whose dead peer is noticed within about 12 seconds."""

    def __init__(self, peer: socket.socket, detail: str) -> None:
        peer.setblocking(False)
        self.detail = detail
        self._peer = peer
        self._wake = Wake()

    def read(self, timeout: float) -> bytes:
        """See ``Stream``."""
        with lost_as(self.detail):
            if not wait_readable(self._peer.fileno(), self._wake, timeout):
                return b""
            try:
                data = self._peer.recv(CHUNK)
            except (BlockingIOError, InterruptedError):
                return b""
        if not data:
            raise DeviceLost(f"{self.detail}: the other side closed the connection")
        return data

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        _send_all(self._peer, data, self.detail)

    def wake(self) -> None:
        """See ``Stream``."""
        self._wake.set()

    def close(self) -> None:
        """See ``Stream``."""
        self._wake.close()
        with suppress(*FOREIGN):
            self._peer.close()


class LoopStream(SocketStream):
    """What is written is read back."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        super().__init__(near, "loop:")
        far.setblocking(False)
        self._far = far

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        _send_all(self._far, data, self.detail)

    def close(self) -> None:
        """See ``Stream``."""
        self._far.close()
        super().close()


def _send_all(peer: socket.socket, data: bytes, what: str) -> None:
    until = time.monotonic() + WRITE_TIMEOUT
    rest = memoryview(data)
    with lost_as(what):
        while rest:
            _, ready, _ = select.select([], [peer], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("the other side takes no bytes")
            try:
                rest = rest[peer.send(rest) :]
            except (BlockingIOError, InterruptedError):
                continue


def _open_socket(target: str) -> SocketStream:
    host, _, port = target.rpartition(":")
    with lost_as(target):
        peer = socket.create_connection((host.strip("[]"), int(port)), CONNECT_TIMEOUT)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (
            ("TCP_KEEPIDLE", 5),
            ("TCP_KEEPINTVL", 2),
            ("TCP_KEEPCNT", 3),
            ("TCP_USER_TIMEOUT", 10_000),  # milliseconds a sent byte may stay unacknowledged
        ):
            if hasattr(socket, name):
                peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return SocketStream(peer, target)
