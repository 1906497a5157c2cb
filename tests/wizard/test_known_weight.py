"""Whether a scale means what it says, by a weight that is known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain.weight import GRAMS, Reading
from rma_station.wizard import known_weight
from rma_station.wizard.known_weight import UNITS, Verdict, amount, judge


def reading(value: str | None, unit: str | None) -> Reading:
    return Reading(Decimal(value) if value is not None else None, unit, True, b"", 1.0)


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("500", "500"),
        ("500 g", "500"),
        ("1,25kg", "1250"),
        (" 1.25 KG ", "1250"),
        ("2 lb", "907.18474"),
        ("0", None),
        ("", None),
        ("a bag", None),
        ("-3", None),
        ("1e9", None),
    ],
)
def test_what_a_person_types_for_a_weight(typed: str, grams: str | None) -> None:
    """Grams unless another unit is said; comma or point."""
    assert amount(typed) == (Decimal(grams) if grams else None)


@pytest.mark.parametrize(
    ("value", "unit", "known", "verdict"),
    [
        ("1.250", "kg", 1250, Verdict("right", "kg")),
        ("1.262", "kg", 1250, Verdict("right", "kg")),
        ("1250", "g", 1250, Verdict("right", "g")),
        ("44.1", "oz", 1250, Verdict("right", "oz")),
        # 8217 says no unit: three decimals are kilograms by custom only, so the weight decides.
        ("1.250", None, 1250, Verdict("right", "kg")),
        ("2.76", None, 1250, Verdict("right", "lb")),
        # Baxtran TW: grams without a point while it shows kg (hardware reference 1.2).
        ("1250", "kg", 1250, Verdict("decimals", "kg", "1000")),
        ("0.125", "kg", 1250, Verdict("decimals", "kg", "1/10")),
        ("2.76", "kg", 1250, Verdict("unit", "lb")),
        ("1.9", "kg", 1250, Verdict("unlike")),
        ("0.01", "kg", 10, Verdict("too_light", "kg")),
        ("0.000", "kg", 1250, Verdict("no_weight")),
        ("-1.250", "kg", 1250, Verdict("no_weight")),
        (None, "kg", 1250, Verdict("no_weight")),
        ("7", "ct", 1250, Verdict("unlike")),
    ],
)
def test_a_known_weight_proves_unit_and_decimals(
    value: str | None, unit: str | None, known: int, verdict: Verdict
) -> None:
    """Or says what is wrong."""
    assert judge(reading(value, unit), Decimal(known)) == verdict


@given(st.sampled_from(UNITS), st.integers(500, 30_000))
def test_a_scale_that_is_right_is_never_called_wrong(unit: str, grams: int) -> None:
    """In any unit, with three digits behind the point."""
    value = (Decimal(grams) / GRAMS[unit]).quantize(Decimal("0.001"))

    assert judge(Reading(value, unit, True, b"", 1.0), Decimal(grams)).unit == unit


@given(st.decimals(allow_nan=False, allow_infinity=False), st.none() | st.text(max_size=3), st.integers(1, 10**6))
def test_any_reading_can_be_judged(value: Decimal, unit: str | None, grams: int) -> None:
    """Every reading against every known weight has a verdict, and nothing raises."""
    assert judge(Reading(value, unit, True, b"", 1.0), Decimal(grams)).word in vars(known_weight).values()
