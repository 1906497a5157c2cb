"""The readable transcript: what the worker does, and what the bench answers in the worker's words."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rma_station.domain.clean import clean

SHAPES = {"ready": "?", "ok": "v", "attention": "!", "stop": "X"}
"""A shape for each outcome, beside its word."""
WORDS = {
    "scan": ("skanuje", "scans"),
    "answer": ("odpowiada", "answers"),
    "command": ("polecenie", "command"),
    "weigh": ("waga", "scale"),
    "label": ("etykieta", "label"),
    "fault": ("AWARIA", "FAULT"),
    "repair": ("naprawa", "repair"),
    "hub": ("centrala", "hub"),
    "desk": ("kierownik", "supervisor"),
    "ready": ("GOTOWE", "READY"),
    "ok": ("OK", "OK"),
    "attention": ("UWAGA", "ATTENTION"),
    "stop": ("STOP", "STOP"),
    "noticed": ("stanowisko", "station"),
}

STATES = {
    "succeeded": ("zwrócone", "paid back"),
    "held": ("wstrzymane dla kierownika", "held for a supervisor"),
    "needs_human": ("do wyjaśnienia", "for a person to settle"),
    "declined": ("odmówione", "declined"),
    "queued": ("w kolejce", "queued"),
}
"""States of money in words."""


class Transcript:
    """Writes lines as they happen, with the seconds since the start.

    Args:
        language: ``pl`` or ``en``.
        write: where the text goes.
    """

    def __init__(self, language: str, write: Callable[[str], object] = sys.stdout.write) -> None:
        self.language = language
        self._write = write
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._begun

    def word(self, key: str) -> str:
        """A word of the table above."""
        return WORDS[key][0 if self.language == "pl" else 1]

    def state(self, state: str) -> str:
        """A state of money in words."""
        return self.either(*STATES[state]) if state in STATES else state

    def either(self, pl: str, en: str) -> str:
        """The sentence in the transcript's language."""
        return pl if self.language == "pl" else en

    def heading(self, text: str) -> None:
        """A story begins."""
        self._line(f"\n{clean(text, 160)}")

    def step(self, who: str, what: str, kind: str = "", answer: str = "") -> None:
        """One line: what was done, and the answer with its shape and word."""
        left = f"{self.seconds:6.1f}s  {self.word(who):<11} {clean(what, 60)}"
        if not kind:
            self._line(left.rstrip())
            return
        self._line(f"{left:<58} {SHAPES[kind]} {self.word(kind):<10} {clean(answer, 120)}".rstrip())

    def plain(self, text: str = "") -> None:
        """A line as it is."""
        self._line(text)

    def _line(self, text: str) -> None:
        self._write(text + "\n")
