"""Check digits agree with published numbers, and catch what they promise to catch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import checks

DIGITS = st.text("0123456789", min_size=1, max_size=33)
ALPHANUMERIC = st.text(checks.ALPHANUMERIC, min_size=1, max_size=33)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("4006381333931", True),
        ("5901234123457", True),
        ("5901234123458", False),
        ("96385074", True),
        ("042100005264", True),
        ("07032069804988", True),
        ("123456789", False),  # right check digit, no GTIN's length
        ("00000000", False),  # a blank label
        ("590123412345٧", False),  # a digit of another script
        ("", False),
    ],
)
def test_a_gtin_needs_its_length_its_digits_and_its_check_digit(number: str, valid: bool) -> None:
    """Length, ASCII digits and check digit all have to be right."""
    assert checks.gtin_valid(number) is valid


@pytest.mark.parametrize(
    ("number", "valid"),
    [("373400306809981733", True), ("376130321109103421", False), ("157035381410375177", True), ("17", False)],
)
def test_an_sscc_needs_18_digits_and_its_check_digit(number: str, valid: bool) -> None:
    """18 digits with the GS1 check digit."""
    assert checks.sscc_valid(number) is valid


@given(DIGITS, st.data())
def test_one_changed_digit_is_always_caught_by_gs1(body: str, data: st.DataObject) -> None:
    """Weights 1 and 3 have no common factor with 10."""
    number = body + checks.gs1_check_digit(body)
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))

    assert checks.gs1_valid(number)
    assert not checks.gs1_valid(number[:place] + other + number[place + 1 :])


@given(ALPHANUMERIC, st.data())
def test_one_changed_character_is_always_caught_by_mod_37_36(body: str, data: st.DataObject) -> None:
    """ISO/IEC 7064: every single substitution is found."""
    text = body + checks.mod37_36_check(body)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([char for char in checks.ALPHANUMERIC if char != text[place]]))

    assert checks.mod37_36_valid(text)
    assert not checks.mod37_36_valid(text[:place] + other + text[place + 1 :])


def test_nearly_all_swapped_neighbours_are_caught_by_mod_37_36() -> None:
    """The usual slip of a typing hand: of all pairs behind one character, fewer than one in a hundred go unseen."""
    pairs = [(a, b) for a in checks.ALPHANUMERIC for b in checks.ALPHANUMERIC if a != b]
    unseen = [(a, b) for a, b in pairs if checks.mod37_36_check("R" + a + b) == checks.mod37_36_check("R" + b + a)]

    assert len(unseen) * 100 < len(pairs)


@pytest.mark.parametrize(
    "number",
    ["1Z5R89390357567127", "1Z999AA10123456784", "1Z879E930346834440", "1Z8V92A70367203024", "1ZXX3150YW44070023"],
)
def test_published_ups_numbers_are_valid(number: str) -> None:
    """And with another last digit they are not."""
    assert checks.ups_valid(number)
    assert not checks.ups_valid(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("number", ["3318810025", "73891051146", "8487135506", "1099255990", "3318810014"])
def test_published_dhl_express_numbers_are_valid(number: str) -> None:
    """Remainder of 7."""
    assert checks.dhl_express_valid(number)


@pytest.mark.parametrize(
    "number", ["986578788855", "477179081230", "799531274483", "974367662710", "00779017972697", "00794808390594"]
)
def test_published_fedex_numbers_are_valid(number: str) -> None:
    """Modulo 11, then 10."""
    assert checks.fedex_valid(number)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("425261", "042100005264"),
        ("04252614", "042100005264"),
        ("15200200", "152000000020"),
        ("12345670", "123456000070"),
        ("04252615", None),  # wrong check digit
        ("24252614", None),  # no number system of UPC-E
        ("0425261", None),
    ],
)
def test_upc_e_expands(short: str, long: str | None) -> None:
    """Six digits mean number system 0; eight carry a check digit that has to be right."""
    assert checks.upc_a_of_upc_e(short) == long


@given(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6))
def test_upc_e_expands_as_biip_does(system: str, body: str) -> None:
    """Two implementations of the table agree on every number."""
    from biip.upc import Upc

    expected = Upc.parse(system + body).as_upc_a()

    assert checks.upc_a_of_upc_e(system + body + expected[-1]) == expected


@given(st.text(max_size=40))
def test_no_text_makes_a_check_raise(text: str) -> None:
    """What is not a number is not valid, that is all."""
    for valid in (
        checks.gtin_valid,
        checks.sscc_valid,
        checks.mod37_36_valid,
        checks.s10_valid,
        checks.ups_valid,
        checks.dhl_express_valid,
        checks.fedex_valid,
    ):
        assert valid(text) in (True, False)
    assert checks.upc_a_of_upc_e(text) is None or len(text) in (6, 8)
