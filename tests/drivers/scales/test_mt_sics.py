"""MT-SICS frames become readings; whatever is not a whole weight becomes ``None``, never 0."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scales.framers import Lines
from drivers.scales.mt_sics import PROTOCOL, answers_weight, parse, recognise, serial_number
from drivers.scales.protocol import Certainty
from rma_station.domain.weight import Reading
from tests.drivers.scales.noise import noise

WEIGHTS = [
    pytest.param("53 20 53 20 20 20 20 20 31 30 30 2E 30 30 20 67 0D 0A", "100.00", "g", True, id="S1"),
    pytest.param("54 20 53 20 20 20 20 20 31 32 2E 35 30 20 6B 67 0D 0A", "12.50", "kg", True, id="S7 tare"),
    pytest.param("53 49 20 53 20 20 20 20 20 20 30 2E 35 32 20 6B 67 0D 0A", "0.52", "kg", True, id="S11 echo"),
    pytest.param(b"S D     100.02 g\r\n".hex(), "100.02", "g", False, id="in motion"),
    pytest.param(b"S S      -8.500 kg\r\n".hex(), "-8.500", "kg", True, id="negative"),
    pytest.param(b"S S          0 g\r\n".hex(), "0", "g", True, id="a measured zero is a weight"),
    pytest.param(b"S S      1.250 lb \r\n".hex(), "1.250", "lb", True, id="unit padded"),
    pytest.param(b"S S      1.250 KG\r\n".hex(), "1.250", "kg", True, id="unit in capitals"),
    pytest.param(b"S S        100 GN\r\n".hex(), "100", "gr", True, id="grains have the domain's name"),
    pytest.param(b"TA A      2.00 kg\r\n".hex(), "2.00", "kg", True, id="tare queried"),
    pytest.param(b"S S 1.0 g\n".hex(), "1.0", "g", True, id="LF only"),
]


@pytest.mark.parametrize(("frame", "value", "unit", "stable"), WEIGHTS)
def test_a_weight_is_read_as_the_frame_says_it(frame: str, value: str, unit: str, stable: bool) -> None:
    """Vectors of the hardware reference 7.1 and our own; trailing zeros are kept, the frame too."""
    raw = bytes.fromhex(frame)

    reading = parse(raw, 5.0)

    assert reading == Reading(Decimal(value), unit, stable, raw, 5.0)
    assert str(reading.value) == value


@pytest.mark.parametrize(
    ("frame", "flag"),
    [
        (b"S I\r\n", "not_ready"),
        (b"S -\r\n", "under"),
        (b"S +\r\n", "over"),
        (b"SI +\r\n", "over"),
        (b"S L\r\n", "parameter"),
        (b"T I\r\n", "not_ready"),
        (b'I4 A "B123456789"\r\n', "unrecognised"),
        (b"ES\r\n", "syntax"),
        (b"ET\r\n", "transmission"),
        (b"EL\r\n", "logical"),
        (b"S A 1.234 g\r\n", "unrecognised"),
        (b"S S     100.00\r\n", "unit_unknown"),
        (b"S S     100.00 xx\r\n", "unit_unknown"),
        (b"S S     100.00 g", "incomplete"),
        (b"S S     100,00 g\r\n", "unrecognised"),
        (b"S S     1 00.00 g\r\n", "unrecognised"),
        (b"S S -\r\n", "unrecognised"),
        (b"S S     1e5 g\r\n", "unrecognised"),
        (b"S S     \xb2.00 g\r\n", "unrecognised"),
        (b"S S     NaN g\r\n", "unrecognised"),
        (b"\x00S S     100.00 g\r\n", "unrecognised"),
        (b"S S  9999999999 g\r\n", "unrecognised"),
        (b"Z A\r\n", "unrecognised"),
        (b"\r\n", "unrecognised"),
        (b"", "incomplete"),
    ],
)
def test_everything_else_is_no_weight(frame: bytes, flag: str) -> None:
    """The flag says why; the value is unknown, never 0."""
    assert parse(frame, 5.0) == Reading(None, None, None, frame, 5.0, flag=flag)


FRAME = b"S S     100.00 kg\r\n"


@pytest.mark.parametrize("length", range(len(FRAME) - 1))
def test_a_frame_cut_short_is_no_weight(length: int) -> None:
    """Half a number is a wrong number, also when the line ends there."""
    assert parse(FRAME[:length], 0.0).value is None
    cut = parse(FRAME[:length].rstrip(b"\r") + b"\r\n", 0.0)
    assert cut.value is None or cut.value == Decimal("100.00") == parse(FRAME, 0.0).value


@given(noise(300))
def test_random_bytes_never_raise_and_never_weigh(data: bytes) -> None:
    """As a frame, with an ending, and as a stream."""
    lines = Lines().feed(data)

    assert [parse(frame, 0.0).value for frame in (data, data + b"\r\n", *lines)] == [None] * (2 + len(lines))
    serial_number(data)
    answers_weight(data)


@given(
    st.lists(st.sampled_from([FRAME, b"S I\r\n", b"noise", b"\n", b"S D       1.00 g\r\n", b"x" * 300])),
    st.lists(st.integers(0, 900)),
)
def test_any_split_of_a_stream_gives_the_same_readings(frames: list[bytes], cuts: list[int]) -> None:
    """Chunks of the line are no part of the meaning."""
    stream = b"".join(frames)
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    lines = Lines()

    split = [line for a, b in itertools.pairwise(places) for line in lines.feed(stream[a:b])]

    assert [parse(line, 0.0) for line in split] == [parse(line, 0.0) for line in Lines().feed(stream)]


def test_a_line_that_never_ends_is_bounded() -> None:
    """It comes out in pieces that are no weights."""
    lines = Lines()

    assert {len(line) for line in lines.feed(b"x" * 100_000)} == {Lines.LONGEST}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b"S S     1.00 g\r\n", True),
        (b"SI S     1.00 g\r\n", True),
        (b"S +\r\n", True),
        (b"ES\r\n", True),
        (b"T S     1.00 g\r\n", False),
        (b'I4 A "B1"\r\n', False),
        (b"Z A\r\n", False),
        (b"00.00 g\r\n", False),
    ],
)
def test_only_a_weight_answers_the_question_for_one(frame: bytes, expected: bool) -> None:
    """Somebody pressing tare sends a line that looks much like a weight."""
    assert answers_weight(frame) is expected


def test_the_serial_number_is_read_from_i4() -> None:
    """For the service screen."""
    assert serial_number(b'I4 A "B123456789"\r\n') == "B123456789"
    assert serial_number(b"ES\r\n") is None


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b'I4 A "B1"\r\n', Certainty.SURE),
        (b"S S     100.00 g\r\n", Certainty.LIKELY),
        (b"S D     100.00 g\r\n", Certainty.LIKELY),
        (b"S I\r\n", Certainty.WEAK),
        (b"ES\r\n", Certainty.WEAK),
        (b"SI\r\n", Certainty.NONE),
        (b"S S     100.00 g", Certainty.NONE),
        (b"ST,GS,   245.6 g\r\n", Certainty.NONE),
    ],
)
def test_how_surely_it_is_recognised(frame: bytes, expected: Certainty) -> None:
    """A device that only echoes the probe is not a scale."""
    assert recognise(frame) is expected


@pytest.mark.parametrize(
    ("frame", "zero", "tare"),
    [
        (b"Z A\r\n", "set", None),
        (b"Z I\r\n", "refused: in motion", None),
        (b"Z +\r\n", "refused: loaded", None),
        (b"T S     12.50 kg\r\n", None, "set"),
        (b"T S     12.50\r\n", None, None),
        (b"T I\r\n", None, "refused: in motion"),
        (b"S S     12.50 kg\r\n", None, None),
    ],
)
def test_what_the_scale_tells_of_zero_and_tare(frame: bytes, zero: str | None, tare: str | None) -> None:
    """A weight is no answer to either."""
    assert PROTOCOL.zero is not None
    assert PROTOCOL.tare is not None
    assert (PROTOCOL.zero.told or str)(frame) == zero
    assert (PROTOCOL.tare.told or str)(frame) == tare
