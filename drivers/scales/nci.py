"""NCI general protocol and SCP-01, bytes to ``Reading`` (pure; hardware reference 3.7). Weigh-Tronix, Brecknell, Adam.

::

    LF 0000.26LB CR LF S 0 0 CR ETX      a weight and its status; SCP-01 leaves the S out
    LF S 1 0 CR ETX                      a status alone: there is no weight
    LF ? CR ETX                          the command is not known

    status byte 1  bit 0 motion, 1 at zero, 2 and 3 memory faults       all bytes: bits 4 and 5 set
    status byte 2  bit 0 under, 1 over, 2 and 3 faults, 6 a third byte follows
    status byte 3  bit 2 net, 3 no zero at power-up

In place of digits ``^^^^^^`` is over, ``______`` under and ``------`` a zero error.
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Shapes
from drivers.scales.protocol import UNRECOGNISED, Certainty, LineSettings, Order, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_SHAPE = re.compile(rb"\n(?:[^\n\x03]{5,14}\r\n)?[^\n\x03]{1,5}\r\x03")
_FRAME = re.compile(
    rb"\n(?:([-+ 0-9.]{3,10}|\^{4,9}|_{4,9}|-{4,9})([A-Za-z ]{2})\r\n)?S?([0-?])([0-?]|[p-\x7f](?=[0-?]))([0-?])?\r\x03"
)
_MOTION, _AT_ZERO, _MEMORY = 0x01, 0x02, 0x0C
_UNDER, _OVER, _FAULTY = 0x01, 0x02, 0x0C
_NET, _NOT_ZEROED = 0x04, 0x08
_SIGNS = {b"^": "over", b"_": "under", b"-": "not_zeroed"}


def parse(frame: bytes, at: float) -> Reading:
    """One answer; see ``ScaleProtocol.parse``."""
    if frame == b"\n?\r\x03":
        return nothing("syntax", frame, at)
    found = _FRAME.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    first, second, third = (part[0] if part else 0 for part in found.group(3, 4, 5))
    stable = not first & _MOTION
    digits = found[1]
    if digits is not None and digits[:1] * len(digits) == digits and digits[:1] in _SIGNS:
        return nothing(_SIGNS[digits[:1]], frame, at, stable)
    if first & _MEMORY or second & _FAULTY:
        return nothing("fault", frame, at, stable)
    if second & (_UNDER | _OVER):
        return nothing("over" if second & _OVER else "under", frame, at, stable)
    if third & _NOT_ZEROED:
        return nothing("not_zeroed", frame, at, stable)
    if digits is None:
        flag = "motion" if not stable else "centre_zero" if first & _AT_ZERO else "not_ready"
        return nothing(flag, frame, at, stable)
    return weighed(digits, found[2], stable, frame, at, net=bool(third & _NET) if found[5] else None)


def recognise(frame: bytes) -> Certainty:
    """All its forms are its own."""
    return Certainty.NONE if parse(frame, 0.0).flag == UNRECOGNISED else Certainty.LIKELY


def _told(bit: int, byte: int) -> Order:
    """The scale answers with its status whether it obeyed or not; what was asked for shows in it."""

    def read(frame: bytes) -> str | None:
        found = _FRAME.fullmatch(frame)
        if found is None or found[1] is not None:
            return None
        status = found[2 + byte]
        if not status:
            return "heard"
        return "set" if status[0] & bit else "refused"

    return Order(b"Z\r" if byte == 1 else b"T\r", read)


PROTOCOL = ScaleProtocol(
    name="nci",
    title="NCI / SCP-01 (Weigh-Tronix, Brecknell, Adam MDW)",
    framer=lambda: Shapes(_SHAPE, 26),
    parse=parse,
    recognise=recognise,
    lines=(LineSettings(9600, 7, "E"), LineSettings()),
    ask=(b"W\r",),
    probes=(b"W\r",),
    zero=_told(_AT_ZERO, 1),
    tare=_told(_NET, 3),
)
