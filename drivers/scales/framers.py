"""Cutting streams of scales into frames (pure): lines, and frames of a shape of their own."""

from __future__ import annotations


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
