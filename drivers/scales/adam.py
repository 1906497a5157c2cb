"""Adam CPWplus and AZExtra, bytes to ``Reading`` (pure; hardware reference 3.8, CPWplus manual p. 14).

::

    N+   1.00 kg CR LF       CPWplus: N net, G gross
        0.500kg CR LF        AZExtra, for a new weight that is not zero only

Nothing says whether the weight is stable, so several equal readings are needed; an AZExtra does not repeat itself, so
its weights are shown and never captured. ``Z`` presses the key *Tare/Zero*: it sets zero on an empty scale and takes
off what lies on a loaded one.
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Lines
from drivers.scales.protocol import (
    INCOMPLETE,
    UNRECOGNISED,
    Certainty,
    LineSettings,
    Order,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import Reading

_CPW = re.compile(rb"([GN])([-+] {0,7}[0-9]{1,6}(?:\.[0-9]{1,4})?) ([A-Za-z]{1,3}) {0,2}\r\n")
_AZ = re.compile(rb"([-+ ][-+ ]{0,7}[0-9]{1,6}\.[0-9]{1,4})([A-Za-z]{1,2})\r\n")
_DASHES = re.compile(rb"[GN]?[-+ ]{0,3}-{3,8} {0,3}[A-Za-z]{0,3}\r\n")


def parse(frame: bytes, at: float) -> Reading:
    """One line; see ``ScaleProtocol.parse``."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    if _DASHES.fullmatch(frame):
        return nothing("not_ready", frame, at)
    if found := _CPW.fullmatch(frame):
        digits, name, net = found[2], found[3], found[1] == b"N"
    elif found := _AZ.fullmatch(frame):
        digits, name, net = found[1], found[2], None
    else:
        return nothing(UNRECOGNISED, frame, at)
    return weighed(digits, name, None, frame, at, net=net)


def recognise(frame: bytes) -> Certainty:
    """``N+`` and ``G+`` are its own; a number with a unit could be anybody's."""
    if parse(frame, 0.0).flag in (INCOMPLETE, UNRECOGNISED):
        return Certainty.NONE
    return Certainty.LIKELY if _CPW.fullmatch(frame) else Certainty.WEAK


PROTOCOL = ScaleProtocol(
    name="adam",
    title="Adam Equipment (CPWplus, AZExtra)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    lines=(LineSettings(), LineSettings(4800)),
    ask=(b"N\r\n",),
    zero=Order(b"Z\r\n"),
    tare=Order(b"Z\r\n"),
)
