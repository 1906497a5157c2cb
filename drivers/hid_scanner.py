"""A scanner in HID POS mode on a hidraw node: bytes as the barcode has them, no layout, no keystrokes.

Some scanners stay silent until they are told that somebody reads (feature report 254). Sources: hardware reference 2.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from drivers.address import Address
from drivers.discovery import HID_SCANNER
from drivers.finder import ROOT
from drivers.hid_fields import OUTPUT, fields
from drivers.hid_pos import PosReports, layout
from drivers.hidraw import HidrawStream, opener
from drivers.stream_scanner import Signals, StreamScanner
from drivers.thread import Backoff
from rma_station.domain.outcome import Kind
from rma_station.errors import DeviceLost
from rma_station.ports import Clock

_BEEP = b"\xfd\x03\x16\x07\x0d"
BEEPS: Mapping[str, Signals] = {
    "none": {},
    # Honeywell's beep command, SYN BEL CR in report 253: one tone, so outcomes differ by number.
    "honeywell": {Kind.OK: (_BEEP,), Kind.ATTENTION: (_BEEP,) * 2, Kind.STOP: (_BEEP,) * 3},
}
"""Reports that make a scanner's own beeper say an outcome, by the URL's ``beep``; READY is silent."""
_SILENT_UNTIL_TOLD = frozenset({"0c2e", "23d0"})
"""USB vendors (Honeywell, Youjie) whose scanners send nothing until they are told that somebody reads."""
_SOMEBODY_READS = b"\xfe\x01"


Way = Callable[[Callable[[], HidrawStream]], Callable[[], HidrawStream]]


class PosStream:
    """A ``transport.Stream`` of the scanner's reports; what is written is padded to the size of its report.

    Args:
        node: the open device.
    """

    def __init__(self, node: HidrawStream) -> None:
        self.detail = node.detail
        self.layout = layout(node.descriptor, node.vendor)
        self._node = node
        bits = [field for field in fields(node.descriptor) if field.kind == OUTPUT]
        self._sizes = {field.report: 1 + (field.offset + field.size) // 8 for field in bits}

    def read(self, timeout: float) -> bytes:
        """One report; see ``Stream``."""
        return self._node.read(timeout)

    def write(self, data: bytes) -> None:
        """One report with its number; see ``Stream``."""
        self._node.write(data.ljust(self._sizes.get(data[0], 0), b"\0"))

    def wake(self) -> None:
        """See ``Stream``."""
        self._node.wake()

    def close(self) -> None:
        """See ``Stream``."""
        self._node.close()


def connector(address: Address, root: Path = ROOT, way: Way = lambda connect: connect) -> Callable[[], PosStream]:
    """A function that opens the scanner of a ``hidraw:`` address, and after the first time the very same scanner.

    Args:
        address: a checked URL.
        root: folder that has ``sys`` and ``dev``.
        way: what stands between this driver and the node, such as a recorder.
    """
    opened = opener(address, HID_SCANNER, "scanner in HID POS mode", root)

    def awake() -> HidrawStream:
        node = opened()
        if node.vendor in _SILENT_UNTIL_TOLD:
            with suppress(DeviceLost):  # a model that does not know it talks anyway; one that is gone is noticed next
                node.set_feature(_SOMEBODY_READS)
        return node

    through = way(awake)
    return lambda: PosStream(through())


def hid_scanner(
    name: str,
    connect: Callable[[], PosStream],
    clock: Clock,
    suffix: str = "auto",
    beep: str = "none",
    *,
    backoff: Backoff = Backoff(),  # noqa: B008 - frozen
) -> StreamScanner[PosStream]:
    """A scanner in HID POS mode as a ``ports.Scanner``, not started.

    Args:
        name: name in the configuration.
        connect: opens it.
        clock: time.
        suffix: what it is set to add, one of ``framing.SUFFIXES``.
        beep: one of ``BEEPS``.
        backoff: pauses between attempts to open.
    """
    return StreamScanner(
        name,
        connect,
        lambda stream: PosReports(name, stream.layout, suffix),
        clock,
        signals=BEEPS[beep],
        backoff=backoff,
    )
