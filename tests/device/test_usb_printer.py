"""A label printer on a USB cable, on the kernel's own usblp."""

from __future__ import annotations

import os
import threading

import pytest

from labels.printers.opening import open_printer
from rma_station.config import PrinterSection
from rma_station.ports import DeviceState, LabelPrinter, PrintResult
from tests.device.bench import Bench
from tests.device.gadget import wait_until
from tests.device.identities import OTHER_ZEBRA, ZEBRA
from tests.device.printer import NO_ERROR, PAPER_OUT, PrinterGadget
from tests.labels.samples import unit

CONFIRMED, SENT, NOT_SENT, UNKNOWN = (
    PrintResult.CONFIRMED,
    PrintResult.SENT,
    PrintResult.NOT_SENT,
    PrintResult.UNKNOWN,
)


def opened(url: str) -> LabelPrinter:
    """The product's own printer for an address."""
    return open_printer(PrinterSection("labels", url, "zpl"), "live", "my.toml")


@pytest.fixture
def zebra(bench: Bench) -> PrinterGadget:
    return bench.plugged(PrinterGadget(ZEBRA))


def test_a_label_comes_out(zebra: PrinterGadget) -> None:
    """Named by its serial number or by our link; the printer's own counter says that it came out."""
    by_serial, by_link = opened(zebra.url), opened(f"lp:{zebra.link}")

    assert [each.print(unit(), "en").result for each in (by_serial, by_link)] == [CONFIRMED, CONFIRMED]
    assert [label.startswith(b"^XA") for label in zebra.model.printed] == [True, True]
    assert zebra.model.odometer == 1002


def test_its_status_follows_what_happens_to_it(zebra: PrinterGadget) -> None:
    """Ready, out of paper with the head open, ready again: by ``~HS`` and, where that is silent, ``~HQES``."""
    printer = opened(zebra.url)
    said = []
    for problems in (frozenset[str](), frozenset({"media_out", "head_open"}), frozenset[str]()):
        zebra.model.set_problems(problems)
        status = printer.status()
        said.append((status.state, set(status.problems)))

    ready = (DeviceState.READY, set[str]())
    assert said == [ready, (DeviceState.ERROR, {"media_out", "head_open"}), ready]


def test_without_paper_nothing_is_sent(zebra: PrinterGadget) -> None:
    """And a label is not lost in its buffer."""
    printer = opened(zebra.url)
    zebra.model.set_problems(frozenset({"media_out"}))
    report = printer.print(unit(), "en")

    assert (report.result, report.problems) == (NOT_SENT, ("media_out",))
    zebra.model.set_problems(frozenset())
    assert zebra.model.printed == []


def test_a_printer_that_takes_no_more_bytes(zebra: PrinterGadget) -> None:
    """Not even questions: its port says that paper is out, and nobody waits for ever."""
    printer = opened(zebra.url)
    assert printer.status().state is DeviceState.READY
    zebra.says(PAPER_OUT)
    zebra.taking.clear()
    report = printer.print(unit(), "en")
    zebra.taking.set()

    assert (report.result, report.problems) == (NOT_SENT, ("media_out",))
    assert zebra.model.printed == []


def test_one_that_never_answers(zebra: PrinterGadget) -> None:
    """It is used all the same; what came of a label is not known better than that it was sent."""
    zebra.model.silent = True
    zebra.says(NO_ERROR)

    assert opened(zebra.url).print(unit(), "en").result is SENT
    assert len(zebra.model.printed) == 1


def test_pulled_out_in_the_middle_of_a_label(zebra: PrinterGadget) -> None:
    """Whether it comes out nobody knows: unknown, and not sent again by itself; plugged in again, it prints."""
    printer = opened(zebra.url)
    assert printer.print(unit(), "en").result is CONFIRMED
    pulled = threading.Event()

    def label_begun() -> None:
        if zebra.model.partial or len(zebra.model.printed) > 1:
            zebra.taking.clear()
            pulled.set()

    zebra.swallowed = label_begun
    reports: list[PrintResult] = []
    printing = threading.Thread(target=lambda: reports.append(printer.print(unit(), "en").result))
    printing.start()
    assert pulled.wait(60)
    zebra.unplug()
    printing.join(60)
    assert reports == [UNKNOWN]
    assert printer.print(unit(), "en").problems == ("offline",)

    zebra.swallowed = lambda: None
    zebra.taking.set()
    zebra.model = type(zebra.model)(odometer=zebra.model.odometer)
    zebra.plug()
    assert printer.print(unit(), "en").result is CONFIRMED


def test_two_printers_that_change_places(bench: Bench, zebra: PrinterGadget) -> None:
    """A label goes to the printer it is for, whatever node that has today."""
    printer = opened(zebra.url)
    node = zebra.link.resolve()
    zebra.unplug()
    other = bench.plugged(PrinterGadget(OTHER_ZEBRA))
    zebra.plug()
    wait_until(zebra.seen)
    report = printer.print(unit(), "en")

    assert (other.link.resolve(), zebra.link.resolve() != node) == (node, True)
    assert (report.result, len(zebra.model.printed), other.model.printed) == (CONFIRMED, 1, [])


def test_another_program_holds_it(zebra: PrinterGadget) -> None:
    """Said as it is; nothing is sent until the other lets go."""
    printer = opened(zebra.url)
    other = os.open(zebra.link, os.O_RDWR)
    held = printer.print(unit(), "en")
    os.close(other)

    assert (held.result, held.problems) == (NOT_SENT, ("in_use",))
    assert printer.print(unit(), "en").result is CONFIRMED
