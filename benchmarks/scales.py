"""What reading a scale costs: framing and parsing a stream of every protocol, beside a bare split of the same bytes.

The stream is what a simulated scale sends while parcels come and go, in chunks of 64 bytes as a serial line gives them.
The baseline cuts the same chunks with ``bytes.split`` at the byte that ends a frame and does nothing else. A line of
115,200 baud carries 11,520 bytes a second, so what counts is how often that is; the ratio says what parsing adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Figure, median
from drivers.catalogue import PROTOCOLS, scale_protocol
from drivers.scales.encode import ENCODERS
from drivers.scales.platform import Shown
from drivers.scales.protocol import ScaleProtocol

CHUNK = 64
"""Bytes read at once."""
FASTEST_LINE = 115_200 / 10
"""Bytes a second of the fastest line a scale is put on."""
ENDINGS = {"toledo-8217": b"\r", "toledo-continuous": b"\r", "cas-ap": b"\x04", "nci": b"\x03", "dialog06": b"\x03"}
"""What the baseline cuts at; a line feed where it is not said."""
LOADS = (0, 1250, 1252, 34_999, 20, 250)
"""Grams, again and again; the second of each pair of frames is in motion."""


def stream(name: str, frames: int) -> bytes:
    """Frames of a protocol as one stream."""
    shown = [Shown(grams, stable) for grams in LOADS for stable in (True, False)]
    return b"".join(ENCODERS[name](shown[number % len(shown)]) for number in range(frames))


def parsed(protocol: ScaleProtocol, chunks: list[bytes]) -> int:
    """Readings of a stream: the subject."""
    framer = protocol.framer()
    return sum(protocol.parse(frame, 0.0).raw != b"" for chunk in chunks for frame in framer.feed(chunk))


def split(ending: bytes, chunks: list[bytes]) -> int:
    """Pieces of a stream: the baseline."""
    held, count = b"", 0
    for chunk in chunks:
        *pieces, held = (held + chunk).split(ending)
        count += len(pieces)
    return count


def measure(folder: Path, *, quick: bool = False) -> list[Figure]:
    """One line a protocol; a USB scale sends whole reports and has no stream."""
    frames, passes = (600, 3) if quick else (6000, 9)
    return [_figure(name, frames, passes) for name in PROTOCOLS]


def _figure(name: str, frames: int, passes: int) -> Figure:
    data, protocol = stream(name, frames), scale_protocol(name)
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    ours, bare = [], []
    for _ in range(passes):
        ours.append(_seconds(lambda: parsed(protocol, chunks)))
        bare.append(_seconds(lambda: split(ENDINGS.get(name, b"\n"), chunks)))
    taken, baseline = median(ours), median(bare)
    return Figure(
        f"scale {name}",
        f"{frames / taken:,.0f} frames/s, {len(data) / taken / FASTEST_LINE:,.0f} x 115,200 baud",
        f"bytes.split {frames / baseline:,.0f} frames/s",
        taken / baseline,
        0,
        "information",
    )


def _seconds(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
