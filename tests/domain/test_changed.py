"""``changed`` is ``dataclasses.replace``, only faster."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from rma_station.domain.changed import changed


@dataclass(frozen=True)
class Unit:
    unit_id: str
    pieces: int = 1
    slots: tuple[int, ...] = ()


def test_it_gives_what_replace_gives_and_leaves_the_first_alone() -> None:
    """Equal, of the same hash, and still frozen."""
    unit = Unit("u-1", 2)

    other = changed(unit, slots=(1, 2), pieces=3)

    assert (other, hash(other)) == (replace(unit, slots=(1, 2), pieces=3), hash(replace(unit, slots=(1, 2), pieces=3)))
    assert unit == Unit("u-1", 2)
    with pytest.raises(FrozenInstanceError):
        other.pieces = 4  # type: ignore[misc]


def test_a_field_that_is_not_there_is_refused() -> None:
    """As ``replace`` does."""
    with pytest.raises(TypeError, match="Unit has no field colour"):
        changed(Unit("u-1"), colour="red")
