"""A scale on a USB serial adapter, on the kernel's own ftdi_sio; the adapter is QEMU's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rma_station.domain.weight import Reading
from rma_station.ports import DeviceState
from tests.device.bench import Bench
from tests.device.gadget import SerialGadget
from tests.device.identities import XENON
from tests.device.qemu import FtdiAdapter

OPENING, READY, ERROR = DeviceState.OPENING, DeviceState.READY, DeviceState.ERROR


@pytest.fixture
def adapter(bench: Bench) -> FtdiAdapter:
    adapter = FtdiAdapter()
    adapter.answers = {b"SI": b"S S      1.250 kg\r\n", b"I4": b'I4 A "B42"\r\n', b"Z": b"Z A\r\n"}
    return bench.plugged(adapter)


def until_reads(bench: Bench, value: str) -> Reading:
    """Wait until this is the newest weight."""
    bench.inbox.until(lambda: [each.reading.value for each in bench.inbox.weighings[-1:]] == [Decimal(value)])
    return bench.inbox.weighings[-1].reading


def test_it_is_read_over_the_adapter_and_only_asked(bench: Bench, adapter: FtdiAdapter) -> None:
    """Asked over 9600 baud, whatever the adapter makes of it; only questions went out."""
    bench.scale(f"{adapter.url}?baud=9600&bits=7&parity=E", "mt-sics")
    bench.until(READY, "scale")
    reading = until_reads(bench, "1.250")

    assert (reading.unit, reading.stable) == ("kg", True)
    assert set(adapter.asked) == {b"I4", b"SI"}


def test_pulled_out_and_plugged_into_another_socket(bench: Bench, adapter: FtdiAdapter) -> None:
    """Lost with a reason, no weight meanwhile, and back by its serial number."""
    bench.scale(adapter.url, "mt-sics")
    bench.until(READY, "scale")
    adapter.unplug()
    bench.until(ERROR, "scale")
    known = len(bench.inbox.weighings)
    adapter.answers[b"SI"] = b"S S      0.730 kg\r\n"
    adapter.plug(port="2")
    bench.until(READY, "scale")
    until_reads(bench, "0.730")

    assert {each.reading.value for each in bench.inbox.weighings[known:]} <= {None, Decimal("0.730")}
    assert bench.states("scale") == [OPENING, READY, ERROR, READY]


def test_switched_off_behind_its_adapter(bench: Bench, adapter: FtdiAdapter) -> None:
    """The adapter stays and says nothing of it: the scale is in error, and comes back when it answers again."""
    bench.scale(adapter.url, "mt-sics")
    bench.until(READY, "scale")
    answers, adapter.answers = adapter.answers, {}
    bench.until(ERROR, "scale")
    adapter.answers = answers
    bench.until(READY, "scale")

    assert bench.states("scale") == [OPENING, READY, ERROR, READY]


def test_a_scanner_beside_it_disturbs_nothing(bench: Bench, adapter: FtdiAdapter) -> None:
    """Two adapters, two drivers of the kernel, one station."""
    xenon = bench.plugged(SerialGadget(XENON))
    bench.scanner(xenon.url)
    bench.scale(adapter.url, "mt-sics")
    bench.until(READY)
    bench.until(READY, "scale")
    xenon.send(b"UNIT\r")
    bench.until_scans(1)
    adapter.unplug()
    bench.until(ERROR, "scale")
    xenon.send(b"UNIT-2\r")

    assert bench.until_scans(2) == [b"UNIT", b"UNIT-2"]
