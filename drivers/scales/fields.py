"""Numbers and units as scales write them (pure)."""

from __future__ import annotations

import re
from decimal import Decimal

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
