"""The question of a decision while it is being made: the last lines of the review. Pure: values in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.screens import picture
from rma_station.screens.picture import Picture
from rma_station.screens.review_ruling import Ruling
from rma_station.screens.review_words import Reader

WIDEST = 60
"""Cells of the field that is typed in."""
GAP = "   "
"""Between two things a number key stands for."""


def box(ruling: Ruling, typed: str, reader: Reader) -> Picture:
    """The question that stands, with what can be chosen by number or with the field; nothing when all is answered."""
    step, width = ruling.step, reader.width
    if step is None:
        return []
    name = "reason_or_none" if step == "reason" and not ruling.reason_needed else step
    proposed = reader.say(f"disposition.{ruling.proposed}") if ruling.proposed else ""
    unit = ruling.unit.seen if ruling.unit else None
    lpn, grade = (clean(unit.lpn, 16), clean(unit.grade, 8)) if unit else ("", "")
    question = reader.say(f"review.ask_{name}", verdict=ruling.verdict, proposed=proposed, lpn=lpn, grade=grade)
    lines = [picture.rule(width), picture.line(width, (" ▶ ", "accent"), (question, "prompt"))]
    choices = ruling.words(reader)
    if choices:
        return [*lines, *(picture.line(width, (f"   {part}", "base")) for part in _flowing(choices, width - 4))]
    return [*lines, _field("*" * len(typed) if step == "pin" else clean(typed), width)]


def asked(question: str, typed: str, width: int) -> Picture:
    """A question that is answered in words."""
    return [picture.rule(width), picture.line(width, (" ▶ ", "accent"), (question, "prompt")), _field(typed, width)]


def _field(shown: str, width: int) -> picture.Line:
    room = min(width - 4, WIDEST)
    return picture.line(width, ("   ", "base"), (picture.fit(f" {shown[-(room - 3) :]}_", room), "field"))


def _flowing(choices: Sequence[str], width: int) -> list[str]:
    """As many beside each other as fit; none is broken."""
    lines: list[str] = []
    for choice in choices:
        joined = f"{lines[-1]}{GAP}{choice}" if lines else choice
        if lines and picture.cells(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(choice)
    return lines
