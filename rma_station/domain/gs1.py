"""GS1 element strings, Digital Links and ISO 15434 envelopes, read with biip behind one small door.

biip is imported inside functions only: it must not be loaded before the station's first paint (call ``scan.warm_up``
afterwards). Its answers are checked again here, because it reports a message as parsed even where a check digit inside
is wrong (hardware reference 2.7). Nothing raises: for what is not such a message the answer is ``None``.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rma_station.domain import checks, tracking
from rma_station.domain.clean import clean
from rma_station.domain.meaning import Certainty, DamagedScan, ProductScan, TextScan, TrackingScan
from rma_station.domain.record import dataclass

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementString

GS, RS, EOT = "\x1d", "\x1e", "\x04"
"""Group separator (FNC1 inside a message), record separator and end of transmission."""
ISO_15434 = "[)>" + RS
_IDENTIFIER = re.compile(r"(\d{0,3}[A-Z])(.+)", re.ASCII)
"""ASC MH10 data identifier and its value."""


@dataclass(frozen=True)
class Element:
    """One application identifier with its value; ``date`` is ISO 8601 where the value is one."""

    ai: str
    value: str
    date: str | None = None


def read_message(text: str, separators: tuple[str, ...] = (GS,)) -> tuple[Element, ...] | None:
    """A GS1 element string, or its written form with brackets; ``None`` when it is not one, or an empty one.

    Args:
        text: without symbology identifier; FNC1 as one of ``separators``.
        separators: what the scanner sends for FNC1 inside the message.
    """
    from biip import ParseConfig  # noqa: PLC0415
    from biip.gs1_messages import GS1Message  # noqa: PLC0415

    inner = text.strip("".join(separators))
    try:
        if inner.startswith("("):
            return _elements(GS1Message.parse_hri(inner).element_strings)
        return _elements(GS1Message.parse(inner, config=ParseConfig(separator_chars=separators)).element_strings)
    except Exception:  # another's parser over a stranger's bytes: whatever it stumbles over, the bench goes on
        return None


def read_link(text: str) -> tuple[Element, ...] | None:
    """A GS1 Digital Link on any host; ``None`` for any other address."""
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI  # noqa: PLC0415

    try:
        return _elements(GS1DigitalLinkURI.parse(text).element_strings)
    except Exception:  # as above
        return None


def _elements(found: Iterable[GS1ElementString]) -> tuple[Element, ...] | None:
    return tuple(Element(e.ai.ai, e.value, e.date.isoformat() if e.date else None) for e in found) or None


def leave_out_prefixes() -> None:
    """Keep biip from loading its tables of the world's GS1 prefixes: 16 MB and 0.1 s for what is never asked here.

    They say which country and company a number was given to. What stands in their place says that it is unknown, and
    everything ``Element`` has stays the same. Call before anything imports biip; afterwards nothing happens.
    """
    tables = types.ModuleType("biip.gs1_prefixes")
    for name in ("GS1Prefix", "GS18Prefix", "GS1CompanyPrefix"):
        setattr(tables, name, _Unknown)
    sys.modules.setdefault(tables.__name__, tables)


class _Unknown:
    """A prefix of nobody we know."""

    @classmethod
    def extract(cls, value: str) -> None:
        """As the classes of ``biip.gs1_prefixes``."""


def meaning_of(elements: tuple[Element, ...]) -> TrackingScan | ProductScan | TextScan | DamagedScan | None:
    """What a message says about a parcel or a product; ``None`` when it speaks of neither.

    (00) is a parcel, whatever else stands there; (01) with (21), (10) and (17) a product; (400) an order number.
    """
    by_ai: dict[str, Element] = {}
    for element in elements:
        by_ai.setdefault(element.ai, element)
    if "00" in by_ai:
        sscc = by_ai["00"].value
        return tracking.sscc_scan(sscc) if checks.sscc_valid(sscc) else DamagedScan("check_digit", clean(sscc))
    if "01" in by_ai:
        gtin = by_ai["01"].value.zfill(14)
        if not checks.gtin_valid(gtin):
            return DamagedScan("check_digit", clean(gtin))
        serial, lot, expiry = by_ai.get("21"), by_ai.get("10"), by_ai.get("17")
        return ProductScan(
            gtin,
            serial=clean(serial.value) if serial else None,
            lot=clean(lot.value) if lot else None,
            expires_on=expiry.date if expiry else None,
        )
    return TextScan(clean(by_ai["400"].value)) if "400" in by_ai else None


def read_iso15434(text: str) -> TrackingScan | ProductScan | TextScan | DamagedScan:
    """An ISO/IEC 15434 message: format 05 (GS1), 06 (data identifiers) or 01 (transport).

    Args:
        text: starts with ``ISO_15434``; the closing EOT may have been taken by the framing.
    """
    for record in text.removesuffix(EOT)[len(ISO_15434) :].split(RS):
        form, _, body = record.partition(GS)
        meaning = _FORMATS[form[:2]](body) if form[:2] in _FORMATS else None
        if meaning:
            return meaning
    return TextScan(clean(text))


def _gs1_record(body: str) -> TrackingScan | ProductScan | TextScan | DamagedScan | None:
    elements = read_message(body)
    return meaning_of(elements) if elements else DamagedScan("gs1", clean(body))


def _identifier_record(body: str) -> TrackingScan | ProductScan | TextScan | DamagedScan | None:
    values: dict[str, str] = {}
    for field in body.split(GS):
        match = _IDENTIFIER.fullmatch(field)
        if match:
            values.setdefault(match[1], match[2])
    for identifier in ("8P", "3P"):
        if checks.gtin_valid(values.get(identifier, "")):
            return ProductScan(values[identifier].zfill(14), serial=_cleaned(values, "S"), lot=_cleaned(values, "1T"))
    part = _cleaned(values, "1P") or _cleaned(values, "P")
    return TextScan(part) if part else None


def _cleaned(values: dict[str, str], identifier: str) -> str | None:
    value = values.get(identifier)
    return clean(value) if value else None


def _transport_record(body: str) -> TrackingScan | ProductScan | TextScan | DamagedScan | None:
    for field in body.split(GS):
        for reading in tracking.recognise(field) if len(field) >= 12 else ():
            if reading.certainty is Certainty.CHECKED:
                return reading
    return None


_FORMATS = {"01": _transport_record, "05": _gs1_record, "06": _identifier_record}
