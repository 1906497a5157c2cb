"""The real clock and the real randomness behind the ports; tests and the simulator bring their own."""

from __future__ import annotations

import os
import time


class SystemClock:
    """``ports.Clock`` of this machine."""

    monotonic = staticmethod(time.monotonic)
    """Seconds that never go back."""
    unix = staticmethod(time.time)
    """Wall clock, seconds since 1970 UTC."""


class SystemRandom:
    """``ports.Random`` of this machine."""

    bytes = staticmethod(os.urandom)
    """Bytes of the kernel's generator."""


def give_memory_back() -> None:
    """Return what was freed to the operating system; glibc keeps it otherwise. Elsewhere nothing happens."""
    import ctypes  # noqa: PLC0415  after the first paint

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
