"""Questions and answers on a plain terminal: over ssh, on a bare console, or from a file in a test.

Lines are printed and answers are lines that are typed; nothing else of the terminal is used. Ctrl+D and Ctrl+C leave.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Message
from rma_station.errors import StationError
from rma_station.services.texts import render

YES = frozenset({"y", "yes", "t", "tak"})
NO = frozenset({"n", "no", "nie"})
WIDEST = 100
"""Columns of a line on a wide terminal."""
TRIES = 20
"""So many answers that mean nothing, one after the other, end a conversation with whoever is not there."""


class Left(StationError):
    """The person went away; nothing was written."""

    title = "Left"


class Conversation:
    """Asks in one language.

    Args:
        language: ``pl`` or ``en``.
        answers: where lines are read.
        shown: where lines are printed.
    """

    def __init__(self, language: str, answers: TextIO | None = None, shown: TextIO | None = None) -> None:
        self.language = language
        self._answers, self._shown = answers or sys.stdin, shown or sys.stdout
        self._wasted = 0
        reconfigure = getattr(self._shown, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a console without UTF-8 gets a sign, not a trace-back

    def word(self, key: str, **values: str | int) -> str:
        """A text of the catalogue's table ``wizard``."""
        return render(Message(f"wizard.{key}", values), self.language)

    def say(self, key: str, **values: str | int) -> None:
        """Print a text, broken into lines; a remedy begins a line of its own."""
        for line in self._lines(self.word(key, **values)):
            self.line(line)

    def _lines(self, text: str) -> list[str]:
        width = max(20, min(shutil.get_terminal_size().columns - 1, WIDEST))
        lines = []
        for number, part in enumerate(text.split(" -> ")):
            start, rest = ("  -> ", "     ") if number else ("", "  ")
            lines += textwrap.wrap(part, width, initial_indent=start, subsequent_indent=rest, break_long_words=False)
        return lines

    def line(self, text: str = "") -> None:
        """Print what is not of the catalogue; control characters become signs."""
        self._shown.write(clean(text, 2000) + "\n")
        self._shown.flush()

    def ask(self, key: str, default: str = "", **values: str | int) -> str:
        """Ask for a line; Enter takes the default.

        Raises:
            Left: the input has ended, or means nothing again and again.
        """
        question = self.word(key, **values) + (f" [{clean(default)}]" if default else "")
        *before, last = self._lines(question if question.endswith("?") else f"{question}:")
        for line in before:
            self.line(line)
        self._shown.write(f"{last} ")
        self._shown.flush()
        try:
            answer = self._answers.readline()
        except KeyboardInterrupt:
            answer = ""
        except UnicodeDecodeError:
            answer = "\n"
        if not answer:
            self.line()
            raise Left(self.word("left"))
        self._wasted += 1
        if self._wasted > TRIES:
            raise Left(self.word("left"))
        return answer.strip() or default

    def understood(self) -> None:
        """An answer was of use: the count of useless ones begins anew."""
        self._wasted = 0

    def confirm(self, key: str, default: bool, **values: str | int) -> bool:
        """Ask for yes or no."""
        while True:
            answer = self.ask(key, self.word("yes" if default else "no"), **values).lower()
            if answer in YES | NO:
                self.understood()
                return answer in YES
            self.say("yes_or_no")

    def choose(self, key: str, options: Sequence[str], default: int | None = None, **values: str | int) -> int:
        """Let one of some be chosen by its number, from 0 here and from 1 on the screen."""
        for number, option in enumerate(options, 1):
            self.line(f"  {number:>2}  {option}")
        while True:
            answer = self.ask(key, str(default + 1) if default is not None else "", **values)
            if answer.isascii() and answer.isdecimal() and 1 <= int(answer[:6]) <= len(options):
                self.understood()
                return int(answer) - 1
            self.say("number", last=len(options))
