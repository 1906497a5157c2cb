"""CAS point-of-sale scales: AP-1, PD-II type 6, SW-II, bytes to ``Reading`` (pure; hardware reference 3.6).

::

    host ENQ -> scale ACK          something can be asked
    host DC1 -> SOH STX  S|U  sign  weight(6)  unit(2)  BCC  ETX EOT          15 bytes

``S`` is stable, ``U`` is not; the sign ``F``, or a weight of six ``F``, is an overload. BCC is the exclusive-or of
what stands between STX and it.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from drivers.scales.fields import weighed
from drivers.scales.framers import Shapes
from drivers.scales.protocol import ACK, UNRECOGNISED, Certainty, ScaleProtocol, nothing
from rma_station.domain.weight import Reading

_FRAME = re.compile(rb"\x01\x02(([SU])([ \-F])(.{6})(.{2}))(.)\x03\x04", re.DOTALL)
_SHAPE = re.compile(rb"\x06|\x15|\x01\x02[^\x01-\x06\x15]{10}.\x03\x04", re.DOTALL)
_SHORT = {b"\x06": ACK, b"\x15": "not_ready"}


def parse(frame: bytes, at: float) -> Reading:
    """One frame; see ``ScaleProtocol.parse``."""
    if frame in _SHORT:
        return nothing(_SHORT[frame], frame, at)
    found = _FRAME.fullmatch(frame)
    if found is None:
        return nothing(UNRECOGNISED, frame, at)
    if check(found[1]) != found[6]:
        return nothing("checksum", frame, at)
    if found[3] == b"F" or found[4] == b"FFFFFF":
        return nothing("over", frame, at)
    if b"-" in found[4] or b"+" in found[4]:
        return nothing(UNRECOGNISED, frame, at)
    return weighed(found[4], found[5], found[2] == b"S", frame, at, negative=found[3] == b"-")


def check(body: bytes) -> bytes:
    """The check byte of what stands between STX and it."""
    return bytes([reduce(xor, body, 0)])


def recognise(frame: bytes) -> Certainty:
    """A checksum that is right; ``ACK`` alone answers ``ENQ`` on many devices."""
    if frame == b"\x06":
        return Certainty.WEAK
    flag = parse(frame, 0.0).flag
    return Certainty.NONE if flag in (UNRECOGNISED, "checksum", "not_ready") else Certainty.SURE


PROTOCOL = ScaleProtocol(
    name="cas-ap",
    title="CAS AP, PD-II type 6, SW-II (also Ohaus Aviator)",
    framer=lambda: Shapes(_SHAPE, 15),
    parse=parse,
    recognise=recognise,
    exact=True,
    ask=(b"\x05", b"\x11"),
    probes=(b"\x05",),
)
