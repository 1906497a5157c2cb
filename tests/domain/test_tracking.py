"""Carriers are told apart by shape and check, and every form of a number finds the same parcel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import checks, tracking
from rma_station.domain.meaning import Certainty, TrackingScan

CHECKED, SHAPE = Certainty.CHECKED, Certainty.SHAPE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1Z5R89390357567127", TrackingScan("1Z5R89390357567127", "ups", CHECKED)),
        ("1Z410E7W0392751591", TrackingScan("1Z410E7W0392751591", "ups", CHECKED)),
        ("1ZXX3150YW44070023", TrackingScan("1ZXX3150YW44070023", "ups", CHECKED)),
        ("1Z 999 AA1 01 2345 6784", TrackingScan("1Z999AA10123456784", "ups", CHECKED)),
        ("1Z1111111111111111", None),
        ("RB123456785GB", TrackingScan("RB123456785GB", "s10", CHECKED)),
        ("RB123456786GB", None),
        ("008182709980000020033350276C", TrackingScan("09980000020033", "dpd", CHECKED)),
        ("0081 827 0998 0000 0200 45 327 276 N", TrackingScan("09980000020045", "dpd", CHECKED)),
        ("008182709980000020033350276A", None),
        ("%008182709980000020033350276", TrackingScan("09980000020033", "dpd", SHAPE)),
        ("008182709980000020033350276", TrackingScan("09980000020033", "dpd", SHAPE)),
        ("%00022741000123456789U101616", TrackingScan("1000123456789U", "dpd", SHAPE)),
        ("1000123456789U", TrackingScan("1000123456789U", "dpd", SHAPE)),
        ("09980000020033", TrackingScan("09980000020033", "dpd", SHAPE)),
        ("73891051146", TrackingScan("73891051146", "dhl", CHECKED)),
        ("73891051147", TrackingScan("73891051147", "unknown", SHAPE)),
        ("8487135506", TrackingScan("8487135506", "dhl", CHECKED)),
        ("3318810010", None),
        ("JJD0099999999", TrackingScan("JJD0099999999", "dhl", SHAPE)),
        ("JVGL0999999990", TrackingScan("JVGL0999999990", "dhl", SHAPE)),
        ("520000014433330021832563", TrackingScan("520000014433330021832563", "inpost", SHAPE)),
        ("120000014433330021832563", None),
        ("00373400306809981733", TrackingScan("00373400306809981733", "sscc", CHECKED)),
        ("00376130321109103421", None),
        ("157035381410375177", TrackingScan("00157035381410375177", "sscc", CHECKED)),
        ("00159007731234567806", TrackingScan("00159007731234567806", "poczta", CHECKED)),
        ("00340434000000000000", TrackingScan("00340434000000000000", "dhl", CHECKED)),
        ("986578788855", TrackingScan("986578788855", "fedex", CHECKED)),
        ("996578788855", TrackingScan("996578788855", "gls", SHAPE)),
        ("0414 4176 0228 964", TrackingScan("041441760228964", "fedex", CHECKED)),
        ("61299998820821171811", TrackingScan("61299998820821171811", "fedex", CHECKED)),
        ("9611020987654312345672", TrackingScan("987654312345672", "fedex", CHECKED)),
        ("9261292700768711948021", TrackingScan("9261292700768711948021", "fedex", CHECKED)),
        ("1001921334250001000300779017972697", TrackingScan("779017972697", "fedex", CHECKED)),
        ("1001901781990001000300617767839438", None),
        ("RMA-2026-000123", None),
        ("4006381333931", None),
        ("", None),
    ],
)
def test_a_published_number_is_recognised_as_its_carriers(text: str, expected: TrackingScan | None) -> None:
    """Published numbers of every carrier, valid and invalid, normalised to one number for each parcel."""
    assert tracking.recognise(text) == (() if expected is None else (expected,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1Z1111111111111111", True),
        ("1Z5R89390357567127", False),
        ("RB123456786GB", True),
        ("008182709980000020033350276A", True),
        ("996578788855", False),  # twelve digits are no carrier's alone
        ("TSHIRT-42", False),
    ],
)
def test_only_an_unmistakable_shape_with_a_wrong_check_is_broken(text: str, expected: bool) -> None:
    """A number that could be anything else, too, is not called damaged for its check digit."""
    assert tracking.broken(text) is expected


@pytest.mark.parametrize(
    ("announced", "carrier", "scanned"),
    [
        ("09980000020033", "dpd", "008182709980000020033350276C"),
        ("09980000020033", "dpd", "%008182709980000020033350276"),
        ("0998 0000 0200 33", "dpd", "008182709980000020033350276"),
        ("008182709980000020033350276C", "dpd", "09980000020033"),
        ("1000123456789u", "dpd", "%00022741000123456789U101616"),
        ("159007731234567806", "poczta", "00159007731234567806"),
        ("00159007731234567806", "poczta", "159007731234567806"),
        ("373400306809981733", "gls", "00373400306809981733"),
        ("779017972697", "fedex", "1001921334250001000300779017972697"),
        ("1z 999 aa1 01 2345 6784", "ups", "1Z999AA10123456784"),
        ("ZH1A2B3C", "gls", "ZH1A2B3C"),
    ],
)
def test_every_form_of_a_number_finds_its_parcel(announced: str, carrier: str, scanned: str) -> None:
    """The names of the announced and of the scanned number meet."""
    readings = tracking.recognise(scanned)
    names = {alias for reading in readings for alias in tracking.aliases(reading.number, reading.carrier)}

    assert set(tracking.aliases(announced, carrier)) & (names or set(tracking.aliases(scanned)))


def test_a_number_keeps_to_its_carrier() -> None:
    """A DPD number is not also looked up by what the same digits would mean elsewhere."""
    assert tracking.aliases("09980000020033", "inpost") == ("09980000020033",)


@given(st.text(max_size=40) | st.text("0123456789", max_size=40))
def test_any_text_has_readings_and_aliases(text: str) -> None:
    """Nothing raises; every canonical number is among its own names."""
    for reading in tracking.recognise(text):
        assert reading.number in tracking.aliases(reading.number, reading.carrier)
    assert tracking.aliases(text)
    assert tracking.broken(text) in (True, False)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_every_sscc_is_found_with_and_without_its_identifier(body: str) -> None:
    """Scanners and shops disagree about the leading 00."""
    sscc = body + checks.gs1_check_digit(body)

    assert set(tracking.aliases(sscc)) == set(tracking.aliases("00" + sscc)) == {sscc, "00" + sscc}
