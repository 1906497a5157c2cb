"""HID POS reports become scans: any layout a descriptor describes, continued reports, nothing half taken for whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import LONGEST, PAUSE, SUFFIXES, TAIL
from drivers.hid_pos import HONEYWELL, ZEBRA, Layout, Piece, PosReports, layout, parse
from rma_station.ports import RawScan

COUNTED = bytes.fromhex(
    "058c0902a1018502 0912a102 150026ff007508 9501 05010 93b8102 058c 9503 09fb09fc09fd 8102 9538 09fe 820201"
    "9501 09ff 8102 c0c0".replace(" ", "")
)
"""Byte count, AIM, 56 bytes, more: all in bytes."""
UNCOUNTED = bytes.fromhex(
    "068c000902a1018502 0912a102 150026ff007508 9501 09fb8102 09fc8102 09fd8102 9538 09fe 820201"
    "7501 9501 2501 09ff 8102 7507 8103 c0c0".replace(" ", "")
)
"""AIM, 56 bytes, one bit for more; nothing says how many bytes are meant."""
FURTHER = bytes.fromhex(
    "058c0902a101850509 12a102 150026ff007508 9502 0600ff0901 8102 058c 9503 09fb09fc09fd 8102 9520 09fe 820201"
    "9501 09ff 8102 c0c0".replace(" ", "")
)
"""Report 5, two bytes of the maker's in front, 32 bytes of data."""
ALL = pytest.mark.parametrize("shape", [HONEYWELL, ZEBRA, layout(COUNTED), layout(UNCOUNTED), layout(FURTHER)], ids=str)


def report(shape: Layout, data: bytes, aim: bytes = b"]E0", more: bool = False) -> bytes:
    """What a scanner of this layout sends."""
    body = bytearray(63)
    if shape.length is not None:
        body[shape.length] = len(data)
    for place, letter in zip(shape.aim, aim, strict=False):
        body[place] = letter
    body[shape.data : shape.data + len(data)] = data
    if more and shape.more:
        body[shape.more.offset // 8] |= 1 << shape.more.offset % 8
    return bytes([shape.report]) + bytes(body)


def reports(shape: Layout, data: bytes, aim: bytes = b"]E0") -> list[bytes]:
    """A scan in as many reports as it needs."""
    pieces = [data[n : n + shape.capacity] for n in range(0, len(data), shape.capacity)] or [b""]
    return [report(shape, piece, aim, n < len(pieces) - 1) for n, piece in enumerate(pieces)]


def scans(shape: Layout, *given: bytes, suffix: str = "auto") -> list[tuple[str | None, bytes, str | None]]:
    """AIM, data and damage."""
    cutter = PosReports("p", shape, suffix)
    return [(scan.aim, scan.data, scan.damaged) for one in given for scan in cutter.feed(one, 1.0)]


def honeywell(head: str, tail: str) -> bytes:
    """The first bytes and the last three, as the vectors are written."""
    first, last = bytes.fromhex(head), bytes.fromhex(tail)
    return first + bytes(64 - len(first) - len(last)) + last


BOARDING_PASS = b"M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23   "
VECTORS = {
    "P1 Honeywell": (
        honeywell("020D5D4530" + b"5901234123457".hex(), "640000"), Piece(b"5901234123457", "]E0")),
    "P3 Honeywell": (
        honeywell("02095D5830" + "756D3A204E2F410D0A", "3F0000"), Piece(b"um: N/A\r\n", "]X0")),
    "Access-IS LSR118 manual, first of two": (
        honeywell("02385D5130" + BOARDING_PASS.hex(), "730001"), Piece(BOARDING_PASS, "]Q0", more=True)),
    "empty": (
        honeywell("020000", "000000"), Piece(b"")),
    "more announced than fits": (
        honeywell("02FF5D5130414243", "000000"), Piece(b"ABC" + bytes(53), "]Q0", whole=False)),
    "cut off": (
        bytes.fromhex("02055D4530313233"), Piece(b"123", "]E0", whole=False)),
    "two bytes": (
        bytes.fromhex("0205"), Piece(b"", whole=False)),
    "another report": (
        honeywell("0403414243", "000000"), None),
    "a number alone": (
        b"\x02", None),
    "nothing": (
        b"", None),
}  # fmt: skip


@pytest.mark.parametrize(("given_report", "expected"), VECTORS.values(), ids=VECTORS)
def test_honeywell_reports(given_report: bytes, expected: Piece | None) -> None:
    """Vectors of the hardware reference 7.3, of makers' manuals, and broken ones."""
    assert parse(given_report, HONEYWELL) == expected


def test_zebra_has_the_identifier_and_the_data_one_byte_further() -> None:
    """The layout of hardware reference 2.6 is read from bytes as Zebra sends them."""
    sent = bytes.fromhex("020D00" + b"]E05901234123457".hex()).ljust(64, b"\0")

    assert parse(sent, ZEBRA) == Piece(b"5901234123457", "]E0")


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        (COUNTED, ("2", 4, 56, 0, (1, 2, 3), 480, 8)),
        (UNCOUNTED, ("2", 3, 56, None, (0, 1, 2), 472, 1)),
        (FURTHER, ("5", 5, 32, 0, (2, 3, 4), 296, 8)),
    ],
)
def test_the_layout_is_read_from_the_descriptor(descriptor: bytes, expected: tuple[object, ...]) -> None:
    """Report, data, capacity, length, AIM, and place and size of "more"."""
    found = layout(descriptor)
    assert found.more is not None

    assert (str(found.report), found.data, found.capacity, found.length, found.aim) == expected[:5]
    assert (found.more.offset, found.more.size) == expected[5:]


