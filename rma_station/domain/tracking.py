"""Carriers' parcel numbers: which shapes there are, how sure each is, and under which names a parcel can be found.

``recognise`` gives the readings of one text, ``aliases`` the keys a parcel is stored and looked up under: whoever
indexes announced parcels and whoever looks a scan up both use it, so that a label with the 28 characters of DPD finds
the parcel the shop announced by its 14-digit number. Source: hardware reference 2.8.
"""

from __future__ import annotations

import re

from rma_station.domain import checks
from rma_station.domain.meaning import Certainty, TrackingScan

_DPD_LABEL = re.compile(r"%?([0-9A-Z]{7})(\d{13}[0-9A-Z])(\d{3})(\d{3})([0-9A-Z])?", re.ASCII)
"""Routing, parcel number, service, country, and the check character that stands only in the printed text. Polish
parcel numbers end in a letter."""
_DPD_CHECKED = re.compile(r"\d{14}[0-9A-Z]", re.ASCII)
_DPD_POLAND = re.compile(r"\d{13}[A-Z]", re.ASCII)
_DHL_PIECE = re.compile(r"(?:JJD|JVGL)\d{9,30}|JD\d{16,30}", re.ASCII)
"""The reference allows J and any two or three letters; those beyond these three are SKUs more often than parcels."""
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}", re.ASCII)
_UPS = re.compile(r"1Z[0-9A-Z]{15}\d", re.ASCII)
_SPACED = re.compile(r"[%0-9A-Z]+(?: [0-9A-Z]+)+", re.ASCII)
_POCZTA_SSCC = "5900773"
"""GS1 company prefix of Poczta Polska."""
_DHL_SSCC = ("340434",)
"""GS1 company prefix of DHL Paket."""


def squeezed(text: str) -> str:
    """Without the spaces a carrier prints between groups, where all else is capital letters and digits."""
    return text.replace(" ", "") if " " in text and _SPACED.fullmatch(text) else text


def sscc_carrier(sscc: str) -> str:
    """Who ships under an SSCC of 18 digits: ``poczta`` or ``dhl`` by company prefix, else ``sscc``."""
    if sscc[1:8] == _POCZTA_SSCC:
        return "poczta"
    return "dhl" if sscc.startswith(_DHL_SSCC) or sscc[1:].startswith(_DHL_SSCC) else "sscc"


def sscc_scan(sscc: str) -> TrackingScan:
    """The reading of an SSCC of 18 digits with a right check digit, written with its leading ``00`` as on the label."""
    return TrackingScan("00" + sscc, sscc_carrier(sscc), Certainty.CHECKED)


def broken(text: str) -> bool:
    """Has a carrier's unmistakable shape, but its check does not agree: misread, or mistyped."""
    if _UPS.fullmatch(text):
        return not checks.ups_valid(text)
    if _S10.fullmatch(text):
        return not checks.s10_valid(text)
    label = _DPD_LABEL.fullmatch(text)
    return bool(label and label[5] and len(text) == 28 and not checks.mod37_36_valid(text))


def recognise(text: str) -> tuple[TrackingScan, ...]:
    """Every carrier this text can be of, the surest first; empty when it is none.

    Args:
        text: the scan as decoded; spaces between groups are allowed. At most one reading for each carrier.
    """
    text = squeezed(text)
    if checks.is_digits(text):
        return _digits(text)
    if checks.ups_valid(text):
        return (_checked(text, "ups"),)
    if checks.s10_valid(text):
        return (_checked(text, "s10"),)
    if _DHL_PIECE.fullmatch(text):
        return (_shape(text, "dhl"),)
    return _dpd(text)


def _dpd(text: str) -> tuple[TrackingScan, ...]:
    label = _DPD_LABEL.fullmatch(text)
    if label and text.startswith("%") and not label[5]:
        return (_shape(label[2], "dpd"),)
    if label and label[5] and checks.mod37_36_valid(text.lstrip("%")):
        return (_checked(label[2], "dpd"),)
    if _DPD_CHECKED.fullmatch(text) and checks.mod37_36_valid(text):
        return (_checked(text[:14], "dpd"),)
    if _DPD_POLAND.fullmatch(text):
        return (_shape(text, "dpd"),)
    return ()


