"""Office printers over IPP: what is reported for every way it can go, against ``ippserver``."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.printers.ipp import IppAddress, IppPrinter, IppWaits, read_address
from labels.status_ipp import IppState, ipp_state
from rma_station.domain.effects import PrintDocument
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult
from tests.labels.ipp_server import ABORTED, STOPPED, Office, OfficePrinter
from tests.labels.samples import LPN, unit
from tests.labels.tcp import SMALL

QUICK = IppWaits(connect=2.0, answer=5.0, confirm=0.05, watch=0.01)
PDF = PrintDocument("job-1", "carrier", "pdf", b"%PDF-1.7 \x00\xff", "parcel 7")

Make = Callable[..., tuple[Office, IppPrinter]]


@pytest.fixture
def make() -> Iterator[Make]:
    """An office printer and our end of it."""
    servers: list[OfficePrinter] = []

    def build(language: str = "pdf", **faults: object) -> tuple[Office, IppPrinter]:
        server = OfficePrinter(Office(**faults))  # type: ignore[arg-type]
        servers.append(server)
        return server.office, IppPrinter("office", language, IppAddress(server.url), SMALL, QUICK)

    yield build
    for server in servers:
        server.close()


def test_a_label_is_confirmed_by_a_printer_that_counted_a_sheet(make: Make) -> None:
    """As PDF, under a name that carries our job id, unscaled."""
    office, printer = make()

    assert printer.print(unit(), "en") == PrintReport(PrintResult.CONFIRMED)
    assert [document[:5] for document in office.documents] == [b"%PDF-"]
    assert office.names == [f"{LPN} job-1".encode()]
    wishes = [values for (_, name, _), values in office.asked[0].items() if name == b"print-scaling"]
    assert wishes == [[b"none"]]


def test_bytes_from_elsewhere_arrive_as_they_are(make: Make) -> None:
    """A carrier's PDF reaches the printer byte for byte."""
    office, printer = make()

    assert printer.print(PDF, "en").result is PrintResult.CONFIRMED
    assert office.documents == [PDF.data]


@pytest.mark.parametrize(
    ("faults", "report"),
    [
        pytest.param({"cups": True}, PrintReport(PrintResult.SENT), id="a CUPS queue only hands on"),
        pytest.param({"sheets": 0}, PrintReport(PrintResult.SENT), id="completed without a sheet"),
        pytest.param({"job_state": 5}, PrintReport(PrintResult.SENT), id="still printing when we stop looking"),
        pytest.param({"names_jobs": False}, PrintReport(PrintResult.SENT), id="no job id to ask for"),
        pytest.param(
            {"job_state": ABORTED}, PrintReport(PrintResult.UNKNOWN, ("fault",), "aborted-by-system"), id="aborted"
        ),
    ],
)
def test_bytes_that_arrived_prove_no_label(make: Make, faults: dict[str, object], report: PrintReport) -> None:
    """The bytes are there once; whether paper came out, somebody else must say."""
    office, printer = make(**faults)

    assert printer.print(PDF, "en") == report
    assert office.documents == [PDF.data]


@pytest.mark.parametrize(
    ("status", "result", "problem"),
    [
        (0x0401, PrintResult.NOT_SENT, "no_access"),
        (0x040A, PrintResult.NOT_SENT, "refused"),
        (0x0506, PrintResult.NOT_SENT, "paused"),
        (0x0507, PrintResult.NOT_SENT, "paused"),
        (0x0500, PrintResult.UNKNOWN, "unknown"),
        (0x0508, PrintResult.UNKNOWN, "unknown"),
    ],
)
def test_a_clear_no_made_no_job(make: Make, status: int, result: PrintResult, problem: str) -> None:
    """A clear no made no job; an internal error may have."""
    _, printer = make(refuse=status)

    report = printer.print(PDF, "en")

    assert (report.result, report.problems) == (result, (problem,))


def test_a_lost_answer_is_looked_up_in_the_printers_own_list(make: Make) -> None:
    """It has the job: followed to its end, sent once."""
    office, printer = make(answers_jobs=False)

    assert printer.print(PDF, "en") == PrintReport(PrintResult.CONFIRMED)
    assert office.documents == [PDF.data]


