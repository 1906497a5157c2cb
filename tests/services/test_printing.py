"""The print queue: in order, once each, patient with printers, never on the worker's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from rma_station.domain.effects import Printable, PrintDocument, PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.errors import StorageFull
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, PrintReport, PrintResult
from rma_station.services.printing import Patience, PrintQueue
from rma_station.system import SystemClock

QUICK = Patience(job=0.15, poll=0.01, idle=0.05, stop=1.0)
FOREVER = Patience(job=60.0, poll=0.01, idle=0.05, stop=1.0)
OUT_OF_PAPER = ("media_out",)
Route = Callable[[Printable], Sequence[str]]


@dataclass
class FakePrinter:
    """A printer that does as it is told and writes down what it was asked."""

    name: str = "labels"
    language: str = "zpl"
    dpi: int = 203
    problems: tuple[str, ...] = ()
    reports: list[PrintReport] = field(default_factory=list)
    """What the next attempts answer; afterwards confirmed."""
    printed: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    asked: int = 0
    closed: bool = False
    hold: threading.Event | None = None

    def print(self, job: Printable, language: str) -> PrintReport:
        """One attempt."""
        if self.hold is not None:
            assert self.hold.wait(10)
        report = self.reports.pop(0) if self.reports else PrintReport(PrintResult.CONFIRMED)
        if report.result is not PrintResult.NOT_SENT:
            self.printed.append(job.job_id)
            self.languages.append(language)
        return report

    def status(self) -> DeviceStatus:
        """Ready unless it has problems."""
        self.asked += 1
        state = DeviceState.ERROR if self.problems else DeviceState.READY
        return DeviceStatus(self.name, "printer", state, problems=self.problems)

    def close(self) -> None:
        """Written down."""
        self.closed = True


class Bench:
    """A queue with everything it says written down in order."""

    def __init__(self, *printers: FakePrinter, patience: Patience = FOREVER, route: Route | None = None) -> None:
        self.settled: list[LabelSettled] = []
        self.statuses: list[DeviceMessage] = []
        self.told: list[str] = []
        self.queue = PrintQueue(
            printers,
            route=route,
            mark_sending=self.mark,
            settled=self.settle,
            statuses=self.statuses.append,
            clock=SystemClock(),
            patience=patience,
        )

    def mark(self, job_id: str) -> None:
        """The station commits "sending"."""
        self.told.append(f"sending {job_id}")

    def settle(self, settlement: LabelSettled) -> None:
        """The station is told how it ended."""
        self.told.append(f"{settlement.result} {settlement.job_id}")
        self.settled.append(settlement)

    def submit(self, *numbers: int) -> None:
        """Labels by number."""
        for number in numbers:
            self.queue.submit(unit(number), "pl")

    def results(self) -> list[tuple[str, str]]:
        """Job and result, in the order they were settled."""
        return [(settlement.job_id, settlement.result) for settlement in self.settled]


def unit(number: int) -> PrintUnitLabel:
    """The label of unit 1, 2, 3..."""
    return PrintUnitLabel(f"job-{number}", f"unit-{number}", f"RAB3C{number:05}", "B", "restock", "A-14")


def wait_for(condition: Callable[[], bool]) -> None:
    """Until something is true; fails after ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.002)


@pytest.fixture
def started() -> Iterator[Callable[..., Bench]]:
    """Starts benches and stops them at the end."""
    benches: list[Bench] = []

    def start(*printers: FakePrinter, patience: Patience = FOREVER, route: Route | None = None) -> Bench:
        bench = Bench(*printers, patience=patience, route=route)
        bench.queue.start()
        benches.append(bench)
        return bench

    yield start
    for bench in benches:
        bench.queue.stop()


Start = Callable[..., Bench]


def test_sending_is_committed_before_the_first_byte_and_order_is_kept(started: Start) -> None:
    """Each job: sending, then printed, then settled; one after the other."""
    printer = FakePrinter()
    bench = started(printer)

    bench.submit(1, 2, 3)

    wait_for(lambda: len(bench.settled) == 3)
    assert bench.told == [
        "sending job-1",
        "confirmed job-1",
        "sending job-2",
        "confirmed job-2",
        "sending job-3",
        "confirmed job-3",
    ]
    assert printer.printed == ["job-1", "job-2", "job-3"]
    assert printer.languages == ["pl", "pl", "pl"]
    assert bench.settled[0] == LabelSettled("job-1", "unit-1", "RAB3C00001", "confirmed", "labels")


def test_out_of_paper_for_a_while_prints_when_there_is_paper_again(started: Start) -> None:
    """Nothing is sent, nothing is marked, nothing is lost; in order afterwards."""
    printer = FakePrinter(problems=OUT_OF_PAPER)
    bench = started(printer)
    bench.submit(1, 2)
    wait_for(lambda: printer.asked > 3)
    assert bench.told == []

    printer.problems = ()

    wait_for(lambda: len(bench.settled) == 2)
    assert printer.printed == ["job-1", "job-2"]
    assert [s.state for s in bench.statuses if isinstance(s, DeviceStatus)] == [DeviceState.ERROR, DeviceState.READY]


