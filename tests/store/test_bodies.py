"""What a row's body says is what is read back from it, with every field."""

from __future__ import annotations

import pytest

from rma_station.domain import codec
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.rma import Grading, Parcel, ParcelState, Unit
from rma_station.store.bodies import write_body

GRADING = Grading("e-2", "000101", "B", "outlet", "OUT-1", "apparel", 3, {"tag": "no"}, "A", "restock", "worn")
BODIES = [
    Unit("u-1", "p-1", "R7YBF0001U", "e-1"),
    Unit("u-1", "p-1", "R7YBF0001U", "e-1", rma_id="RMA-2026-000001", slots=(2, 3), gradings=(GRADING,)),
    Parcel("p-1", state=ParcelState.SET_ASIDE, code="Zażółć \u2028 \"gęślą\" \\ jaźń", rma_ids=("RMA-2026-000001",)),
    PrintUnitLabel("j-1", "u-1", "R7YBF0001U", "B", "outlet", "OUT-1", "RMA-2026-000001", "SHIRT-M", "Koszula"),
]  # fmt: skip


@pytest.mark.parametrize("value", BODIES, ids=lambda value: type(value).__name__)
def test_a_body_is_read_back_as_it_was(value: object) -> None:
    """Enums by their value, text as it is, and what has its default too."""
    assert value == codec.decode(type(value), codec.from_bytes(write_body(value).encode()))


def test_a_row_of_a_version_that_left_defaults_out_is_read() -> None:
    """Journals written before have only the fields that differ from their default."""
    unit = BODIES[1]

    assert unit == codec.decode(Unit, codec.from_bytes(codec.write(unit).encode()))
