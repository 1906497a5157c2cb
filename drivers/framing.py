"""Where one scan of a serial scanner ends (pure; hardware reference 2.4).

::

    5901234123457 CR LF  ->  one scan          CR, LF, CR LF and EOT end a scan; empty frames are nothing
    STX ABC CR DEF ETX   ->  "ABC CR DEF"      between STX and ETX everything is data
    [)> RS 06 GS .. RS EOT -> one scan         an ISO 15434 message ends at its EOT and keeps it; CR inside is data
    ]C1 0105901234123457 ->  aim "]C1"         an AIM identifier in front is split off

Time never ends a scan: a pause only marks what is there as incomplete. Chunks may be cut anywhere.
"""

from __future__ import annotations

import re

from rma_station.ports import RawScan

LONGEST = 64 * 1024
"""Longest scan in bytes; a QR code holds 7,089 digits at most, so more than this is a wrong setting or noise."""
PAUSE = 0.5
"""Seconds of silence after which an unended scan is reported as incomplete."""
TAIL = 1.0
"""Seconds after that report in which bytes are taken for the rest of the same scan, and never for a new one."""

_STX, _ETX, _EOT, _TAB, _LF, _CR = b"\x02", b"\x03", b"\x04", b"\t", b"\n", b"\r"
_ENDS = {
    "auto": _CR + _LF + _EOT,
    "cr": _CR,
    "lf": _LF,
    "tab": _TAB,
    "etx": _ETX,
}
ENDINGS = {"auto": _CR + _LF, "cr": _CR, "lf": _CR + _LF, "tab": _TAB, "etx": b""}
"""What each ``suffix`` may leave behind where whole scans come, without terminators."""
SUFFIXES = tuple(_ENDS)
"""Settings of ``suffix``; all but ``auto`` take exactly one ending."""
_MARK = re.compile(rb"[\x02\x03\x04\t\n\r]")
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z](?=.)", re.DOTALL)
_MESSAGE = re.compile(rb"(?:\][A-Za-z][0-9A-Za-z])?\[\)>\x1e")
_INCOMPLETE, _TOO_LONG = "incomplete", "too_long"


class Framer:
    """Collects the bytes of one scanner and cuts them into scans.

    Args:
        device: name written into the scans.
        suffix: one of ``SUFFIXES``.
        also: marks that end a scan besides those of the suffix.
    """

    def __init__(self, device: str, suffix: str = "auto", also: bytes = b"") -> None:
        self._device = device
        self._suffix = suffix
        self._ends = _ENDS[suffix] + also
        self._held = bytearray()
        self._framed = False  # an STX was seen: only ETX ends
        self._too_long = False  # reported; the rest up to the ending is thrown away
        self._spoiled: str | None = None  # why this scan is no longer whole, whatever else comes of it
        self._last_at = 0.0
        self._tail_until: float | None = None  # an incomplete scan was reported; its rest may still come

    def feed(self, data: bytes, at: float) -> list[RawScan]:
        """Take bytes in the order they came.

        Args:
            data: any number of bytes.
            at: monotonic seconds when they were read.

        Returns:
            The scans that ended in them; those with ``damaged`` set are for showing only.
        """
        if not data:
            return []
        if self._tail_until is not None and at > self._tail_until and not self._held:
            self._tail_until = None
        self._last_at = at
        found: list[RawScan] = []
        start = 0
        for mark in _MARK.finditer(data):
            self._hold(data[start : mark.start()], found)
            self._mark(mark[0], found)
            start = mark.end()
        self._hold(data[start:], found)
        return found

    @property
    def pending(self) -> bool:
        """True while a scan has begun and not ended."""
        return bool(self._held) or self._framed or self._spoiled is not None

    def spoil(self, reason: str, at: float) -> None:
        """Something of this scan was lost at ``at``: it ends as damaged for this reason, even when nothing is left."""
        self._spoiled = self._spoiled or reason
        self._last_at = at

    def idle(self, at: float) -> list[RawScan]:
        """Say that nothing was there to read at ``at``; reports a scan that stopped half-way, once."""
        if not self.pending or at - self._last_at < PAUSE:
            return []
        found: list[RawScan] = []
        self._end(found, damaged=_INCOMPLETE)
        self._tail_until = at + TAIL
        return found

    def lost(self) -> list[RawScan]:
        """The connection broke: report what had come of a scan, and begin afresh."""
        found: list[RawScan] = []
        self._end(found, damaged=_INCOMPLETE)
        self._tail_until = None
        return found

    def again(self) -> None:
        """The scanner was asked to send the scan again: what comes now is a scan of its own, not the rest of one."""
        self._tail_until = None

    def _hold(self, part: bytes, found: list[RawScan]) -> None:
        room = LONGEST - len(self._held)
        self._held += part[:room]
        if len(part) > room and not self._too_long:
            self._too_long = True
            found.append(self._scan(_TOO_LONG))

    def _mark(self, mark: bytes, found: list[RawScan]) -> None:
        if mark == _STX and self._suffix in ("auto", "etx"):
            if self._held or self._framed:
                self._end(found, damaged=_INCOMPLETE)
            self._framed = True
            self._tail_until = None
        elif self._framed:
            if mark == _ETX:
                self._end(found)
            else:
                self._hold(mark, found)
        elif not self._held and self._spoiled is None and mark in (_CR, _LF, _STX):
            if mark in self._ends:
                self._tail_until = None
        elif self._suffix != "etx" and _MESSAGE.match(self._held):
            self._hold(mark, found)
            if mark == _EOT:
                self._end(found)
        elif mark in self._ends:
            self._end(found)
        else:
            self._hold(mark, found)

    def _end(self, found: list[RawScan], damaged: str | None = None) -> None:
        if self._suffix == "lf" and self._held.endswith(_CR):
            del self._held[-1:]
        if self._tail_until is not None:
            damaged = _INCOMPLETE
            self._tail_until = None
        if (self._held or self._spoiled) and not self._too_long:
            found.append(self._scan(self._spoiled or damaged))
        self._held.clear()
        self._framed = self._too_long = False
        self._spoiled = None

    def _scan(self, damaged: str | None) -> RawScan:
        aim, data = split_aim(bytes(self._held))
        return RawScan(self._device, data, self._last_at, aim, damaged)


def split_aim(data: bytes) -> tuple[str | None, bytes]:
    """An AIM identifier in front of a scan, and the rest; an identifier alone is data."""
    aim = _AIM.match(data)
    return (aim[0].decode("ascii"), data[aim.end() :]) if aim else (None, data)
