"""The same code from the same scanner within a moment is one scan: scanners repeat when the trigger is held."""

from __future__ import annotations

from rma_station.ports import RawScan


class Duplicates:
    """Remembers the last scan of each scanner.

    Args:
        seconds: how long the same code is the same scan; measured between the ends of the scans.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: dict[str, RawScan] = {}

    def repeated(self, scan: RawScan) -> bool:
        """Whether this scan is a repetition; the first of a series counts, and a held trigger stays one scan."""
        before = self._last.get(scan.device)
        self._last[scan.device] = scan
        return before is not None and before.data == scan.data and 0 <= scan.at - before.at < self._seconds
