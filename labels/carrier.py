"""What a carrier sent: only enough is looked at to know which printers understand it. The bytes are never changed.

A carrier's label is a contract with the carrier: its barcodes, routing marks and texts are theirs. Whatever a file is
called, what counts is how it begins and ends. A file that begins as a label but is cut short is refused, because half
a label prints, and the parcel goes astray.
"""

from __future__ import annotations

import re

from rma_station.errors import Refused

LARGEST = 5_000_000
"""Bytes; a label of one parcel is far below."""
_PDF_HEAD = 1024
"""A PDF may have something before its head (ISO 32000-1, annex H, 3.4.1)."""
_ZPL = re.compile(rb"\^XA|\xef\xbb\xbf\^XA|~DG|~DY|\$\{")
_TSPL = re.compile(rb"(?:\r?\n)*(?:SIZE|CLS|GAP|DIRECTION|REFERENCE|DENSITY|SPEED|CODEPAGE)\b", re.IGNORECASE)
_EPL = re.compile(rb"(?:\r?\n)*(?:N|I8,[0-9A-F](?:,\d+)?|q\d+|Q\d+(?:,\d+)*|O[A-Z]*|ZT|ZB|JF|JB|S\d|D\d+)\r?\n")


def kind_of(data: bytes) -> str:
    """The printer language of a carrier's label: ``pdf``, ``zpl``, ``tspl`` or ``epl``.

    Raises:
        Refused: empty, too large, cut short, or nothing we know a printer for.
    """
    if not data.strip():
        raise Refused("the carrier's label is empty. Ask the carrier for it again.")
    if len(data) > LARGEST:
        raise Refused(f"the carrier's label has {len(data)} bytes; {LARGEST} is the most. Is it a label?")
    if b"%PDF-" in data[:_PDF_HEAD]:
        return _whole("pdf", b"%%EOF" in data[-_PDF_HEAD:])
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _ZPL.match(start) or b"^XA" in data[:_PDF_HEAD].upper():
        return _whole("zpl", data.upper().count(b"^XA") == data.upper().count(b"^XZ") > 0)
    if _TSPL.match(start):
        return _whole("tspl", re.search(rb"\bPRINT\s+\d", data[-_PDF_HEAD:], re.IGNORECASE) is not None)
    if _EPL.match(data.lstrip()):
        return _whole("epl", re.search(rb"(?:^|\n)P\d+", data[-_PDF_HEAD:]) is not None)
    raise Refused("the carrier's label is neither PDF nor ZPL, TSPL or EPL. Ask the carrier for one of these.")


def _whole(language: str, ends: bool) -> str:
    if not ends:
        raise Refused(
            f"the carrier's label begins as {language.upper()} and is cut short. Ask the carrier for it again."
        )
    return language
