"""Unit labels to test with."""

from __future__ import annotations

from typing import Any

from rma_station.domain.effects import PrintUnitLabel

LPN = "RAB3C00012K7"
"""As long as an LPN can be."""


def unit(**changes: Any) -> PrintUnitLabel:
    """A plain unit label with some fields changed."""
    fields: dict[str, Any] = {
        "job_id": "job-1",
        "unit_id": "unit-1",
        "lpn": LPN,
        "grade": "B",
        "disposition": "restock",
        "destination": "A-14",
        "rma_id": "RMA-2026-000123",
        "sku": "SKU-1001",
        "name": "Cotton shirt M",
    }
    return PrintUnitLabel(**(fields | changes))


KINDS = {
    "plain": unit(),
    "copy": unit(attempt=2),
    "held": unit(held=True, disposition="hold", destination="S-1"),
    "dangerous": unit(dangerous=True, held=True, grade="E", disposition="quarantine", attempt=3),
    "bare": unit(rma_id=None, sku=None, name=""),
}
"""Every kind of unit label."""

HOSTILE = {
    "end of label": "A^FS^XZ^XA^FO1,1^A0N,30,0^FDEVIL^FS^XZ",
    "cancel all": "~JA",
    "escaped caret": "_5EXZ",
    "invocation": ">:>8>0",
    "backslashes": "\\\\&\\^",
    "controls": "a\x00b\x1b[2Jc\r\nd\x1de\x7f\x9b",
    "ten thousand": "W" * 10_000,
    "right to left": "\u202eabc\u202c \u05d0\u05d1\u05d2",
    "emoji": "box 📦🔥 ok",
    "separators": ",;:|{}",
}
"""Outside text that tries to command the printer."""
