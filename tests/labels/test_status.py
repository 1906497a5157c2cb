"""What printers answer, byte for byte (hardware reference 4.3 and 7.5)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels import status, status_epl, status_ipp, status_tspl
from labels.printers.talk import ZPL, Count
from labels.status import ErrorStatus, HostStatus, Identity, Setting
from rma_station.services.texts import catalogue

READY = b"\x02030,0,0,0256,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
Z1 = b"\x02030,1,1,1225,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,1,1,2,6,0,00000100,1,000\x03\r\n\x021234,0\x03\r\n"
Z3 = b"\x02030,0,0,1245,003,0,0,1,000,0,0,0\x03\r\n\x02001,0,1,0,0,2,4,1,00000005,1,000\x03\r\n\x021234,0\x03\r\n"
Z5 = b"\x02030,0,0,1245"


def hqes(errors: str, warnings: str) -> bytes:
    """The answer to ``~HQES`` with these low words."""
    return (
        "\x02\r\n\r\n   PRINTER STATUS                             \r\n"
        f"   ERRORS:         1 00000000 {errors}\r\n   WARNINGS:       0 00000000 {warnings}\r\n\x03"
    ).encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(READY, HostStatus((), False, 0, False, 0, 256, "2"), id="ready"),
        pytest.param(Z1, HostStatus(("media_out", "paused", "ribbon_out"), False, 0, False, 100, 1225, "2"), id="Z1"),
        pytest.param(Z3, HostStatus(("head_open",), True, 3, True, 5, 1245, "2"), id="Z3"),
        pytest.param(Z5, None, id="Z5"),
        pytest.param(b"", None, id="silence"),
        pytest.param(READY[:-10], None, id="third string missing"),
        pytest.param(
            b"noise" + Z1 + READY,
            HostStatus(("media_out", "paused", "ribbon_out"), False, 0, False, 100, 1225, "2"),
            id="first complete answer",
        ),
        pytest.param(Z5 + READY, HostStatus((), False, 0, False, 0, 256, "2"), id="cut answer before"),
    ],
)
def test_a_host_status_is_three_strings_or_nothing(data: bytes, expected: HostStatus | None) -> None:
    """Half an answer to ``~HS`` is no answer."""
    assert status.host_status(data) == expected


@pytest.mark.parametrize("cut", range(len(READY) - 3))
def test_a_cut_host_status_is_no_status(cut: int) -> None:
    """At no byte is half an answer taken for "no problem"."""
    assert status.host_status(READY[:cut]) is None


def test_idle_needs_empty_buffer_and_no_partial_label() -> None:
    """What confirms a label together with the counter."""
    ready, busy = status.host_status(READY), status.host_status(Z3)

    assert ready is not None
    assert busy is not None
    assert (ready.idle, busy.idle) == (True, False)


@pytest.mark.parametrize(
    "data",
    [b'"' + READY + b'"', b'"030,0,0,0256,000,0,0,0,000,0,0,0\r\n001,0,0,0,0,2,4,0,00000000,1,000\r\n1234,0"', READY],
)
def test_host_status_through_sgd(data: bytes) -> None:
    """The same fields in quotes, with or without frames."""
    assert status.host_status_setting(data) == HostStatus((), False, 0, False, 0, 256, "2")


@pytest.mark.parametrize(
    ("errors", "warnings", "expected"),
    [
        pytest.param("00010004", "00000100", ErrorStatus(("head_open", "paused"), ("sensor_5",)), id="Q1"),
        pytest.param("00000007", "00000000", ErrorStatus(("media_out", "ribbon_out", "head_open")), id="Q3"),
        pytest.param("00000000", "00000000", ErrorStatus(()), id="Q5"),
        pytest.param("000000C0", "00000008", ErrorStatus(("head_fault",), ("media_low",)), id="one code for two bits"),
        pytest.param("80000000", "00000000", ErrorStatus(("fault",)), id="an undocumented bit is still a problem"),
    ],
)
def test_an_error_status_is_read_bit_by_bit(errors: str, warnings: str, expected: ErrorStatus) -> None:
    """``~HQES``: the low words, bit by bit."""
    assert status.error_status(hqes(errors, warnings)) == expected


@pytest.mark.parametrize("cut", range(0, len(hqes("00000000", "00000000")) - 3, 3))
def test_a_cut_error_status_is_no_status(cut: int) -> None:
    """Errors without warnings are an answer still on its way."""
    assert status.error_status(hqes("00000000", "00000000")[:cut]) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"\x02ZTC ZD420-300dpi ZPL,V84.20.21Z,300,262144\x03",
            Identity("ZTC ZD420-300dpi ZPL", "V84.20.21Z", 300, "262144"),
        ),
        (b"\x02GK420d-200dpi,V61.17.17Z,8,2104KB\x03\r\n", Identity("GK420d-200dpi", "V61.17.17Z", 203, "2104KB")),
        (b"\x02ZM400-300dpi,V53,12,8176KB\x03", Identity("ZM400-300dpi", "V53", 300, "8176KB")),
        (READY, None),
        (b"HI", None),
        (b"\x02ZTC ZD420", None),
    ],
)
def test_an_identity_gives_the_resolution_in_dots_per_inch(data: bytes, expected: Identity | None) -> None:
    """``~HI``: resolution in dots per inch or per millimetre; a late ``~HS`` answer is not an identity."""
    assert status.identity(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'"203"', Setting("203")),
        (b'"?"', Setting("", known=False)),
        (b"?", Setting("", known=False)),
        (b'"203', None),
        (b"", None),
        (READY, None),
    ],
)
def test_a_setting_is_a_value_or_none_or_not_here_yet(data: bytes, expected: Setting | None) -> None:
    """SGD ``getvar``: a quoted value, or no such variable, or no answer yet."""
    assert status.setting(data) == expected


@pytest.mark.parametrize(("text", "number"), [("1234", 1234), ("1234 INCHES", 1234), ("none", None), ("", None)])
def test_a_setting_as_a_number(text: str, number: int | None) -> None:
    """Odometers come with and without a unit."""
    assert Setting(text).number == number


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_problem_has_its_words(language: str) -> None:
    """Also those of the folder printer and of the queue."""
    ours = {"offline", "unknown", "refused", "folder", "disk_full", "no_printer", "in_use", "no_access"}
    codes = {
        *status.PROBLEMS,
        *status.WARNINGS,
        *status_tspl.PROBLEMS,
        *status_epl.PROBLEMS,
        *status_ipp.PROBLEMS,
        *status_ipp.WARNINGS,
        *ours,
    }
    said = catalogue(language)

    missing = {f"{table}.{code}" for code in codes for table in ("service.problem", "remedy")} - set(said)
    assert sorted(missing) == []


PARSERS: list[Callable[[bytes], object]] = [
    status.host_status,
    status.host_status_setting,
    status.error_status,
    status.identity,
    status.setting,
]
PIECES = st.sampled_from(
    [READY, Z1, Z3, Z5, hqes("00000001", "00000001"), b"\x02", b"\x03", b'"', b",", b"99999999999"]
)


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Whatever is at the other end."""
    for parse in PARSERS:
        parse(data)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=8))
