"""What was left out because it is ``None`` reads back as ``None``."""

from __future__ import annotations

from rma_station.domain import codec
from rma_station.domain.rma import Grading

GRADING = Grading("e-1", None, "A", "restock", "A-01", "default", 1, {}, "A", "restock")


def test_a_required_field_that_is_none_survives() -> None:
    """A unit graded by nobody who is known (an import) can be stored and read again."""
    assert codec.decode(Grading, codec.encode(GRADING)) == GRADING
