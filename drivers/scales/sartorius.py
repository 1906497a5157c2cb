"""Sartorius SBI lines, bytes to ``Reading`` (pure; hardware reference 3.8). Also Minebea.

::

    +   123.56 g   CR LF          16 bytes: sign, space, 8 for the weight, space, 3 for the unit; no unit: in motion
    N     +   123.56 g   CR LF    22 bytes: six for what it is (N net, G# gross) before that
    High   Low   H   L   Err 54   in the place of the weight
"""

from __future__ import annotations

import re

from drivers.scales.fields import number, weighed
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

_FRAME = re.compile(rb"(N     |G#?    ?|Stat  )?([-+ ]) ([ 0-9.]{8}) ([A-Za-z% ]{3})\r\n")
_SPECIAL = re.compile(rb"(?:Stat  )?[-+ ]{0,12}(High|H|Low|L|Err [0-9]{1,4}|E[0-9]{1,4}) *\r\n")
_SPECIALS = {b"H": "over", b"L": "under", b"E": "fault"}
_WIDTHS = (16, 22)


def parse(frame: bytes, at: float) -> Reading:
    """One line; see ``ScaleProtocol.parse``. A weight in motion has no unit: it is shown and never used."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    if len(frame) in _WIDTHS and (special := _SPECIAL.fullmatch(frame)):
        return nothing(_SPECIALS[special[1][:1]], frame, at)
    found = _FRAME.fullmatch(frame) if len(frame) in _WIDTHS else None
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    digits, net = found[2] + found[3], None if not found[1] else found[1].startswith(b"N")
    if found[4].strip():
        return weighed(digits, found[4], True, frame, at, net=net)
    value = number(digits)
    return Reading(value, None, False, frame, at, net=net) if value is not None else nothing(UNRECOGNISED, frame, at)


def recognise(frame: bytes) -> Certainty:
    """Likely where it parses at all: no other protocol has lines of these widths."""
    return Certainty.NONE if parse(frame, 0.0).flag in (INCOMPLETE, UNRECOGNISED) else Certainty.LIKELY


PROTOCOL = ScaleProtocol(
    name="sartorius",
    title="Sartorius SBI (also Minebea Intec)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    exact=True,
    lines=(LineSettings(), LineSettings(1200, 7, "O")),
    ask=(b"\x1bP\r\n",),
    zero=Order(b"\x1bV\r\n"),
    tare=Order(b"\x1bU\r\n"),
)