def test_a_lost_answer_without_a_job_in_the_list_is_unknown(make: Make) -> None:
    """It may still come; never sent again from here."""
    office, printer = make(answers_jobs=False, takes_jobs=False)

    report = printer.print(PDF, "en")

    assert (report.result, report.problems, office.documents) == (PrintResult.UNKNOWN, ("unknown",), [])


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        ({"state": STOPPED, "reasons": ("media-empty-error",)}, "media_out"),
        ({"reasons": ("cover-open",)}, "cover_open"),
        ({"accepting": False}, "paused"),
    ],
)
def test_a_printer_with_a_problem_gets_nothing(make: Make, faults: dict[str, object], problem: str) -> None:
    """No job is made, and the label waits."""
    office, printer = make(**faults)

    assert printer.print(PDF, "en") == PrintReport(PrintResult.NOT_SENT, (problem,))
    status = printer.status()
    assert (status.state, status.problems, office.documents) == (DeviceState.ERROR, (problem,), [])


def test_a_printer_that_does_not_know_our_format_is_refused_at_once(make: Make) -> None:
    """With what it does know."""
    _, printer = make(formats=("image/urf", "image/pwg-raster"))

    report = printer.print(PDF, "en")

    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("refused",))
    assert "does not take pdf (application/pdf). It takes image/urf, image/pwg-raster" in report.detail


def test_a_ready_printer_says_what_it_is(make: Make) -> None:
    """With what it warns of."""
    _, printer = make(reasons=("toner-low-warning",))

    assert printer.status() == DeviceStatus(
        "office", "printer", DeviceState.READY, "h2g2bob's ipp-printer.py 0.00", ("toner_low",)
    )


def test_only_a_failed_connect_is_offline() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printer = IppPrinter("office", "pdf", IppAddress(f"ipp://127.0.0.1:{port}/ipp/print"), SMALL, QUICK)

    status, report = printer.status(), printer.print(PDF, "en")

    assert (status.state, status.problems) == (DeviceState.OFFLINE, ("offline",))
    assert (report.result, report.problems) == (PrintResult.NOT_SENT, ("offline",))


def test_something_that_is_no_printer_is_unknown() -> None:
    """It closes the connection without a word."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(5)
        printer = IppPrinter("office", "pdf", IppAddress(f"ipp://127.0.0.1:{other.getsockname()[1]}/"), SMALL, QUICK)
        thread = threading.Thread(target=accept_and_hang_up, args=(other,))
        thread.start()
        status = printer.status()
        thread.join(5)

    assert (status.state, status.problems) == (DeviceState.ERROR, ("unknown",))


def accept_and_hang_up(server: socket.socket) -> None:
    """One caller."""
    server.accept()[0].close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ipp://host/ipp/print", IppAddress("ipp://host/ipp/print")),
        ("ipp://192.0.2.7:631/printers/labels", IppAddress("ipp://192.0.2.7:631/printers/labels")),
        (f"ipps://host/x?fingerprint=sha256:{'AB' * 32}", IppAddress("ipps://host/x", f"sha256:{'AB' * 32}")),
        ("ipps://host/x?fingerprint=AB", None),
        (f"ipp://host/x?fingerprint=sha256:{'AB' * 32}", None),
        ("ipp://host/x?colour=red", None),
        ("ipp://host:70000/x", None),
        ("ipp://host:0/x", None),
        ("ipp://user:secret@host/x", None),
        ("ipp:/host", None),
        ("ipp://", None),
        ("http://host/", None),
    ],
)
def test_an_address_has_no_password_and_a_fingerprint_only_with_tls(url: str, expected: IppAddress | None) -> None:
    """A certificate's fingerprint goes with ``ipps`` only; a password does not belong into a configuration."""
    assert read_address(url) == expected


@pytest.mark.parametrize(
    ("state", "reasons", "expected"),
    [
        (3, ["none"], IppState(())),
        (4, [], IppState(())),
        (5, [], IppState(("paused",))),
        (5, ["media-empty-warning"], IppState(("media_out",))),
        (3, ["media-low-warning"], IppState((), ("media_low",))),
        (5, ["media-jam-error", "toner-low"], IppState(("paper_jam",), ("toner_low",))),
        (3, ["com.example.strange-error"], IppState(("fault",))),
        (3, ["com.example.strange", "cups-missing-filter-warning"], IppState(())),
        (None, ["paused", "moving-to-paused"], IppState(("paused",))),
    ],
)
def test_a_stopped_printer_always_has_a_problem(state: int | None, reasons: list[str], expected: IppState) -> None:
    """Keywords with and without their severity; a stopped printer always has a problem."""
    assert ipp_state(state, reasons) == expected


@given(st.none() | st.integers(), st.lists(st.text(max_size=30)), st.booleans())
def test_any_state_is_read(state: int | None, reasons: list[str], accepting: bool) -> None:
    """Whatever a printer says of itself."""
    found = ipp_state(state, reasons, accepting=accepting)

    assert accepting or found.problems != ()
