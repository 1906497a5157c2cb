"""A USB scale (HID usage page 0x8D) on a hidraw node, found by who it is and by its place.

A DYMO goes away by itself after three minutes without use, as if it were unplugged, and comes back when its power key
is pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drivers.address import Address
from drivers.discovery import HID_SCALE
from drivers.finder import ROOT
from drivers.hid_fields import FEATURE
from drivers.hidraw import HidrawStream, opener
from drivers.scales.hid_layout import Layout, layout
from drivers.scales.usb_hid import PROTOCOL
from drivers.serial_scale import SerialScale
from drivers.thread import Backoff
from rma_station.errors import Refused
from rma_station.ports import Clock

Way = Callable[[Callable[[], HidrawStream]], Callable[[], HidrawStream]]


class ScaleReports:
    """A ``transport.Stream`` of a scale's data reports in the standard layout; its other reports are left out.

    Args:
        node: the open device.
    """

    def __init__(self, node: HidrawStream) -> None:
        self.detail = node.detail
        self._node = node
        self._layout: Layout = layout(node.descriptor)
        self._stale = True

    def read(self, timeout: float) -> bytes:
        """One data report, or nothing; see ``Stream``. The first after opening may be from before and is left out."""
        report = self._layout.standard(self._node.read(timeout))
        if report is None:
            return b""
        stale, self._stale = self._stale, False
        return b"" if stale else report

    def write(self, data: bytes) -> None:
        """Set zero, whatever ``data`` is: it is the only thing a scale can be told.

        Raises:
            Refused: this scale has no such control.
            DeviceLost: it is gone.
        """
        zero = self._layout.zero
        if zero is None:
            raise Refused(f"{self.detail}: the scale has no control for zero; use its own key")
        bits = (1 << zero.offset).to_bytes(zero.offset // 8 + 1, "little")
        report = bytes([zero.report]) + bits
        if zero.kind == FEATURE:
            self._node.set_feature(report)
        else:
            self._node.write(report)

    def wake(self) -> None:
        """See ``Stream``."""
        self._node.wake()

    def close(self) -> None:
        """See ``Stream``."""
        self._node.close()


def connector(address: Address, root: Path = ROOT, way: Way = lambda connect: connect) -> Callable[[], ScaleReports]:
    """A function that opens the scale of a ``hid-scale:`` address, and after the first time the very same scale.

    Args:
        address: a checked URL.
        root: folder that has ``sys`` and ``dev``.
        way: what stands between this driver and the node, such as a recorder.
    """
    opened = way(opener(address, HID_SCALE, "USB scale", root))
    return lambda: ScaleReports(opened())


def hid_scale(
    name: str,
    address: Address,
    clock: Clock,
    unit: str = "",
    *,
    root: Path = ROOT,
    way: Way = lambda connect: connect,
    backoff: Backoff = Backoff(),  # noqa: B008 - frozen
) -> SerialScale:
    """A USB scale as a ``ports.Scale``, not started.

    Args:
        name: name in the configuration.
        address: a checked ``hid-scale:`` URL.
        clock: time.
        unit: the unit it was proved with; the key on the scale may change it.
        root: folder that has ``sys`` and ``dev``.
        way: as of ``connector``.
        backoff: pauses between attempts to open.
    """
    return SerialScale(name, connector(address, root, way), clock, PROTOCOL, unit=unit, backoff=backoff)
