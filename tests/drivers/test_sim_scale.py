"""Scales that are made up: loads come and go, and everything that can go wrong does so on request."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from drivers.address import parse_url
from drivers.catalogue import open_scale, scale_protocol
from drivers.faults import Faults, damaged, faults
from drivers.sim_scale import OPTIONS, SimulatedScale, connector
from rma_station import config
from rma_station.errors import ConfigError, DeviceLost, Malformed
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.support import Inbox

SI = b"SI\r\n"


class Ticking:
    """A clock that goes on by a step whenever it is looked at."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now

    def unix(self) -> float:
        return 0.0


def plugged(url: str, protocol: str = "mt-sics", step: float = 0.001) -> tuple[SimulatedScale, Ticking]:
    """The far end of a URL and its clock."""
    clock = Ticking(step)
    return connector(parse_url(url, OPTIONS, ("sim",)), protocol, clock)(), clock


def value(scale: SimulatedScale, protocol: str = "mt-sics") -> Decimal | None:
    """What it answers now."""
    scale.write(b"".join(scale_protocol(protocol).ask))
    return scale_protocol(protocol).parse(scale.read(1.0), 0.0).value


def test_parcels_are_put_on_and_taken_off() -> None:
    """One after the other, again and again."""
    scale, clock = plugged("sim:scale?grams=1250,0&every=4")
    found = []
    for moment in (2, 6, 10):
        clock.now = moment
        value(scale)
        clock.now = moment + 1  # it has settled
        found.append(value(scale))

    assert found == [Decimal("1.250"), Decimal("0.000"), Decimal("1.250")]


def test_the_cable_is_pulled_and_what_lies_there_stays() -> None:
    """After so many seconds, every time."""
    clock = Ticking(0.001)
    connect = connector(parse_url("sim:scale?grams=700&unplug=3", OPTIONS, ("sim",)), "mt-sics", clock)
    for _ in "12":
        scale = connect()
        value(scale)
        clock.now += 1
        assert value(scale) == Decimal("0.700")
        clock.now += 3
        with pytest.raises(DeviceLost, match="unplugged"):
            scale.read(1.0)
        with pytest.raises(DeviceLost):
            scale.write(SI)


def test_a_usb_scale_needs_no_question() -> None:
    """Its reports come by themselves."""
    scale, clock = plugged("sim:usb-scale?grams=300", "usb-hid")
    scale.read(1.0)
    clock.now += 2

    assert scale_protocol("usb-hid").parse(scale.read(1.0), 0.0).value == Decimal("0.300")


def test_reading_waits_no_longer_than_it_was_told_and_can_be_woken() -> None:
    """A made-up device behaves as a real one."""
    clock = SystemClock()
    scale = connector(parse_url("sim:scale", OPTIONS, ("sim",)), "mt-sics", clock)()
    began = clock.monotonic()
    assert scale.read(0.02) == b""
    scale.wake()
    assert scale.read(60) == b""
    scale.close()

    assert clock.monotonic() - began < 30


def test_the_driver_works_with_it_and_sees_it_go(inbox: Inbox) -> None:
    """READY, then ERROR with the reason, then READY again."""
    scale = open_scale("scale", "sim:scale?unplug=0.6", "radwag", SystemClock())
    scale.start(inbox)
    inbox.until(lambda: inbox.states.count(DeviceState.READY) == 2)
    scale.stop()

    assert inbox.states[:3] == [DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("sim:printer", "sim:scale or sim:usb-scale"),
        ("sim:scale?mode=broken", "allowed: stable motion"),
        ("sim:scale?grams=heavy", "grams=heavy"),
        ("sim:scale?grams=1,,2", "grams="),
        ("sim:scale?drops=2", "0 to 1"),
        ("sim:scale?drops=nan", "drops=nan"),
        ("sim:scale?every=0", "every=0"),
        ("sim:scale?color=red", "unknown option"),
    ],
)
def test_a_wrong_url_is_refused_in_words(url: str, named: str) -> None:
    """Before anything is started."""
    with pytest.raises(Malformed, match=named):
        open_scale("scale", url, "mt-sics", SystemClock())


def test_live_refuses_what_is_made_up(tmp_path: Path) -> None:
    """A weight that nobody weighed belongs into no live journal."""
    file = tmp_path / "my.toml"
    file.write_text('[station]\nmode = "live"\n[[scale]]\nname = "scale"\nurl = "sim:scale"\n')
    with pytest.raises(ConfigError, match=r"scale\.url"):
        config.load(file)


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        (Faults(), [b"abc"]),
        (Faults(split=1), [b"a", b"b", b"c"]),
        (Faults(flood=3), [b"abcabcabc"]),
        (Faults(drops=1), []),
        (Faults(parity=1), [b"\0\0\0"]),
    ],
)
def test_what_arrives_of_three_bytes(switches: Faults, expected: list[bytes]) -> None:
    """Every switch by itself."""
    assert damaged(b"abc", switches, Random(1)) == expected


def test_faults_are_the_same_for_the_same_seed() -> None:
    """So that a failure can be looked at again."""
    switches = faults({"drops": "0.5", "split": "1"})

    assert damaged(b"x" * 100, switches, Random(7)) == damaged(b"x" * 100, switches, Random(7))
    assert 20 < len(damaged(b"x" * 100, switches, Random(7))) < 80
