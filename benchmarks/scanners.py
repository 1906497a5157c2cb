"""A thousand different scans from two scanners without a pause: what arrives, and in which order.

The real drivers on two serial lines (pseudo-terminals), the real station thread with its journal. Every scan is an
unknown code, so that the station's answer names it and its new state is committed. Nothing is compared with a
baseline: the target is that nothing is missing. ``tests/e2e/test_two_scanners.py`` decides; here it is timed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import workday
from benchmarks.table import Figure
from benchmarks.terminals import SerialLine
from rma_station import config
from rma_station.domain.outcome import Message
from rma_station.services.bench import Update
from rma_station.services.running import RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.devices import scanners
from rma_station.wiring.room import open_room

SCANS = 500
"""From each scanner."""


def codes(scanner: int, count: int) -> list[str]:
    """Codes of different lengths, none like another."""
    return [f"{'LR'[scanner]}{number:04}-{'X' * (number % 37)}" for number in range(count)]


def run(folder: Path, count: int = SCANS) -> tuple[list[list[str]], float]:
    """The codes the station answered, by scanner and in order, and the seconds it took."""
    prepared = workday.prepare(folder / "station", 1, 1)
    with closing(SerialLine()) as left, closing(SerialLine()) as right:
        lines = (left, right)
        settings = config.load(prepared.config_file(left.path, right.path))
        running = RunningStation(lambda: open_room(settings))
        answered: list[str] = []
        all_there = threading.Event()

        def hear(update: Update) -> None:
            if update.outcome is not None and isinstance(update.outcome.message, Message):
                answered.append(str(update.outcome.message.values.get("code", update.outcome.message.key)))
                if len(answered) >= 2 * count:
                    all_there.set()

        running.subscribe(hear)
        running.start()
        running.wait_open()
        running.add_devices(scanners(settings, SystemClock()), [])
        while not all(line.opened for line in lines):
            time.sleep(0.001)
        begun = time.perf_counter()
        threads = [
            threading.Thread(target=_send, args=(line, codes(number, count))) for number, line in enumerate(lines)
        ]
        for thread in threads:
            thread.start()
        all_there.wait(60)
        took = time.perf_counter() - begun
        for thread in threads:
            thread.join()
        running.stop()
    return [[code for code in answered if code.startswith(letter)] for letter in "LR"], took


def _send(line: SerialLine, all_of_them: Sequence[str]) -> None:
    for code in all_of_them:
        line.send(code)


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Scans that are missing, split or out of order; the target is none."""
    answered, took = run(folder)
    wrong = 0
    for number, got in enumerate(answered):
        sent = codes(number, SCANS)
        wrong += len(set(sent) ^ set(got)) + (got != sent and sorted(got) == sorted(sent))
    rate = f"{2 * SCANS / took:.0f} scans/s answered"
    return [Figure("1,000 scans, two scanners: wrong", rate, "none lost, split or reordered", wrong, 0)]
