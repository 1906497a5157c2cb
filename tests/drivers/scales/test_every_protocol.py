"""What has to be true of every scale protocol alike."""

from __future__ import annotations

import itertools
import typing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.catalogue import PROTOCOLS, scale_protocol
from drivers.scales.protocol import UNRECOGNISED, Certainty, ScaleProtocol
from rma_station.config import ScaleSection
from tests.drivers.scales.noise import noise
from tests.drivers.scales.test_vectors import NO_WEIGHTS, WEIGHTS

ALL = [pytest.param(scale_protocol(name), id=name) for name in PROTOCOLS]
EVERY = pytest.mark.parametrize("protocol", ALL)
FORBIDDEN = (b"Z", b"T", b"C", b"R", b"\x1bT", b"\x1bU", b"\x1bV", b"t", b"U")
"""Commands that zero, tare, clear or switch units on one scale or another."""


def frames_of(name: str) -> list[bytes]:
    """Frames of a protocol from the vectors."""
    return [row[1] for row in (*WEIGHTS, *NO_WEIGHTS) if row[0] == name]


def weights_of(name: str) -> list[bytes]:
    """Frames with a weight."""
    return [row[1] for row in WEIGHTS if row[0] == name] or [b"S S     100.00 g\r\n"]


def read(protocol: ScaleProtocol, *chunks: bytes) -> list[object]:
    """Readings of a stream in these chunks; noise has no reading."""
    framer = protocol.framer()
    readings = [protocol.parse(frame, 0.0) for chunk in chunks for frame in framer.feed(chunk)]
    return [reading for reading in readings if reading.flag != UNRECOGNISED]


def test_the_catalogue_and_the_configuration_list_the_same() -> None:
    """A protocol that cannot be configured would not be there."""
    section = typing.get_type_hints(ScaleSection)

    assert typing.get_args(section["protocol"]) == PROTOCOLS
    assert [scale_protocol(name).name for name in PROTOCOLS] == list(PROTOCOLS)


@EVERY
@settings(max_examples=60)
@given(data=noise(400))
@example(data=b"0" * 100)
@example(data=b" " * 30 + b"1.000 kg")
@example(data=b"5901234123457")
def test_random_bytes_never_raise_and_never_weigh(protocol: ScaleProtocol, data: bytes) -> None:
    """As a frame, with every ending and beginning there is, and as a stream."""
    frames = [data, data + b"\r\n", b"\x02" + data + b"\r", b"\x02" + data + b"\x03", b"\n" + data + b"\x03"]
    usable = [frame for frame in (*frames, *protocol.framer().feed(data)) if weighs(protocol, frame)]

    # "  1.000 kg" is a whole frame of Kern and Adam, and means what it says.
    assert [frame for frame in usable if not frame.endswith(b" 1.000 kg\r\n")] == []
    for frame in frames:
        protocol.recognise(frame)
        protocol.is_answer(frame)
        for order in (protocol.zero, protocol.tare):
            if order is not None and order.told is not None:
                order.told(frame)


def weighs(protocol: ScaleProtocol, frame: bytes) -> bool:
    """Whether a frame has a weight that could be captured."""
    reading = protocol.parse(frame, 0.0)
    return reading.value is not None and reading.unit is not None


@EVERY
@settings(max_examples=40)
@given(data=st.data())
def test_any_split_of_a_stream_gives_the_same_readings(protocol: ScaleProtocol, data: st.DataObject) -> None:
    """Chunks of the line are no part of the meaning, also with noise, half frames and floods in between."""
    some = st.sampled_from(frames_of(protocol.name) or [b"S S     100.00 g\r\n", b"S I\r\n"])
    half = st.builds(lambda frame, cut: frame[:cut], some, st.integers(1, 12))
    pieces = data.draw(st.lists(st.one_of(some, half, noise(8), st.just(b"\xff" * 300)), max_size=12))
    stream = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    places = [0, *sorted(cuts), len(stream)]

    split = read(protocol, *(stream[a:b] for a, b in itertools.pairwise(places)))

    assert split == read(protocol, stream) == read(protocol, *(stream[at : at + 1] for at in range(len(stream))))