def test_broken_answers_never_raise(pieces: list[bytes]) -> None:
    """Pieces of real answers in any order."""
    for parse in PARSERS:
        parse(b"".join(pieces))


@pytest.mark.parametrize("unit", [b"A", b"\x02A", b"0,", b'"', b"ERRORS: 1 ", b" ", b"\n", b"q12"])
def test_an_answer_without_an_end_costs_no_time(unit: bytes) -> None:
    """All that is read of one answer, 64 KiB; a slow reader would keep the whole station from working."""
    readers = [*PARSERS, status_epl.epl_status, status_epl.epl_settings, status_tspl.tspl_model]
    endless = (b"\x02" + unit * 65536)[:65536]

    begun = time.process_time()
    answers = [read(endless) for read in readers]

    assert len(answers) == len(readers)
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'"1234"\r\n', Count(1234)),
        (b'"1234 LABELS"', Count(1234)),
        (b'"?"', Count(None)),
        (b'"030,0,0,0256,000,0,0,0,000,0,0,0"', None),
        (b'"030,0,0,0256,000,0,0,0,000,0,0,0"\r\n"1234"', Count(1234)),
        (b'"ZD421"', None),
    ],
)
def test_a_late_answer_is_no_count(data: bytes, expected: Count | None) -> None:
    """The host status that comes late begins with a number; a count of 30 before would confirm any label after."""
    assert ZPL.read_count(data) == expected
