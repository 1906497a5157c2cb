"""What every virtual label printer has, whatever it understands: paper, problems, a buffer and an odometer."""

from __future__ import annotations

from collections.abc import Mapping

ERRORS: Mapping[str, int] = {"media_out": 0x1, "ribbon_out": 0x2, "head_open": 0x4, "paused": 0x10000}
"""Problems that can be switched on, with their bit in Zebra's ``~HQES`` answer."""
LARGEST_LABEL = 4 * 1024 * 1024
"""Bytes of one label; a longer one is thrown away, as a printer out of memory does."""


class PrinterModel:
    """A printer, pure of sockets; ``printed`` are the labels that came out and were not taken yet.

    Args:
        odometer: labels printed in its life so far.
    """

    language = ""
    """What it understands."""

    def __init__(self, odometer: int = 0) -> None:
        self.odometer = odometer
        self.printed: list[bytes] = []
        self.problems: frozenset[str] = frozenset()
        self.silent = False
        self.counts = True
        """Tells its odometer, where its language has a question for it."""
        self._waiting: list[bytes] = []

    @property
    def formats_waiting(self) -> int:
        """Labels in the buffer."""
        return len(self._waiting)

    @property
    def partial(self) -> bool:
        """A label was begun and not ended."""
        raise NotImplementedError

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the host in any chunks; returns what the printer answers."""
        raise NotImplementedError

    def set_problems(self, problems: frozenset[str]) -> None:
        """Switch to exactly these problems; without any, what waits is printed."""
        self.problems = problems
        self._print()

    def _ended(self, label: bytes, copies: int = 1) -> None:
        """A label is whole: it waits for paper, or comes out."""
        self._waiting += [label] * copies
        self._print()

    def _print(self) -> None:
        if not self.problems:
            self.odometer += len(self._waiting)
            self.printed += self._waiting
            self._waiting.clear()
