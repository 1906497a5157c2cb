"""What simulated scales send is what the parsers read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drivers.catalogue import scale_protocol
from drivers.scales.encode import ENCODERS
from drivers.scales.peer import STREAMING, Peer
from drivers.scales.platform import SETTLING, Platform, Shown
from drivers.scales.protocol import ACK, NAK, UNRECOGNISED
from drivers.scales.recognise import decided, guesses
from rma_station.domain.weight import Reading, whole_grams

EVERY = pytest.mark.parametrize("name", ENCODERS)
SAYS_MOTION_BY_NO_WEIGHT = {"toledo-8217", "dibal", "dialog06"}
ONLY_ABOVE_ZERO = {"toledo-8217", "dibal", "dialog06"}
SAYS_NET = {"toledo-8217", "toledo-continuous", "t-scale", "cas-22", "ohaus", "sartorius", "nci"}
NO_UNIT_IN_MOTION = {"sartorius", "kern"}
SHOWN = st.builds(Shown, st.integers(-300, 34_999), st.booleans(), tare=st.sampled_from([0, 250]))


def read(name: str, shown: Shown) -> list[Reading]:
    """Readings of three frames in a row."""
    protocol, frame = scale_protocol(name), ENCODERS[name](shown)
    framer = protocol.framer()
    found = [protocol.parse(cut, 5.0) for _ in "123" for cut in framer.feed(frame)]
    assert found
    return found


@EVERY
@settings(max_examples=60)
@given(shown=SHOWN)
def test_a_weight_that_is_encoded_and_parsed_is_the_same(name: str, shown: Shown) -> None:
    """Value with three decimals, unit, stability, and net where the protocol says it."""
    assume(shown.grams >= 0 or name not in ONLY_ABOVE_ZERO)
    assume(shown.stable or name not in SAYS_MOTION_BY_NO_WEIGHT)
    assume(shown.grams != 0 or name != "dialog06")
    protocol = scale_protocol(name)

    for found in read(name, shown):
        unit = None if not protocol.says_unit or (name in NO_UNIT_IN_MOTION and not shown.stable) else "kg"
        stable = None if name == "adam" else shown.stable and not (name == "usb-hid" and shown.grams < 0)
        assert (found.value, found.unit) == (Decimal(shown.grams) / 1000, unit)
        assert found.stable is stable
        assert str(found.value).partition(".")[2] == f"{abs(shown.grams) % 1000:03}"
        if name in SAYS_NET:
            assert found.net is shown.net


@EVERY
@pytest.mark.parametrize("state", ["over", "under", "busy"])
@given(grams=st.integers(-300, 34_999))
@settings(max_examples=10)
def test_what_is_no_weight_is_read_as_none(name: str, state: str, grams: int) -> None:
    """Whatever number the scale would show."""
    for found in read(name, Shown(grams, True, state)):
        assert found.flag not in (UNRECOGNISED, "checksum")
        assert whole_grams(found) is None or (state == "busy" and found.stable is False)


@EVERY
def test_motion_is_never_a_stable_weight(name: str) -> None:
    """Nor is what the display shows half-way."""
    platform = Platform()
    platform.put(5000, 0.0)
    peer = Peer(name, platform)
    protocol = scale_protocol(name)
    for moment in range(1, 10):
        reading = protocol.parse(peer.weight(SETTLING * moment / 10), 0.0)
        assert reading.value is None or reading.stable is not True


@EVERY
def test_a_peer_is_recognised_and_answers_its_question(name: str) -> None:
    """The question of the protocol, sent as its driver does, brings the weight."""
    platform = Platform()
    platform.put(1250, 0.0)
    peer, protocol = Peer(name, platform), scale_protocol(name)
    heard = peer.streamed(9.0)
    for command in protocol.ask:
        heard = b"".join(answer.data for answer in peer.received(command, 9.0))
    found = guesses(heard, [protocol])

    assert found
    assert found[0].reading is not None
    assert found[0].reading.value == Decimal("1.250")
    assert (name in STREAMING) is (not protocol.ask)
    assert decided(found) is not None or name == "kern"


def test_dialog_06_is_asked_in_three_steps() -> None:
    """A price, the weight, and why there was none."""
    platform = Platform()
    peer, protocol = Peer("dialog06", platform), scale_protocol("dialog06")
    flags = []
    for grams, moment in ((0, 1.0), (5000, 2.0), (5000, 9.0)):
        platform.put(grams, moment - (0.1 if moment < 9 else 5))
        for command in (*protocol.ask, protocol.why):
            flags += [protocol.parse(answer.data, 0.0).flag for answer in peer.received(command, moment)]

    assert flags == [ACK, NAK, "motion", ACK, NAK, "motion", ACK, "", "empty"]


@EVERY
@given(data=st.binary(max_size=60))
@settings(max_examples=20)
def test_random_commands_never_raise(name: str, data: bytes) -> None:
    """And what is held of them is bounded."""
    peer = Peer(name, Platform())
    for _ in range(3):
        peer.received(data, 1.0)

    assert len(vars(peer)["_held"]) <= 64
