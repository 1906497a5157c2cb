"""Whether a scale means what it says: its number against a weight that is known (pure)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from rma_station.domain.record import dataclass
from rma_station.domain.weight import GRAMS, Reading, to_grams

UNITS = ("kg", "g", "lb", "oz")
"""What a scale of a bench may be configured with, the likeliest first."""
SHARE = Decimal("0.02")
"""How far a reading may be from the known weight; a bag of sugar does not weigh a kilogram exactly."""
FINE_ENOUGH = 20
"""A weight of fewer steps than this tells nothing about decimals."""
RIGHT, NO_WEIGHT, TOO_LIGHT = "right", "no_weight", "too_light"
DECIMALS, OTHER_UNIT, UNLIKE = "decimals", "unit", "unlike"
_AMOUNT = re.compile(r"(\d{1,7}(?:[.,]\d{1,6})?)\s*(kg|g|lb|oz)?", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """What a known weight tells."""

    word: str
    """``right``; ``no_weight``; ``too_light`` to tell anything; ``decimals`` are shifted; the number fits another
    ``unit`` than the scale says; or ``unlike``: nothing fits."""
    unit: str = ""
    """The unit the number fits, for the configuration."""
    factor: str = ""
    """How many times too much the scale says, of shifted decimals."""


def amount(text: str) -> Decimal | None:
    """What a person typed for a weight, in grams: ``500``, ``1,25 kg``, ``2 lb``; ``None`` when it is none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    try:
        value = Decimal(found[1].replace(",", "."))
    except InvalidOperation:
        return None
    return to_grams(value, found[2] or "g") or None


def judge(reading: Reading, known: Decimal) -> Verdict:
    """Compare a stable reading with a known weight.

    Args:
        reading: of the scale.
        known: what lies on it, in grams; more than 0.
    """
    if reading.value is None or reading.value <= 0:
        return Verdict(NO_WEIGHT)
    fitting = [unit for unit in UNITS if _fits(reading.value, unit, known)]
    said = (reading.unit or "").lower()
    if said in fitting or (not said and len(fitting) == 1):
        unit = said or fitting[0]
        return Verdict(RIGHT if known >= FINE_ENOUGH * _division(reading.value, unit) else TOO_LIGHT, unit)
    shifted = _shifted(reading.value, said, known) if said in GRAMS else ""
    if shifted:
        return Verdict(DECIMALS, said, shifted)
    if fitting:
        return Verdict(OTHER_UNIT, fitting[0])
    return Verdict(UNLIKE)


def _fits(value: Decimal, unit: str, known: Decimal) -> bool:
    allowed = min(max(known * SHARE, _division(value, unit)), known / 10)
    return abs(value * GRAMS[unit] - known) <= allowed


def _division(value: Decimal, unit: str) -> Decimal:
    """Grams in one step of the last digit shown."""
    exponent = value.as_tuple().exponent
    return GRAMS[unit].scaleb(exponent) if isinstance(exponent, int) else GRAMS[unit]


def _shifted(value: Decimal, unit: str, known: Decimal) -> str:
    """How many times too much or too little a number is when its point stands wrong: ``1000`` or ``1/1000``."""
    for places in range(1, 5):
        if abs(value.scaleb(-places) * GRAMS[unit] - known) <= known * SHARE:
            return str(10**places)
        if abs(value.scaleb(places) * GRAMS[unit] - known) <= known * SHARE:
            return f"1/{10**places}"
    return ""
