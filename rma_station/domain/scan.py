"""Raw scan -> meaning. Start at ``interpret``; the order of its questions is the order of trust.

::

    damaged, too long, control characters            -> DamagedScan, never submitted
    our keyed badge or command                       -> BadgeScan, CommandScan..., or ForgedScan
    symbology says EAN/UPC                           -> ProductScan
    symbology says GS1, or the text is a message     -> parcel (00) or product (01)
    Digital Link, ISO 15434                          -> the same
    our RMA number, LPN, order number; carriers; GTIN -> one of them, or AmbiguousScan in this order
    anything else                                    -> TextScan

A scan stays bytes until it is framed, and text is only ever stripped of named characters: ``str.strip()`` and
``str.split()`` without arguments take GS, RS and FS for white space. A vendor's one-letter code id is never assumed; it
cannot be told from data. Source: hardware reference 2.3, 2.5, 2.7, 2.8.
"""

from __future__ import annotations

import re

from rma_station.domain import checks, codes, gs1, tracking
from rma_station.domain.clean import clean, clean_bytes
from rma_station.domain.meaning import (
    AmbiguousScan,
    Certainty,
    DamagedScan,
    ForgedScan,
    LpnScan,
    Meaning,
    ProductScan,
    RmaScan,
    Simple,
    TextScan,
    TrackingScan,
)
from rma_station.domain.record import dataclass, replace

MAX_BYTES = 1024
"""Longest scan in bytes; GS1 messages have at most some hundreds, a longer one is a stranger's document."""
MAX_TEXT = 200
"""Longest plain text in characters."""
MAX_PATTERN = 64
"""Longest text that is held against the configured patterns: a slow pattern must not stop the bench."""
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_GS1_SYMBOLS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]e1", "]e2", "]J1"})
_SELF_CHECKED = frozenset("CGLQUdez")
"""Symbologies that check themselves: what they carry was read right, so a wrong check digit means another number."""
_DAMAGES = frozenset({"incomplete", "overflow", "too_long", "characters", "check_digit", "gs1", "typed"})
_LINK = re.compile(r"https?://", re.IGNORECASE)
_ITF = "I"
_CODE_128 = "C"


@dataclass(frozen=True)
class ScanRules:
    """What this station knows of its own codes; built once by the station, anew when a setting changes."""

    rma_pattern: re.Pattern[str]
    order_pattern: re.Pattern[str]
    station: str
    """Id of the station, part of what its command sheets sign."""
    badge_key: bytes
    """``codes.badge_key``: the hub's."""
    command_key: bytes
    """``codes.command_key``: this station's."""
    generation: int = 0
    """Of command sheets; this one and the one before are accepted."""
    own_logs: frozenset[str] = frozenset()
    """``codes.log_letters`` of this station's logs, and the same characters of registered rolls."""
    separators: tuple[str, ...] = (gs1.GS,)
    """What the scanners send for FNC1 inside a GS1 message; another character only where a scanner substitutes it."""


def warm_up() -> None:
    """Load biip and parse one message, so that the first GS1 scan does not wait for it. Call after the first paint."""
    gs1.leave_out_prefixes()
    gs1.read_message("0109506000134352" + "10L1")
    gs1.read_link("https://id.gs1.org/01/09506000134352")


def interpret(data: bytes, aim: str | None, damaged: str | None, rules: ScanRules) -> Meaning:
    """Say what a scan means. Total: no bytes whatever make it raise.

    Args:
        data: the scan without terminator.
        aim: AIM symbology identifier such as ``]C1``; ``None`` takes one from the front of ``data`` if it is there.
        damaged: the driver's reason why bytes are missing, if any.
        rules: this station's own codes.
    """
    data = data.rstrip(b"\r\n")
    if damaged:
        return DamagedScan(damaged if damaged in _DAMAGES else "incomplete", clean_bytes(data))
    if len(data) > MAX_BYTES:
        return DamagedScan("too_long", clean_bytes(data))
    if not aim and _AIM.match(data):
        aim, data = data[:3].decode("ascii"), data[3:]
    text = _decoded(data).strip(" ")
    if not text:
        return DamagedScan("incomplete", clean(aim or ""))
    if text.startswith(gs1.ISO_15434):
        return gs1.read_iso15434(text)
    if not _harmless(text.replace(gs1.GS, "")):
        return DamagedScan("characters", clean(text))
    return _by_symbology(text, aim or "", rules)


