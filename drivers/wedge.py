"""Key events of a scanner that types, cut into scans; and the signs that it is a hand that types (pure).

Decoding is in ``keys.py``, cutting in ``framing.py``: Enter, keypad Enter and Tab end a scan, a pause only marks it
incomplete.

A scanner sends a character in a few milliseconds, a hand in more than a hundred. What was typed slowly is shown and
not submitted, and a device on which only hands type is a keyboard that was configured by mistake.
"""

from __future__ import annotations

from drivers.framing import PAUSE, Framer
from drivers.keymaps import Layout
from drivers.keys import EV_KEY, MODIFIERS, PRESSED, KeyDecoder
from rma_station.domain.record import replace
from rma_station.ports import RawScan

HAND = 0.08
"""Seconds from key to key, in the middle of a scan, above which it was typed by hand."""
ENOUGH = 8
"""So many slow keys in a row, and no quick scan among them, tell a keyboard."""
TYPED = "typed"
"""Reason of ``RawScan.damaged``: a hand typed it."""


class Wedge:
    """One scanner in keyboard mode.

    Args:
        device: name written into the scans.
        layout: what the scanner is set to.
        suffix: one of ``framing.SUFFIXES``; ``auto`` takes Tab too.
        gs_key: code of the function key it sends for GS, if it does.
        slow: the scanner is as slow as a hand: its pace tells nothing.
    """

    def __init__(
        self, device: str, layout: Layout, suffix: str = "auto", gs_key: int | None = None, *, slow: bool = False
    ) -> None:
        self._layout, self._gs_key, self._slow = layout, gs_key, slow
        self._framer = Framer(device, suffix, b"\t" if suffix == "auto" else b"")
        self._decoder = KeyDecoder(layout, gs_key)
        self._pressed_at: float | None = None
        self._gaps: list[float] = []
        self._slow_keys = 0

    def opened(self, *, caps: bool, down: frozenset[int], at: float | None) -> None:
        """The device was opened.

        Args:
            caps: its Caps Lock LED.
            down: keys that are down.
            at: monotonic seconds when a scan seems to be under way, whose beginning nobody has seen; ``None`` if not.
        """
        self._decoder = KeyDecoder(self._layout, self._gs_key, caps=caps, down=down)
        if at is not None:
            self._framer.spoil("incomplete", at)

    @property
    def pending(self) -> bool:
        """True while a scan has begun and not ended."""
        return self._framer.pending or self._decoder.pending

    @property
    def by_hand(self) -> bool:
        """A hand types on it: it is a keyboard, and it may be the only one."""
        slow = len(self._gaps) if self._is_slow() else 0
        return self._slow_keys + slow >= ENOUGH

    def feed(self, kind: int, code: int, value: int, happened: float, at: float) -> list[RawScan]:
        """Take one event.

        Args:
            kind: as ``KeyDecoder.feed``, like ``code`` and ``value``.
            code: see there.
            value: see there.
            happened: the kernel's time of it in seconds, on any clock.
            at: monotonic seconds when it was read.
        """
        if kind == EV_KEY and value == PRESSED and code not in MODIFIERS:
            self._note_pace(happened)
        typed = self._decoder.feed(kind, code, value)
        if not typed.data and typed.damage is None:
            return []
        if typed.damage is not None:
            self._framer.spoil(typed.damage, at)
        scans = self._framer.feed(typed.data, at)
        return self._ended(scans) if scans else scans

    def idle(self, at: float) -> list[RawScan]:
        """Say that nothing was there to read at ``at``; as ``Framer.idle``."""
        scans = self._framer.feed(self._decoder.flush(), at) + self._framer.idle(at)
        return self._ended(scans) if scans else scans

    def lost(self, at: float) -> list[RawScan]:
        """The device is gone: what had come of a scan."""
        return self._framer.feed(self._decoder.flush(), at) + self._framer.lost()

    def _note_pace(self, happened: float) -> None:
        if self._pressed_at is not None and self.pending and 0 <= happened - self._pressed_at < 2 * PAUSE:
            self._gaps.append(happened - self._pressed_at)
        self._pressed_at = happened

    def _is_slow(self) -> bool:
        return not self._slow and len(self._gaps) >= 2 and sorted(self._gaps)[len(self._gaps) // 2] > HAND

    def _ended(self, scans: list[RawScan]) -> list[RawScan]:
        self._decoder.scan_ended()
        if self._is_slow():
            self._slow_keys += len(self._gaps)
            scans = [replace(scan, damaged=scan.damaged or TYPED) for scan in scans]
        elif len(self._gaps) >= 2:
            self._slow_keys = 0
        self._gaps.clear()
        return scans
