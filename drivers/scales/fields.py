"""Numbers and units as scales write them, and the reading they make together (pure)."""

from __future__ import annotations

import re
from decimal import Decimal

from drivers.scales.protocol import UNIT_UNKNOWN, UNRECOGNISED, nothing
from rma_station.domain.weight import Reading

_NUMBER = re.compile(rb" *([+-]?) *([0-9]{1,9}(?:\.[0-9]{1,6})?) *")
_UNITS = {unit.encode(): unit for unit in ("g", "kg", "mg", "t", "lb", "oz", "ozt", "ct", "dwt", "gr", "pcs", "%")} | {
    b"lbs": "lb",
    b"gn": "gr",
    b"pc": "pcs",
    b"n": "N",
}


def number(field: bytes) -> Decimal | None:
    """A field of digits with a sign and spaces around it; trailing zeros are kept. ``None`` for anything else, also
    for a comma, an exponent and an empty field: half a number is a wrong number."""
    found = _NUMBER.fullmatch(field)
    return Decimal((found[1] + found[2]).decode("ascii")) if found else None


def unit(field: bytes) -> str | None:
    """A unit by the name the domain gives it, ``None`` for one we do not know. Pieces, per cent and newtons are known
    and are no weights."""
    return _UNITS.get(field.strip(b" ").lower())


def weighed(
    digits: bytes,
    name: bytes,
    stable: bool | None,
    frame: bytes,
    at: float,
    *,
    negative: bool = False,
    net: bool | None = None,
) -> Reading:
    """The reading of a frame with a weight; without its weight when its number or its unit cannot be read.

    Args:
        digits: the field of the number.
        name: the field of the unit.
        stable: what the frame says of motion.
        frame: all its bytes.
        at: monotonic seconds when it came.
        negative: the sign stands in another field and is a minus.
        net: what the frame says of a tare.
    """
    value, known = number(digits), unit(name)
    if value is None:
        return nothing(UNRECOGNISED, frame, at)
    if known is None:
        return nothing(UNIT_UNKNOWN, frame, at)
    return Reading(-value if negative else value, known, stable, frame, at, net=net)
