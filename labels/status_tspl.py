"""What a TSPL printer (TSC and its many look-alikes) says of itself: pure parsers, bytes in, values out.

``<ESC>!?`` answers one byte of bits at once, also while the printer prints or stands still (hardware reference 4.3);
``~!T`` answers the model, only when it is ready. There is no counter of single labels.
"""

from __future__ import annotations

from dataclasses import dataclass

STATUS = b"\x1b!?"
MODEL = b"~!T"
_PRINTING = 0x20
_BITS = {
    0x01: "head_open",
    0x02: "paper_jam",
    0x04: "media_out",
    0x08: "ribbon_out",
    0x10: "paused",
    0x40: "cover_open",
    0x80: "fault",
}
PROBLEMS = frozenset(_BITS.values())
"""Everything that keeps a printer from printing, by code."""
_LONGEST = 4
"""Bytes; a few answers may have come together, more is a printer that speaks something else."""


@dataclass(frozen=True)
class TsplStatus:
    """Problems by code, and whether it prints at this moment."""

    problems: tuple[str, ...]
    printing: bool = False


def tspl_status(data: bytes) -> TsplStatus | None:
    """Read the answer to ``<ESC>!?``: the newest byte; ``None`` for silence and for what is no such answer."""
    if not 1 <= len(data) <= _LONGEST:
        return None
    bits = data[-1]
    return TsplStatus(tuple(name for bit, name in _BITS.items() if bits & bit), bool(bits & _PRINTING))


def tspl_model(data: bytes) -> str | None:
    """Read the answer to ``~!T``: a line of text; ``None`` until its end has come."""
    line, end, _ = data.replace(b"\n", b"\r").lstrip(b"\r\x00").partition(b"\r")
    text = line.decode("latin-1").strip()
    return text if end and text.isprintable() and any(letter.isalpha() for letter in text) else None
