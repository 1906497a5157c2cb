"""Every printer language on the virtual bench, over TCP and on a cable: states, faults, and what came out."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from labels.printers.job import Stock
from labels.printers.opening import address
from labels.printers.stream import StreamPrinter, Waits
from labels.printers.talk import TALKS
from rma_station.domain.effects import PrintDocument
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult
from virtual_bench.client import VirtualBench

WAITS = Waits(connect=2.0, reply=2.0, send=2.0, confirm=2.0, watch=0.01)
PATIENT_ENOUGH = Waits(connect=2.0, reply=0.25, send=2.0, confirm=0.3, watch=0.01)
QUICK = Waits(connect=2.0, reply=0.1, send=2.0, confirm=0.3, watch=0.01)
LABELS = {
    "zpl": b"^XA^FO50,50^A0N,30,30^FDLBL%d^FS^XZ",
    "tspl": b'SIZE 57 mm,32 mm\r\nCLS\r\nTEXT 10,10,"0",0,12,12,"LBL%d"\r\nPRINT 1,1\r\n',
    "epl": b'q456\r\nN\r\nA10,10,0,3,1,1,N,"LBL%d"\r\nP1\r\n',
}
MODELS = {"zpl": "ZTC ZD421-203dpi ZPL V93.21.26Z", "tspl": "TE210", "epl": "UKQ1935HLU V4.42"}
PROVEN = {"zpl": PrintResult.CONFIRMED, "tspl": PrintResult.SENT, "epl": PrintResult.SENT}
"""Only a printer with a counter proves a label."""
NAMES = [f"{language}-{way}" for language in LABELS for way in ("tcp", "usb")]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    """Six printers."""
    wanted = [f"{name}:{name.replace('-', ':').removesuffix(':tcp')}" for name in NAMES]
    with VirtualBench.start(tmp_path_factory.mktemp("bench"), printers=wanted) as started:
        yield started


class Bed:
    """One printer of the bench and our end of it."""

    def __init__(self, bench: VirtualBench, name: str, waits: Waits = WAITS) -> None:
        self.bench, self.name = bench, name
        self.language = name.split("-", maxsplit=1)[0]
        line = address(bench.url(name))
        assert line is not None
        self.printer = StreamPrinter("labels", TALKS[self.language], line, Stock("57x32", 203, "sample"), waits)
        self._before = len(bench.printed(name))

    def print(self, number: int) -> PrintReport:
        """A label with a number on it."""
        data = LABELS[self.language] % number
        return self.printer.print(PrintDocument(f"job-{number}", "carrier", self.language, data, f"{number}"), "en")

    def until_ready(self) -> None:
        """A cable that was put back needs a moment."""
        end = time.monotonic() + 10
        while self.printer.status().state is not DeviceState.READY:
            assert time.monotonic() < end, self.printer.status()

    def numbers(self) -> list[int]:
        """The numbers on the labels that came out since."""
        printed = [label.data for label in self.bench.printed(self.name)[self._before :]]
        return [number for data in printed for number in range(10) if b"LBL%d" % number in data]


@pytest.fixture(params=NAMES)
def bed(bench: VirtualBench, request: pytest.FixtureRequest) -> Iterator[Bed]:
    """Each printer; put right again afterwards."""
    yield Bed(bench, request.param)
    bench.plug(request.param)
    bench.printer_problems(device=request.param)
    bench.printer_silent(False, device=request.param)


def test_labels_come_out(bed: Bed) -> None:
    """Once each, in order; the printer says what it is."""
    assert [bed.print(number).result for number in (1, 2, 3)] == [PROVEN[bed.language]] * 3
    assert bed.numbers() == [1, 2, 3]
    status = bed.printer.status()
    assert status == DeviceStatus("labels", "printer", DeviceState.READY, MODELS[bed.language])


@pytest.mark.parametrize("problem", ["media_out", "head_open", "ribbon_out", "paused"])
def test_a_printer_with_a_problem_gets_nothing(bed: Bed, problem: str) -> None:
    """And what was not sent does not come out later."""
    bed.bench.printer_problems(problem, device=bed.name)  # type: ignore[arg-type]
    bed.printer._waits = PATIENT_ENOUGH

    assert bed.print(1) == PrintReport(PrintResult.NOT_SENT, (problem,))
    status = bed.printer.status()
    assert (status.state, status.problems) == (DeviceState.ERROR, (problem,))
    bed.bench.printer_problems(device=bed.name)
    assert bed.numbers() == []


def test_a_silent_printer_is_never_believed(bench: VirtualBench, bed: Bed) -> None:
    """One that used to answer gets nothing; one that never did is used, with its state unknown."""
    bed.print(1)
    bed.printer._waits = QUICK
    bench.printer_silent(True, device=bed.name)

    assert bed.print(2) == PrintReport(PrintResult.NOT_SENT, ("unknown",))
    stranger = Bed(bench, bed.name, QUICK)
    assert stranger.print(3) == PrintReport(PrintResult.SENT, ("unknown",))
    assert stranger.printer.status().problems == ("unknown",)
    bench.printer_silent(False, device=bed.name)
    bed.printer._waits = WAITS
    bed.print(4)
    assert bed.numbers() == [1, 3, 4]


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_line_that_breaks_inside_a_label(bed: Bed, share: float) -> None:
    """The broken one is unknown and came out at most once; the next one is whole and once."""
    data = LABELS[bed.language] % 1
    questions = {"zpl": 50, "tspl": 5, "epl": 12}[bed.language]
    bed.bench.printer_drop_at(questions + int(len(data) * share), device=bed.name)

    report = bed.print(1)

    assert report.result is PrintResult.UNKNOWN
    bed.until_ready()
    assert bed.print(2).result is PROVEN[bed.language]
    assert bed.numbers() in ([2], [1, 2])


def test_unplugged_and_back(bed: Bed) -> None:
    """Offline, and nothing sent; afterwards as before."""
    bed.bench.unplug(bed.name)

    assert bed.print(1).problems == ("offline",)
    assert bed.printer.status().state is DeviceState.OFFLINE
    bed.bench.plug(bed.name)
    assert bed.print(2).result is PROVEN[bed.language]
    assert bed.numbers() == [2]


def test_a_look_alike_without_a_counter_proves_nothing(bench: VirtualBench) -> None:
    """Sent, as with a language that has none."""
    bed = Bed(bench, "zpl-tcp")
    bench.printer_counts(False, device=bed.name)
    try:
        assert bed.print(1) == PrintReport(PrintResult.SENT)
    finally:
        bench.printer_counts(True, device=bed.name)
    assert bed.numbers() == [1]
