"""A bad line never makes another weight: thousands of frames of every protocol with bytes lost and damaged."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drivers.catalogue import scale_protocol
from drivers.faults import Faults, damaged
from drivers.scales.encode import ENCODERS
from drivers.scales.platform import Shown
from drivers.scales.protocol import UNRECOGNISED
from drivers.weighings import Weighings
from rma_station.domain.weight import CapturePolicy, CaptureState, observe, ready
from tests.drivers.test_weighings import FakeSession

FRAMES = 1000


def captured(name: str, switches: Faults, seed: int, frames: int = FRAMES) -> list[int]:
    """Grams of all weights that could be captured of 11.250 kg lying still behind a bad line."""
    protocol, chance, session = scale_protocol(name), random.Random(seed), FakeSession()
    weighings, framer = Weighings("scale", protocol, "kg"), protocol.framer()
    weighings.begin(session, "line")  # type: ignore[arg-type]
    frame = ENCODERS[name](Shown(11_250))
    for number in range(frames):
        for piece in damaged(frame, switches, chance):
            for cut in framer.feed(piece):
                reading = protocol.parse(cut, number / 5)
                if reading.flag != UNRECOGNISED:
                    weighings.took(reading)
    state, found = CaptureState(), []
    for reading in session.posted:
        state = observe(state, reading)
        weight = ready(state, reading.at, CapturePolicy())
        found += [weight.grams] if weight else []
    return found


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(
    "switches",
    [
        pytest.param(Faults(drops=0.005), id="a byte of two hundred is lost"),
        pytest.param(Faults(drops=0.05), id="one of twenty is lost"),
        pytest.param(Faults(parity=0.02), id="wrong parity"),
        pytest.param(Faults(drops=0.02, parity=0.02, split=1), id="all together, byte by byte"),
    ],
)
def test_whatever_could_be_captured_is_what_lies_on_the_scale(name: str, switches: Faults) -> None:
    """Or nothing at all. A USB scale has no parity: the bus has a checksum of its own."""
    if switches.parity and name == "usb-hid":
        switches = replace(switches, parity=0.0)
    assert set(captured(name, switches, 1)) <= {11_250}
    assert captured(name, Faults(), 1, 20)[-1:] == [11_250]
