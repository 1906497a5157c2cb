"""Toledo 8217 answers, bytes to ``Reading`` (pure; hardware reference 3.4). Point-of-sale scales, many look-alikes.

::

    STX 0 1 . 2 3 4 CR       a weight, stable; "N" before CR: net
    STX ? status CR          no weight, and why: bit 0 motion, 1 over, 2 under zero, 4 centre of zero, 6 always set

The unit is not in the frame and the number of decimals says it by custom only, so it has to be configured.
"""

from __future__ import annotations

import re
from decimal import Decimal

from drivers.scales.framers import Shapes
from drivers.scales.protocol import (
    UNRECOGNISED,
    Certainty,
    LineSettings,
    Order,
    ScaleProtocol,
    nothing,
)
from rma_station.domain.weight import Reading

_SHAPE = re.compile(rb"\x02[^\x02\r]{1,10}\r")
_WEIGHT = re.compile(rb"\x02([0-9]{1,3}\.[0-9]{2,4}|[0-9]{5,6})(N?)\r")
_STATUS = re.compile(rb"\x02\?([\x40-\x7f])\r")
_MOTION, _ZERO = 0x01, 0x10
_BITS = ((_MOTION, "motion"), (0x02, "over"), (0x04, "under"), (_ZERO, "centre_zero"))


def parse(frame: bytes, at: float) -> Reading:
    """One answer; see ``ScaleProtocol.parse``. The eighth bit (parity) has been taken off by the line."""
    if found := _WEIGHT.fullmatch(frame):
        return Reading(Decimal(found[1].decode("ascii")), None, True, frame, at, net=found[2] == b"N")
    status = _STATUS.fullmatch(frame)
    if status is None:
        return nothing(UNRECOGNISED, frame, at)
    bits = status[1][0]
    flag = "+".join(word for bit, word in _BITS if bits & bit) or "not_ready"
    return nothing(flag, frame, at, stable=not bits & _MOTION)


def recognise(frame: bytes) -> Certainty:
    """Likely where it parses at all: no other protocol has one of its two forms."""
    return Certainty.NONE if parse(frame, 0.0).flag == UNRECOGNISED else Certainty.LIKELY


def _zero_told(frame: bytes) -> str | None:
    status = _STATUS.fullmatch(frame)
    if status is None:
        return None
    return "set" if status[1][0] & _ZERO else "refused"


PROTOCOL = ScaleProtocol(
    name="toledo-8217",
    title="Toledo 8217 (also Magellan, Rice Lake, Brecknell and Baxtran)",
    framer=lambda: Shapes(_SHAPE, 12),
    parse=parse,
    recognise=recognise,
    lines=(LineSettings(9600, 7, "E"), LineSettings()),
    ask=(b"W",),
    probes=(b"W",),
    zero=Order(b"Z", _zero_told),
    tare=Order(b"T"),
    says_unit=False,
)
