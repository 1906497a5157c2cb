"""Toledo's standard continuous output, bytes to ``Reading`` (pure; hardware reference 3.5).

::

    STX A B C  weight(6)  tare(6)  CR [CHK]        17 bytes, or 18 with the check byte; several a second

    A  bits 0-2 decimal point, bit 5 set           B  0 net  1 negative  2 out of range  3 motion  4 kg  5 set
    C  bits 0-2 unit, 3 print, 4 times ten, 5 set     6 not zeroed since power-up

The weight is text without point and sign. The decimal point codes 0 and 1 mean fixed zeros, and the zeros are in the
text already. The check byte makes the sum of all bytes 0 modulo 128.
"""

from __future__ import annotations

import re
from decimal import Decimal

from drivers.scales.protocol import UNIT_UNKNOWN, UNRECOGNISED, Certainty, LineSettings, Order, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_LENGTH = 17
_FRAME = re.compile(rb"\x02([\x20-\x3f])([\x20-\x3f\x60-\x7f])([\x20-\x3f])([ 0-9]{6})([ 0-9]{6})\r", re.DOTALL)
_DIGITS = re.compile(rb" *[0-9]+")
_NET, _NEGATIVE, _OUT_OF_RANGE, _MOTION, _KILOGRAMS, _NOT_ZEROED = 1, 2, 4, 8, 16, 64
_TIMES_TEN = 16
_UNITS = {1: "g", 2: "t", 3: "oz", 4: "ozt", 5: "dwt", 6: "ton"}


class Frames:
    """Cuts the stream where three status bytes with bit 5 set stand behind an STX and a CR fourteen bytes on.

    Whether a check byte follows is learnt from the first frame: the next byte is an STX where there is none. A check
    byte of 2 looks like an STX; then the byte behind it decides. From then on frames come out without waiting, until a
    check byte is wrong or something lies between two frames: then it is learnt anew.
    """

    def __init__(self) -> None:
        self._held = b""
        self._tail: int | None = None  # bytes after CR: 0 or 1, once it is known
        self._skipped = False  # bytes of no frame lie before what is held

    def feed(self, data: bytes) -> list[bytes]:
        """Frames that ended in ``data``, with their check byte where there is one."""
        self._held += data
        frames: list[bytes] = []
        while (found := _FRAME.search(self._held)) is not None:
            if found.start():
                self._held, self._skipped = self._held[found.start() :], True
            if self._skipped and self._tail == 0:
                self._tail = None
            tail = self._tail if self._tail is not None else self._learnt()
            if tail is None or len(self._held) < _LENGTH + tail:
                return frames
            frame, self._held = self._held[: _LENGTH + tail], self._held[_LENGTH + tail :]
            self._tail = None if tail and not _sums_up(frame) else tail
            self._skipped = False
            frames.append(frame)
        if len(self._held) >= _LENGTH:
            self._held, self._skipped = self._held[-(_LENGTH - 1) :], True
        return frames

    def clear(self) -> None:
        """Forget the beginning of a frame; what was learnt stays."""
        self._held = b""

    def _learnt(self) -> int | None:
        behind = self._held[_LENGTH : _LENGTH + 2]
        if not behind:
            return None
        if behind[0] != 2:
            return 1
        if not _sums_up(self._held[: _LENGTH + 1]):
            return 0
        if len(behind) < 2:
            return None
        return 1 if behind[1] == 2 else 0


def parse(frame: bytes, at: float) -> Reading:
    """One frame; see ``ScaleProtocol.parse``."""
    found = _FRAME.fullmatch(frame[:_LENGTH])
    if found is None or len(frame) > _LENGTH + 1 or not _DIGITS.fullmatch(found[4]):
        return nothing(UNRECOGNISED, frame, at)
    if len(frame) > _LENGTH and not _sums_up(frame):
        return nothing("checksum", frame, at)
    point, state, extra = found[1][0] & 7, found[2][0], found[3][0]
    stable = not state & _MOTION
    if state & _OUT_OF_RANGE:
        return nothing("under" if state & _NEGATIVE else "over", frame, at, stable)
    if state & _NOT_ZEROED:
        return nothing("not_zeroed", frame, at, stable)
    if extra & _TIMES_TEN:
        # Manuals do not agree whether the decimal point then counts the extra digit: a weight could be ten times off.
        return nothing("expanded", frame, at, stable)
    code = extra & 7
    unit = _UNITS.get(code) if code else ("kg" if state & _KILOGRAMS else "lb")
    if unit is None:
        return nothing(UNIT_UNKNOWN, frame, at, stable)
    value = _scaled(found[4], point)
    tare = _scaled(found[5], point) if _DIGITS.fullmatch(found[5]) else None
    return Reading(-value if state & _NEGATIVE else value, unit, stable, frame, at, net=bool(state & _NET), tare=tare)


def _scaled(digits: bytes, point: int) -> Decimal:
    return Decimal(int(digits)).scaleb(-max(0, point - 2))


def _sums_up(data: bytes) -> bool:
    return sum(data) & 0x7F == 0


def recognise(frame: bytes) -> Certainty:
    """Seventeen bytes of this shape are hardly anything else; with the right check byte they are nothing else."""
    flag = parse(frame, 0.0).flag
    if flag in (UNRECOGNISED, "checksum"):
        return Certainty.NONE
    return Certainty.SURE if len(frame) > _LENGTH else Certainty.LIKELY


PROTOCOL = ScaleProtocol(
    name="toledo-continuous",
    title="Toledo continuous (Mettler-Toledo IND and ICS, Kern FTC, Cardinal)",
    framer=Frames,
    parse=parse,
    recognise=recognise,
    exact=True,
    lines=(LineSettings(), LineSettings(9600, 7, "E")),
    zero=Order(b"Z\r\n"),
    tare=Order(b"T\r\n"),
)
