"""How long the station takes to be there: to its first paint, and to the first scan that is committed and painted.

Baseline of both: first paint of ``benchmarks.bare_app`` without a serial line. Starts alternate. The scan is sent as
soon as the scanner's line was opened and the screen stands.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path

from benchmarks import workday
from benchmarks.answer import station
from benchmarks.table import Figure, median, ms
from benchmarks.terminals import SerialLine, Terminal


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """First paint, and first scan."""
    passes = 5 if quick else 12
    template = workday.prepare(folder / "template", 1, 1)
    bare, paint, scan = [], [], []
    for number in range(passes + 1):
        with closing(Terminal([sys.executable, "-m", "benchmarks.bare_app"])) as terminal:
            one = terminal.until("Ready") - terminal.started
        two, three = _station(template.copy(folder / f"pass-{number}"))
        if number:  # the first pass fills the page cache
            bare.append(one)
            paint.append(two)
            scan.append(three)
    base = median(bare)
    shown = f"minimal app {ms(base)}"
    return [
        Figure("start to first paint", ms(median(paint)), shown, median(paint) / base, 1.3),
        Figure(
            "start to first scan saved, painted", ms(median(scan)), f"{shown} to first paint", median(scan) / base, 1.9
        ),
    ]


def _station(prepared: workday.Prepared) -> tuple[float, float]:
    tracking = workday.rma(1, 1).parcels[0].tracking
    with closing(SerialLine()) as line, closing(station(prepared, line)) as terminal:
        painted = terminal.until(workday.NAME)
        while not line.opened:
            time.sleep(0.0005)
        line.send(tracking)
        answered = terminal.until("RMA-2026-000001")
    return painted - terminal.started, answered - terminal.started
