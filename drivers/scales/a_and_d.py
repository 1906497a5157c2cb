"""A&D's standard format and the formats of those who copied it, bytes to ``Reading`` (pure; hardware reference 3.6).

::

    ST,+001234.5  g CR LF       A&D: ST stable, US unstable, QT stable count, OL overload; 17 bytes
    ST,OK,+001234.5  g CR LF    with the comparator's word in between
    ST,GS,   245.6 g CR LF      T-Scale and others: GS gross, NT net, TR tare
    ST,GS    20.7g   CR LF      likewise
    ST,GS 1.000KG CR LF         Kern

``06`` alone says "heard", where the scale is set to send it.
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Shapes
from drivers.scales.protocol import (
    ACK,
    INCOMPLETE,
    UNIT_UNKNOWN,
    UNRECOGNISED,
    Certainty,
    LineSettings,
    Order,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import Reading

LINES = re.compile(rb"\x06|[^\x06\n]{0,62}\n")
"""Lines, and an ACK wherever it stands."""
_OWN = re.compile(rb"(ST|US|QT|OL|WT),(?:(?:HI|OK|LO|HH|LL),)?([+-][0-9.]{8})([A-Za-z% ]{3})\r\n")
_COPIED = re.compile(rb"(ST|US),(GS|NT|TR)[, ]([-+ ]{0,12}[0-9.]{1,9}) {0,4}([A-Za-z%]{0,3}) {0,3}\r\n")
_COPIED_OVERLOAD = re.compile(rb"OL,(?:GS|NT|TR)[, ][ +]{0,12}(-?[0-9])?[ -~]{0,20}\r\n")
_ERROR = re.compile(rb"EC,E[0-9]{2}\r\n")
_STABLE = {b"ST": True, b"QT": True, b"US": False}


def parse(frame: bytes, at: float) -> Reading:
    """One line; see ``ScaleProtocol.parse``."""
    if frame == b"\x06":
        return nothing(ACK, frame, at)
    if not frame.endswith(b"\n"):
        return nothing(INCOMPLETE, frame, at)
    if _ERROR.fullmatch(frame):
        return nothing("syntax", frame, at)
    if found := _OWN.fullmatch(frame):
        return _weight(found[1], found[2], found[3], None, frame, at)
    if (found := _COPIED.fullmatch(frame)) and found[2] != b"TR":  # a tare that was asked for is no weight
        return _weight(found[1], found[3], found[4], found[2] == b"NT", frame, at)
    if found := _COPIED_OVERLOAD.fullmatch(frame):
        return nothing("under" if (found[1] or b"").startswith(b"-") else "over", frame, at)
    return nothing(UNRECOGNISED, frame, at)


def _weight(head: bytes, digits: bytes, name: bytes, net: bool | None, frame: bytes, at: float) -> Reading:
    if head == b"OL":
        return nothing("under" if b"-" in digits else "over", frame, at)
    return weighed(digits, name, _STABLE.get(head), frame, at, net=net)


def recognise(frame: bytes) -> Certainty:
    """A&D's own form; the copied ones could be anybody's."""
    return Certainty.LIKELY if _is_line(frame) and _OWN.fullmatch(frame) else recognise_copied(frame) and Certainty.WEAK


def recognise_copied(frame: bytes) -> Certainty:
    """A copied form, which A&D itself does not send."""
    return Certainty.LIKELY if _is_line(frame) and not _OWN.fullmatch(frame) else Certainty.NONE


def _is_line(frame: bytes) -> bool:
    return parse(frame, 0.0).flag in ("", "over", "under", UNIT_UNKNOWN)


def _told(frame: bytes) -> str | None:
    if frame == b"\x06":
        return "set"
    return "refused" if _ERROR.fullmatch(frame) else None


PROTOCOL = ScaleProtocol(
    name="a-and-d",
    title="A&D standard (EK, GC, FX and others)",
    framer=lambda: Shapes(LINES, 64),
    parse=parse,
    recognise=recognise,
    lines=(LineSettings(2400, 7, "E"), LineSettings()),
    ask=(b"Q\r\n",),
    probes=(b"Q\r\n",),
    zero=Order(b"Z\r\n", _told),
    tare=Order(b"T\r\n", _told),
)
