"""Content to try a template with: plain, with every mark, and as long as it gets. Nobody and nothing in it is real."""

from __future__ import annotations

from collections.abc import Mapping

from labels import kinds
from labels.content import Content, complete
from labels.words import disposition_word, word
from rma_station.domain.grading import DISPOSITIONS

_LPN = "RAB3C00012K7"
"""As long as an LPN can be."""
_LONG = "Koszula flanelowa męska w kratę z długim rękawem, rozmiar XXL, kolor granatowo-zielony"
_ADDRESS = "Sklep Przykładowy sp. z o.o.\nul. Magazynowa 15A\n00-950 Warszawa\nPOLSKA"

_UNIT = {"lpn": _LPN, "grade": "B", "destination": "A-14", "sku": "SKU-1001", "name": "Koszula lniana M"}
_PLAIN: Mapping[str, Mapping[str, str]] = {
    kinds.UNIT: _UNIT | {"rma": "RMA-2026-000123"},
    kinds.QUARANTINE: _UNIT | {"grade": "E", "destination": "Q1", "rma": "RMA-2026-000123"},
    kinds.HYGIENE: _UNIT | {"grade": "E", "destination": "H1", "rma": "RMA-2026-000123"},
    kinds.PALLET: {
        "sscc": "59012341234567890",
        "contents": "Zwroty, odzież",
        "count": "48",
        "destination": "MAGAZYN B",
        "date": "2026-11-22",
    },
    kinds.RETURN_SLIP: {
        "rma": "RMA-2026-000123",
        "order": "A-100234",
        "reason": "Towar nie jest nasz",
        "items": "1 x Koszula lniana M\n2 x Jeansy proste 32",
        "address": "Jan Przykładowy\nul. Prosta 7/12\n30-001 Kraków",
        "date": "2026-11-22",
    },
    kinds.CUSTOMER_RETURN: {
        "rma": "RMA-2026-000123",
        "order": "A-100234",
        "to": _ADDRESS,
        "sender": "Jan Przykładowy\nul. Prosta 7/12\n30-001 Kraków",
    },
}
_LONGEST: Mapping[str, str] = {
    "name": _LONG,
    "sku": "PRZYKLADOWY-KOD-TOWARU-0123456789",
    "destination": "Regał 14, poziom 3, gniazdo 127, strefa zwrotów",
    "contents": _LONG,
    "count": "123456",
    "date": "2026-11-22 23:59",
    "order": "ZAMOWIENIE-INTERNETOWE-2026/11/000123",
    "reason": _LONG,
    "items": "\n".join(f"{number} x {_LONG}" for number in range(1, 12)),
    "address": f"{_LONG}\n{_ADDRESS}\n{_ADDRESS}",
    "sender": f"{_LONG}\n{_ADDRESS}\n{_ADDRESS}",
    "to": f"{_LONG}\n{_ADDRESS}\n{_ADDRESS}",
}


def examples(kind: str, words: str, mode: str = "sample") -> dict[str, dict[str, str]]:
    """Complete content of a kind by name: ``plain``, ``marked`` and ``longest``; for a unit each disposition too.

    Raises:
        Refused: an unknown kind.
    """
    plain = _PLAIN.get(kind, {})
    found: dict[str, Content] = {"plain": plain, "longest": {**plain, **_of(kind, _LONGEST)}}
    if kind in (kinds.UNIT, kinds.QUARANTINE, kinds.HYGIENE):
        marks = {"attempt": f"{word('copy', words)} 99", "held": word("held", words)}
        for code in DISPOSITIONS:
            found[code] = {**plain, **marks, "disposition": disposition_word(code, words)}
        found["plain"] = {**plain, "disposition": disposition_word(_USUAL.get(kind, "restock"), words)}
        found["longest"] = {**found["longest"], **marks, "disposition": disposition_word("supplier", words)}
    return {name: complete(kind, fields, words, mode) for name, fields in found.items()}


_USUAL = {kinds.QUARANTINE: "quarantine", kinds.HYGIENE: "dispose"}


def _of(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in _PLAIN[kind]}