def _digits(text: str) -> tuple[TrackingScan, ...]:
    by_length = _BY_LENGTH.get(len(text))
    return by_length(text) if by_length else ()


def _ten(text: str) -> tuple[TrackingScan, ...]:
    return (_checked(text, "dhl"),) if checks.dhl_express_valid(text) else ()


def _eleven(text: str) -> tuple[TrackingScan, ...]:
    # DHL in Poland and GLS both number with eleven digits and no check: the look-up tells, not the shape
    return (_checked(text, "dhl"),) if checks.dhl_express_valid(text) else (_shape(text, "unknown"),)


def _twelve(text: str) -> tuple[TrackingScan, ...]:
    return (_checked(text, "fedex"),) if checks.fedex_valid(text) else (_shape(text, "gls"),)


def _fourteen(text: str) -> tuple[TrackingScan, ...]:
    return (_shape(text, "dpd"),)


def _fifteen(text: str) -> tuple[TrackingScan, ...]:
    readings = []
    if checks.mod37_36_valid(text):
        readings.append(_checked(text[:14], "dpd"))
    if checks.gs1_valid(text):
        readings.append(_checked(text, "fedex"))
    return tuple(readings)


def _eighteen(text: str) -> tuple[TrackingScan, ...]:
    return (sscc_scan(text),) if checks.sscc_valid(text) else ()


def _twenty(text: str) -> tuple[TrackingScan, ...]:
    if text.startswith("00"):
        return _eighteen(text[2:])
    return (_checked(text, "fedex"),) if checks.gs1_valid("92" + text) else ()


def _twenty_two(text: str) -> tuple[TrackingScan, ...]:
    if text.startswith("96") and checks.gs1_valid(text[7:]):
        return (_checked(text[7:], "fedex"),)
    return (_checked(text, "fedex"),) if text.startswith("92") and checks.gs1_valid(text) else ()


def _twenty_four(text: str) -> tuple[TrackingScan, ...]:
    return (_shape(text, "inpost"),) if text[0] in "4569" else ()


def _twenty_seven(text: str) -> tuple[TrackingScan, ...]:
    return (_shape(text[7:21], "dpd"),)


def _twenty_eight(text: str) -> tuple[TrackingScan, ...]:
    return (_checked(text[7:21], "dpd"),) if checks.mod37_36_valid(text) else ()


def _thirty_four(text: str) -> tuple[TrackingScan, ...]:
    number = text[-14:]
    if text[:3] not in ("100", "962", "963") or not checks.fedex_valid(number):
        return ()
    return (_checked(number[2:] if number.startswith("00") else number, "fedex"),)


_BY_LENGTH = {
    10: _ten,
    11: _eleven,
    12: _twelve,
    14: _fourteen,
    15: _fifteen,
    18: _eighteen,
    20: _twenty,
    22: _twenty_two,
    24: _twenty_four,
    27: _twenty_seven,
    28: _twenty_eight,
    34: _thirty_four,
}


def _checked(number: str, carrier: str) -> TrackingScan:
    return TrackingScan(number, carrier, Certainty.CHECKED)


def _shape(number: str, carrier: str) -> TrackingScan:
    return TrackingScan(number, carrier, Certainty.SHAPE)


def aliases(number: str, carrier: str = "unknown") -> tuple[str, ...]:
    """All names under which a parcel is stored and looked up, the canonical one first.

    Two numbers of one parcel share at least one name. Names are never taken from other carriers' shapes when the
    carrier is known, so that a DPD number is not also looked up as something else.

    Args:
        number: in any form: announced by a shop, printed, scanned.
        carrier: as in ``TrackingScan``; ``unknown`` (or ``""``) takes every reading.
    """
    plain = squeezed(number.strip(" ").upper())
    anyone = carrier in ("", "unknown")
    names = [
        reading.number
        for reading in recognise(plain)
        if anyone or reading.carrier in (carrier, "unknown") or {reading.carrier, carrier} <= _SHARE_SSCC
    ]
    names.append(plain)
    names += [name[2:] for name in names if len(name) == 20 and name.startswith("00") and checks.sscc_valid(name[2:])]
    return tuple(dict.fromkeys(names))


_SHARE_SSCC = frozenset({"sscc", "poczta", "dhl", "gls"})
"""Carriers that ship under GS1's parcel number: an announced one may be filed under any of them."""
