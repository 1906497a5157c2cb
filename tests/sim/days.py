"""Days one after the other, or in several processes; what came of each as plain values."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.sim.auditor import complaints
from tests.sim.world import World


@dataclass(frozen=True)
class Day:
    """What came of a seed."""

    seed: int
    seconds: float
    struck: Counter[str]
    found: tuple[str, ...]
    trace: tuple[str, ...] = ()


def live(seed: int, home: Path, *, trace: bool) -> Day:
    """One day; a program that fails is a complaint, too."""
    begun = time.process_time()
    with World(seed, home / str(seed)) as world:
        world.trace = [] if trace else None
        try:
            found = tuple(map(str, complaints(world.live())))
        except Exception:
            found = (traceback.format_exc(limit=-6),)
        return Day(seed, time.process_time() - begun, world.struck, found, tuple(world.trace or ()))


def _lived(given: tuple[int, Path]) -> Day:
    return live(given[0], given[1], trace=False)


def days(seeds: range, home: Path, jobs: int) -> Iterator[Day]:
    """Days as they are over."""
    if jobs == 1:
        yield from (live(seed, home, trace=False) for seed in seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_lived, [(seed, home) for seed in seeds])
