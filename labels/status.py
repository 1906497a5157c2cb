"""What a ZPL printer says of itself: pure parsers, bytes in, values out. Random bytes give ``None``, never an error.

``None`` means "no complete answer", which is not "no problem" and not "offline": Zebra documents that a printer may
stay silent with media out, ribbon out or head open (design rule 7, hardware reference 4.3). Tables: ZPL II guide,
``~HS``, ``~HQES``, ``~HI``; SGD ``getvar``.

Problem codes: ``media_out ribbon_out head_open paused buffer_full diagnostic corrupt_ram head_cold head_hot
cutter_fault motor_hot head_fault firmware_fault feed_fault paper_jam presenter_fault path_fault mark_not_found fault``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAME = re.compile(rb"\x02([^\x02\x03]{0,200})\x03")
_IDENTITY = re.compile(rb"\x02([^\x02\x03,]{1,100}),([^\x02\x03,]{0,100}),([0-9]{1,4}),([^\x02\x03]{0,200})\x03")
"""Bounded, so that an answer without an end costs no time."""
_NUMBERS = re.compile(r"[0-9]{1,10}(,[0-9A-Fa-f]{1,10})*")
_FIRST_FIELDS, _SECOND_FIELDS, _THIRD_FIELDS = 12, 11, 2

_FIRST_PROBLEMS = {
    1: "media_out",
    2: "paused",
    5: "buffer_full",
    6: "diagnostic",
    9: "corrupt_ram",
    10: "head_cold",
    11: "head_hot",
}
_SECOND_PROBLEMS = {2: "head_open", 3: "ribbon_out"}

_ERROR_BITS = {
    0x1: "media_out",
    0x2: "ribbon_out",
    0x4: "head_open",
    0x8: "cutter_fault",
    0x10: "head_hot",
    0x20: "motor_hot",
    0x40: "head_fault",
    0x80: "head_fault",
    0x100: "firmware_fault",
    0x200: "head_fault",
    0x400: "feed_fault",
    0x1000: "paper_jam",
    0x2000: "presenter_fault",
    0x8000: "path_fault",
    0x10000: "paused",
    0x20000: "presenter_fault",
    0x40000: "mark_not_found",
    0x80000: "mark_not_found",
}
_WARNING_BITS = {
    0x1: "calibrate",
    0x2: "clean_head",
    0x4: "replace_head",
    0x8: "media_low",
    0x10: "sensor_1",
    0x20: "sensor_2",
    0x40: "sensor_3",
    0x80: "sensor_4",
    0x100: "sensor_5",
    0x200: "sensor_6",
    0x400: "sensor_7",
    0x800: "sensor_8",
}


PROBLEMS = frozenset({*_FIRST_PROBLEMS.values(), *_SECOND_PROBLEMS.values(), *_ERROR_BITS.values(), "fault"})
"""Everything that keeps a printer from printing, by code."""
WARNINGS = frozenset({"calibrate", "clean_head", "replace_head", "media_low"})
"""Warnings a person can do something about; raw sensor states are for a technician."""


@dataclass(frozen=True)
class HostStatus:
    """``~HS``: problems by code and how far the printer is with what it was sent."""

    problems: tuple[str, ...]
    partial: bool
    """A label has begun to arrive and has not ended."""
    formats: int
    """Labels in the receive buffer."""
    label_waiting: bool
    """A printed label waits to be taken off (peel mode)."""
    remaining: int
    """Labels of the batch still to be printed."""
    length: int
    """Label length in dots."""
    mode: str
    """Print mode: 0 rewind, 1 peel, 2 tear-off, 3 cutter, 4 applicator."""

    @property
    def idle(self) -> bool:
        """Nothing received is still to be printed."""
        return not (self.partial or self.formats or self.remaining)


@dataclass(frozen=True)
class ErrorStatus:
    """``~HQES``: what keeps it from printing, and what it only warns of."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """What a printer answers to ``~HI``: who it is."""

    model: str
    firmware: str
    dpi: int
    memory: str


@dataclass(frozen=True)
class Setting:
    """An SGD answer; ``known`` is false when the printer has no such variable."""

    text: str
    known: bool = True

    @property
    def number(self) -> int | None:
        """The text as a number, if it starts with one (``"1234 INCHES"``)."""
        digits = re.match(r"[0-9]{1,12}", self.text)
        return int(digits[0]) if digits else None


def host_status(data: bytes) -> HostStatus | None:
    """Read the three strings of ``~HS``; ``None`` until all three are there."""
    found = [_numbers(frame) for frame in _FRAME.findall(data)]
    for first, second, third in zip(found, found[1:], found[2:], strict=False):
        if (len(first), len(second), len(third)) == (_FIRST_FIELDS, _SECOND_FIELDS, _THIRD_FIELDS):
            return _host_status(first, second)
    return None


def host_status_setting(data: bytes) -> HostStatus | None:
    """Read the same fields from the answer to SGD ``device.host_status``, which comes in quotes, frames or neither."""
    parts = re.split(rb"[\x02\x03\r\n\",]+", data)
    fields = _numbers(b",".join(part for part in parts if part))
    if len(fields) != _FIRST_FIELDS + _SECOND_FIELDS + _THIRD_FIELDS:
        return None
    return _host_status(fields[:_FIRST_FIELDS], fields[_FIRST_FIELDS:])


def error_status(data: bytes) -> ErrorStatus | None:
    """Read ``~HQES``; ``None`` unless both the errors and the warnings line are there."""
    lines = [re.search(rb"%s:\s*[01]\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})" % name, data) for name in _LINES]
    errors, warnings = (int(line[2], 16) if line else None for line in lines)
    if errors is None or warnings is None:
        return None
    return ErrorStatus(_bits(errors, _ERROR_BITS, "fault"), _bits(warnings, _WARNING_BITS, "warning"))


_LINES = (b"ERRORS", b"WARNINGS")


def identity(data: bytes) -> Identity | None:
    """Read ``~HI``. The third field is dots per inch on some models, dots per millimetre on others."""
    for found in _IDENTITY.finditer(data):
        model, firmware, density, memory = (part.decode("latin-1").strip() for part in found.groups())
        if any(letter.isalpha() for letter in model):
            dpi = {6: 152, 8: 203, 12: 300, 24: 600}.get(int(density), int(density))
            return Identity(model, firmware, dpi, memory)
    return None


def setting(data: bytes) -> Setting | None:
    """Read an SGD answer such as ``"203"``; ``?`` with or without quotes means that there is no such variable."""
    if data.strip(b" \r\n\x00") == b"?":
        return Setting("", known=False)
    quoted = re.search(rb'"([^"]{0,2000})"', data, re.DOTALL)
    if quoted is None:
        return None
    text = quoted[1].decode("latin-1").strip()
    return Setting("", known=False) if text == "?" else Setting(text)


def _host_status(first: list[str], second: list[str]) -> HostStatus:
    problems = [code for index, code in _FIRST_PROBLEMS.items() if first[index].strip("0")]
    problems += [code for index, code in _SECOND_PROBLEMS.items() if second[index].strip("0")]
    return HostStatus(
        problems=tuple(problems),
        partial=bool(first[7].strip("0")),
        formats=_decimal(first[4]),
        label_waiting=bool(second[7].strip("0")),
        remaining=_decimal(second[8]),
        length=_decimal(first[3]),
        mode=second[5],
    )


def _numbers(frame: bytes) -> list[str]:
    text = frame.decode("latin-1").strip()
    return text.split(",") if _NUMBERS.fullmatch(text) else []


def _decimal(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _bits(word: int, names: dict[int, str], other: str) -> tuple[str, ...]:
    codes = dict.fromkeys(name for bit, name in names.items() if word & bit)
    if word & ~sum(names):
        codes[other] = None
    return tuple(codes)
