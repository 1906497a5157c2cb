"""GS1 element strings for printing: identifiers in brackets in, the message as it is encoded out; the SSCC.

Whether identifiers, lengths and check digits are right is biip's to say (GS1 General Specifications, section 3).
"""

from __future__ import annotations

import re

from rma_station.domain.checks import gs1_check_digit
from rma_station.domain.clean import clean
from rma_station.errors import Refused

LONGEST = 48
"""Characters of a GS1-128, identifiers included (General Specifications 5.4)."""
_SHAPE = re.compile(r"(?:\(\d{2,4}\)[!\"%&'*+,\-./0-9:;<=?A-Z_a-z]+)+")
"""The GS1 character set 82 without brackets, which mark identifiers here, and without ``>``, as in every Code 128."""


def message(data: str) -> str:
    """What a scanner reads of a bracketed element string: GS between its fields, without the leading FNC1.

    Raises:
        Refused: not of that shape, too long, or not valid GS1.
    """
    if not _SHAPE.fullmatch(data):
        raise Refused(
            f"{clean(data, 60)!r} is not a GS1 element string that can be printed. Write identifiers in brackets, "
            "such as (00)123456789012345675, and letters, digits and plain signs behind them."
        )
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    try:
        parsed = GS1Message.parse_hri(data)
    except (ParseError, ValueError) as error:
        raise Refused(f"{clean(data, 60)!r} is not valid GS1: {clean(str(error), 120)}") from None
    for element in parsed.element_strings:
        wrong = element.sscc_error or element.gtin_error or element.gln_error
        if wrong:
            raise Refused(f"{clean(data, 60)!r} is not valid GS1: {clean(wrong, 120)}")
    if len(parsed.value) > LONGEST:
        raise Refused(f"{clean(data, 60)!r} has {len(parsed.value)} characters; GS1 allows {LONGEST} in one barcode.")
    return parsed.value


def sscc(number: str) -> str:
    """A serial shipping container code of 18 digits.

    Args:
        number: 17 digits, to get their check digit, or all 18; spaces are ignored, and ``(00)`` in front.

    Raises:
        Refused: not 17 or 18 digits, or the check digit is wrong.
    """
    digits = number.replace(" ", "").removeprefix("(00)")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (17, 18):
        raise Refused(f"the SSCC {clean(number, 40)!r} cannot be printed: give 17 digits, or 18 with the check digit.")
    check = gs1_check_digit(digits[:17])
    if len(digits) == 18 and digits[17] != check:
        raise Refused(f"the SSCC {digits} has a wrong check digit: {digits[17]} stands there, {check} is right.")
    return digits[:17] + check
