"""The protocol is found from what was heard, and not guessed where it cannot be known."""

from __future__ import annotations

import pytest
from hypothesis import given

from drivers.catalogue import PROTOCOLS, scale_protocol
from drivers.scales.protocol import Certainty, LineSettings
from drivers.scales.recognise import decided, guesses, line_settings, probes
from tests.drivers.scales.noise import noise
from tests.drivers.scales.test_every_protocol import weights_of

ALL = [scale_protocol(name) for name in PROTOCOLS]
UNDECIDED = {"kern", "adam"}
"""A number with a unit behind it: such scales exist under many names, and a person has to say which it is."""


def names(heard: bytes) -> list[tuple[str, Certainty]]:
    """Guesses by name."""
    return [(guess.protocol.name, guess.certainty) for guess in guesses(heard, ALL)]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_few_frames_of_a_scale_decide_its_protocol(name: str) -> None:
    """Listened to from the middle of a frame; the weight is there to be compared with a known one."""
    frame = {"kern": b"   1.234 kg\r\n", "adam": b"    0.500kg\r\n"}.get(name, weights_of(name)[0])
    heard = frame[3:] + frame * 4 + frame[:3]
    found = guesses(heard, ALL)

    if name in UNDECIDED:
        assert decided(found) is None
        assert name in [guess.protocol.name for guess in found]
        return
    best = decided(found)
    assert best is not None
    assert best.protocol.name == name
    assert best.reading is not None
    assert best.reading.value == scale_protocol(name).parse(frame, 0.0).value


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (b'I4 A "B123"\r\n', [("mt-sics", Certainty.SURE)]),
        (b"S I\r\n", [("mt-sics", Certainty.WEAK), ("radwag", Certainty.WEAK)]),
        (b"\x06", [("cas-ap", Certainty.WEAK), ("dialog06", Certainty.WEAK)]),
        (b"N+   1.00 kg\r\n", [("adam", Certainty.LIKELY)]),
        (b"", []),
        (b"5901234123457\r\n", []),
        (b"\xe6\x98\x06\xff\x00\x80" * 20, []),
        (b"SI\r\n", []),
    ],
)
def test_what_was_heard_and_what_can_be_said_of_it(heard: bytes, expected: list[tuple[str, Certainty]]) -> None:
    """Silence, a barcode scanner, noise and an echo are no scale."""
    assert sorted(names(heard)) == sorted(expected)


def test_equal_certainty_is_a_question_for_a_person() -> None:
    """Two protocols that fit equally well are not decided by their order, nor is one that fits weakly taken alone."""
    assert decided(guesses(b"S I\r\n", ALL)) is None
    assert decided(guesses(b"    0.500kg\r\n" * 3, [scale_protocol("adam")])) is None
    assert decided(()) is None


@given(noise(300))
def test_noise_is_no_scale(heard: bytes) -> None:
    """Unless it is nothing but a short answer."""
    assert decided(guesses(heard, ALL)) is None


def test_probes_and_settings_are_listed_once() -> None:
    """The reference's harmless ones and no others."""
    assert set(probes(ALL)) == {b"SI\r\n", b"I4\r\n", b"W", b"Q\r\n", b"\x05", b"W\r", b"IP\r\n"}
    assert line_settings(ALL)[:2] == (LineSettings(), LineSettings(9600, 7, "E"))
    assert len(set(line_settings(ALL))) == len(line_settings(ALL))
    assert [setting.query for setting in line_settings(ALL)][:2] == ["baud=9600", "baud=9600&bits=7&parity=E"]
