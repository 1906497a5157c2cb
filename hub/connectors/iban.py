"""Account numbers: IBAN as in ISO 13616, checked modulo 97 (ISO 7064)."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_LENGTHS = {"PL": 28, "DE": 22, "CZ": 24, "SK": 24, "LT": 20, "FR": 27, "ES": 24, "IT": 27, "NL": 18, "AT": 20}
"""Lengths of countries the shop's customers live in; elsewhere the check digits have to do."""


def normalised(text: str) -> str:
    """Without spaces, in capitals; 26 digits alone are a Polish account number (NRB) and get their ``PL``."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return f"PL{plain}" if re.fullmatch(r"[0-9]{26}", plain) else plain


def valid(iban: str) -> bool:
    """Whether a normalised IBAN has the right shape, length and check digits."""
    if not _SHAPE.fullmatch(iban) or len(iban) != _LENGTHS.get(iban[:2], len(iban)):
        return False
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def made(country: str, account: str) -> str:
    """The IBAN of an account (BBAN), with its check digits; for tests and sample data."""
    digits = int("".join(str(int(character, 36)) for character in f"{account}{country}00"))
    return f"{country}{98 - digits % 97:02}{account}"
