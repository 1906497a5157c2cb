"""What the station process says: its lines, kept as they come, to wait on."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from rma_station.demo.doubt import DoesNotAddUp

Line = dict[str, Any]


class Answers:
    """Reads one station process's standard output on a thread of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._changed = threading.Condition()
        self._lines: list[Line] = []
        self._ended = False
        threading.Thread(target=self._read, name="station's answers", daemon=True).start()

    def _read(self) -> None:
        for raw in self._process.stdout or ():
            with self._changed:
                self._lines.append(json.loads(raw))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def count(self) -> int:
        """Lines so far."""
        with self._changed:
            return len(self._lines)

    def latest(self) -> Line:
        """The newest line; empty before the first."""
        with self._changed:
            return self._lines[-1] if self._lines else {}

    def after(self, count: int) -> list[Line]:
        """All lines from this place on."""
        with self._changed:
            return self._lines[count:]

    def wait(self, what: str, fits: Callable[[Line], bool], seconds: float, since: int = 0) -> Line:
        """The first line from ``since`` on that fits.

        Raises:
            DoesNotAddUp: none came in this time, or the station ended.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in self._lines[since:]:
                    if fits(line):
                        return line
                since = len(self._lines)
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "the station ended" if self._ended else f"nothing in {seconds:.0f} s"
                    raise DoesNotAddUp(what, "an answer", why)
                self._changed.wait(left)


def until(what: str, done: Callable[[], bool], seconds: float) -> None:
    """Look every few milliseconds until something is so.

    Raises:
        DoesNotAddUp: it was not in this time.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not done():
        if time.monotonic() > deadline:
            raise DoesNotAddUp(what, "done", f"not in {seconds:.0f} s")
        pause.wait(0.01)
