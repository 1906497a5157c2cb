"""A unit's label as ZPL: how many bytes go to the printer and how long making them takes. Information, no promise."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.table import Figure, median
from labels import zpl
from labels.rendering import unit as unit_label
from rma_station.domain.effects import PrintUnitLabel

LINE_BYTES_PER_SECOND = 9600 / 10


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Bytes and time, beside what the slowest usual printer line needs for the same bytes."""
    job = PrintUnitLabel(
        "job", "unit", "R7K2M00014B", "B", "outlet", "OUT-1", "RMA-2026-000123", "SHIRT-M", "Koszula flanelowa męska"
    )
    took = []
    for _ in range(200):
        begun = time.perf_counter()
        made = zpl.render(unit_label(job, "pl", "live", "57x32", 203))
        took.append(time.perf_counter() - begun)
    line = len(made) / LINE_BYTES_PER_SECOND
    here = median(took)
    measured = f"{len(made)} bytes, {here * 1000:.2f} ms"
    return [Figure("unit label 57x32 as ZPL", measured, f"its way at 9600 baud {line * 1000:.0f} ms", here / line, 0,
                   "information")]  # fmt: skip
