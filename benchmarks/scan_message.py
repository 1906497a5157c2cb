"""How late a scan is in the station's inbox, with four scanners at fifty scans a second each.

Subject: the serial drivers in a process of their own. Baseline: a process that reads the same pseudo-terminals with
nothing but a blocking ``read`` a line, and hands on through the same kind of queue. They take turns; the sender is this
process, which writes the time into each scan.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.table import Figure, median, percentile
from benchmarks.terminals import ROOT, SerialLine

SCANNERS = 4
RATE = 50
"""Scans a second, each."""
SECONDS, QUICK_SECONDS = 60.0, 5.0
"""For each of the two."""
TURNS = 5
TARGET = 2.5
"""Times the bare reader: it neither times out, nor can be woken, nor looks for anything but CR."""
PATIENCE = 2.0
"""Seconds after the last scan."""


@dataclass
class Heard:
    """What one kind of reader heard in all its turns."""

    late: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    lost: int = 0
    """Scans that never came, came twice or out of order."""


def turn(how: str, lines: Sequence[SerialLine], each: int, heard: Heard) -> None:
    """Send ``each`` scans on every line to one reader and note what it says."""
    command = [sys.executable, "-m", "benchmarks.scan_reader", how, str(each * len(lines))]
    reader = subprocess.Popen(
        [*command, *(line.path for line in lines)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdout.readline()
    sent: list[list[str]] = [[] for _ in lines]
    begun = time.perf_counter()
    for number in range(each):
        for place, line in enumerate(lines):
            due = begun + (number + place / len(lines)) / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            code = f"{place}-{number:06}-59012341234571"
            sent[place].append(code)
            line.send(f"{code}-{time.perf_counter_ns()}")
    with suppress(subprocess.TimeoutExpired):  # something was lost: its input ends, and it says what came
        reader.wait(PATIENCE)
    said, _ = reader.communicate()
    report = json.loads(said)
    heard.late += report["late"]
    heard.cpu.append(report["cpu"])
    for place, codes in enumerate(sent):
        got = [code for code in report["codes"] if code.startswith(f"{place}-")]
        heard.lost += len(set(codes) ^ set(got)) + (got != codes and sorted(got) == sorted(codes))


def run(seconds: float, turns: int = TURNS) -> tuple[Heard, Heard]:
    """Drivers and bare reader by turns, each for so many seconds in all."""
    drivers, bare = Heard(), Heard()
    each = max(1, round(seconds * RATE / turns))
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(SerialLine())) for _ in range(SCANNERS)]
        for _ in range(turns):
            turn("bare", lines, each, bare)
            turn("drivers", lines, each, drivers)
    return drivers, bare


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Lost scans, lateness and processor time."""
    drivers, bare = run(QUICK_SECONDS if quick else SECONDS)
    name = f"{SCANNERS} scanners x {RATE} scans/s"
    wrong = "none lost, twice or out of order"
    figures = [Figure(f"{name}: wrong", f"{len(drivers.late)} scans", wrong, drivers.lost, 0)]
    for word, share in (("median", 0.5), ("99 %", 0.99)):
        ours, theirs = percentile(drivers.late, share), percentile(bare.late, share)
        baseline = f"bare reader of the same lines {theirs * 1e6:.0f} µs"
        figures.append(Figure(f"scan to message, {word}", f"{ours * 1e6:.0f} µs", baseline, ours / theirs, TARGET))
    ours, theirs = median(drivers.cpu), median(bare.cpu)
    measured, baseline = f"{ours:.1%} of a core", f"bare reader {theirs:.1%}"
    figures.append(Figure(f"{name}: processor", measured, baseline, ours / theirs, 0, "information"))
    return figures
