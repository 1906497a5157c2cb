"""How far the station's wall clock can be believed: ``ok``, ``suspect`` or ``unset`` (sync reference R9)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

FIRST_POSSIBLE = 1767225600.0
"""2026-01-01: no event of this product is older, so an earlier clock was never set."""
LATEST_POSSIBLE = 253402300799.0
"""End of the year 9999, the last moment ISO 8601 text can name."""
TOLERANCE = 300.0
"""Seconds a clock may be off before its times are suspect."""


class ClockState:
    """Watches wall time against monotonic time, the last event of the log, and the hub.

    Args:
        unix: wall clock at the start.
        monotonic: monotonic clock at the same moment.
        last_event: wall clock of the newest event in the journal; time cannot be before it.
    """

    def __init__(self, unix: float, monotonic: float, last_event: float = 0.0) -> None:
        self._difference = unix - monotonic
        self._last_event = last_event
        self._hub_offset = 0.0

    def heard_from_hub(self, unix: float, monotonic: float, offset: float) -> None:
        """The hub's clock minus ours, in seconds; from now on jumps are measured from here."""
        self._difference = unix - monotonic
        self._hub_offset = offset
        self._last_event = 0.0

    def at(self, unix: float, monotonic: float) -> str:
        """The word for the envelope."""
        if unix < FIRST_POSSIBLE:
            return "unset"
        jumped = abs(unix - monotonic - self._difference) > TOLERANCE
        back = unix < self._last_event - TOLERANCE
        return "suspect" if jumped or back or abs(self._hub_offset) > TOLERANCE else "ok"


def iso(unix: float) -> str:
    """UTC, ISO 8601 with milliseconds and ``Z``, for any clock however wrong."""
    microseconds = round(min(max(unix, 0.0), LATEST_POSSIBLE) * 1_000_000)
    return f"{_second(microseconds // 1_000_000)}.{microseconds // 1000 % 1000:03}Z"


@lru_cache(maxsize=2)
def _second(unix: int) -> str:
    """Events of one second share it: making it is a good part of what a commit needs before the disk does."""
    return datetime.fromtimestamp(unix, UTC).isoformat()[:19]


def unix_of(text: str) -> float:
    """Seconds of what ``iso`` wrote; 0 for anything else."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
