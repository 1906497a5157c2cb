"""Dialog 06 of checkout scales, bytes to ``Reading`` (pure; hardware reference 3.8).

The record tables stand in the service manuals of Ohaus Aviator 7000 (p. 40) and Mettler-Toledo Diva (p. 54).

::

    host EOT STX 01 ESC price(6) ESC ETX  -> ACK          a price has to be set before the scale weighs
    host EOT ENQ                          -> STX 02 ESC unit ESC weight(5) ESC price(6) ESC amount(6) ETX, or NAK
    host EOT STX 08 ETX                   -> STX 09 ESC d d ETX          why it was NAK

The weight is five digits without a point: unit ``3`` is kg with three decimals, ``1`` and ``2`` lb with two and three.
It comes only when stable. Some scales send ``00000`` for an overload, so a zero is no weight here.
"""

from __future__ import annotations

import re
from decimal import Decimal

from drivers.scales.framers import Shapes
from drivers.scales.protocol import (
    ACK,
    NAK,
    UNIT_UNKNOWN,
    UNRECOGNISED,
    Certainty,
    LineSettings,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import EMPTY, Reading

_SHAPE = re.compile(rb"\x06|\x15|\x02[^\x02-\x06\x15]{2,40}[\x03\x04]")
_WEIGHT = re.compile(rb"\x0202\x1b([0-3])\x1b([ 0-9.\-]{5,7})(?:\x1b[0-9]{5,6}\x1b[0-9]{6})?[\x03\x04]")
_STATUS = re.compile(rb"\x0209\x1b([0-9]{2})[\x03\x04]")
_UNITS = {b"1": ("lb", 2), b"2": ("lb", 3), b"3": ("kg", 3)}
_PROBLEMS = {
    b"20": "motion",
    b"21": "not_ready",  # has not moved since the last weighing
    b"22": "not_ready",
    b"30": EMPTY,
    b"31": "under",
    b"32": "over",
}
PRICE = b"\x04\x0201\x1b000100\x1b\x03"
"""Sets a unit price of 1.00; the amount that follows from it is not read."""


def parse(frame: bytes, at: float) -> Reading:
    """One record; see ``ScaleProtocol.parse``."""
    if frame == b"\x06":
        return nothing(ACK, frame, at)
    if frame == b"\x15":
        return nothing(NAK, frame, at)
    if status := _STATUS.fullmatch(frame):
        flag = _PROBLEMS.get(status[1], "fault" if status[1] != b"00" else "not_ready")
        return nothing(flag, frame, at, stable=False if flag == "motion" else None)
    found = _WEIGHT.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    if not found[2].strip(b" "):
        return nothing("motion", frame, at, stable=False)
    if found[1] not in _UNITS:
        return nothing(UNIT_UNKNOWN, frame, at)
    unit, decimals = _UNITS[found[1]]
    if b"-" in found[2]:
        return nothing("under", frame, at)
    digits = found[2].replace(b".", b"") if found[2][-decimals - 1 :][:1] == b"." else found[2]
    if not re.fullmatch(rb"[0-9]{5}", digits):
        return nothing(UNRECOGNISED, frame, at)
    if not int(digits):
        return nothing("zero_or_over", frame, at)
    return Reading(Decimal(digits.decode("ascii")).scaleb(-decimals), unit, True, frame, at)


def recognise(frame: bytes) -> Certainty:
    """Records 02 and 09 are its own; ACK and NAK are everybody's."""
    flag = parse(frame, 0.0).flag
    if flag in (ACK, NAK):
        return Certainty.WEAK
    return Certainty.NONE if flag == UNRECOGNISED else Certainty.LIKELY


PROTOCOL = ScaleProtocol(
    name="dialog06",
    title="Dialog 06 (Dibal DPOS, Cely, Mettler-Toledo Diva, Bizerba)",
    framer=lambda: Shapes(_SHAPE, 44),
    parse=parse,
    recognise=recognise,
    exact=True,
    lines=(LineSettings(9600, 7, "O"), LineSettings()),
    ask=(PRICE, b"\x04\x05"),
    why=b"\x04\x0208\x03",
)
