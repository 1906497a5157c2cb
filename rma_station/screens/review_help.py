"""Help of the review: the supervisor's keys and what each decision does. Over the review, to which Esc goes back."""

from __future__ import annotations

from typing import ClassVar

from rma_station.screens import picture
from rma_station.screens.keys import Key
from rma_station.screens.review_ruling import VERDICTS
from rma_station.screens.sheet import Row, Sheet, head_row, text_row

KEYS = ("arrows", "enter", "filter", "numbers", "photos", "refresh", "back")
"""Texts ``review.help.<name>``."""


class ReviewHelp(Sheet):
    """One sheet of keys."""

    CLOSES_ON_ANSWER: ClassVar[bool] = False

    def key(self, key: Key) -> bool:
        """The help is open already."""
        return key.key in ("f1", "question_mark")

    def heading(self) -> str:
        """What it is."""
        return self.word("review.help.title")

    def footer(self, width: int) -> str:
        """How to go back to the review."""
        return self.word("screen.sheet_back")

    def rows(self, width: int) -> list[Row]:
        """Keys, then what the number keys decide."""
        rows = [head_row(self.word("review.help.keys"))]
        for name in KEYS:
            rows += [text_row(f"  {part}") for part in picture.wrap(self.word(f"review.help.{name}"), width - 4, 3)]
        rows += [text_row(""), head_row(self.word("review.help.decisions"))]
        rows += [text_row(f"  {n}  {self.word(f'review.choice.{verdict}')}") for n, verdict in enumerate(VERDICTS, 1)]
        last = picture.wrap(self.word("review.help.pin"), width - 4, 4)
        return [*rows, text_row(""), *(text_row(f"  {part}") for part in last)]
