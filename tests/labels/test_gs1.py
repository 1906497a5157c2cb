"""GS1 element strings: what is encoded, what is refused, and the check digit of an SSCC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels import gs1
from rma_station.domain.checks import sscc_valid
from rma_station.errors import Refused


@pytest.mark.parametrize(
    ("written", "encoded"),
    [
        ("(00)123451234512345120", "00123451234512345120"),
        ("(01)05901234123457(10)ABC123(21)XYZ9", "010590123412345710ABC123\x1d21XYZ9"),
        ("(10)A_1(37)12", "10A_1\x1d3712"),
    ],
)
def test_gs_stands_only_behind_fields_of_variable_length(written: str, encoded: str) -> None:
    """GS only behind fields of variable length, and not at the end."""
    assert gs1.message(written) == encoded


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "brackets"),
        ("00123451234512345120", "brackets"),
        ("(00)123451234512345121", "check digit"),
        ("(00)1234", "not valid GS1"),
        ("(01)05901234123458", "check digit"),
        ("(55)12", "not valid GS1"),
        ("(10)A>9B", "brackets"),
        ("(10)A\x1dB", "brackets"),
        ("(10)ż", "brackets"),
        ("(10)A(", "brackets"),
        ("(10)" + "A" * 20 + "(21)" + "B" * 20 + "(240)C", "48"),
    ],
)
def test_what_is_no_gs1_is_refused_with_the_reason(data: str, said: str) -> None:
    """The message says what is wrong with the element string."""
    with pytest.raises(Refused, match=said):
        gs1.message(data)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_an_sscc_gets_its_check_digit(digits: str) -> None:
    """And is taken with it, with blanks, and with its identifier."""
    number = gs1.sscc(digits)

    assert sscc_valid(number)
    assert gs1.sscc(f"(00){number[:8]} {number[8:]}") == number
    assert gs1.message(f"(00){number}") == f"00{number}"


@pytest.mark.parametrize("number", ["", "123", "123451234512345121", "1234512345123451a", "١٢٣٤٥١٢٣٤٥١٢٣٤٥١٢"])
def test_a_wrong_sscc_is_refused(number: str) -> None:
    """A wrong check digit is not mended: somebody read or typed a wrong number."""
    with pytest.raises(Refused, match="SSCC"):
        gs1.sscc(number)
