"""What may stand on each kind of label: its fields as plain strings, and content to try a template with.

A field that does not apply is an empty string. Nothing here is clean or short: ``layout.py`` takes care of that.
"""

from __future__ import annotations

from collections.abc import Mapping

from labels import gs1, kinds
from labels.words import disposition_word, word
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused

Content = Mapping[str, str]

_UNIT = ("lpn", "grade", "disposition", "destination", "sku", "name", "rma", "attempt", "held", "danger", "sample")
FIELDS: Mapping[str, tuple[str, ...]] = {
    kinds.UNIT: _UNIT,
    kinds.QUARANTINE: _UNIT,
    kinds.HYGIENE: _UNIT,
    kinds.PALLET: ("sscc", "contents", "count", "destination", "date", "sample"),
    kinds.RETURN_SLIP: ("rma", "order", "reason", "items", "address", "date", "sample"),
    kinds.CUSTOMER_RETURN: ("rma", "order", "to", "sender", "sample"),
}
"""Names of the fields, by kind of label."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    kinds.UNIT: ("lpn", "attempt", "sample"),
    kinds.QUARANTINE: ("lpn", "attempt", "danger", "sample"),
    kinds.HYGIENE: ("lpn", "attempt", "sample"),
    kinds.PALLET: ("sscc", "sample"),
    kinds.RETURN_SLIP: ("rma", "sample"),
    kinds.CUSTOMER_RETURN: ("rma", "to", "sample"),
}
"""Fields that no template of a kind may leave out."""
OUR_WORDS = frozenset(["attempt", "danger", "disposition", "held", "sample"])
"""Fields whose text is our own and must never be cut."""
_MARKS = frozenset(["attempt", "danger", "held", "sample"])
"""Fields that are empty on most labels."""


def of_unit(job: PrintUnitLabel, words: str, mode: str) -> dict[str, str]:
    """The fields of a unit's label: facts as they are, marks as words in ``pl`` or ``en``."""
    return {
        "lpn": job.lpn,
        "grade": job.grade,
        "disposition": disposition_word(job.disposition, words),
        "destination": job.destination,
        "sku": job.sku or "",
        "name": job.name,
        "rma": job.rma_id or "",
        "attempt": f"{word('copy', words)} {job.attempt}" if job.attempt > 1 else "",
        "held": word("held", words) if job.held else "",
        "danger": f"! {word('danger', words)} !" if job.dangerous else "",
        "sample": sample_mark(words, mode),
    }


def complete(kind: str, given: Content, words: str, mode: str) -> dict[str, str]:
    """Content as somebody gave it, with nothing missing: other fields empty, marks and check digits set by us.

    Raises:
        Refused: an unknown kind or field, or an SSCC that is not valid.
    """
    fields = FIELDS.get(kind)
    if fields is None:
        raise Refused(f"{kind!r} is not a label we lay out. Choose one of {', '.join(FIELDS)}.")
    for name in given:
        if name not in fields:
            raise Refused(f"a {kind} label has no field {name!r}. It has: {', '.join(fields)}.")
    found = dict.fromkeys(fields, "") | dict(given)
    found["sample"] = sample_mark(words, mode)
    if kind == kinds.QUARANTINE:
        found["danger"] = f"! {word('danger', words)} !"
    if kind == kinds.PALLET:
        found["sscc"] = gs1.sscc(found["sscc"])
    check_complete(kind, found)
    return found


def check_complete(kind: str, fields: Content) -> None:
    """Refuse a label that would lack what it is for.

    Raises:
        Refused: a required field is empty; marks may be.
    """
    for name in REQUIRED[kind]:
        if name not in _MARKS and not fields[name].strip():
            raise Refused(f"a {kind} label needs {name}, for its text or barcode, and there is none.")


def sample_mark(words: str, mode: str) -> str:
    """The word that sample mode puts on everything."""
    return word("sample", words) if mode == "sample" else ""
