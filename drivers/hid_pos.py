"""Reports of a scanner in HID POS mode, to scans (pure; HID Point of Sale Usage Tables, 0x8C; hardware reference 2.6).

::

    number  length  ] E 0  5901234123457 0 0 0 ...  more        one report; "more" says that the next one goes on
                    AIM    data, 56 bytes mostly

Where what stands is read from the report descriptor: makers order and size it differently. For a descriptor that does
not say it there are the layouts of Honeywell and Zebra.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from drivers.framing import ENDINGS, LONGEST, PAUSE, TAIL, split_aim
from drivers.hid_fields import INPUT, Field, fields
from rma_station.domain.record import dataclass
from rma_station.ports import RawScan

_PAGE = 0x8C << 16
AIM_1, AIM_2, AIM_3, DATA, MORE = (_PAGE | code for code in (0xFB, 0xFC, 0xFD, 0xFE, 0xFF))
"""Usages: the three characters of the AIM identifier, decoded data, decode data continued."""
BYTE_COUNT = 0x01 << 16 | 0x3B
"""Usage of the generic desktop page: how many bytes of the data are meant."""
ZEBRA_VENDORS = frozenset({"05e0"})
"""USB vendors of the layout ``ZEBRA``: Symbol, now Zebra."""
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")


@dataclass(frozen=True)
class Layout:
    """Where everything stands in one scanner's reports; places in bytes behind the report's number."""

    report: int
    """Number of the report with scans; 0 where the device numbers none."""
    data: int
    capacity: int
    """Bytes of data one report holds."""
    length: int | None = None
    """Place of the number of bytes meant; without it the zeros at the end are padding."""
    aim: tuple[int, ...] = ()
    """Places of the three characters."""
    more: Field | None = None


def _field(place: int) -> Field:
    return Field(INPUT, 2, place * 8, 8, 0, (MORE,), False)


HONEYWELL = Layout(2, data=4, capacity=56, length=0, aim=(1, 2, 3), more=_field(62))
"""Honeywell, Youjie, Access-IS."""
ZEBRA = Layout(2, data=5, capacity=56, length=0, aim=(2, 3, 4), more=_field(62))
"""Symbol and Zebra: AIM and data one byte further."""


def layout(descriptor: bytes, vendor: str = "") -> Layout:
    """The layout a report descriptor describes, or that of the vendor. Never raises.

    Args:
        descriptor: report descriptor of the device.
        vendor: its USB vendor, four hexadecimal digits.
    """
    inputs = [field for field in fields(descriptor) if field.kind == INPUT]
    data = [field for field in inputs if DATA in field.usages and field.size == 8]
    if not data or data[0].offset % 8:
        return ZEBRA if vendor in ZEBRA_VENDORS else HONEYWELL
    beside = [field for field in inputs if field.report == data[0].report]
    aim = [field for usage in (AIM_1, AIM_2, AIM_3) for field in beside if usage in field.usages and field.size == 8]
    return Layout(
        data[0].report,
        data[0].offset // 8,
        sum(field.report == data[0].report for field in data),
        _length(beside),
        tuple(field.offset // 8 for field in aim[:3]) if len(aim) >= 3 else (),
        next((field for field in beside if MORE in field.usages), None),
    )


def _length(beside: Sequence[Field]) -> int | None:
    """The field that says so; without one the byte in front, where all scanners we know have it."""
    named = [field for field in beside if BYTE_COUNT in field.usages and field.size == 8]
    first = [field for field in beside if field.offset == 0 and field.size == 8]
    unknown = [field for field in first if not any(usage >> 16 == 0x8C and usage >= AIM_1 for usage in field.usages)]
    return next((field.offset // 8 for field in named + unknown), None)


@dataclass(frozen=True)
class Piece:
    """What one report brings of a scan."""

    data: bytes
    aim: str | None = None
    more: bool = False
    """The next report goes on."""
    whole: bool = True
    """False when the report is shorter than the data it announces."""


def parse(report: bytes, layout: Layout) -> Piece | None:
    """One report with its number; ``None`` when it is another one, or empty. Never raises."""
    if layout.report and report[:1] != bytes([layout.report]):
        return None
    body = report[1:] if layout.report else report
    if not body:
        return None
    room = body[layout.data : layout.data + layout.capacity]
    if layout.length is None:
        data, announced = room.rstrip(b"\0"), 0
    else:
        announced = body[layout.length]
        data = room[:announced]
    letters = bytes(body[place] for place in layout.aim if place < len(body))
    more = layout.more.read(body) if layout.more else 0
    return Piece(data, letters.decode("ascii") if _AIM.fullmatch(letters) else None, bool(more), announced <= len(room))


class PosReports:
    """Puts the reports of one scanner together.

    Args:
        device: name written into the scans.
        layout: of its reports.
        suffix: one of ``framing.SUFFIXES``: what is taken off the end, where the scanner is set to add it.
    """

    def __init__(self, device: str, layout: Layout, suffix: str = "auto") -> None:
        self._device, self._layout = device, layout
        self._ends = ENDINGS[suffix]
        self._held = bytearray()
        self._aim: str | None = None
        self._begun = self._too_long = False
        self._damaged: str | None = None
        self._last_at = 0.0
        self._tail_until = 0.0

    @property
    def pending(self) -> bool:
        """True while a report said that more follows."""
        return self._begun

    def feed(self, report: bytes, at: float) -> list[RawScan]:
        """Take one report.

        Args:
            report: with its number; anything else is nothing.
            at: monotonic seconds when it was read.
        """
        piece = parse(report, self._layout)
        if piece is None or not (piece.data or piece.more or self._begun):
            return []
        if not self._begun:
            self._aim = piece.aim
            self._damaged = "incomplete" if at < self._tail_until else None
        self._begun, self._last_at, self._tail_until = True, at, 0.0
        self._damaged = self._damaged or (None if piece.whole else "incomplete")
        found = self._hold(piece.data)
        return found if piece.more else found + self._end()

    def idle(self, at: float) -> list[RawScan]:
        """Say that nothing was there to read at ``at``; reports a scan whose next report did not come, once."""
        if not self._begun or at - self._last_at < PAUSE:
            return []
        self._tail_until = at + TAIL
        return self.lost()

    def lost(self) -> list[RawScan]:
        """The connection broke: report what had come of a scan, and begin afresh."""
        if not self._begun:
            return []
        self._damaged = self._damaged or "incomplete"
        return self._end()

    def again(self) -> None:
        """The scanner was asked to send the scan again."""
        self._tail_until = 0.0

    def _hold(self, data: bytes) -> list[RawScan]:
        room = LONGEST - len(self._held)
        self._held += data[:room]
        if len(data) <= room or self._too_long:
            return []
        self._too_long = True
        return [RawScan(self._device, bytes(self._held), self._last_at, self._aim, "too_long")]

    def _end(self) -> list[RawScan]:
        data = bytes(self._held).rstrip(self._ends)
        aim, data = (self._aim, data) if self._aim else split_aim(data)
        scan = RawScan(self._device, data, self._last_at, aim, self._damaged)
        quiet = self._too_long or not (data or self._damaged)
        self._held.clear()
        self._begun = self._too_long = False
        return [] if quiet else [scan]
