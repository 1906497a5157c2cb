"""``domain.record.dataclass`` is a dataclass in all that code relies on."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from rma_station.domain.record import dataclass, field, replace


@dataclass(frozen=True)
class Parcel:
    """Two fields."""

    code: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nothing:
    """No field."""


@dataclass(frozen=True)
class Number:
    """One field and a word of its own."""

    value: int

    def __repr__(self) -> str:
        return f"#{self.value}"


@dataclass
class Seat:
    """Not frozen."""

    name: str
    jobs: list[str] = field(default_factory=list)


def test_it_is_a_dataclass() -> None:
    """Fields, replace, defaults, match."""
    assert dataclasses.is_dataclass(Parcel)
    assert [item.name for item in dataclasses.fields(Parcel)] == ["code", "units"]
    assert replace(Parcel("a"), units=("u",)) == Parcel("a", ("u",))
    assert Parcel.__match_args__ == ("code", "units")
    assert Seat("a").jobs is not Seat("a").jobs
    assert pickle.loads(pickle.dumps(Parcel("a", ("u",)))) == Parcel("a", ("u",))


def test_equal_by_value_and_class() -> None:
    """Equal fields are equal, other classes are not, and hashes follow."""
    assert Parcel("a") == Parcel("a", ())
    assert Parcel("a") != Parcel("b")
    assert Number(1) != Parcel("1")
    assert Nothing() == Nothing()
    assert {Parcel("a"): 1, Nothing(): 2, Number(3): 3}[Parcel("a")] == 1
    assert len({Number(1), Number(1), Number(2)}) == 2


def test_one_that_changes_has_no_hash() -> None:
    """As in the standard library."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(Seat("a"))


def test_shown_with_its_fields() -> None:
    """As in the standard library; a class's own words win."""
    assert repr(Parcel("a", ("u",))) == "Parcel(code='a', units=('u',))"
    assert repr(Number(3)) == "#3"
    assert repr(Nothing()) == "Nothing()"
