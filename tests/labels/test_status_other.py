"""What TSPL and EPL printers answer, byte for byte (hardware reference 4.3 and 7.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.status_epl import EplSettings, EplStatus, epl_settings, epl_status
from labels.status_tspl import TsplStatus, tspl_model, tspl_status

UQ = (
    b"\r\nUKQ1935HLU      V4.42\r\nSerial port:96,N,8,1\r\nImage buffer size:0245K\r\n"
    b"S4 D08 R112,000 ZT UN\r\nq832 Q1218,024\r\nOption:d,Ff\r\n"
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"\x00", TsplStatus(()), id="X1 ready"),
        pytest.param(b"\x01", TsplStatus(("head_open",)), id="head open"),
        pytest.param(b"\x04", TsplStatus(("media_out",)), id="X3"),
        pytest.param(b"\x05", TsplStatus(("head_open", "media_out")), id="head open and no paper"),
        pytest.param(b"\x08", TsplStatus(("ribbon_out",)), id="X5"),
        pytest.param(b"\x10", TsplStatus(("paused",)), id="paused"),
        pytest.param(b"\x20", TsplStatus((), printing=True), id="X7 prints"),
        pytest.param(b"\x40", TsplStatus(("cover_open",)), id="cover"),
        pytest.param(b"\x80", TsplStatus(("fault",)), id="other error"),
        pytest.param(b"\x04\x00", TsplStatus(()), id="the newest of two"),
        pytest.param(b"", None, id="silence"),
        pytest.param(b"\x02030,0,0\x03", None, id="another language"),
    ],
)
def test_a_tspl_status_is_one_byte_of_bits(data: bytes, expected: TsplStatus | None) -> None:
    """Each bit of the answer to ``<ESC>!?`` is a problem, and no bit is none."""
    assert tspl_status(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"TE200\r\n", "TE200"), (b"\r\nTTP-244 Pro\r", "TTP-244 Pro"), (b"TE2", None), (b"\r\n", None), (b"", None)],
)
def test_a_tspl_model_is_a_whole_line(data: bytes, expected: str | None) -> None:
    """The answer to ``~!T`` counts once its line has ended."""
    assert tspl_model(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"00\r\n", EplStatus(()), id="ready"),
        pytest.param(b"07\r\n", EplStatus(("media_out",)), id="out of paper or ribbon"),
        pytest.param(b"07,11\r\n", EplStatus(("media_out", "head_open")), id="two"),
        pytest.param(b"01\r\n", EplStatus(()), id="it did not like a command"),
        pytest.param(b"07\r\n00\r\n", EplStatus(()), id="the newest of two"),
        pytest.param(b"\x1507\r\n", EplStatus(("media_out",)), id="behind a NAK"),
        pytest.param(b"07", None, id="cut"),
        pytest.param(b"1234\r\n", None, id="another number"),
        pytest.param(b"", None, id="silence"),
    ],
)
def test_an_epl_status_gives_problems_by_code(data: bytes, expected: EplStatus | None) -> None:
    """``^ee``: codes by two digits."""
    assert epl_status(data) == expected


def test_epl_settings_give_model_firmware_and_size() -> None:
    """``UQ``: model, firmware, width and length of the label in dots."""
    assert epl_settings(UQ) == EplSettings("UKQ1935HLU", "V4.42", 832, 1218)
    assert epl_settings(UQ[: UQ.index(b"q832") + 2]) is None
    assert epl_settings(b"q320\r\n") == EplSettings("q320", "", 320)


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Whatever a printer, or what is taken for one, says."""
    for read in (tspl_status, tspl_model, epl_status, epl_settings):
        read(data)


@given(st.binary(max_size=40).filter(lambda data: b"\n" not in data), st.sampled_from([b"00", b"07", b"11"]))
def test_an_epl_report_is_found_behind_noise(noise: bytes, code: bytes) -> None:
    """Half an older answer in front does not hide it."""
    assert epl_status(noise + b"\n" + code + b"\r\n") == epl_status(code + b"\r\n")
