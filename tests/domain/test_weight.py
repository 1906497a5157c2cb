"""Weights are exact, captured only when they are sure, and compared only when they can be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import weight as w

POLICY = w.CapturePolicy()


def reading(
    value: str | None, at: float, *, unit: str | None = "kg", stable: bool | None = True, flag: str = ""
) -> w.Reading:
    """One reading as a driver makes it."""
    return w.Reading(None if value is None else Decimal(value), unit, stable, f"{value}".encode(), at, flag=flag)


def seen(*readings: w.Reading, state: w.CaptureState | None = None) -> w.CaptureState:
    """The state after these readings."""
    state = state or w.CaptureState()
    for item in readings:
        state = w.observe(state, item)
    return state


@pytest.mark.parametrize(
    ("value", "unit", "grams"),
    [
        ("1.250", "kg", "1250.000"),
        ("2", "lb", "907.18474"),
        ("16", "oz", "453.592370000"),
        ("1", "ozt", "31.1034768"),
        ("5", "ct", "1.0"),
        ("500", "mg", "0.500"),
        ("1", "ton", "907184.74"),
        ("1", "KG", "1000"),
        ("1", "stone", None),
        ("1", None, None),
        ("NaN", "g", None),
        ("Infinity", "g", None),
        ("1E+999999", "g", None),
    ],
)
def test_conversion_is_exact(value: str, unit: str | None, grams: str | None) -> None:
    """By the definition of each unit, without rounding."""
    assert w.to_grams(Decimal(value), unit) == (None if grams is None else Decimal(grams))


@pytest.mark.parametrize(
    ("value", "grams"), [("0.0005", 0), ("0.0015", 2), ("0.0025", 2), ("0.0026", 3), ("-0.0015", -2), ("0", 0)]
)
def test_rounding_is_half_to_even_and_last(value: str, grams: int) -> None:
    """Ten thousand parcels do not drift upwards."""
    assert w.whole_grams(reading(value, 0)) == grams


@pytest.mark.parametrize(
    "item", [reading(None, 0, flag="motion"), reading("1", 0, flag="checksum"), reading("1", 0, unit=None)]
)
def test_what_is_not_known_is_none_never_zero(item: w.Reading) -> None:
    """An error has no weight, whatever number stands beside it."""
    assert w.whole_grams(item) is None
    assert w.ready(seen(item), 0.1, POLICY) is None


def test_a_stable_fresh_reading_is_captured_with_its_bytes() -> None:
    """The scale's own word is enough."""
    assert w.ready(seen(reading("1.250", 10.0)), 10.5, POLICY) == w.Weight(1250, b"1.250", 10.0)


@pytest.mark.parametrize(
    ("item", "now"),
    [
        (reading("1.250", 10.0, stable=False), 10.1),
        (reading("0", 10.0), 10.1),
        (reading("-0.002", 10.0), 10.1),
        (reading("1.250", 10.0), 11.0),  # a second old
        (reading("1.250", 10.0), 9.9),  # from the future: not this clock
        (reading("1.250", 10.0, stable=None), 10.1),  # one reading proves nothing
    ],
)
def test_what_is_unsure_is_not_captured(item: w.Reading, now: float) -> None:
    """In motion, empty, negative, stale, or alone."""
    assert w.ready(seen(item), now, POLICY) is None


def test_without_a_word_on_stability_three_equal_readings_over_600_ms_are_needed() -> None:
    """Neither two that are long apart nor three in a burst will do."""
    at = [reading("1.250", moment, stable=None) for moment in (0.0, 0.2, 0.6)]

    assert w.ready(seen(at[0], at[2]), 0.7, POLICY) is None
    assert w.ready(seen(at[0], at[0], at[1]), 0.7, POLICY) is None
    assert w.ready(seen(*at), 0.7, POLICY) == w.Weight(1250, b"1.250", 0.6)


@pytest.mark.parametrize(
    "between", [reading("1.251", 0.3, stable=None), reading(None, 0.3, stable=None, flag="motion")]
)
def test_another_reading_in_between_starts_the_count_anew(between: w.Reading) -> None:
    """Equal means equal in a row."""
    state = seen(reading("1.250", 0.0, stable=None), reading("1.250", 0.2, stable=None), between)
    state = seen(reading("1.250", 0.6, stable=None), state=state)

    assert w.ready(state, 0.7, POLICY) is None


def test_a_weight_is_used_once_until_the_pan_was_empty() -> None:
    """The last parcel's weight never becomes the next one's."""
    used = w.captured(seen(reading("1.250", 0.0)), POLICY)

    still_there = seen(reading("1.250", 0.5), reading("2.000", 0.8), state=used)
    assert w.ready(still_there, 0.9, POLICY) is None

    emptied = seen(reading("0.004", 1.0, stable=False), reading("0.700", 2.0), state=still_there)
    assert w.ready(emptied, 2.1, POLICY) == w.Weight(700, b"0.700", 2.0)


def test_equal_readings_with_a_gap_between_them_are_not_in_a_row() -> None:
    """The scale was unplugged and came back: what lies on it now is counted from now."""
    at = [reading("1.250", moment, stable=None) for moment in (0.0, 0.2, 5.0, 5.3, 5.7)]

    assert w.ready(seen(*at[:4]), 5.4, POLICY) is None
    assert w.ready(seen(*at), 5.8, POLICY) == w.Weight(1250, b"1.250", 5.7)


