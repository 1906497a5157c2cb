"""A station that prints label after label, as a process of its own, made to be killed.

``python -m tests.faults.printing_process FOLDER URL``. A label is told on the standard output after its job is
committed; a line on the standard input ends asking for more, ``done`` is said when nothing waits any longer.
"""

from __future__ import annotations

import select
import sys
import time
from functools import partial
from pathlib import Path

from labels.printers.opening import open_printer
from rma_station.config import Config, PrinterSection, StationSection
from rma_station.domain.effects import PrintUnitLabel
from rma_station.services.printing import PrintQueue
from rma_station.services.running import Late, RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.room import open_room


def main(folder: Path, url: str) -> None:
    """Print until told to stop, then what waits."""
    printer = PrinterSection("labels", url)
    config = Config(station=StationSection(name="bench-1", mode="live", data=folder), printer=(printer,))
    running = RunningStation(lambda: open_room(config))
    running.start()
    running.wait_open()
    queue = PrintQueue(
        [open_printer(printer, "live", "config.toml")],
        mark_sending=running.mark_sending,
        settled=running.label_settled,
        statuses=running.device_says,
        clock=SystemClock(),
    )
    running.start_late(Late(printing=queue))
    while not select.select([sys.stdin], [], [], 0)[0]:
        unit = running.call(running.room.journal.draw_uuid).result(10)
        lpn = running.call(running.room.journal.draw_lpn).result(10)
        label = PrintUnitLabel(unit, unit, lpn, "A", "restock", "A-1")
        running.call(partial(running.print, label)).result(10)
        print(lpn, flush=True)
        while queue.waiting() > 3 and not select.select([sys.stdin], [], [], 0)[0]:
            time.sleep(0.001)
    while queue.waiting():
        time.sleep(0.01)
    running.stop()
    print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
