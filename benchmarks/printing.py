"""Labels through the print queue to a virtual printer, each with its job on the disk, asked for and confirmed."""

from __future__ import annotations

import socket
import threading
import time
from functools import partial
from pathlib import Path

from benchmarks.table import Figure
from labels.printers.job import Stock, bytes_for
from labels.printers.opening import open_printer
from rma_station.config import Config, PrinterSection, StationSection
from rma_station.domain.effects import PrintUnitLabel
from rma_station.domain.flows.inputs import LabelSettled
from rma_station.services.printing import PrintQueue
from rma_station.services.running import Late, RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.room import open_room
from virtual_bench.client import VirtualBench

STOCK = Stock("57x32", 203, "live")


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Jobs a second with journal, status and counter, beside the bare bytes on a connection for each label."""
    count = 40 if quick else 300
    with VirtualBench.start(folder / "bench", printers=("queue", "bare")) as bench:
        bare = _bare(bench.url("bare"), count)
        queued = _queued(folder, bench.url("queue"), count)
        assert len(bench.printed("queue")) == len(bench.printed("bare")) == count
    note = "each job: two durable commits, state and counter asked before, both asked after; bare: connect, send, close"
    return [
        Figure(
            f"{count} unit labels through the queue",
            f"{count / queued:.0f} jobs/s",
            f"bare sendall {count / bare:.0f} labels/s",
            bare / queued,
            0,
            "information",
            (note,),
        )
    ]


def _label(number: int) -> PrintUnitLabel:
    return PrintUnitLabel(f"j{number}", f"u{number}", f"R7K2M{number:05}", "B", "outlet", "OUT-1", name="Koszula męska")


def _bare(url: str, count: int) -> float:
    host, _, port = url.removeprefix("tcp:").rpartition(":")
    data = [bytes_for(_label(number), "pl", "zpl", STOCK) for number in range(count)]
    begun = time.perf_counter()
    for label in data:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(label)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    return time.perf_counter() - begun


def _queued(folder: Path, url: str, count: int) -> float:
    printer = PrinterSection("labels", url)
    config = Config(station=StationSection(mode="live", data=folder / "data"), printer=(printer,))
    running = RunningStation(lambda: open_room(config))
    running.start()
    running.wait_open()
    left = threading.Semaphore(0)

    def settled(given: LabelSettled) -> None:
        running.label_settled(given)
        left.release()

    queue = PrintQueue(
        [open_printer(printer, "live", "config.toml")],
        mark_sending=running.mark_sending,
        settled=settled,
        statuses=running.device_says,
        clock=SystemClock(),
    )
    running.start_late(Late(printing=queue))
    begun = time.perf_counter()
    for number in range(count):
        running.call(partial(running.print, _label(number)))
    for _ in range(count):
        left.acquire()
    took = time.perf_counter() - begun
    running.stop()
    return took