@pytest.mark.parametrize(
    "empty",
    [
        reading("0", 1.0, flag="zero"),
        reading("-0.200", 1.0),  # the tared box was taken away with the goods
        reading(None, 1.0, flag=w.EMPTY),
        reading(None, 1.0, flag="centre_zero"),
    ],
)
def test_every_way_of_saying_empty_is_heard(empty: w.Reading) -> None:
    """Some scales say it with a number and a note, some below zero, some with a word."""
    used = w.captured(seen(reading("1.250", 0.0)), POLICY)

    assert w.ready(seen(empty, reading("0.700", 2.0), state=used), 2.1, POLICY) is not None


def test_in_motion_about_zero_is_not_empty() -> None:
    """The word alone counts, not a word among others."""
    used = w.captured(seen(reading("1.250", 0.0)), POLICY)
    passing = reading(None, 1.0, stable=False, flag="motion+centre_zero")

    assert w.ready(seen(passing, reading("0.700", 2.0), state=used), 2.1, POLICY) is None


def test_a_scale_that_only_reports_errors_is_not_empty() -> None:
    """No weight is not zero weight."""
    used = w.captured(seen(reading("1.250", 0.0)), POLICY)

    assert w.ready(seen(reading(None, 1.0, flag="under"), reading("0.700", 2.0), state=used), 2.1, POLICY) is None


def test_a_very_light_unit_is_not_taken_for_an_empty_pan() -> None:
    """4 g stay on the pan: nothing new is captured."""
    used = w.captured(seen(reading("4", 0.0, unit="g")), POLICY)

    assert w.ready(seen(reading("4", 0.5, unit="g"), state=used), 0.6, POLICY) is None
    assert w.ready(seen(reading("0", 1.0, unit="g"), reading("4", 2.0, unit="g"), state=used), 2.1, POLICY) is not None


@given(
    st.lists(
        st.builds(
            w.Reading,
            st.none() | st.decimals(),
            st.sampled_from([None, "g", "kg", "lb", "x"]),
            st.sampled_from([None, True, False]),
            st.binary(max_size=4),
            st.floats(0, 100),
            flag=st.sampled_from(["", "motion", "zero", "empty"]),
        ),
        max_size=8,
    ),
    st.floats(0, 100),
)
def test_whatever_a_scale_says_only_a_positive_weight_is_captured(readings: list[w.Reading], now: float) -> None:
    """Nothing raises, and nothing captured is stale, flagged, unstable or not above zero."""
    state = seen(*readings)
    weight = w.ready(state, now, POLICY)

    if weight is not None:
        latest = readings[-1]
        assert weight.grams > 0
        assert (latest.flag in ("", "zero"), latest.stable is False) == (True, False)
        assert 0 <= now - latest.at < POLICY.max_age
        assert w.ready(w.captured(state, POLICY), now, POLICY) is None


@pytest.mark.parametrize(
    ("gross", "units", "packaging", "expected"),
    [
        (800, (200, 500), 100, "match"),
        (829, (200, 500), 100, "match"),
        (831, (200, 500), 100, "heavy"),
        (700, (200, 500), 100, "match"),  # as if there were no box: a lighter box explains it
        (699, (200, 500), 100, "short"),  # less than what is in it: scale and catalogue may be that wrong
        (670, (200, 500), 100, "short"),
        (669, (200, 500), 100, "light"),  # nothing honest explains it
        (900, (50, 900), 100, "light"),  # the lightest piece could be missing from its usual box
        (950, (50, 900), 50, "match"),
        (120, (200, 500), 100, "light"),
        (180, (250,), 0, "light"),  # one piece can be missing, or another one be in the box
        (975, (5, 1000), 0, "short"),  # lightest piece below the tolerance: the tolerance decides
        (974, (5, 1000), 0, "light"),
        (1500, (200, 500), 0, "match"),  # the box is unknown: not judged heavy
        (499, (200, 500), 0, "light"),
        (800, (200, None), 100, "not_compared"),
        (800, None, 100, "not_compared"),
        (800, (), 100, "not_compared"),
    ],
)
def test_a_parcel_is_compared_with_what_was_advised(
    gross: int, units: tuple[int | None, ...] | None, packaging: int, expected: str
) -> None:
    """Held when a piece could be missing or no honest parcel weighs that; noted when short or too heavy."""
    lightest = min((grams for grams in units or () if grams is not None), default=None)

    assert w.compare(gross, units, lightest, packaging, 30) == expected


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=8), st.integers(0, 2_000), st.integers(0, 100))
def test_an_honest_parcel_in_its_usual_box_always_matches(units: list[int], packaging: int, tolerance: int) -> None:
    """Whatever pieces are in it, weighed within the tolerance."""
    assert w.compare(sum(units) + packaging, units, min(units), packaging, tolerance) == "match"


@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=5),
    st.integers(0, 20_000),
    st.integers(0, 500),
    st.integers(0, 100),
)
def test_what_weighs_less_than_its_pieces_never_fits(units: list[int], gross: int, box: int, tolerance: int) -> None:
    """And beyond the tolerance, or by more than the lightest piece, it is held."""
    said = w.compare(gross, units, min(units), box, tolerance)

    below = sum(units) - gross
    assert (said in ("light", "short")) >= (below > 0)
    assert (said == "light") == (below > tolerance or below + box > max(min(units), tolerance))
