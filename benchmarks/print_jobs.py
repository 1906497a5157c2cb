"""Print jobs a second through the queue: committed as queued and as sending, made as ZPL, and settled in the journal.

Baseline: the very same commits and labels one after the other on one thread, without a queue. The printer takes every
label at once, so what is left is what the queue costs.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.table import Figure
from labels.printers.job import Stock, bytes_for
from rma_station.domain.effects import Printable, PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.domain.print_jobs import Step, step_of
from rma_station.ports import DeviceState, DeviceStatus, PrintReport, PrintResult
from rma_station.services.printing import PrintQueue
from rma_station.store.journal import Journal
from rma_station.system import SystemClock, SystemRandom

STOCK = Stock("57x32", 203, "live")


class QuickPrinter:
    """``ports.LabelPrinter`` that makes the bytes and has printed them."""

    name, language, dpi = "labels", "zpl", 203

    def print(self, job: Printable, language: str) -> PrintReport:
        """Confirmed at once."""
        bytes_for(job, language, self.language, STOCK)
        return PrintReport(PrintResult.CONFIRMED)

    def status(self) -> DeviceStatus:
        """Ready."""
        return DeviceStatus(self.name, "printer", DeviceState.READY)

    def close(self) -> None:
        """Nothing is held."""


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Jobs a second with the queue and without."""
    count = 40 if quick else 400
    plain = without_queue(folder / "plain", count)
    queued = with_queue(folder / "queued", count)
    said, compared = f"{queued:.0f} jobs/s", f"the same commits and bytes without a queue: {plain:.0f} jobs/s"
    return [Figure("print jobs through the queue", said, compared, queued / plain, 0, "information")]


def without_queue(folder: Path, count: int) -> float:
    """Jobs a second, one after the other."""
    journal, printer = _journal(folder), QuickPrinter()
    begun = time.perf_counter()
    for job in _jobs(count):
        journal.commit((), jobs=[job])
        journal.start_job(job.job_id)
        printer.print(job, "pl")
        journal.mark_job(job.job_id, Step.SEEN, printer=printer.name)
    took = time.perf_counter() - begun
    journal.close()
    return count / took


def with_queue(folder: Path, count: int) -> float:
    """Jobs a second, handed in as fast as they can be committed."""
    over = threading.Semaphore(0)
    with ThreadPoolExecutor(1) as owner:  # the journal belongs to one thread, as at a station
        journal = owner.submit(_journal, folder).result()

        def settle(end: LabelSettled) -> None:
            journal.mark_job(end.job_id, step_of(end.result), printer=end.printer)
            over.release()

        queue = PrintQueue(
            [QuickPrinter()],
            mark_sending=lambda job_id: owner.submit(journal.start_job, job_id).result(),
            settled=lambda end: _ignore(owner.submit(settle, end)),
            statuses=_ignore,
            clock=SystemClock(),
        )
        queue.start()
        begun = time.perf_counter()
        for job in _jobs(count):
            owner.submit(partial(journal.commit, (), jobs=[job])).result()
            queue.submit(job, "pl")
        for _ in range(count):
            over.acquire()
        took = time.perf_counter() - begun
        queue.stop()
        owner.submit(journal.close).result()
    return count / took


def _jobs(count: int) -> list[PrintUnitLabel]:
    return [PrintUnitLabel(f"j{n}", f"u{n}", f"R{n:07}", "B", "outlet", "OUT-1") for n in range(count)]


def _journal(folder: Path) -> Journal:
    folder.mkdir(parents=True, exist_ok=True)
    return Journal.open(
        folder, station="bench-1", mode="sample", app_version="1", clock=SystemClock(), random=SystemRandom()
    )


def _ignore(_: object) -> None:
    """Nobody asks."""
