"""A USB scale, on the kernel's own usbhid and hidraw."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rma_station.domain.weight import Reading
from rma_station.ports import DeviceState, Scale
from tests.device.bench import Bench
from tests.device.hid import ScaleGadget
from tests.device.identities import DYMO

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR
URL = f"hid-scale:0922:8003?serial={DYMO.serial}"


@pytest.fixture
def dymo(bench: Bench) -> ScaleGadget:
    return bench.plugged(ScaleGadget(DYMO))


@pytest.fixture
def scale(bench: Bench, dymo: ScaleGadget) -> Scale:
    """The driver, reading it."""
    scale = bench.scale(URL)
    bench.until(READY, "scale")
    return scale


def until_reads(bench: Bench, value: str | None, unit: str | None, flag: str = "") -> Reading:
    """Wait for a reading."""

    def found() -> list[Reading]:
        readings = (each.reading for each in bench.inbox.weighings)
        return [
            each for each in readings if (each.value and str(each.value), each.unit, each.flag) == (value, unit, flag)
        ]

    bench.inbox.until(lambda: bool(found()))
    return found()[-1]


def test_it_is_read_as_it_shows(bench: Bench, dymo: ScaleGadget, scale: Scale) -> None:
    """Whole grams, tenths of an ounce, motion, too much: each as the scale says it."""
    dymo.holds(878)
    assert until_reads(bench, "878", "g").stable is True
    dymo.holds(56, unit=ScaleGadget.OUNCE, power=-1)
    assert until_reads(bench, "5.6", "oz").stable is True
    dymo.holds(57, unit=ScaleGadget.OUNCE, power=-1, status=ScaleGadget.MOTION)
    assert until_reads(bench, "5.7", "oz").stable is False
    dymo.holds(0, status=ScaleGadget.OVER)
    until_reads(bench, None, None, "over")


def test_it_is_zeroed_only_when_it_is_asked_for(bench: Bench, dymo: ScaleGadget, scale: Scale) -> None:
    """Only when it is asked for: report 2 with the bit for zero."""
    dymo.holds(5)
    until_reads(bench, "5", "g")
    scale.zero()

    dymo.await_report(b"\x02\x02")


def test_it_goes_to_sleep_and_is_woken(bench: Bench, dymo: ScaleGadget, scale: Scale) -> None:
    """Gone as if it was pulled out, no weight meanwhile, back by itself; what it says first is from before."""
    dymo.holds(878)
    until_reads(bench, "878", "g")
    dymo.unplug()
    bench.until(ERROR, "scale")
    known = len(bench.inbox.weighings)
    dymo.holds(20)
    dymo.plug()
    bench.until(READY, "scale")
    until_reads(bench, "20", "g")

    assert {each.reading.value for each in bench.inbox.weighings[known:]} <= {None, Decimal(20)}
    assert bench.states("scale") == [OPENING, READY, ERROR, READY]


def test_it_falls_silent(bench: Bench, dymo: ScaleGadget, scale: Scale) -> None:
    """Plugged in and saying nothing: in error until it speaks again; its last weight does not stay."""
    dymo.holds(878)
    until_reads(bench, "878", "g")
    dymo.hush()
    bench.until(ERROR, "scale")
    assert bench.inbox.weighings[-1].reading.value is None
    dymo.speak()
    bench.until(READY, "scale")

    assert bench.states("scale") == [OPENING, READY, ERROR, READY]
