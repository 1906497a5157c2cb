"""A USB or Bluetooth HID device read below the input layer: whole reports, no layout, no keystrokes.

Shared by scanners in HID POS mode and USB scales. ``read`` gives exactly one report at a time. Numbers of the calls:
``linux/hidraw.h``.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drivers.address import Address
from drivers.discovery import Node
from drivers.finder import ROOT, NodeFinder, described
from drivers.handles import CHUNK, Wake, lost_as, wait_readable
from rma_station.errors import DeviceLost

GROUP = "plugdev"
"""Group our udev rules give the nodes to."""
_SET_FEATURE = 0xC0004806


class HidrawStream:
    """An open hidraw node: a ``transport.Stream`` of whole reports.

    Args:
        fd: the open node, non-blocking; closed by ``close``.
        node: what is known of the device.
        descriptor: its report descriptor.
    """

    def __init__(self, fd: int, node: Node, descriptor: bytes) -> None:
        self.node = node
        self.vendor = node.vendor
        self.descriptor = descriptor
        self.detail = described(node)
        self._fd = fd
        self._wake = Wake()

    def read(self, timeout: float) -> bytes:
        """One report with its number in front where the device numbers them; see ``Stream``."""
        with lost_as(self.detail, GROUP):
            if not wait_readable(self._fd, self._wake, timeout):
                return b""
            try:
                report = os.read(self._fd, CHUNK)
            except (BlockingIOError, InterruptedError):
                return b""
        if not report:
            raise DeviceLost(f"{self.detail}: unplugged")
        return report

    def write(self, data: bytes) -> None:
        """One output report, its number first (0 where the device numbers none); see ``Stream``."""
        with lost_as(self.detail, GROUP):
            os.write(self._fd, data)

    def set_feature(self, report: bytes) -> None:
        """Set a feature report, its number first.

        Raises:
            DeviceLost: the device is gone, or does not know it.
        """
        with lost_as(self.detail, GROUP):
            fcntl.ioctl(self._fd, _SET_FEATURE | len(report) << 16, report)

    def wake(self) -> None:
        """See ``Stream``."""
        self._wake.set()

    def close(self) -> None:
        """See ``Stream``."""
        self._wake.close()
        if self._fd >= 0:
            with suppress(OSError):
                os.close(self._fd)
            self._fd = -1


def open_node(node: Node, root: Path = ROOT) -> HidrawStream:
    """Open a node for reading and writing.

    Raises:
        DeviceLost: it is gone or may not be opened.
    """
    with lost_as(described(node), GROUP):
        descriptor = (root / "sys/class/hidraw" / Path(node.path).name / "device/report_descriptor").read_bytes()
        fd = os.open(node.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    return HidrawStream(fd, node, descriptor)


def opener(address: Address, trait: str, kind: str, root: Path = ROOT) -> Callable[[], HidrawStream]:
    """A function that opens the device of an address, and after the first time the very same device.

    Args:
        address: a checked ``hidraw:`` or ``hid-scale:`` URL.
        trait: ``discovery.HID_SCANNER`` or ``discovery.HID_SCALE``.
        kind: what it is, for messages: ``HID POS scanner``.
        root: folder that has ``sys`` and ``dev``.
    """
    finder = NodeFinder(address, trait, kind, root)
    return lambda: open_node(finder.find(), root)
