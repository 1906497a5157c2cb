"""Cutting streams of scales into frames (pure): lines, and frames of a shape of their own."""

from __future__ import annotations

import re


class Lines:
    """Lines that keep their ending; any chunking gives the same lines."""

    LONGEST = 256
    """Bytes; a longer line is noise and comes out as it is, without an ending."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Complete lines in ``data`` and what was held."""
        self._held += data
        lines: list[bytes] = []
        start = 0
        while True:
            end = self._held.find(b"\n", start, start + self.LONGEST)
            if end < 0 and len(self._held) - start <= self.LONGEST:
                self._held = self._held[start:]
                return lines
            cut = end + 1 if end >= 0 else start + self.LONGEST
            lines.append(self._held[start:cut])
            start = cut

    def clear(self) -> None:
        """Forget the beginning of a line."""
        self._held = b""


class Shapes:
    """Frames that a regular expression describes, wherever they stand; what lies between them is dropped.

    Args:
        shape: matches one whole frame; it must end in a byte that says so, or have a fixed length, so that more bytes
            cannot make a match longer.
        longest: bytes of the longest frame; more is never held.
    """

    def __init__(self, shape: re.Pattern[bytes], longest: int) -> None:
        self._shape, self._longest = shape, longest
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Frames that ended in ``data``."""
        held = self._held + data
        frames, after = [], 0
        for found in self._shape.finditer(held):
            frames.append(found[0])
            after = found.end()
        self._held = held[max(after, len(held) - self._longest + 1) :]
        return frames

    def clear(self) -> None:
        """Forget the beginning of a frame."""
        self._held = b""
