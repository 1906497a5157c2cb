"""Dibal L and G series, bytes to ``Reading`` (pure; hardware reference 3.8).

::

    98000001 CR LF                          the question; its last character is the exclusive-or of those before it
    99 0 00316 0000000 4 CR LF              status 0, 0.316 kg, price, check character

Only status 0 is known to be a stable weight; with any other there is none.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import reduce
from operator import xor

from drivers.scales.framers import Lines
from drivers.scales.protocol import INCOMPLETE, UNRECOGNISED, Certainty, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"(99([0-9])([0-9]{5})[0-9]{7})([\x30-\x3f])\r\n")


def parse(frame: bytes, at: float) -> Reading:
    """One answer; see ``ScaleProtocol.parse``."""
    if not frame.endswith(b"\r\n"):
        return nothing(INCOMPLETE, frame, at)
    found = _FRAME.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    if check(found[1]) != found[4]:
        return nothing("checksum", frame, at)
    if found[2] != b"0":
        return nothing("not_ready", frame, at)
    return Reading(Decimal(found[3].decode("ascii")).scaleb(-3), "kg", True, frame, at)


def check(body: bytes) -> bytes:
    """The check character of what stands before it; an odd number of digits keeps it among ``0`` to ``?``."""
    return bytes([reduce(xor, body, 0)])


def recognise(frame: bytes) -> Certainty:
    """A checksum that is right."""
    flag = parse(frame, 0.0).flag
    return Certainty.NONE if flag in (INCOMPLETE, UNRECOGNISED, "checksum") else Certainty.SURE


PROTOCOL = ScaleProtocol(
    name="dibal",
    title="Dibal (L and G series)",
    framer=Lines,
    parse=parse,
    recognise=recognise,
    exact=True,
    ask=(b"98000001\r\n",),
)