def _decoded(data: bytes) -> str:
    """UTF-8 where it is, Latin-1 otherwise."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _harmless(text: str) -> bool:
    """Free of control characters and the invisible, and not the noise of a wrong baud rate."""
    if text.isascii():
        return text.isprintable()
    noise = sum("\x80" <= character <= "\xff" for character in text)
    return clean(text, len(text)) == text and noise * 2 <= len(text)


def _by_symbology(text: str, aim: str, rules: ScanRules) -> Meaning:
    if aim.startswith("]E"):
        return _retail(text, aim)
    if aim in _GS1_SYMBOLS:
        return _gs1(text, aim, rules)
    if gs1.GS in text:
        return _gs1(text, aim, rules)
    return _plain(text, aim[1:2], rules)


# --- retail ----------------------------------------------------------------------------------------------


def _retail(text: str, aim: str) -> Meaning:
    """EAN and UPC: ``]E0`` has 13 digits (12 or 8 from scanners that do not pad), ``]E3`` an add-on, ``]E4`` EAN-8."""
    if not checks.is_digits(text):
        return DamagedScan("characters", clean(text))
    if aim[2:] == "3" and len(text) in (15, 18):
        text = text[:13]
    if aim[2:] in ("1", "2") or len(text) not in (6, 8, 12, 13):
        return DamagedScan("incomplete", text)
    # an 8-digit EAN would have come as ]E4: under ]E0 the zero-suppressed UPC is the likelier one
    readings = (*(_upc_e(text) if aim[2:] == "0" else ()), *_gtin(text))
    return _decide(readings) or DamagedScan("check_digit", text)


def _gtin(text: str) -> tuple[ProductScan, ...]:
    return (ProductScan(text.zfill(14)),) if checks.gtin_valid(text) else ()


def _upc_e(text: str) -> tuple[ProductScan, ...]:
    long = checks.upc_a_of_upc_e(text)
    return (ProductScan(long.zfill(14)),) if long and long.strip("0") else ()


# --- GS1 -------------------------------------------------------------------------------------------------


def _gs1(text: str, aim: str, rules: ScanRules) -> Meaning:
    elements = gs1.read_message(text, rules.separators)
    meaning = gs1.meaning_of(elements) if elements else None
    if meaning:
        return meaning
    if gs1.GS in text:
        return TextScan(clean(text)) if elements else DamagedScan("gs1", clean(text))
    # carriers print Code 128 with FNC1 in front of numbers of their own (UPS does)
    if elements or (aim == "]C1" and (tracking.recognise(text) or tracking.broken(text))):
        return _plain(text, aim[1:2], rules)
    return DamagedScan("gs1", clean(text))


def _unmarked_gs1(text: str, symbology: str, rules: ScanRules) -> tuple[TrackingScan | ProductScan, ...]:
    """A message that is not marked as one: only where (01) or (00) and a check digit prove it."""
    if symbology == _CODE_128:
        return ()
    bare = text.replace("(", "").replace(")", "") if text[:4] in ("(01)", "(00)") else text
    proven = (bare[:2] == "01" and checks.gtin_valid(bare[2:16])) or (
        bare[:2] == "00" and checks.sscc_valid(bare[2:20])
    )
    elements = gs1.read_message(text, rules.separators) if proven else None
    meaning = gs1.meaning_of(elements) if elements else None
    return (meaning,) if isinstance(meaning, TrackingScan | ProductScan) else ()


# --- everything else -------------------------------------------------------------------------------------


def _plain(text: str, symbology: str, rules: ScanRules) -> Meaning:
    keyed = codes.read_badge(text, rules.badge_key) or codes.read_command(
        text, rules.station, rules.generation, rules.command_key
    )
    if keyed:
        return keyed
    if len(text) > MAX_TEXT:
        return DamagedScan("too_long", clean(text))
    if _LINK.match(text):
        elements = gs1.read_link(text)
        return (gs1.meaning_of(elements) if elements else None) or TextScan(text)
    own = _own(text, rules)
    if isinstance(own, ForgedScan):
        return own
    readings = (*own, *_unmarked_gs1(text, symbology, rules), *_foreign(text, symbology))
    return _decide(readings) or _unknown(text, symbology)


def _own(text: str, rules: ScanRules) -> tuple[Simple, ...] | ForgedScan:
    short = len(text) <= MAX_PATTERN
    rma = (RmaScan(text),) if short and rules.rma_pattern.fullmatch(text) else ()
    order = (TextScan(text),) if short and rules.order_pattern.fullmatch(text) else ()
    lpn = codes.read_lpn(text, rules.own_logs)
    if isinstance(lpn, ForgedScan):
        return (*rma, *order) or lpn
    return (*rma, *_present(lpn), *order)


def _present(lpn: LpnScan | None) -> tuple[LpnScan, ...]:
    return (lpn,) if lpn else ()


def _foreign(text: str, symbology: str) -> tuple[Simple, ...]:
    """Carriers' and products' readings; a shop's Code 128 of a GTIN's length is a parcel sooner than a product."""
    parcels = tracking.recognise(text)
    if symbology == _CODE_128:
        parcels = tuple(map(_without_identifier, parcels))
    products = _gtin(text)
    if len(text) == 8:
        products = (*products, *_upc_e(text))
    if symbology == _ITF and len(text) == 14 and products:
        return products
    return (*parcels, *products) if symbology == _CODE_128 else (*products, *parcels)


def _without_identifier(parcel: TrackingScan) -> TrackingScan:
    """Code 128 without FNC1 is not GS1: then an SSCC is sure only of carriers that are known to print it so."""
    return replace(parcel, certainty=Certainty.SHAPE) if parcel.carrier == "sscc" else parcel


def _decide(readings: tuple[Simple, ...]) -> Meaning | None:
    different = tuple(dict.fromkeys(readings))
    if len(different) > 1:
        return AmbiguousScan(different)
    return different[0] if different else None


def _unknown(text: str, symbology: str) -> Meaning:
    mistaken = tracking.broken(text) or (len(text) == 13 and checks.is_digits(text))
    if mistaken and symbology not in _SELF_CHECKED:
        return DamagedScan("check_digit", clean(text))
    return TextScan(text)
