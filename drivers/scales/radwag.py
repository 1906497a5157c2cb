"""Radwag answers, bytes to ``Reading`` (pure; hardware reference 3.3). Kern sells such scales too (KEN, KET).

::

    byte  1-3 command   4 stability   6 sign   7-15 mass   17-19 unit   20-21 CR LF        21 in all
          "SI "         space ? ^ v   space -  right       left

    S_A CR LF  "heard": the frame follows      S_I  not now      S_E  not stable in time      ES  not understood

``SI`` sends the frame at once; ``S`` sends ``S_A`` first. Both are taken, whatever was asked.
"""

from __future__ import annotations

import re

from drivers.scales.fields import weighed
from drivers.scales.framers import Lines
from drivers.scales.protocol import (
    ACK,
    INCOMPLETE,
    UNRECOGNISED,
    Certainty,
    Order,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"(S  |SI |SU |SUI)([ ?^v]) ([ -])(.{9}) ([A-Za-z% ]{3})\r\n", re.DOTALL)
_SHORT = re.compile(rb"(?:S|SI|SU|SUI|C1|CU1) ([AIE])\r\n")
_SHORT_FLAGS = {b"A": ACK, b"I": "not_ready", b"E": "not_ready"}
_RANGES = {b"^": "over", b"v": "under"}


def parse(frame: bytes, at: float) -> Reading:
    """One line of the scale; see ``ScaleProtocol.parse``."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    if frame == b"ES\r\n":
        return nothing("syntax", frame, at)
    if short := _SHORT.fullmatch(frame):
        return nothing(_SHORT_FLAGS[short[1]], frame, at)
    found = _FRAME.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    if found[2] in _RANGES:
        return nothing(_RANGES[found[2]], frame, at)
    if found[4].endswith(b" ") or found[4].strip(b" ")[:1] in (b"+", b"-"):
        return nothing(UNRECOGNISED, frame, at)
    return weighed(found[4], found[5], found[2] == b" ", frame, at, negative=found[3] == b"-")


def recognise(frame: bytes) -> Certainty:
    """The frame of fixed width is its own; the short answers are those of MT-SICS too."""
    if _FRAME.fullmatch(frame) and parse(frame, 0.0).flag != UNRECOGNISED:
        return Certainty.LIKELY
    return Certainty.NONE if parse(frame, 0.0).flag in (INCOMPLETE, UNRECOGNISED) else Certainty.WEAK


def _told(letter: bytes) -> Order:
    # "A" comes first and says only that it was heard; the second line says how it ended.
    words = {
        b"D": "set",
        b"^": "refused: out of range",
        b"v": "refused: out of range",
        b"E": "refused: in motion",
        b"I": "refused: not now",
    }
    answers = {letter + b" " + code + b"\r\n": word for code, word in words.items()}
    return Order(letter + b"\r\n", answers.get)


PROTOCOL = ScaleProtocol(
    name="radwag",
    title="Radwag (also Kern KEN and KET)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    exact=True,
    ask=(b"SI\r\n",),
    probes=(b"SI\r\n",),
    zero=_told(b"Z"),
    tare=_told(b"T"),
)