@EVERY
def test_frames_in_a_row_are_all_read(protocol: ScaleProtocol) -> None:
    """Nothing is lost between them, and noise in front costs nothing behind it. A scale has one length of frame."""
    frames = weights_of(protocol.name)
    frames = [frame for frame in frames if len(frame) == len(frames[0])]
    stream = b"\xff\x00noise\r\n" + b"".join(frame * 2 for frame in frames) + frames[0]

    raws = [reading.raw for reading in read(protocol, stream)]
    assert raws[: len(frames) * 2] == [frame for frame in frames for _ in "12"]


@EVERY
@pytest.mark.parametrize("byte", [b"\x00", b"x", b"\xff", b"\x02", b"\x06", b"0", b" "])
def test_a_megabyte_without_an_ending_is_bounded(protocol: ScaleProtocol, byte: bytes) -> None:
    """The framer holds a few hundred bytes at most, and a frame that follows is read."""
    framer = protocol.framer()
    for _ in range(64):
        framer.feed(byte * 16_384)
    held = max(len(value) for value in vars(framer).values() if isinstance(value, bytes))
    after = weights_of(protocol.name)[0]
    read_after = [frame for _ in "123" for frame in framer.feed(after) if weighs(protocol, frame) or frame == after]

    assert held <= 400
    assert after in read_after


@EVERY
def test_a_wrong_baud_rate_yields_no_weight(protocol: ScaleProtocol) -> None:
    """Read at twice the rate every bit comes twice; read at half of it only every other one."""
    for frame in weights_of(protocol.name):
        bits = [bit for byte in frame for bit in (0, *((byte >> place) & 1 for place in range(8)), 1)]
        for seen in ([bit for bit in bits for _ in "12"], bits[::2]):
            groups = [seen[at + 1 : at + 9] for at in range(0, len(seen) - 9, 10)]
            data = bytes(sum(bit << place for place, bit in enumerate(group)) for group in groups)
            assert [found for found in protocol.framer().feed(data * 3) if weighs(protocol, found)] == []


@EVERY
def test_a_frame_that_has_lost_a_byte_gives_no_other_weight_where_the_protocol_says_so(
    protocol: ScaleProtocol,
) -> None:
    """Half a number is a wrong number. Where a shorter frame is a whole one too, the driver looks at its length."""
    wrong = set()
    for frame in weights_of(protocol.name):
        whole = protocol.parse(frame, 0.0)
        for place in range(len(frame)):
            assert protocol.parse(frame[:place], 0.0).value in (None, whole.value)
            reading = protocol.parse(frame[:place] + frame[place + 1 :], 0.0)
            if reading.value is not None and reading.unit is not None and reading.value != whole.value:
                wrong.add(reading.raw)

    assert not (protocol.exact and wrong)


@EVERY
def test_probes_and_questions_change_nothing(protocol: ScaleProtocol) -> None:
    """No probe is, begins with, or contains as a line what zeroes, tares or clears any scale."""
    for command in (*protocol.probes, *protocol.ask, protocol.why):
        lines = [part for part in command.replace(b"\r", b"\n").split(b"\n") if part]
        assert not [line for line in lines if line in FORBIDDEN]
    assert not [probe for probe in protocol.probes if probe[:1] in (b"Z", b"T", b"C", b"R", b"\x1b")]


@EVERY
def test_orders_are_told_apart_from_questions(protocol: ScaleProtocol) -> None:
    """What sets zero is never what asks."""
    orders = {order.command for order in (protocol.zero, protocol.tare) if order is not None}

    assert orders.isdisjoint({*protocol.ask, *protocol.probes, protocol.why})


@EVERY
def test_its_own_frames_are_recognised(protocol: ScaleProtocol) -> None:
    """Every weight at least weakly, noise not at all."""
    assert {protocol.recognise(frame) for frame in weights_of(protocol.name)} & {Certainty.NONE} == set()
    assert protocol.recognise(b"hello\r\n") is protocol.recognise(b"") is Certainty.NONE
    assert not [probe for probe in protocol.probes if protocol.recognise(probe) is not Certainty.NONE]
