"""What the virtual scale shows and answers: MT-SICS, pure of waiting (hardware reference 3.2).

A weight that is put on is in motion for ``SETTLING`` seconds and then stable. Fault switches are ``MODES``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SETTLING = 0.6
"""Seconds from putting a weight on until the scale calls it stable."""
WAIT_FOR_STABLE = 3.0
"""Seconds after which ``S`` gives up with ``S I``."""
HEAVIEST = 35_000
"""Grams; more is an overload."""
MODES = ("stable", "motion", "stuck", "over", "under", "busy", "mute")
"""``stable`` works; ``motion`` never settles; ``stuck`` shows what it showed; ``over`` and ``under`` are overload and
underload; ``busy`` answers ``S I``; ``mute`` takes commands and answers nothing."""
SERIAL_NUMBER = "VB00000001"


@dataclass(frozen=True)
class Answer:
    """Bytes to send after so many seconds."""

    data: bytes
    after: float = 0.0


class ScaleModel:
    """A scale with a platform; all times are monotonic seconds given by the caller."""

    def __init__(self) -> None:
        self.mode = "stable"
        self._before = 0
        self._load = 0
        self._stable_from = 0.0
        self._zero = 0
        self._stuck_at = 0

    @property
    def load(self) -> int:
        """Grams on the platform."""
        return self._load

    def put(self, grams: int, now: float) -> None:
        """Put this much on the platform in place of what was there; 0 takes everything off."""
        self._before, self._load, self._stable_from = self._shown(now), grams, now + SETTLING

    def switch(self, mode: str, now: float) -> None:
        """Switch a fault on (``MODES``)."""
        self._stuck_at = self._shown(now)
        self.mode = mode

    def answer(self, command: bytes, now: float) -> Answer | None:
        """The answer to one command line without its terminator; ``None`` for silence."""
        if self.mode == "mute" or not command:
            return None
        if command == b"SI":
            return Answer(self._weight(now))
        if command == b"S":
            if self.mode == "motion":
                return Answer(b"S I\r\n", WAIT_FOR_STABLE)
            settled = max(now, self._stable_from)
            return Answer(self._weight(settled), settled - now)
        if command in (b"I4", b"@"):
            return Answer(f'I4 A "{SERIAL_NUMBER}"\r\n'.encode())
        if command == b"Z":
            return Answer(b"Z " + self._set_zero(now) + b"\r\n")
        return Answer(b"ES\r\n")

    def _shown(self, now: float) -> int:
        """Grams before the zero setting."""
        if self.mode == "stuck":
            return self._stuck_at
        if now >= self._stable_from and self.mode != "motion":
            return self._load
        passed = max(0.0, now - self._stable_from + SETTLING)
        swing = (1 + abs(self._load - self._before) // 50) * math.sin(40 * passed)
        return round(self._load + (self._before - self._load) * math.exp(-8 * passed) + swing)

    def _stable(self, now: float) -> bool:
        return self.mode == "stuck" or (self.mode != "motion" and now >= self._stable_from)

    def _weight(self, now: float) -> bytes:
        grams = self._shown(now) - self._zero
        if self.mode == "busy":
            return b"S I\r\n"
        if self.mode == "over" or grams > HEAVIEST:
            return b"S +\r\n"
        if self.mode == "under" or grams < -HEAVIEST // 100:
            return b"S -\r\n"
        value = f"{'-' if grams < 0 else ''}{abs(grams) // 1000}.{abs(grams) % 1000:03}"
        return f"S {'S' if self._stable(now) else 'D'} {value:>10} kg\r\n".encode()

    def _set_zero(self, now: float) -> bytes:
        shown = self._shown(now)
        if not self._stable(now) or self.mode == "busy":
            return b"I"
        if abs(shown) > HEAVIEST // 50:
            return b"+" if shown > 0 else b"-"
        self._zero = shown
        return b"A"
