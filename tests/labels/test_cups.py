"""A real CUPS daemon: labels reach the backend byte for byte, and nothing it says is taken for paper."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labels.printers.ipp import IppAddress, IppPrinter, IppWaits
from labels.printers.job import bytes_for
from rma_station.domain.effects import PrintDocument
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult
from tests.labels.cups import Cups, needs_cups
from tests.labels.samples import unit
from tests.labels.tcp import SMALL

pytestmark = needs_cups
WAITS = IppWaits(connect=2.0, answer=10.0, confirm=10.0, watch=0.05)


@pytest.fixture(scope="module")
def cups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cups]:
    """One daemon for all tests."""
    folder = tmp_path_factory.mktemp("cups")
    for parent in (folder, *folder.parents):  # the daemon's own user has to get there
        if parent.owner() == folder.owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    started = Cups(folder)
    yield started
    started.close()


def printer(cups: Cups, queue: str, language: str) -> IppPrinter:
    """Our end of a queue."""
    return IppPrinter("office", language, IppAddress(cups.url(queue)), SMALL, WAITS)


@pytest.mark.parametrize("language", ["zpl", "pdf"])
def test_a_label_passes_through_a_raw_queue_unchanged(cups: Cups, language: str) -> None:
    """Sent, not confirmed: the queue has only handed it to its backend."""
    before = len(cups.delivered("labels"))

    assert printer(cups, "labels", language).print(unit(), "en") == PrintReport(PrintResult.SENT)
    assert cups.delivered("labels")[before:] == [bytes_for(unit(), "en", language, SMALL)]


def test_every_byte_value_survives(cups: Cups) -> None:
    """What spoolers are known to mangle."""
    data = bytes(range(256)) * 40
    before = len(cups.delivered("labels"))

    printer(cups, "labels", "zpl").print(PrintDocument("job-9", "carrier", "zpl", data, "parcel 7"), "en")

    assert cups.delivered("labels")[before:] == [data]


def test_a_stopped_queue_gets_nothing(cups: Cups) -> None:
    """Else it would print some day, when nobody waits for it."""
    stopped = printer(cups, "stopped", "zpl")

    assert stopped.print(unit(), "en") == PrintReport(PrintResult.NOT_SENT, ("paused",))
    assert stopped.status() == DeviceStatus("office", "printer", DeviceState.ERROR, "Local Raw Printer", ("paused",))


def test_a_queue_that_is_not_there_is_no_offline_printer(cups: Cups) -> None:
    """CUPS answers, and says so."""
    status = printer(cups, "nothing", "zpl").status()

    assert (status.state, status.problems) == (DeviceState.ERROR, ("unknown",))
    assert "client-error-not-found" in status.detail


def test_paper_that_runs_out_behind_the_queue_is_unknown(cups: Cups) -> None:
    """The job is the queue's by now: it may come any time, so nobody sends it again."""
    report = printer(cups, "empty", "zpl").print(unit(), "en")

    assert (report.result, report.problems) == (PrintResult.UNKNOWN, ("media_out",))


def test_the_daemon_is_gone(cups: Cups) -> None:
    """A label for a CUPS that does not run is not sent, and the printer is offline."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone = IppPrinter("office", "zpl", IppAddress(f"ipp://127.0.0.1:{port}/printers/labels"), SMALL, WAITS)
    begun = time.monotonic()

    assert gone.print(unit(), "en").problems == ("offline",)
    assert time.monotonic() - begun < 5