def test_a_label_that_waited_too_long_is_owed_with_the_reason(started: Start) -> None:
    """Work goes on; the next label is not sent late either."""
    printer = FakePrinter(problems=OUT_OF_PAPER)
    bench = started(printer, patience=QUICK)

    bench.submit(1)

    wait_for(lambda: bool(bench.settled))
    assert bench.settled == [LabelSettled("job-1", "unit-1", "RAB3C00001", "not_sent", "labels", "media_out")]
    printer.problems = ()
    bench.submit(2)
    wait_for(lambda: len(bench.settled) == 2)
    assert printer.printed == ["job-2"]


@pytest.mark.parametrize("result", [PrintResult.UNKNOWN, PrintResult.SENT])
def test_what_may_have_been_printed_is_never_sent_again(started: Start, result: PrintResult) -> None:
    """Not by itself, and not when the same job is handed in twice: that is answered as before."""
    printer = FakePrinter(reports=[PrintReport(result, ("unknown",))])
    bench = started(printer)
    bench.submit(1, 2)
    wait_for(lambda: len(bench.settled) == 2)

    bench.submit(1)

    assert bench.results() == [("job-1", result.value), ("job-2", "confirmed"), ("job-1", result.value)]
    assert printer.printed == ["job-1", "job-2"]


def test_a_job_handed_in_twice_while_it_waits_is_one_job(started: Start) -> None:
    """The second time changes nothing."""
    printer = FakePrinter(problems=OUT_OF_PAPER)
    bench = started(printer)
    bench.submit(1, 1)
    assert bench.queue.waiting() == 1

    printer.problems = ()
    bench.submit(2)

    wait_for(lambda: len(bench.settled) == 2)
    assert printer.printed == ["job-1", "job-2"]


def test_a_printer_that_says_no_at_the_last_moment_gets_the_job_again(started: Start) -> None:
    """Not one byte was taken: sending is marked once, order is kept."""
    printer = FakePrinter(reports=[PrintReport(PrintResult.NOT_SENT, ("head_open",))] * 2)
    bench = started(printer)

    bench.submit(1, 2)

    wait_for(lambda: len(bench.settled) == 2)
    assert printer.printed == ["job-1", "job-2"]
    assert bench.told.count("sending job-1") == 1
    assert ("head_open",) in [s.problems for s in bench.statuses if isinstance(s, DeviceStatus)]


def test_a_label_that_can_never_be_printed_is_settled_at_once(started: Start) -> None:
    """Waiting would not help; the next one is printed."""
    printer = FakePrinter(reports=[PrintReport(PrintResult.NOT_SENT, ("refused",), "too wide")])
    bench = started(printer)

    bench.submit(1, 2)

    wait_for(lambda: len(bench.settled) == 2)
    assert bench.results() == [("job-1", "not_sent"), ("job-2", "confirmed")]
    assert bench.settled[0].problem == "refused"


@pytest.mark.parametrize("error", [StorageFull("no room"), TimeoutError()])
def test_nothing_is_sent_when_sending_cannot_be_committed(error: Exception) -> None:
    """A full disk, or a station thread that does not answer, stops the label, not the printer's thread."""
    printer = FakePrinter()
    bench = Bench(printer)

    def full(job_id: str) -> None:
        raise error

    bench.queue._mark_sending = full
    bench.queue.start()
    bench.submit(1)

    wait_for(lambda: bool(bench.settled))
    bench.queue.stop()
    assert (printer.printed, bench.results()) == ([], [("job-1", "not_sent")])


def test_the_next_printer_takes_over_and_the_first_gets_it_back(started: Start) -> None:
    """The first that is ready, in the configured order."""
    first, second = FakePrinter("first", problems=OUT_OF_PAPER), FakePrinter("second")
    bench = started(first, second)
    bench.submit(1)
    wait_for(lambda: len(bench.settled) == 1)
    assert (first.printed, second.printed) == ([], ["job-1"])

    first.problems = ()
    wait_for(lambda: any(s.name == "first" and not s.problems for s in bench.statuses if isinstance(s, DeviceStatus)))
    bench.submit(2)

    wait_for(lambda: len(bench.settled) == 2)
    assert (first.printed, second.printed) == (["job-2"], ["job-1"])
    assert [settlement.printer for settlement in bench.settled] == ["second", "first"]


def test_without_a_printer_every_label_is_owed_at_once(started: Start) -> None:
    """Pre-printed LPNs can be scanned instead."""
    bench = started()

    bench.submit(1)

    assert bench.settled == [LabelSettled("job-1", "unit-1", "RAB3C00001", "not_sent", "", "no_printer")]


