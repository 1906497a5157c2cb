"""The same code from the same scanner within a moment is one scan: scanners repeat when the trigger is held.

That another code came in between changes nothing: a scanner that sees two labels reads them in turn.
"""

from __future__ import annotations

from rma_station.ports import RawScan


class Duplicates:
    """Remembers what each scanner has read within the last moment.

    Args:
        seconds: how long the same code is the same scan; measured between the ends of the scans.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: dict[tuple[str, bytes], float] = {}

    def repeated(self, scan: RawScan) -> bool:
        """Whether this scan is a repetition; the first of a series counts, and a held trigger stays one scan."""
        # Scans of two scanners may come in another order than they ended: what is a little later stays.
        self._last = {read: at for read, at in self._last.items() if scan.at - at < self._seconds}
        before = self._last.get((scan.device, scan.data))
        self._last[scan.device, scan.data] = scan.at
        return before is not None and scan.at >= before
