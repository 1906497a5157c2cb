"""Amounts as people and files write them, and as we keep them: integers of a currency's minor unit.

Never a float, and nothing is rounded here: an amount with more decimals than its currency has is refused. How what was
paid is shared over slots and payments, and the keys of refunds, are the hub's alone (``hub/money/shares.py``):
money moves nowhere else. Source of the decimals: ISO 4217.
"""

from __future__ import annotations

import re

from rma_station.domain.clean import clean
from rma_station.errors import Malformed

DECIMALS: dict[str, int] = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "TND": 3}
"""Digits of the minor unit where they are not two."""
SIGNS_PL: dict[str, str] = {"PLN": "zł", "EUR": "€", "CZK": "Kč", "GBP": "£", "USD": "$"}
"""What stands behind an amount in Polish; other currencies keep their code. English puts the code in front."""
MAX_MINOR = 10**12
"""Ten billion of the major unit: above it is a typing error, and still far inside a 64-bit column."""
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d{1,15})(?:[.,](\d{1,3}))?", re.ASCII)


def decimals(currency: str) -> int:
    """Digits of a currency's minor unit: 2 for PLN and EUR, 0 for JPY."""
    return DECIMALS.get(currency, 2)


def format_amount(minor: int, currency: str, language: str) -> str:
    """An amount for people: ``1 234,56 zł`` in Polish, ``PLN 1,234.56`` in every other language.

    Args:
        minor: in minor units; may be negative.
        currency: ISO 4217 code; outside text, cleaned here.
        language: ``pl`` or ``en``.
    """
    places = decimals(currency)
    whole, rest = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    code = clean(currency, 8)
    if language == "pl":
        part = f",{rest:0{places}}" if places else ""
        return f"{sign}{whole:,}".replace(",", " ") + f"{part} {SIGNS_PL.get(code, code)}"
    part = f".{rest:0{places}}" if places else ""
    return f"{code} {sign}{whole:,}{part}"


def decimal_text(minor: int, currency: str) -> str:
    """An amount for files and providers: ``1234.56``, without grouping; ``minor_units`` reads it back."""
    places = decimals(currency)
    whole, rest = divmod(abs(minor), 10**places)
    return ("-" if minor < 0 else "") + (f"{whole}.{rest:0{places}}" if places else str(whole))


def minor_units(text: str, currency: str) -> int:
    """Read an amount of a file: ``1234.56`` or ``1234,56``; no grouping, no currency sign.

    Raises:
        Malformed: not an amount, more decimals than the currency has, out of range, or not a currency code.
    """
    if not _CURRENCY.fullmatch(currency):
        raise Malformed(f"{clean(currency, 20)!r} is not a currency code of three capital letters")
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Malformed(
            f"{clean(text, 40)!r} is not an amount: write digits, and decimals behind a point, as in 1234.56"
        )
    sign, whole, part = match[1], match[2], match[3] or ""
    places = decimals(currency)
    if len(part) > places and part[places:].strip("0"):
        raise Malformed(f"{text} {currency} has more decimals than the {places} of this currency")
    value: int = int(whole) * 10**places + int(part[:places].ljust(places, "0") or "0")
    if value > MAX_MINOR:
        raise Malformed(f"{text} {currency} is more than an amount can be")
    return -value if sign else value