def test_a_descriptor_that_says_nothing_gives_the_makers_layout() -> None:
    """Of Zebra for Zebra, of Honeywell for everybody else."""
    silent = bytes.fromhex("058c0902a101c0")

    assert (layout(silent), layout(silent, "05e0"), layout(b"", "0c2e")) == (HONEYWELL, ZEBRA, HONEYWELL)


@ALL
@given(data=st.binary(min_size=1, max_size=300).filter(lambda data: data == data.rstrip(b"\0\r\n")))
def test_what_was_sent_arrives(shape: Layout, data: bytes) -> None:
    """In one report or in many, GS and all."""
    assert scans(shape, *reports(shape, data)) == [("]E0", data, None)]


@ALL
@given(st.lists(st.binary(max_size=70)))
def test_no_reports_raise_and_what_comes_after_a_break_is_whole(shape: Layout, noise: list[bytes]) -> None:
    """Whatever bytes a device sends, the next good report is a scan."""
    cutter = PosReports("p", shape)
    for one in [*noise, *(bytes([shape.report]) + each for each in noise)]:
        cutter.feed(one, 1.0)
    cutter.lost()

    assert [scan.data for scan in cutter.feed(report(shape, b"OK"), 2.0)] == [b"OK"]


@given(st.binary())
def test_no_descriptor_raises(descriptor: bytes) -> None:
    """A damaged one is one that says nothing."""
    layout(descriptor)


def test_a_suffix_the_scanner_adds_is_taken_off() -> None:
    """Only the configured ending goes; the same signs elsewhere are data."""
    sent = report(HONEYWELL, b"\x1dA\tB\t\r\n")
    expected = {"auto": b"\x1dA\tB\t", "cr": b"\x1dA\tB\t\r\n", "lf": b"\x1dA\tB\t", "tab": b"\x1dA\tB\t\r\n"}

    assert {suffix: scans(HONEYWELL, sent, suffix=suffix)[0][1] for suffix in SUFFIXES} == expected | {
        "etx": b"\x1dA\tB\t\r\n"
    }


def test_an_identifier_in_front_of_the_data_counts_where_the_field_is_empty() -> None:
    """Some are set to send it as a prefix."""
    assert scans(HONEYWELL, report(HONEYWELL, b"]C101\x1d", aim=b"\0\0\0")) == [("]C1", b"01\x1d", None)]
    assert scans(HONEYWELL, report(HONEYWELL, b"A", aim=b"\xff\xff\xff")) == [(None, b"A", None)]


def test_a_report_that_announces_more_than_it_has_is_damaged() -> None:
    """Shown, not submitted."""
    assert scans(HONEYWELL, bytes.fromhex("02055D4530313233")) == [("]E0", b"123", "incomplete")]


def test_a_continued_report_that_never_comes() -> None:
    """What is there is shown after a pause; what comes late is not a scan of its own; the next one is."""
    cutter = PosReports("p", HONEYWELL)
    assert cutter.feed(report(HONEYWELL, b"A" * 56, more=True), 1.0) == []
    assert cutter.pending
    assert cutter.idle(1.0 + PAUSE / 2) == []
    assert cutter.idle(1.0 + PAUSE) == [RawScan("p", b"A" * 56, 1.0, "]E0", "incomplete")]
    assert cutter.idle(9.0) == []
    late = 1.0 + PAUSE + TAIL / 2

    assert cutter.feed(report(HONEYWELL, b"BBB"), late) == [RawScan("p", b"BBB", late, "]E0", "incomplete")]
    assert cutter.feed(report(HONEYWELL, b"CCC"), late + 0.1) == [RawScan("p", b"CCC", late + 0.1, "]E0")]


def test_a_scan_that_never_ends_is_bounded_and_reported_once() -> None:
    """A megabyte of reports that all say that more follows."""
    cutter = PosReports("p", HONEYWELL)
    found = [scan for _ in range(20_000) for scan in cutter.feed(report(HONEYWELL, b"x" * 56, more=True), 1.0)]

    assert [(len(scan.data), scan.damaged) for scan in found] == [(LONGEST, "too_long")]
    assert cutter.feed(report(HONEYWELL, b"end"), 1.0) == []
    assert [scan.data for scan in cutter.feed(report(HONEYWELL, b"OK"), 1.0)] == [b"OK"]
