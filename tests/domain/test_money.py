"""Amounts are whole minor units, and read the same by people of both languages."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import money
from rma_station.errors import Malformed

CURRENCIES = st.sampled_from(["PLN", "EUR", "CZK", "JPY", "KWD"])


@pytest.mark.parametrize(
    ("minor", "currency", "polish", "english"),
    [
        (123456, "PLN", "1 234,56 zł", "PLN 1,234.56"),
        (5, "PLN", "0,05 zł", "PLN 0.05"),
        (0, "EUR", "0,00 €", "EUR 0.00"),
        (-123456789, "EUR", "-1 234 567,89 €", "EUR -1,234,567.89"),
        (1500, "JPY", "1 500 JPY", "JPY 1,500"),
        (1234567, "KWD", "1 234,567 KWD", "KWD 1,234.567"),
        (100, "P\x1bN", "1,00 P␛N", "P␛N 1.00"),
    ],
)
def test_amounts_for_people(minor: int, currency: str, polish: str, english: str) -> None:
    """Grouping, decimals and the place of the currency follow the language."""
    assert money.format_amount(minor, currency, "pl") == polish
    assert money.format_amount(minor, currency, "en") == english


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.56", "PLN", 123456),
        ("1234,5", "PLN", 123450),
        ("12", "EUR", 1200),
        ("-0.01", "EUR", -1),
        ("1.500", "PLN", 150),  # zeros say nothing
        ("1500", "JPY", 1500),
        ("1500.00", "JPY", 1500),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_of_a_file_has_point_or_comma_and_its_currencys_decimals(
    text: str, currency: str, minor: int
) -> None:
    """Point or comma, as many decimals as the currency has."""
    assert money.minor_units(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "PLN"),
        ("1.5", "JPY"),
        ("1 234.56", "PLN"),
        ("1,234.56", "PLN"),
        ("", "PLN"),
        (".5", "PLN"),
        ("1e3", "PLN"),
        ("NaN", "PLN"),
        ("١٢", "PLN"),
        ("12 zł", "PLN"),
        ("99999999999999", "PLN"),
        ("1.00", "pln"),
        ("1.00", ""),
    ],
)
def test_what_is_not_an_amount_is_refused(text: str, currency: str) -> None:
    """Rather than rounded or guessed."""
    with pytest.raises(Malformed):
        money.minor_units(text, currency)


@given(st.integers(-money.MAX_MINOR, money.MAX_MINOR), CURRENCIES)
def test_amounts_read_back(minor: int, currency: str) -> None:
    """What is written into a file is what comes out of it."""
    assert money.minor_units(money.decimal_text(minor, currency), currency) == minor


@given(st.text(max_size=20), st.text(max_size=4))
def test_no_text_raises_anything_but_malformed(text: str, currency: str) -> None:
    """Files come from outside."""
    with contextlib.suppress(Malformed):
        assert isinstance(money.minor_units(text, currency), int)
