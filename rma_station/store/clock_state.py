"""How far the station's wall clock can be believed, and what time it is as far as anybody here knows (R9).

The order of events never depends on any of this: it is their place in the log. The wall clock is evidence in every
envelope, with the word ``ok``, ``suspect`` or ``unset`` beside it; deadlines and settle delays are the hub's. What the
station itself has to measure (how long a badge is locked) runs on the monotonic clock; what it has to show (days to a
deadline) follows the hub's clock as soon as the hub has spoken.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from rma_station.domain.record import dataclass

FIRST_POSSIBLE = 1767225600.0
"""2026-01-01: no event of this product is older, so an earlier clock was never set."""
LATEST_POSSIBLE = 253402300799.0
"""End of the year 9999, the last moment ISO 8601 text can name."""
TOLERANCE = 300.0
"""Seconds a clock may be off before its times are suspect."""
LONG_PAUSE = 30 * 86400.0
"""A start so long after the newest event is doubted until the hub has spoken: the clock may be ahead."""


@dataclass(frozen=True)
class StationTime:
    """What time it is at a station."""

    today: date
    """Calendar day in the station's time zone."""
    steady: int
    """Seconds that neither jump nor go back while the station runs; near to Unix time when its clock was right."""
    unix: float
    """Seconds since 1970 by the hub's clock once it has spoken, by ours before."""
    word: str
    """Why ``today`` can be believed: ``hub`` (it is the hub's day), ``ok``, ``suspect`` or ``unset``."""


@dataclass(frozen=True)
class Adjustment:
    """Something about the clock that the log has to say before its next event; as ``events.ClockAdjusted``."""

    cause: str
    seconds: int
    difference: float
    """Wall clock minus monotonic clock, now."""
    offset: float | None
    """The hub's last word; ``None`` before there was one."""


class ClockState:
    """Watches wall time against monotonic time, the last event of the log, and the hub.

    A machine that was suspended looks like one whose clock jumped: the monotonic clock stood still meanwhile.

    Args:
        unix: wall clock at the start.
        monotonic: monotonic clock at the same moment.
        last_event: wall clock of the newest event in the journal; time cannot be before it. 0 when there is none.
    """

    def __init__(self, unix: float, monotonic: float, last_event: float = 0.0) -> None:
        self._difference = unix - monotonic
        self._steady = max(unix, last_event) - monotonic
        self._last_event = last_event
        self._offset: float | None = None
        self._told_difference, self._told_offset = self._difference, 0.0
        self._start: float | None = None
        if unix < FIRST_POSSIBLE or self._doubted_after(unix):
            self._start = unix - (last_event or FIRST_POSSIBLE)

    def heard_from_hub(self, unix: float, monotonic: float, offset: float) -> None:
        """The hub's clock minus ours, in seconds; from now on jumps are measured from here."""
        self._difference = unix - monotonic
        self._offset = offset

    def at(self, unix: float, monotonic: float) -> str:
        """The word for the envelope."""
        if unix < FIRST_POSSIBLE:
            return "unset"
        if self._jumped(unix, monotonic):
            return "suspect"
        doubted = self._doubted_after(unix) if self._offset is None else abs(self._offset) > TOLERANCE
        return "suspect" if doubted else "ok"

    def time(self, unix: float, monotonic: float, zone: tzinfo) -> StationTime:
        """What time it is, as far as this station knows."""
        steady, now = int(monotonic + self._steady), self.believed(unix, monotonic)
        day = _day(now, zone)
        if self._offset is None:
            return StationTime(day, steady, now, self.at(unix, monotonic))
        # Without the hub nobody can tell a clock that was set from a machine that slept.
        return StationTime(day, steady, now, "suspect" if self._jumped(unix, monotonic) else "hub")

    def believed(self, unix: float, monotonic: float) -> float:
        """Seconds since 1970 by the hub's clock once it has spoken, by ours before."""
        return unix if self._offset is None else monotonic + self._difference + self._offset

    def adjustment(self, unix: float, monotonic: float) -> Adjustment | None:
        """What the log was not told yet; ``None`` when it knows everything. Say ``told`` once it is committed."""
        difference = unix - monotonic
        moved, offset = difference - self._told_difference, self._offset
        if self._start is not None:
            return Adjustment("started", round(self._start), difference, None)
        if abs(moved) > TOLERANCE:
            return Adjustment("jumped", round(moved), difference, None)
        if offset is not None and abs(offset - self._told_offset) > TOLERANCE:
            return Adjustment("hub", round(offset), difference, offset)
        return None

    def told(self, adjustment: Adjustment) -> None:
        """An event that says this adjustment is committed: it is not said again."""
        self._start, self._told_difference = None, adjustment.difference
        if adjustment.offset is not None:
            self._told_offset = adjustment.offset

    def _jumped(self, unix: float, monotonic: float) -> bool:
        return abs(unix - monotonic - self._difference) > TOLERANCE

    def _doubted_after(self, unix: float) -> bool:
        since = unix - self._last_event
        return bool(self._last_event) and not -TOLERANCE <= since <= LONG_PAUSE


def iso(unix: float) -> str:
    """UTC, ISO 8601 with milliseconds and ``Z``, for any clock however wrong."""
    second, microseconds = divmod(round(_possible(unix) * 1_000_000), 1_000_000)
    # A format such as ``:03`` takes longer than all the rest.
    return f"{_second(second)}.{str(1000 + microseconds // 1000)[1:]}Z"


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


def _day(unix: float, zone: tzinfo) -> date:
    return datetime.fromtimestamp(min(_possible(unix), LATEST_POSSIBLE - 86400), zone).date()


def _possible(unix: float) -> float:
    return unix if 0.0 <= unix <= LATEST_POSSIBLE else min(max(unix, 0.0), LATEST_POSSIBLE)
