"""Whether a check byte follows is not said anywhere; the stream shows it."""

from __future__ import annotations

from drivers.scales.toledo_continuous import Frames

PLAIN = b"\x02,0   1234     0\r"
CHECKED = b"\x021     200      \rN"


def checked(frame: bytes) -> bytes:
    """With its check byte."""
    return frame + bytes([-sum(frame) & 0x7F])


def with_check_of_two() -> bytes:
    """A frame whose check byte looks like the STX of the next."""
    frames = (checked(b"\x02,0   %04d     0\r" % number) for number in range(10_000))
    return next(frame for frame in frames if frame[-1] == 2)


def test_one_frame_without_a_check_byte_waits_for_the_next_once() -> None:
    """Until the byte behind it has come; from then on frames come out at their CR."""
    framer = Frames()

    assert framer.feed(PLAIN) == []
    assert framer.feed(PLAIN) == [PLAIN, PLAIN]
    assert framer.feed(PLAIN) == [PLAIN]


def test_a_check_byte_belongs_to_its_frame() -> None:
    """Also when a chunk ends before it."""
    framer = Frames()

    assert framer.feed(CHECKED[:-1]) == []
    assert framer.feed(CHECKED[-1:]) == [CHECKED]


def test_a_check_byte_that_looks_like_a_beginning() -> None:
    """Then the byte behind it says what it is."""
    frame = with_check_of_two()

    assert Frames().feed(frame) == []
    assert Frames().feed(frame * 2) == [frame, frame]
    assert Frames().feed(frame[:-1] + PLAIN) == [frame[:-1], PLAIN]


def test_a_byte_of_noise_is_not_taken_for_a_check_byte_for_ever() -> None:
    """A wrong check byte, or something between two frames, and it is learnt anew."""
    framer = Frames()

    assert framer.feed(PLAIN + b"\xff" + PLAIN * 3)[-2:] == [PLAIN, PLAIN]
    assert framer.feed(b"\xff" + CHECKED * 3)[-2:] == [CHECKED, CHECKED]
