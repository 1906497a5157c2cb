"""What an EPL2 printer says of itself: pure parsers, bytes in, values out (Zebra EPL guide; hardware reference 4.3).

``^ee`` answers error codes at once, ``00`` when there is none; ``UQ`` prints nothing and answers its settings as lines
of text, the first of them model and firmware. There is no counter of labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STATUS = b"\r\n^ee\r\n"
SETTINGS = b"\r\nUQ\r\n"
_CODES = {
    "07": "media_out",
    "11": "head_open",
    "17": "ribbon_out",
    "61": "motor_hot",
    "62": "head_hot",
    "81": "cutter_fault",
    "92": "paused",
    "99": "fault",
}
"""Codes that keep it from printing. Others tell of a command it did not like and stay until the next good one."""
PROBLEMS = frozenset(_CODES.values())
"""Everything that keeps a printer from printing, by code."""
_REPORT = re.compile(rb"(?:\A|[^0-9,])([0-9]{2}(?:,[0-9]{2}){0,20})(?=\r?\n)")
_WIDTH = re.compile(r"\bq([0-9]{2,4})\b")
_LENGTH = re.compile(r"\bQ([0-9]{2,5})\b")


@dataclass(frozen=True)
class EplStatus:
    """Problems by code."""

    problems: tuple[str, ...]


@dataclass(frozen=True)
class EplSettings:
    """``UQ``: what it is and how wide and long its label is in dots, as far as it says."""

    model: str
    firmware: str
    width: int | None = None
    length: int | None = None


def epl_status(data: bytes) -> EplStatus | None:
    """Read the answer to ``^ee``: the newest line of codes; ``None`` until one is there."""
    lines = _REPORT.findall(data)
    if not lines:
        return None
    codes = lines[-1].decode().split(",")
    return EplStatus(tuple(dict.fromkeys(_CODES[code] for code in codes if code in _CODES)))


def epl_settings(data: bytes) -> EplSettings | None:
    """Read the answer to ``UQ``: ``None`` until the line of the label's width is there."""
    lines = [line.strip() for line in data.decode("latin-1").replace("\x00", "").splitlines()]
    whole = [line for line in lines[: -1 if not data.endswith(b"\n") else None] if line]
    text = "\n".join(whole)
    width, length = _WIDTH.search(text), _LENGTH.search(text)
    if width is None or not whole:
        return None
    model, _, firmware = whole[0].partition(" ")
    return EplSettings(model, firmware.strip(), int(width[1]), int(length[1]) if length else None)
