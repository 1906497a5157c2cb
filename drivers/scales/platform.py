"""What lies on a simulated scale and what it would show (pure): shared by ``sim:`` devices and the virtual bench.

A weight that is put on is in motion for ``SETTLING`` seconds and then stable. Fault switches are ``MODES``. All times
are monotonic seconds given by the caller.
"""

from __future__ import annotations

import math

from rma_station.domain.record import dataclass

SETTLING = 0.6
"""Seconds from putting a weight on until the scale calls it stable."""
HEAVIEST = 35_000
"""Grams; more is an overload."""
MODES = ("stable", "motion", "stuck", "over", "under", "busy", "mute")
"""``stable`` works; ``motion`` never settles; ``stuck`` shows what it showed; ``over`` and ``under`` are overload and
underload; ``busy`` refuses; ``mute`` takes commands and answers nothing."""


@dataclass(frozen=True)
class Shown:
    """What a scale has to say at a moment."""

    grams: int
    """After zero and tare."""
    stable: bool = True
    state: str = ""
    """Empty for a weight; else ``over``, ``under`` or ``busy``."""
    tare: int = 0
    """Grams of the container that was taken off."""

    @property
    def net(self) -> bool:
        """A tare is set."""
        return self.tare != 0


class Platform:
    """A scale's platform with its zero and tare keys."""

    def __init__(self) -> None:
        self.mode = "stable"
        self._before = 0
        self._load = 0
        self._stable_from = 0.0
        self._zero = 0
        self._tare = 0
        self._stuck_at = 0

    @property
    def load(self) -> int:
        """Grams on the platform."""
        return self._load

    def put(self, grams: int, now: float) -> None:
        """Put this much on the platform in place of what was there; 0 takes everything off."""
        self._before, self._load, self._stable_from = self._gross(now), grams, now + SETTLING

    def switch(self, mode: str, now: float) -> None:
        """Switch a fault on (``MODES``)."""
        self._stuck_at = self._gross(now)
        self.mode = mode

    def shown(self, now: float) -> Shown:
        """What the display says."""
        gross = self._gross(now) - self._zero
        state = self.mode if self.mode in ("over", "under", "busy") else ""
        if not state and gross > HEAVIEST:
            state = "over"
        if not state and gross < -HEAVIEST // 100:
            state = "under"
        return Shown(gross - self._tare, self._is_stable(now), state, self._tare)

    def settles_at(self, now: float) -> float:
        """When the weight is stable: now, or later."""
        return max(now, self._stable_from)

    def press_zero(self, now: float) -> str:
        """Press the zero key: ``set``, or why not: ``motion``, ``over`` or ``under``."""
        gross = self._gross(now)
        if not self._is_stable(now) or self.mode == "busy":
            return "motion"
        if abs(gross) > HEAVIEST // 50:
            return "over" if gross > 0 else "under"
        self._zero, self._tare = gross, 0
        return "set"

    def press_tare(self, now: float) -> str:
        """Press the tare key: ``set``, or ``motion`` or ``under``."""
        gross = self._gross(now) - self._zero
        if not self._is_stable(now) or self.mode == "busy":
            return "motion"
        if gross < 0:
            return "under"
        self._tare = gross
        return "set"

    def _gross(self, now: float) -> int:
        if self.mode == "stuck":
            return self._stuck_at
        if now >= self._stable_from and self.mode != "motion":
            return self._load
        passed = max(0.0, now - self._stable_from + SETTLING)
        swing = (1 + abs(self._load - self._before) // 50) * math.sin(40 * passed)
        return round(self._load + (self._before - self._load) * math.exp(-8 * passed) + swing)

    def _is_stable(self, now: float) -> bool:
        return self.mode == "stuck" or (self.mode != "motion" and now >= self._stable_from)
