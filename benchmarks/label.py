"""A unit's label in every printer language: time to make it and bytes to send, beside the same label as a picture.

The baseline is what printing by raster does: the label as PDF, drawn by PDFium at the printer's resolution, sent as one
``^GFA`` graphic. Both are made in the same run, one after the other, from the same print job.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from benchmarks.table import Figure, median
from labels import rendering
from rma_station.domain.effects import PrintUnitLabel

MEDIA, DPI = "57x32", 203
JOB = PrintUnitLabel(
    "job", "unit", "R7K2M00014B", "B", "outlet", "OUT-1", "RMA-2026-000123", "SHIRT-M", "Koszula flanelowa męska"
)
LINE_BYTES_PER_SECOND = 9600 / 10
"""The slowest usual printer line."""


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """Time and bytes by language, each from the print job to the bytes."""
    passes = 5 if quick else 40
    baseline, raster_bytes = timed(raster, passes)
    compared = f"as a raster of its PDF: {baseline * 1000:.1f} ms, {raster_bytes} bytes"
    found = []
    for language in rendering.LANGUAGES:
        took, size = timed(lambda spoken=language: made(spoken), passes * 5)  # type: ignore[misc]
        said = f"{took * 1000:.2f} ms, {size} bytes, {size / LINE_BYTES_PER_SECOND:.1f} s at 9600 baud"
        name = f"unit label {MEDIA} as {language.upper()}"
        if language == "zpl":
            found += [
                Figure(f"{name}, times faster", said, compared, baseline / took, 20, "at least"),
                Figure(f"{name}, ms", f"{took * 1000:.2f} ms", "plain number", took * 1000, 1.0),
                Figure(f"{name}, bytes", f"{size} bytes", "plain number", size, 1500),
            ]
        else:
            found.append(Figure(f"{name}, times faster", said, compared, baseline / took, 0, "information"))
    return found


def made(language: str) -> bytes:
    """The label's bytes as a printer gets them."""
    return rendering.render(rendering.unit(JOB, "pl", "live", MEDIA, DPI), language)


def raster() -> bytes:
    """The same label as one graphic."""
    import pypdfium2

    page = pypdfium2.PdfDocument(BytesIO(made("pdf")))[0]
    image = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("1")
    rows = bytes(byte ^ 0xFF for byte in image.tobytes())
    width = (image.width + 7) // 8
    return f"^XA^FO0,0^GFA,{len(rows)},{len(rows)},{width},{rows.hex().upper()}^FS^XZ".encode()


def timed(make: Callable[[], bytes], passes: int) -> tuple[float, int]:
    """The median seconds of some passes after a first one, and the bytes made."""
    size = len(make())
    took = []
    for _ in range(passes):
        begun = time.perf_counter()
        make()
        took.append(time.perf_counter() - begun)
    return median(took), size
