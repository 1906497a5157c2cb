"""From keystrokes to keys and scans. Pure: every stroke brings its own time, nobody looks at a clock here.

A barcode scanner that acts as a keyboard types faster than people do. Keys less than 100 ms apart are therefore a
scan and nothing else: a barcode from outside can identify, never command (design rule 9). A key acts once it was
alone for 100 ms. Control characters inside a scan are data (GS and its like); alone they mean nothing at all.
"""

from __future__ import annotations

from typing import TypeAlias

from rma_station.domain.record import dataclass

GAP = 0.1
"""Seconds. Scanners pause at most 50 ms between characters; two keystrokes of a person are rarely this close."""
LATE = 1.0
"""Seconds after a broken-off scan in which a lone Enter is its late ending, not an answer."""
LONGEST = 4096
"""Strokes of one scan; a key somebody leans on must not fill the memory."""
ENDINGS = frozenset({"enter", "tab", "ctrl+j", "ctrl+m", "ctrl+i", "ctrl+c"})
"""CR, TAB, LF and ETX end a scan."""
_EDITING = frozenset({"enter", "tab", "escape", "backspace"})
_DATA = frozenset("\x04\x1c\x1d\x1e\x1f")
"""Control characters that GS1 and ISO 15434 barcodes carry."""
_START = "\x02"


@dataclass(frozen=True)
class Stroke:
    """One key as the terminal reports it: its name, its character, and monotonic seconds."""

    key: str
    character: str | None
    at: float


@dataclass(frozen=True)
class Key:
    """A key that stood alone: it may act. A letter's name is small, whatever Caps Lock says; its character is not."""

    key: str
    character: str | None = None


@dataclass(frozen=True)
class Burst:
    """A scan by keyboard, without its ending. ``damaged`` as in ``ports.RawScan``."""

    text: str
    at: float
    damaged: str | None = None


@dataclass(frozen=True)
class Ignored:
    """A key that means nothing: a control character, a held function key, the late ending of a scan."""

    key: str


Result: TypeAlias = Key | Burst | Ignored


class KeyReader:
    """Groups strokes by their distance in time. ``press`` every stroke, and ``settle`` when ``due`` has come."""

    def __init__(self) -> None:
        self._group: list[Stroke] = []
        self._tight = False
        self._last = float("-inf")
        self._scan_ended = False
        self._broken_at = float("-inf")

    @property
    def due(self) -> float | None:
        """When ``settle`` has something to say, in the strokes' time; ``None`` while nothing waits."""
        return self._last + GAP if self._group else None

    def press(self, stroke: Stroke) -> list[Result]:
        """One more stroke; returns what became certain by it."""
        results = self.settle(stroke.at)
        near = stroke.at - self._last < GAP
        self._last = max(self._last, stroke.at)
        ending = stroke.key in ENDINGS
        if not self._group:
            if ending and near and self._scan_ended:
                return results
            self._tight, self._scan_ended = near, False
        if len(self._group) <= LONGEST:
            self._group.append(stroke)
        if ending and len(self._group) > 1:
            results.append(_burst(self._group[:-1], None))
            self._group, self._scan_ended = [], True
        return results

    def settle(self, now: float) -> list[Result]:
        """Silence until ``now``: a group that is over is one key, or a scan without its ending."""
        if not self._group or now - self._last < GAP:
            return []
        group, self._group = self._group, []
        if len(group) == 1 and not self._tight:
            return [self._single(group[0])]
        if not any(stroke.character for stroke in group):
            return [Ignored(group[-1].key)]
        self._broken_at = group[-1].at
        return [_burst(group, "incomplete")]

    def _single(self, stroke: Stroke) -> Result:
        if stroke.key in ENDINGS and stroke.at - self._broken_at < LATE:
            return Ignored(stroke.key)
        if stroke.key.startswith("ctrl+"):
            return Ignored(stroke.key)
        control = stroke.character is not None and not stroke.character.isprintable()
        if control and stroke.key not in _EDITING:
            return Ignored(stroke.key)
        name = stroke.key.lower() if len(stroke.key) == 1 else stroke.key
        return Key(name, stroke.character if not control else None)


def from_paste(text: str, at: float) -> Burst | None:
    """A paste is one scan, whatever it contains; ``None`` when it is empty."""
    code = text.strip("\r\n\t\x02\x03")
    return Burst(code[:LONGEST], at, "overflow" if len(code) > LONGEST else None) if code else None


def _burst(group: list[Stroke], damaged: str | None) -> Burst:
    at = group[-1].at
    if len(group) > LONGEST:
        damaged = "overflow"
    if group[0].character == _START:
        group = group[1:]
    text = "".join(stroke.character for stroke in group if stroke.character and _is_data(stroke.character))
    if any(not stroke.character or not _is_data(stroke.character) for stroke in group):
        damaged = damaged or "characters"
    return Burst(text[:LONGEST], at, damaged)


def _is_data(character: str) -> bool:
    return character.isprintable() or character in _DATA


class TypedLine:
    """Characters typed one by one where text is expected; sent on Enter."""

    LONGEST = 40

    def __init__(self) -> None:
        self.text = ""

    def take(self, key: Key) -> str | None:
        """One key; returns the finished line on Enter, which also empties it. Unprintable keys change nothing."""
        if key.key == "enter":
            line, self.text = self.text, ""
            return line
        if key.key == "backspace":
            self.text = self.text[:-1]
        elif key.character and key.character.isprintable() and len(self.text) < self.LONGEST:
            self.text += key.character
        return None

    def clear(self) -> None:
        """Forget what was typed."""
        self.text = ""
