"""Scales that are made up: loads come and go, and everything that can go wrong does so on request."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from drivers.address import parse_url
from drivers.catalogue import open_scale, scale_protocol
from drivers.faults import Faults, damaged, faults
from drivers.sim_scale import OPTIONS, connector
from drivers.simulated import SimulatedStream
from rma_station import config
from rma_station.errors import ConfigError, Malformed
from rma_station.ports import DeviceState
from rma_station.system import SystemClock
from tests.drivers.support import Inbox


class Standing:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def unix(self) -> float:
        return 0.0


def plugged(url: str, protocol: str = "mt-sics") -> tuple[SimulatedStream, Standing]:
    """The far end of a URL and its clock."""
    clock = Standing()
    scale = connector(parse_url(url, OPTIONS, ("sim",)), protocol, clock)()
    clock.now = 1.0
    return scale, clock


def value(scale: SimulatedStream, protocol: str = "mt-sics") -> Decimal | None:
    """What it answers now."""
    scale.write(b"".join(scale_protocol(protocol).ask))
    return scale_protocol(protocol).parse(scale.read(0.0), 0.0).value


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


def test_a_usb_scale_needs_no_question() -> None:
    """Its reports come by themselves."""
    scale, clock = plugged("sim:usb-scale?grams=300", "usb-hid")
    scale.read(0.0)
    clock.now = 3.0

    assert scale_protocol("usb-hid").parse(scale.read(0.0), 0.0).value == Decimal("0.300")


def test_the_driver_works_with_it_and_sees_it_go(inbox: Inbox) -> None:
    """READY, then ERROR with the reason, then READY again."""
    scale = open_scale("scale", "sim:scale?fault=unplug", "radwag", SystemClock())
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
        ("sim:scale?grams=nan", "grams=nan"),
        ("sim:scale?fault=gremlins", "fault=gremlins"),
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
    """Each fault alone, over the same three bytes."""
    assert damaged(b"abc", switches, Random(1)) == expected


def test_faults_are_the_same_for_the_same_seed() -> None:
    """So that a failure can be looked at again."""
    switches = faults({"drops": 0.5, "split": 1})

    assert damaged(b"x" * 100, switches, Random(7)) == damaged(b"x" * 100, switches, Random(7))
    assert 20 < len(damaged(b"x" * 100, switches, Random(7))) < 80


@pytest.mark.parametrize("switches", [{"gremlins": 1}, {"drops": 2}, {"drops": -1}, {"flood": "many"}])
def test_faults_that_cannot_be_are_refused(switches: dict[str, object]) -> None:
    """Before anything is damaged."""
    with pytest.raises(Malformed, match="allowed"):
        faults(switches)


@pytest.mark.parametrize("protocol", ["toledo-continuous", "toledo-8217"])
@pytest.mark.parametrize("fault", ["drops", "split", "parity", "flood"])
def test_faults_of_a_made_up_scale_never_become_another_weight(
    inbox: Inbox, fault: str, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third message is hit, and work goes on."""
    monkeypatch.setattr("drivers.serial_scale.POLL", 0.02)
    monkeypatch.setattr("drivers.serial_scale.ANSWER_TIMEOUT", 0.1)
    scale = open_scale("scale", f"sim:scale?grams=1250&fault={fault}", protocol, SystemClock(), "kg")
    scale.start(inbox)
    inbox.until(lambda: any(weighing.reading.stable for weighing in inbox.weighings))
    count = len(inbox.weighings)
    inbox.until(lambda: len(inbox.weighings) > count + 1)
    scale.stop()

    stable = {weighing.reading.value for weighing in inbox.weighings if weighing.reading.stable}
    assert stable <= {Decimal("1.250"), None}
