"""Scans are cut by terminators, whatever the chunks, and half a scan is never a scan."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import LONGEST, PAUSE, SUFFIXES, TAIL, Framer
from rma_station.ports import RawScan


def framed(*chunks: bytes, suffix: str = "auto") -> list[tuple[str | None, bytes, str | None]]:
    """AIM, data and damage of the scans in these chunks."""
    framer = Framer("s", suffix)
    return [(scan.aim, scan.data, scan.damaged) for chunk in chunks for scan in framer.feed(chunk, 1.0)]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        pytest.param([b"5901234123457\r"], [(None, b"5901234123457")], id="F1 CR"),
        pytest.param([b"\x02ABC\x03"], [(None, b"ABC")], id="F3 STX ETX"),
        pytest.param(
            [b"]C10105901234123457\x1d21X\r\n"], [("]C1", b"0105901234123457\x1d21X")], id="F5 identifier and GS"
        ),
        pytest.param([b"A\rB\rC"], [(None, b"A"), (None, b"B")], id="F7 the third is pending"),
        pytest.param([b"]E05901234123457\n"], [("]E0", b"5901234123457")], id="F9 LF only"),
        pytest.param([b"A\r", b"\nB\r", b"\n"], [(None, b"A"), (None, b"B")], id="CR LF over two chunks"),
        pytest.param([b"A\x04B\x04"], [(None, b"A"), (None, b"B")], id="EOT"),
        pytest.param([b"\r\n\r\n\x04\x02\x03"], [], id="empty frames are nothing"),
        pytest.param([b"\x02A\rB\nC\x04D\x03\r\n"], [(None, b"A\rB\nC\x04D")], id="all is data between STX and ETX"),
        pytest.param([b"A\x03B\r"], [(None, b"A\x03B")], id="ETX without STX is data"),
        pytest.param([b"A\tB\r"], [(None, b"A\tB")], id="TAB is data unless it is the setting"),
        pytest.param(
            [b"[)>\x1e06\x1d1PA\rB\x1dQ4\x1e", b"\x04\r\nNEXT\r"],
            [(None, b"[)>\x1e06\x1d1PA\rB\x1dQ4\x1e\x04"), (None, b"NEXT")],
            id="ISO 15434 with CR inside",
        ),
        pytest.param([b"]d1[)>\x1e06\x1dSX\x1e\x04\r"], [("]d1", b"[)>\x1e06\x1dSX\x1e\x04")], id="ISO 15434 with AIM"),
        pytest.param([b"[)>X\r"], [(None, b"[)>X")], id="not ISO 15434 without RS"),
        pytest.param([b"]C1\r"], [(None, b"]C1")], id="an identifier alone is data"),
        pytest.param([b"]Q1]C1X\r"], [("]Q1", b"]C1X")], id="one identifier is taken"),
    ],
)
def test_bytes_are_cut_into_these_scans(chunks: list[bytes], expected: list[tuple[str | None, bytes]]) -> None:
    """Vectors of the hardware reference 7.3 and the endings of 2.4; none of these is damaged."""
    assert framed(*chunks) == [(aim, data, None) for aim, data in expected]


@pytest.mark.parametrize(
    ("suffix", "stream", "expected"),
    [
        ("cr", b"A\nB\r\nC\r", [b"A\nB", b"C"]),
        ("lf", b"A\rB\r\nC\n", [b"A\rB", b"C"]),
        ("tab", b"A\rB\tC\t\r\n", [b"A\rB", b"C"]),
        ("etx", b"\x02A\rB\x03C\x03", [b"A\rB", b"C"]),
        ("cr", b"\x02A\r", [b"A"]),
        ("cr", b"[)>\x1e06\x1dA\rB\x1e\x04\rC\r", [b"[)>\x1e06\x1dA\rB\x1e\x04", b"C"]),
    ],
)
def test_a_set_suffix_is_the_only_ending(suffix: str, stream: bytes, expected: list[bytes]) -> None:
    """With ``suffix`` set, the other endings are data."""
    assert framed(stream, suffix=suffix) == [(None, data, None) for data in expected]


def test_a_start_before_the_end_reports_the_scan_before_as_incomplete() -> None:
    """STX begins a new scan; what stood before it lost its end."""
    assert framed(b"\x02ABC\x02DEF\x03") == [(None, b"ABC", "incomplete"), (None, b"DEF", None)]


def test_a_pause_never_ends_a_scan_but_marks_it() -> None:
    """Half a scan is reported once as incomplete, and its late rest is not taken for a scan of its own."""
    framer = Framer("s")

    assert framer.feed(b"59012", 1.0) == []
    assert framer.idle(1.0 + PAUSE / 2) == []
    assert framer.idle(1.0 + PAUSE) == [RawScan("s", b"59012", 1.0, damaged="incomplete")]
    assert framer.idle(9.0) == []
    assert framer.feed(b"34123457\r", 1.0 + PAUSE + TAIL / 2) == [
        RawScan("s", b"34123457", 1.0 + PAUSE + TAIL / 2, damaged="incomplete")
    ]
    assert framer.feed(b"OK\r", 3.0) == [RawScan("s", b"OK", 3.0)]


@pytest.mark.parametrize("late", [b"", b"\r", b"\n"])
def test_a_scan_after_an_incomplete_one_is_whole(late: bytes) -> None:
    """A late terminator ends the incomplete scan; after a while any byte begins a new one."""
    framer = Framer("s")
    framer.feed(b"59012", 1.0)
    framer.idle(2.0)

    after = 2.1 if late else 2.0 + TAIL + 0.1
    assert framer.feed(late + b"OK\r", after) == [RawScan("s", b"OK", after)]


def test_a_broken_connection_reports_the_half_and_forgets_it() -> None:
    """What comes after replugging is a scan of its own."""
    framer = Framer("s")
    framer.feed(b"590", 1.0)

    assert framer.lost() == [RawScan("s", b"590", 1.0, damaged="incomplete")]
    assert framer.feed(b"A\r", 1.1) == [RawScan("s", b"A", 1.1)]


@pytest.mark.parametrize("size", [LONGEST + 1, 1_000_000])
def test_a_flood_without_terminator_is_bounded_and_reported_once(size: int) -> None:
    """Memory stays below the limit, one report is made, and the next scan is whole."""
    framer = Framer("s")
    flood = b"x" * size

    reports = [scan for at in range(0, size, 4096) for scan in framer.feed(flood[at : at + 4096], 1.0)]

    assert [(len(scan.data), scan.damaged) for scan in reports] == [(LONGEST, "too_long")]
    assert framer.feed(b"tail\rOK\r", 1.0) == [RawScan("s", b"OK", 1.0)]


def test_exactly_the_longest_scan_passes() -> None:
    """The limit itself is allowed."""
    assert framed(b"x" * LONGEST + b"\r") == [(None, b"x" * LONGEST, None)]


NOISE = st.lists(
    st.sampled_from(
        [b"\x02", b"\x03", b"\x04", b"\r", b"\n", b"\t", b"[)>\x1e", b"]C1", b"5901234123457", b"A", b"\xff"]
    )
).map(b"".join)


@given(NOISE | st.binary(), st.lists(st.integers(0, 200)), st.sampled_from(SUFFIXES))
def test_any_chunking_gives_the_same_scans(stream: bytes, cuts: list[int], suffix: str) -> None:
    """Where the line's reads happen to cut the bytes changes nothing, and no bytes raise."""
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(places)]

    assert framed(*chunks, suffix=suffix) == framed(stream, suffix=suffix)


@given(st.lists(st.binary(min_size=1).filter(lambda data: not set(data) & set(b"\x02\x03\x04\r\n]["))))
def test_what_was_sent_with_a_terminator_arrives(codes: list[bytes]) -> None:
    """Every code sent with CR LF comes back as it was, in order."""
    assert framed(b"".join(code + b"\r\n" for code in codes)) == [(None, code, None) for code in codes]
