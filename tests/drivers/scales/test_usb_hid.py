"""Reports of USB scales become readings, in whatever layout their descriptors say."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from drivers.hid_fields import FEATURE, OUTPUT, fields
from drivers.scales.hid_layout import STANDARD, layout
from drivers.scales.usb_hid import PROTOCOL, Reports, parse, recognise
from rma_station.domain.weight import Reading
from tests.drivers.scales.noise import noise

USUAL = bytes.fromhex(
    "058d 0920 a101"
    "0931 a102 8502 7501 9502 1500 2501 0981 0980 9102 7506 9501 9103 c0"  # control: enforced zero, zero
    "0932 a102 8503 7508 9501 1501"
    "0970 a102 2508 1971 2978 8100 c0"  # status
    "0950 a102 250c 1951 295c 8100 c0"  # unit
    "1581 257f 0941 8102"  # scaling
    "7510 1500 27ffff0000 0940 8102 c0"  # weight
    "0934 a102 8505 7508 9501 0950 a102 1501 250c 1951 295c b100 c0"  # weight limit: of no interest
    "1581 257f 0941 b102 7510 1500 27ffff0000 0940 b103 c0"
    "c0"
)
"""The descriptor most scales have, after the example in the HID Point of Sale Usage Tables."""
OTHER = bytes.fromhex(
    "058d 0920 a101 0932 a102"
    "7520 9501 1500 27ffffff7f 0940 8102"  # no report number; the weight first, in four bytes
    "7504 1581 257f 0941 8102"  # scaling in four bits
    "7504 1500 0950 a102 2502 0953 0952 8100 c0"  # unit: kilogram, gram
    "7508 1500 0970 a102 2507 0974 0973 8100 c0"  # status: stable, in motion
    "0931 a102 7501 9501 0980 b102 c0 c0 c0"  # zero as a feature
)


@pytest.mark.parametrize(
    ("report", "value", "unit", "stable", "flag"),
    [
        pytest.param("03 04 02 00 6E 03", "878", "g", True, "", id="H1"),
        pytest.param("03 02 0B FF 00 00", "0.0", "oz", True, "zero", id="H3"),
        pytest.param("03 04 02 00 14 00", "20", "g", True, "", id="H7"),
        pytest.param("03 04 01 00 90 00", "144", "mg", True, "", id="H11"),
        pytest.param("03 04 0B FF 38 00", "5.6", "oz", True, "", id="H13"),
        pytest.param("03 03 02 00 6E 03", "878", "g", False, "", id="in motion"),
        pytest.param("03 05 0B FF 38 00", "-5.6", "oz", False, "", id="under zero is how negatives are said"),
        pytest.param("03 05 0B FF 00 00", "0.0", "oz", False, "", id="no minus zero"),
        pytest.param("03 04 03 FD FF FF", "65.535", "kg", True, "", id="the heaviest"),
        pytest.param("03 04 02 01 05 00", "50", "g", True, "", id="a positive exponent"),
        pytest.param("03 04 02 00 00 00 01 00", "65536", "g", True, "", id="four bytes"),
    ],
)
def test_a_weight_is_read_as_the_report_says_it(report: str, value: str, unit: str, stable: bool, flag: str) -> None:
    """Vectors of the hardware reference 7.1 and our own; an empty pan is a weight of zero with a note."""
    raw = bytes.fromhex(report)

    assert parse(raw, 5.0) == Reading(Decimal(value), unit, stable, raw, 5.0, flag=flag)
    assert str(parse(raw, 5.0).value) == value


@pytest.mark.parametrize(
    ("report", "flag"),
    [
        pytest.param("03 04 00 00 90 00", "unit_unknown", id="H5"),
        pytest.param("03 06 0B 00 00 00", "over", id="H9"),
        pytest.param("03 04 00 FF 38 00", "unit_unknown", id="H15"),
        pytest.param("03 04 05 00 90 00", "unit_unknown", id="tael differ from land to land"),
        pytest.param("03 04 0D 00 90 00", "unit_unknown", id="no such unit"),
        pytest.param("03 01 02 00 90 00", "fault", id="fault"),
        pytest.param("03 07 02 00 90 00", "calibration", id="calibrate"),
        pytest.param("03 08 02 00 90 00", "not_zeroed", id="set to zero"),
        pytest.param("03 00 02 00 90 00", "unrecognised", id="no such status"),
        pytest.param("03 09 02 00 90 00", "unrecognised", id="no such status either"),
        pytest.param("03 02 02 00 90 00", "unrecognised", id="zero and yet not"),
        pytest.param("03 04 02 7F 90 00", "unrecognised", id="ten to the power of 127"),
        pytest.param("04 04 02 00 90 00", "unrecognised", id="another report"),
        pytest.param("03 04 02 00 90", "unrecognised", id="short"),
        pytest.param("", "unrecognised", id="nothing"),
    ],
)
def test_everything_else_is_no_weight(report: str, flag: str) -> None:
    """A report in any other state has no value; its flag says why."""
    raw = bytes.fromhex(report)

    assert parse(raw, 5.0) == Reading(None, None, None, raw, 5.0, flag=flag)


@given(noise(10))
def test_random_reports_never_raise_and_weigh_only_what_is_a_report(data: bytes) -> None:
    """Whole data reports with a status, a unit and an exponent of the tables are excluded by construction."""
    recognise(data)
    assume(not (6 <= len(data) <= 8 and data[0] == 3 and data[1] in range(2, 6) and data[2] in range(1, 13)))

    assert parse(data, 0.0).value is None


def test_the_usual_descriptor_has_the_standard_layout() -> None:
    """Also the bit that sets zero, behind the one for enforced zero."""
    found = layout(USUAL)

    assert found == STANDARD
    assert found.standard(bytes.fromhex("0304020 06e03".replace(" ", ""))) == bytes.fromhex("030402006e03")
    assert found.standard(bytes.fromhex("030402006e030000")) == bytes.fromhex("030402006e03")
    assert found.standard(bytes.fromhex("01040200")) is None
    assert found.standard(bytes.fromhex("030402")) is None
    assert found.zero is not None
    assert (found.zero.kind, found.zero.report, found.zero.offset) == (OUTPUT, 2, 1)


@pytest.mark.parametrize(
    ("report", "standard"),
    [
        ("e2040000 0d 00", "03 04 03 fd e2040000"),  # 1250, exponent -3, kilogram, stable
        ("e2040000 10 01", "03 03 02 00 e2040000"),  # 1250, gram, in motion
        ("e2040000 20 00", "03 04 00 00 e2040000"),  # a unit that is not listed
        ("ffffffff 10 00", "03 04 02 00 ffffffff"),
    ],
)
def test_another_layout_is_brought_into_the_standard_one(report: str, standard: str) -> None:
    """Other places, widths and lists of units; no report number."""
    assert layout(OTHER).standard(bytes.fromhex(report)) == bytes.fromhex(standard)


def test_zero_as_a_feature_is_found() -> None:
    """Some scales have the bit that sets zero in a feature report."""
    zero = layout(OTHER).zero

    assert zero is not None
    assert (zero.kind, zero.report) == (FEATURE, 0)


def test_a_smallest_value_that_does_not_fit_the_list_changes_nothing() -> None:
    """A scale that lists the usual units and names 0 as the smallest value still sends 2 for grams."""
    wrong = USUAL.replace(bytes.fromhex("8503750895011501"), bytes.fromhex("8503750895011500"))

    assert wrong != USUAL
    assert layout(wrong).standard(bytes.fromhex("030402006e03")) == bytes.fromhex("030402006e03")


@given(st.binary(max_size=200), st.binary(max_size=12))
@example(bytes.fromhex("058d a102 860102 7508 9501 1501 1971 2978 8100 1951 295c 8100 0940 8102"), b"\x02abc")
def test_any_descriptor_and_report_are_survived(descriptor: bytes, report: bytes) -> None:
    """A damaged descriptor is read as far as it goes."""
    list(fields(descriptor))
    for damaged in (descriptor, USUAL[: len(descriptor)], descriptor + OTHER):
        standard = layout(damaged).standard(report)
        assert standard is None or len(standard) >= 6


def test_every_chunk_is_a_report() -> None:
    """hidraw gives whole reports, so nothing is held back; an empty read is no report."""
    reports = Reports()
    reports.clear()

    assert [reports.feed(data) for data in (b"\x03\x04", b"", b"x")] == [[b"\x03\x04"], [], [b"x"]]
    assert PROTOCOL.tare is None
