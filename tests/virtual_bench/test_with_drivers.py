"""The station's own drivers against the virtual bench: what the demo and a newcomer's first minute rest on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.catalogue import open_scale, open_scanner
from labels.printers.stream import StreamPrinter, Waits
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import Refused
from rma_station.ports import DeviceState, PrintResult
from rma_station.services.devices import Devices
from rma_station.system import SystemClock
from tests.drivers.support import Inbox
from tests.labels.tcp import tcp_printer
from virtual_bench.client import VirtualBench

LABEL = PrintUnitLabel("job-1", "u-1", "A1234000001X", "B", "resale", "SHELF", "RMA-2026-000001")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    with VirtualBench.start(tmp_path_factory.mktemp("bench")) as bench:
        yield bench


def weighed(inbox: Inbox) -> tuple[Decimal | None, bool | None]:
    """Value and stability of the last reading."""
    reading = inbox.weighings[-1].reading
    return reading.value, reading.stable


def test_the_scale_speaks_what_it_is_told_to_and_its_line_can_be_bad(bench: VirtualBench) -> None:
    """Another protocol, which streams; damaged frames are no weights; then it is as before."""
    inbox = Inbox()
    bench.scale_speaks("toledo-continuous")
    bench.put(2500)
    scale = open_scale("scale", bench.url("scale"), "toledo-continuous", SystemClock())
    scale.start(inbox)
    inbox.until(lambda: bool(inbox.weighings) and weighed(inbox) == (Decimal("2.500"), True))
    bench.scale_faults(drops=1)
    inbox.until(lambda: inbox.states[-1] is DeviceState.ERROR)
    bench.scale_faults()
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)
    with pytest.raises(Refused, match="allowed: mt-sics"):
        bench.scale_speaks("morse")
    with pytest.raises(Refused, match="allowed: drops"):
        bench.scale_faults(gremlins=1)
    scale.stop()
    bench.scale_speaks("mt-sics")
    bench.take_off()


@pytest.fixture
def printer(bench: VirtualBench) -> StreamPrinter:
    port = bench.url("labels").removeprefix("tcp:127.0.0.1:")
    waits = Waits(connect=1.0, reply=0.1, send=1.0, confirm=2.0, watch=0.02)
    return tcp_printer(int(port), waits, mode="sample")


def test_the_scale_is_read_and_comes_back(bench: VirtualBench) -> None:
    """Motion, then a stable weight; unplugged it is ERROR while the scanner stays READY."""
    inbox = Inbox()
    clock = SystemClock()
    devices = Devices(
        [open_scanner("scanner", bench.url("scanner"), "auto", clock)],
        [open_scale("scale", bench.url("scale"), "mt-sics", clock)],
        inbox,
    )
    devices.start()
    inbox.until(lambda: bool(inbox.weighings))
    bench.put(1240)
    inbox.until(lambda: weighed(inbox) == (Decimal("1.240"), True))
    assert any(weighing.reading.stable is False for weighing in inbox.weighings)
    bench.unplug("scale")
    inbox.until(lambda: devices.statuses()[1].state is DeviceState.ERROR)
    bench.scan("A")
    inbox.until(lambda: inbox.data == [b"A"])
    assert devices.statuses()[0].state is DeviceState.READY
    bench.plug("scale")
    inbox.until(lambda: devices.statuses()[1].state is DeviceState.READY)
    devices.stop()


def test_a_label_is_confirmed_by_the_odometer(bench: VirtualBench, printer: StreamPrinter) -> None:
    """The counter of the virtual printer proves the label, whose bytes it keeps."""
    before = len(bench.printed())

    assert printer.print(LABEL, "pl").result is PrintResult.CONFIRMED
    assert len(bench.printed()) == before + 1
    assert b"A1234000001X" in bench.printed()[-1].data


def test_a_printer_out_of_paper_gets_no_label(bench: VirtualBench, printer: StreamPrinter) -> None:
    """Its documented silence is asked around; with paper it prints."""
    assert printer.status().state is DeviceState.READY
    bench.printer_problems("media_out")
    report = printer.print(LABEL, "pl")
    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("media_out",))
    bench.printer_problems()

    assert printer.print(LABEL, "pl").result is PrintResult.CONFIRMED


def test_a_connection_broken_in_the_middle_of_a_label_is_unknown(bench: VirtualBench, printer: StreamPrinter) -> None:
    """The half is cancelled before the next label, which comes out whole."""
    assert printer.status().state is DeviceState.READY
    before = len(bench.printed())
    bench.printer_drop_at(300)
    assert printer.print(LABEL, "pl").result is PrintResult.UNKNOWN
    assert len(bench.printed()) == before
    assert printer.print(LABEL, "pl").result in (PrintResult.SENT, PrintResult.CONFIRMED)
    assert [label.data.count(b"^XA") for label in bench.printed()[before:]] == [1]


def test_a_label_path_is_inside_the_folder(bench: VirtualBench, printer: StreamPrinter) -> None:
    """The file of each label is there, so that a panel can offer to open it."""
    printer.print(LABEL, "pl")
    files = [label.file for label in bench.printed()]

    assert files != []
    assert [file for file in files if not isinstance(file, Path) or file.parent.name != "labels"] == []
