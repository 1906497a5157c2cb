"""How many scans a second the pure parsers take, beside the least that Python can do with the same input."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Figure, median
from drivers.framing import Framer
from drivers.hid_pos import HONEYWELL, PosReports
from drivers.keymaps import US
from drivers.keystrokes import typed
from drivers.wedge import Wedge

SCANS = 2000
PASSES, QUICK_PASSES = 15, 5
CODE = b"0105901234123457\x1d21X-4711"
CHUNK = 64


def _seconds(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    if work() != SCANS:
        raise RuntimeError("a parser lost scans")
    return time.perf_counter() - begun


def _framing() -> tuple[Callable[[], int], Callable[[], int], str]:
    stream = (b"]C1" + CODE + b"\r\n") * SCANS
    chunks = [stream[place : place + CHUNK] for place in range(0, len(stream), CHUNK)]

    def ours() -> int:
        framer = Framer("s")
        return sum(len(framer.feed(chunk, 1.0)) for chunk in chunks)

    def bare() -> int:
        held, found = b"", 0
        for chunk in chunks:
            *whole, held = (held + chunk).split(b"\r\n")
            found += len(whole)
        return found

    return ours, bare, "split at CR LF"


def _typing() -> tuple[Callable[[], int], Callable[[], int], str]:
    events = typed(CODE.decode(), US) * SCANS
    letters = {code: chr(code) for code in range(256)}

    def ours() -> int:
        wedge = Wedge("s", US)
        return sum(len(wedge.feed(*event, 1.0, 1.0)) for event in events)

    def bare() -> int:
        held, found = "", 0
        for kind, code, value in events:
            if kind == 1 and value == 1:
                held += letters[code]
                if code == 28:
                    held, found = "", found + 1
        return found

    return ours, bare, "a table look-up a key"


def _reports() -> tuple[Callable[[], int], Callable[[], int], str]:
    report = bytes([2, len(CODE)]) + b"]C1" + CODE.ljust(59, b"\0")

    def ours() -> int:
        reports = PosReports("s", HONEYWELL)
        return sum(len(reports.feed(report, 1.0)) for _ in range(SCANS))

    def bare() -> int:
        return sum(bool(report[5 : 5 + report[1]]) for _ in range(SCANS))

    return ours, bare, "a slice a report"


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Scans a second of each way in."""
    figures = []
    for name, make in (("serial bytes", _framing), ("key events", _typing), ("HID POS reports", _reports)):
        ours, bare, what = make()
        pairs = [(_seconds(bare), _seconds(ours)) for _ in range(QUICK_PASSES if quick else PASSES)]
        least, took = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
        measured, baseline = f"{SCANS / took:,.0f} scans/s", f"{what} {SCANS / least:,.0f} scans/s"
        figures.append(Figure(f"{name} to scans", measured, baseline, took / least, 0, "information"))
    return figures
