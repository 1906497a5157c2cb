"""A printer at a socket: what is reported for every way it can go wrong, and that no label comes out twice."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from labels import zpl
from labels.printers.stream import StreamPrinter, Waits
from labels.rendering import unit as unit_label
from rma_station.ports import DeviceState, DeviceStatus, LabelPrinter, PrintReport, PrintResult
from tests.labels.samples import unit
from tests.labels.tcp import tcp_printer
from tests.labels.virtual_zebra import Faults, VirtualZebra

QUICK = Waits(connect=2.0, reply=0.08, send=1.0, confirm=0.3, watch=0.01)
PATIENT = Waits(connect=2.0, reply=5.0, send=1.0, confirm=5.0, watch=0.01)
LABEL = zpl.render(unit_label(unit(), "en", "live", "57x32", 203))
NOTHING: frozenset[str] = frozenset()

Made = tuple[VirtualZebra, StreamPrinter]


@pytest.fixture
def make() -> Iterator[Callable[..., Made]]:
    """A virtual Zebra and a printer that talks to it."""
    zebras: list[VirtualZebra] = []

    def build(waits: Waits = PATIENT, **faults: object) -> Made:
        zebra = VirtualZebra(Faults(**faults))  # type: ignore[arg-type]
        zebras.append(zebra)
        printer = tcp_printer(zebra.port, waits)
        return zebra, printer

    yield build
    for zebra in zebras:
        zebra.close()


Make = Callable[..., Made]


def test_it_is_a_label_printer() -> None:
    """The printer of a ``tcp:`` address satisfies the port ``LabelPrinter``."""
    printer: LabelPrinter = tcp_printer(9100, QUICK)

    assert (printer.name, printer.language, printer.dpi) == ("labels", "zpl", 203)


def test_a_label_is_confirmed_by_the_printers_own_counter(make: Make) -> None:
    """One label came out; the connection is closed when the report is there."""
    zebra, printer = make()

    assert printer.print(unit(), "en") == PrintReport(PrintResult.CONFIRMED)
    assert zebra.labels == [LABEL]
    assert zebra.connections == 1


def test_without_a_counter_a_label_is_sent_not_confirmed(make: Make) -> None:
    """An empty buffer alone is no proof."""
    zebra, printer = make(odometer=False)

    assert [printer.print(unit(), "en").result for _ in range(2)] == [PrintResult.SENT] * 2
    assert zebra.labels == [LABEL, LABEL]


@pytest.mark.parametrize("problem", ["media_out", "paused", "head_open", "ribbon_out"])
@pytest.mark.parametrize("answers", [frozenset({"~HS"}), frozenset({"~HQES"}), frozenset({"sgd"})])
def test_a_printer_with_a_problem_gets_nothing(make: Make, problem: str, answers: frozenset[str]) -> None:
    """Whichever of the three questions it answers."""
    zebra, printer = make(QUICK, problems=(problem,), answers=answers)

    assert printer.print(unit(), "en") == PrintReport(PrintResult.NOT_SENT, (problem,))
    assert printer.status() == DeviceStatus("labels", "printer", DeviceState.ERROR, "ZPL", (problem,))
    assert zebra.labels == []


def test_a_ready_printer_says_what_it_is(make: Make) -> None:
    """Model and firmware for the service screen."""
    _, printer = make()

    status = printer.status()

    assert status == DeviceStatus("labels", "printer", DeviceState.READY, "ZTC ZD420-203dpi ZPL V84.20.21Z")


def test_silence_of_a_printer_that_used_to_answer_is_unknown(make: Make) -> None:
    """Neither offline nor ready: nothing is sent."""
    zebra, printer = make(QUICK)
    printer.status()
    zebra.faults.answers = NOTHING

    status = printer.status()

    assert (status.state, status.problems) == (DeviceState.ERROR, ("unknown",))
    assert printer.print(unit(), "en") == PrintReport(PrintResult.NOT_SENT, ("unknown",))
    assert zebra.labels == []


def test_a_printer_that_never_answered_is_used_and_never_believed(make: Make) -> None:
    """A one-way print server: sent, with unknown beside it."""
    zebra, printer = make(QUICK, answers=NOTHING)

    assert printer.print(unit(), "en") == PrintReport(PrintResult.SENT, ("unknown",))
    status = printer.status()
    assert (status.state, status.problems) == (DeviceState.READY, ("unknown",))
    assert [label for label in zebra.labels if label.endswith(b"^XZ")] == [LABEL]


def test_only_a_failed_connect_is_offline(make: Make) -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printer = tcp_printer(port, QUICK)

    status, report = printer.status(), printer.print(unit(), "en")

    assert (status.state, status.problems) == (DeviceState.OFFLINE, ("offline",))
    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("offline",))


@pytest.mark.parametrize("taken", [1, 2, 50, len(LABEL) // 2, len(LABEL) - 1])
def test_a_connection_that_breaks_inside_the_label_is_unknown(make: Make, taken: int) -> None:
    """At any byte; half a label prints nothing, and the next label is not glued to it."""
    zebra, printer = make(break_after=taken)

    report = printer.print(unit(), "en")
    assert (report.result, zebra.labels) == (PrintResult.UNKNOWN, [])

    zebra.faults.break_after = None
    assert printer.print(unit(attempt=2), "en").result is PrintResult.CONFIRMED
    assert [b"COPY 2" in label for label in zebra.labels] == [True]
    assert zebra.labels[0].count(b"^XA") == 1


def test_a_connection_that_breaks_after_the_label_is_unknown_too(make: Make) -> None:
    """A label came out and nobody could say so."""
    zebra, printer = make(break_after=len(LABEL))

    assert printer.print(unit(), "en").result is PrintResult.UNKNOWN
    assert zebra.labels == [LABEL]


def test_paper_that_runs_out_with_the_label_is_unknown(make: Make) -> None:
    """With the reason beside it; the printer itself may print it again when there is paper."""
    _, printer = make(runs_out=True, stuck=True)

    assert printer.print(unit(), "en") == PrintReport(PrintResult.UNKNOWN, ("media_out",))


def test_a_label_that_does_not_come_out_in_time_is_only_sent(make: Make) -> None:
    """The printer has it, its counter has not moved."""
    _, printer = make(Waits(confirm=0.05, watch=0.01), stuck=True)

    assert printer.print(unit(), "en") == PrintReport(PrintResult.SENT)


def test_a_label_that_cannot_be_made_is_not_sent_with_the_reason(make: Make) -> None:
    """And the printer is not even called."""
    zebra, printer = make()

    report = printer.print(unit(lpn="A>B"), "en")

    assert (report.result, report.problems, zebra.connections) == (PrintResult.NOT_SENT, ("refused",), 0)
    assert "'A>B'" in report.detail


def test_sample_mode_marks_the_label(make: Make) -> None:
    """From the printer's own configuration, whatever the job says."""
    zebra, _ = make()
    printer = tcp_printer(zebra.port, PATIENT, mode="sample")

    printer.print(unit(), "en")

    assert b"SAMPLE" in zebra.labels[0]
