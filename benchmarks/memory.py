"""How much memory the station's process needs, and whether it grows over 5,000 units.

Baseline: ``benchmarks.bare_app`` at rest. Proportional set size (PSS) of the one process; the hub's child and the
virtual bench are not counted, a live station has neither. The units are scanned as fast as the station answers.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from benchmarks import workday
from benchmarks.answer import SETTLE, day, station
from benchmarks.table import Figure
from benchmarks.terminals import SerialLine, Terminal

UNITS = 25
AT_ONCE = 60
"""Scans written before the terminal is waited for: fewer than a line holds."""
GROWTH = 1.05
"""Flat: at most so many times the memory after the first tenth of the units."""


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """At rest against the minimal app; after all units against after a tenth of them."""
    parcels = 20 if quick else 200
    prepared, scans = day(folder, parcels, UNITS)
    with closing(SerialLine()) as line:
        with closing(Terminal([sys.executable, "-m", "benchmarks.bare_app"])) as bare:
            bare.until("Ready")
            bare.drain(SETTLE)
            base_rss, base = bare.memory()
        with closing(station(prepared, line)) as subject:
            subject.until(workday.NAME)
            subject.drain(SETTLE)
            rss, rest = subject.memory()
            tenth = len(scans) // 10
            _work(subject, line, scans[:tenth])
            early = subject.memory()[1]
            _work(subject, line, scans[tenth:])
            late_rss, late = subject.memory()
    units = parcels * UNITS
    return [
        Figure("memory at rest (PSS)", mib(rest), f"minimal app {mib(base)}", rest / base, 2.0, notes=(
            f"resident (RSS) {mib(rss)} against {mib(base_rss)}; after {units:,} units PSS {mib(late)}, "
            f"RSS {mib(late_rss)}",
        )),
        Figure(f"memory after {units:,} units", mib(late), f"itself after {units // 10:,} {mib(early)}", late / early,
               GROWTH),
    ]  # fmt: skip


def _work(terminal: Terminal, line: SerialLine, scans: list[str]) -> None:
    for start in range(0, len(scans), AT_ONCE):
        for code in scans[start : start + AT_ONCE]:
            line.send(code)
        terminal.quiet(0.06)
    terminal.quiet(0.5)


def mib(kib: int) -> str:
    """KiB as MiB."""
    return f"{kib / 1024:.1f} MiB"
