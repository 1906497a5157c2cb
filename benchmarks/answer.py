"""From the scanner's last byte to the first byte of the answer's paint, with a durable commit in between.

Subject: ``rma-station run`` on a terminal of 80x24 with a scanner on a serial line (a pseudo-terminal), a worker's
day of scans. Baseline: ``benchmarks.bare_app`` on the same. Both run all the time; scans alternate between them one by
one, so that whatever else the machine does hits both alike.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks import workday
from benchmarks.table import Figure, median, ms, percentile
from benchmarks.terminals import SerialLine, Terminal

QUIET = 0.03
"""Seconds without a byte from the terminal after which an answer is complete."""
UNITS = 4
SETTLE = 3.0


def station(prepared: workday.Prepared, *lines: SerialLine) -> Terminal:
    """The real station on a terminal."""
    file = prepared.config_file(*(line.path for line in lines))
    return Terminal([sys.executable, "main.py", "run", "--config", str(file)])


def bare(line: SerialLine, folder: Path) -> Terminal:
    """The baseline on a terminal."""
    return Terminal([sys.executable, "-m", "benchmarks.bare_app", line.path, str(folder / "bare.sqlite3")])


def day(folder: Path, parcels: int, units: int) -> tuple[workday.Prepared, list[str]]:
    """A prepared station and its worker's scans."""
    prepared = workday.prepare(folder / "template", parcels, units)
    room = prepared.copy(folder / "rehearsal").room()
    scans = list(workday.scans(room, prepared))
    room.journal.close()
    return prepared, scans


def timed(terminal: Terminal, line: SerialLine, code: str) -> float:
    """Seconds from the scan to the first byte of its answer."""
    terminal.quiet(QUIET)
    begun = time.perf_counter()
    line.send(code)
    took = terminal.answer() - begun
    terminal.quiet(QUIET)
    return took


def alternate(folder: Path, count: int) -> Iterator[tuple[float, float]]:
    """Seconds of subject and baseline, scan by scan."""
    parcel = 4 * UNITS + 8
    prepared, scans = day(folder, count // parcel + 2, UNITS)
    with (
        closing(SerialLine()) as ours,
        closing(SerialLine()) as theirs,
        closing(bare(theirs, folder)) as baseline,
        closing(station(prepared, ours)) as subject,
    ):
        baseline.until("Ready")
        subject.until(workday.NAME)
        for terminal in (baseline, subject):
            terminal.drain(SETTLE)
        for number, code in enumerate(scans[: count + parcel]):
            pair = timed(subject, ours, code), timed(baseline, theirs, f"{number:04}-{code}")
            if number >= parcel:  # the first parcel warms both up
                yield pair


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Median and 99th percentile."""
    pairs = list(alternate(folder, 200 if quick else 600))
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    figures = []
    for name, of in (("median", median), ("99th percentile", lambda values: percentile(values, 0.99))):
        mine, base = of(ours), of(theirs)
        figures.append(Figure(f"scan to paint, {name}", ms(mine), f"bare app {ms(base)}", mine / base, 1.5))
    return figures
