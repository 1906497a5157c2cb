"""Ohaus Defender and Ranger lines, bytes to ``Reading`` (pure; hardware reference 3.8).

::

    sign [space] weight(7) space unit(5) ?|space legend CR LF

    -  1.640 kg    N        "?" before the legend: in motion        G gross, N net, T tare
         19.8 kg   ?G
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Lines
from drivers.scales.protocol import (
    INCOMPLETE,
    UNRECOGNISED,
    Certainty,
    Order,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"([- ])([ 0-9.]{7,8}) ([A-Za-z%][A-Za-z% ]{4})([? ])([GNT ]{0,3})\r\n")
_RANGES = re.compile(rb" *(?:--)?(OVERLOAD|OVER|OF|UNDERLOAD|UNDER|UF)(?:--)? *[A-Za-z? ]{0,12}\r\n")
_ERRORS = frozenset({b"ES\r\n", b"EL\r\n"})


def parse(frame: bytes, at: float) -> Reading:
    """One line; see ``ScaleProtocol.parse``."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    if frame in _ERRORS:
        return nothing("syntax", frame, at)
    if found := _RANGES.fullmatch(frame):
        return nothing("over" if found[1].startswith(b"O") else "under", frame, at)
    found = _FRAME.fullmatch(frame)
    legend = found[5].strip() if found else b""
    if found is None or legend not in (b"", b"G", b"N"):  # T is a tare that was asked for
        return nothing(UNRECOGNISED, frame, at)
    if found[2].endswith(b" "):
        return nothing(UNRECOGNISED, frame, at)
    net = None if legend == b"" else legend == b"N"
    return weighed(found[2], found[3], found[4] == b" ", frame, at, negative=found[1] == b"-", net=net)


def recognise(frame: bytes) -> Certainty:
    """A line with a legend is its own; without one it could be anybody's."""
    if parse(frame, 0.0).flag in (INCOMPLETE, UNRECOGNISED):
        return Certainty.NONE
    found = _FRAME.fullmatch(frame)
    return Certainty.LIKELY if found is not None and found[5].strip() else Certainty.WEAK


PROTOCOL = ScaleProtocol(
    name="ohaus",
    title="Ohaus (Defender, Ranger)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    ask=(b"IP\r\n",),
    probes=(b"IP\r\n",),
    zero=Order(b"Z\r\n"),
    tare=Order(b"T\r\n"),
)
