"""Check digits: pure arithmetic over text, shared by product numbers, carriers and our own codes.

Every function is total: text of the wrong characters or length is simply not valid, nothing raises. Digits are ASCII
digits only; ``str.isdigit`` also accepts digits of other scripts, which no barcode of ours may contain.
Source: hardware reference 2.7 and 2.8 (GS1 General Specifications, ISO/IEC 7064, UPU S10, jkeen/tracking_number_data).
"""

from __future__ import annotations

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The characters of ISO/IEC 7064 MOD 37,36, in the order of their values."""
_VALUES = {character: value for value, character in enumerate(ALPHANUMERIC)}
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_FEDEX_WEIGHTS = (1, 3, 7)
GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def is_digits(text: str) -> bool:
    """At least one character, all of them ``0`` to ``9``."""
    return text.isascii() and text.isdigit()


def gs1_check_digit(body: str) -> str:
    """The digit that completes a GTIN, SSCC or GLN: weights 3, 1, 3... from the right.

    Args:
        body: ASCII digits without the check digit.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def gs1_valid(number: str) -> bool:
    """Digits whose last one is the GS1 check digit of the others; says nothing about the length."""
    return len(number) > 1 and is_digits(number) and gs1_check_digit(number[:-1]) == number[-1]


def gtin_valid(number: str) -> bool:
    """A GTIN-8, -12, -13 or -14 with a right check digit; all zeros is a blank, not a product."""
    return len(number) in GTIN_LENGTHS and gs1_valid(number) and number.strip("0") != ""


def sscc_valid(number: str) -> bool:
    """18 digits with a right check digit, without the leading ``00``."""
    return len(number) == 18 and gs1_valid(number)


def mod37_36_check(body: str) -> str:
    """The ISO/IEC 7064 MOD 37,36 check character: catches every single wrong character and nearly every swap.

    Args:
        body: characters of ``ALPHANUMERIC``.
    """
    product = 36
    for character in body:
        total = (product + _VALUES[character]) % 36 or 36
        product = total * 2 % 37
    return ALPHANUMERIC[(37 - product) % 36]


def mod37_36_valid(text: str) -> bool:
    """Digits and capital letters whose last one is the MOD 37,36 check character of the others."""
    return len(text) > 1 and all(character in _VALUES for character in text) and mod37_36_check(text[:-1]) == text[-1]


def s10_valid(number: str) -> bool:
    """A UPU S10 item number: two letters, eight digits, a check digit, two letters."""
    if len(number) != 13 or not is_digits(number[2:11]):
        return False
    if not all("A" <= letter <= "Z" for letter in number[:2] + number[11:]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[2:10], _S10_WEIGHTS, strict=True))
    check = 11 - total % 11
    return {10: 0, 11: 5}.get(check, check) == int(number[10])


def ups_valid(number: str) -> bool:
    """A UPS number: ``1Z``, 15 digits or capital letters, a check digit."""
    if len(number) != 18 or not number.startswith("1Z") or not is_digits(number[-1]):
        return False
    body = number[2:-1]
    if not all(character in _VALUES for character in body):
        return False
    values = [int(char) if is_digits(char) else (ord(char) - 63) % 10 for char in body]
    total = sum(value * (1 if place % 2 == 0 else 2) for place, value in enumerate(values))
    return -total % 10 == int(number[-1])


def dhl_express_valid(number: str) -> bool:
    """10 or 11 digits whose last one is the others modulo 7. One random number in seven passes as well."""
    return len(number) in (10, 11) and is_digits(number) and int(number[:-1]) % 7 == int(number[-1])


def fedex_valid(number: str) -> bool:
    """A FedEx Express number of 12 or 14 digits: weights 1, 3, 7 from the right, modulo 11, then modulo 10."""
    if len(number) not in (12, 14) or not is_digits(number):
        return False
    total = sum(int(digit) * _FEDEX_WEIGHTS[place % 3] for place, digit in enumerate(reversed(number[:-1])))
    return total % 11 % 10 == int(number[-1])


def upc_a_of_upc_e(number: str) -> str | None:
    """The 12 digits behind a zero-suppressed UPC-E; ``None`` when it is not one.

    Args:
        number: 8 digits (number system, six digits, check digit), or the six digits alone, which mean number system 0.
    """
    if not is_digits(number) or len(number) not in (6, 8) or (len(number) == 8 and number[0] not in "01"):
        return None
    system, body = (number[0], number[1:7]) if len(number) == 8 else ("0", number)
    last = body[5]
    if last in "012":
        rest = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        rest = body[:3] + "00000" + body[3:5]
    elif last == "4":
        rest = body[:4] + "00000" + body[4]
    else:
        rest = body[:5] + "0000" + last
    check = gs1_check_digit(system + rest)
    if len(number) == 8 and number[7] != check:
        return None
    return system + rest + check
