"""Labels through the queue onto the virtual bench, a process of its own: what came out is decoded from its bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from labels.printers.opening import open_printer
from rma_station.config import PrinterSection
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.services.printing import Patience, PrintQueue
from rma_station.system import SystemClock
from tests.labels.reading import symbols, zpl_images
from virtual_bench.client import PrintedLabel, VirtualBench

FOREVER = Patience(job=60.0, poll=0.05, idle=1.0)
SHORT = Patience(job=0.2, poll=0.05, idle=1.0)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBench]:
    """One bench for all tests; each counts from what is printed already."""
    with VirtualBench.start(tmp_path_factory.mktemp("bench")) as started:
        yield started


class Printing:
    """A queue to the bench's printer, what it settled, and what came out since it began."""

    def __init__(self, bench: VirtualBench, patience: Patience) -> None:
        self.bench = bench
        self.settled: list[LabelSettled] = []
        self.sending: list[str] = []
        self._before = len(bench.printed())
        (url,) = [device.url for device in bench.devices if device.kind == "printer"]
        self.queue = PrintQueue(
            [open_printer(PrinterSection("labels", url), "sample", "config.toml")],
            mark_sending=self.sending.append,
            settled=self.settled.append,
            statuses=lambda _: None,
            clock=SystemClock(),
            patience=patience,
        )
        self.queue.start()

    def submit(self, *lpns: str) -> None:
        """Unit labels."""
        for lpn in lpns:
            self.queue.submit(PrintUnitLabel(f"job-{lpn}", f"u-{lpn}", lpn, "A", "restock", "R1"), "en")

    def results(self, count: int) -> list[str]:
        """Waits for so many results."""
        wait_for(lambda: len(self.settled) >= count)
        return [settled.result for settled in self.settled]

    def printed(self) -> list[PrintedLabel]:
        """Labels that came out, oldest first."""
        return self.bench.printed()[self._before :]

    def lpns(self) -> list[str]:
        """The barcodes on them, by zplkit and zxing-cpp."""
        found = []
        for label in self.printed():
            (image,) = zpl_images(label.data, 203)
            ((identifier, text),) = symbols(image)
            assert identifier == "]C0"
            found.append(text)
        return found


@pytest.fixture
def printing(bench: VirtualBench) -> Iterator[Callable[[Patience], Printing]]:
    """Starts queues and puts the bench right again afterwards."""
    queues: list[Printing] = []

    def start(patience: Patience) -> Printing:
        queues.append(Printing(bench, patience))
        return queues[-1]

    yield start
    for started in queues:
        started.queue.stop()
    bench.plug("labels")
    bench.printer_problems()
    bench.printer_silent(False)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until something is true; fails after twenty seconds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.01)


Start = Callable[[Patience], Printing]


def test_labels_come_out_in_order_confirmed_and_marked(printing: Start) -> None:
    """Three labels, counted by the printer, with the sample mark."""
    printer = printing(FOREVER)

    printer.submit("RAB3C0001A", "RAB3C0002B", "RAB3C0003C")

    assert printer.results(3) == ["confirmed"] * 3
    assert printer.lpns() == ["RAB3C0001A", "RAB3C0002B", "RAB3C0003C"]
    assert [b"SAMPLE" in label.data for label in printer.printed()] == [True] * 3


def test_out_of_paper_for_a_while(printing: Start, bench: VirtualBench) -> None:
    """Nothing was sent meanwhile, so nothing comes out twice."""
    bench.printer_problems("media_out")
    printer = printing(FOREVER)
    printer.submit("RAB3C0004D")
    wait_for(lambda: printer.queue.waiting() == 1)
    assert printer.sending == []

    bench.printer_problems()

    assert printer.results(1) == ["confirmed"]
    assert printer.lpns() == ["RAB3C0004D"]


def test_unplugged_for_a_while(printing: Start, bench: VirtualBench) -> None:
    """Offline is waited for like paper."""
    bench.unplug("labels")
    printer = printing(FOREVER)
    printer.submit("RAB3C0005E")

    bench.plug("labels")

    assert printer.results(1) == ["confirmed"]
    assert printer.lpns() == ["RAB3C0005E"]


def test_paper_that_does_not_come_makes_the_label_owed(printing: Start, bench: VirtualBench) -> None:
    """With the reason; when paper comes later the owed label does not come by itself."""
    bench.printer_problems("head_open")
    printer = printing(SHORT)
    printer.submit("RAB3C0006F")
    assert printer.results(1) == ["not_sent"]
    assert printer.settled[0].problem == "head_open"

    bench.printer_problems()
    printer.submit("RAB3C0007G")

    assert printer.results(2) == ["not_sent", "confirmed"]
    assert printer.lpns() == ["RAB3C0007G"]


@pytest.mark.parametrize("byte", [150, 300, 450])
def test_a_cable_that_breaks_while_it_prints(printing: Start, bench: VirtualBench, byte: int) -> None:
    """Whatever was cut off is unknown and at most one label; the next one is whole."""
    printer = printing(FOREVER)
    printer.submit("RAB3C0008H")
    printer.results(1)
    bench.printer_drop_at(byte)

    printer.submit("RAB3C0009J", "RAB3C000AK", "RAB3C000BM")

    results = printer.results(4)
    out = printer.lpns()
    assert (results[0], results[3]) == ("confirmed", "confirmed")
    assert sorted(set(results[1:3])) in (["confirmed"], ["confirmed", "unknown"])
    for settled in printer.settled:
        assert out.count(settled.lpn) == 1 or (settled.result, out.count(settled.lpn)) == ("unknown", 0)
