"""The one module that may import drivers, labels and sync: it turns a configuration into running adapters."""

from __future__ import annotations

from rma_station.ports import Clock, Random
from rma_station.system import SystemClock, SystemRandom


def clock() -> Clock:
    """This machine's clock."""
    return SystemClock()


def randomness() -> Random:
    """This machine's randomness."""
    return SystemRandom()
