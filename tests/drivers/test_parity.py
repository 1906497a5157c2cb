"""Parity bits are made and checked where the line carries eight plain bits."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.parity import BAD, SevenBits

SEVEN = st.binary(max_size=60).map(lambda data: bytes(byte & 0x7F for byte in data))
BOTH = pytest.mark.parametrize("parity", ["E", "O"])


@BOTH
@given(data=SEVEN)
def test_what_is_sent_is_what_is_received(parity: str, data: bytes) -> None:
    """And every byte has an even, or odd, number of bits."""
    sent = SevenBits(parity).sent(data)

    assert SevenBits(parity).received(sent) == data
    assert {byte.bit_count() % 2 for byte in sent} <= {0 if parity == "E" else 1}


def test_one_wrong_bit_in_a_frame_is_found() -> None:
    """Every bit of every byte of an answer, after another answer."""
    frame = b"\x0201.234\r"
    for at, bit in itertools.product(range(len(frame)), range(8)):
        bits = SevenBits("E")
        bits.received(bits.sent(frame))
        sent = bytearray(bits.sent(frame))
        sent[at] ^= 1 << bit

        assert bits.received(bytes(sent)) == frame[:at] + bytes([BAD]) + frame[at + 1 :]


@BOTH
def test_where_something_has_taken_the_bits_off_bytes_are_taken_as_they_are(parity: str) -> None:
    """A converter that is set to 7E1 itself."""
    data = bytes(range(128)) * 3

    assert SevenBits(parity).received(data) == data


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_chunks_do_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any bytes in any pieces give what they give in one."""
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    bits = SevenBits("E")

    assert b"".join(bits.received(data[a:b]) for a, b in itertools.pairwise(places)) == SevenBits("E").received(data)