def by_kind(job: Printable) -> Sequence[str]:
    """Units to the small printer, documents to the large one, which stands in for it; faxes nowhere."""
    if isinstance(job, PrintDocument):
        return ("large",) if job.kind == "carrier" else ()
    return ("small", "large")


def document(number: int, kind: str = "carrier") -> PrintDocument:
    """A carrier's label."""
    return PrintDocument(f"job-{number}", kind, "zpl", b"^XA^XZ", f"parcel {number}")


def test_a_job_goes_to_the_printer_of_its_kind(started: Start) -> None:
    """A document waiting for its printer holds up no label of another one."""
    small, large = FakePrinter("small"), FakePrinter("large", problems=OUT_OF_PAPER)
    bench = started(small, large, route=by_kind)

    bench.queue.submit(document(1), "pl")
    bench.submit(2)
    wait_for(lambda: small.printed == ["job-2"])
    large.problems = ()

    wait_for(lambda: len(bench.settled) == 2)
    assert (small.printed, large.printed) == (["job-2"], ["job-1"])
    assert bench.settled[1] == LabelSettled("job-1", "", "parcel 1", "confirmed", "large")


def test_the_stand_in_takes_over_only_its_share(started: Start) -> None:
    """The small printer is out of paper: its labels come out of the large one, in order with the large one's own."""
    small, large = FakePrinter("small", problems=OUT_OF_PAPER), FakePrinter("large")
    bench = started(small, large, route=by_kind)

    bench.submit(1)
    bench.queue.submit(document(2), "pl")
    bench.submit(3)

    wait_for(lambda: len(bench.settled) == 3)
    assert (small.printed, large.printed) == ([], ["job-1", "job-2", "job-3"])


def test_a_job_that_no_printer_is_there_for_is_owed_at_once(started: Start) -> None:
    """It would wait for ever."""
    bench = started(FakePrinter("small"), FakePrinter("large"), route=by_kind)

    bench.queue.submit(document(1, kind="fax"), "pl")

    assert bench.settled == [LabelSettled("job-1", "", "parcel 1", "not_sent", "", "no_printer")]


def test_a_job_expires_while_only_other_jobs_printers_are_ready(started: Start) -> None:
    """With the problem of its own printer, not of another one."""
    small, large = FakePrinter("small"), FakePrinter("large", problems=("head_open",))
    bench = started(small, large, patience=QUICK, route=by_kind)

    bench.queue.submit(document(1), "pl")

    wait_for(lambda: bool(bench.settled))
    assert bench.settled == [LabelSettled("job-1", "", "parcel 1", "not_sent", "large", "head_open")]


def test_a_status_is_told_only_when_it_changes(started: Start) -> None:
    """However often the printer is asked."""
    printer = FakePrinter(problems=OUT_OF_PAPER)
    bench = started(printer, patience=QUICK)

    wait_for(lambda: printer.asked > 3)

    assert len(bench.statuses) == 1


def test_a_defect_of_an_adapter_does_not_end_printing(started: Start) -> None:
    """How far it came is not known, so the job is unknown; the next label is printed."""
    printer = FakePrinter()
    bench = started(printer)

    def broken(label: PrintUnitLabel, language: str) -> PrintReport:
        del printer.print  # type: ignore[method-assign]
        raise RuntimeError("defect")

    printer.print = broken  # type: ignore[method-assign]
    bench.submit(1, 2)

    wait_for(lambda: len(bench.settled) == 2)
    assert bench.results() == [("job-1", "unknown"), ("job-2", "confirmed")]


def test_stop_ends_within_its_second_and_lets_printers_go() -> None:
    """Also while a printer hangs; what was not sent stays unsettled for the next start."""
    hanging, idle = FakePrinter("hanging", hold=threading.Event()), FakePrinter("idle")
    bench = Bench(hanging, idle)
    bench.queue.start()
    bench.submit(1, 2)
    wait_for(lambda: bench.told == ["sending job-1"])

    begun = time.monotonic()
    bench.queue.stop()

    assert time.monotonic() - begun < 1.5
    assert idle.closed
    assert bench.settled == []
    assert hanging.hold is not None
    hanging.hold.set()
    wait_for(lambda: hanging.closed)
    assert hanging.printed == ["job-1"]


def test_submitting_never_waits_for_a_printer(started: Start) -> None:
    """The station thread hands over and goes on, although the printer hangs."""
    hanging = FakePrinter(hold=threading.Event())
    bench = started(hanging)
    bench.submit(1)
    wait_for(lambda: bench.told == ["sending job-1"])

    begun = time.monotonic()
    bench.submit(*range(2, 52))

    assert time.monotonic() - begun < 0.5
    assert bench.queue.waiting() == 51
    assert hanging.hold is not None
    hanging.hold.set()
    wait_for(lambda: len(bench.settled) == 51)
    assert hanging.printed == [f"job-{number}" for number in range(1, 52)]
