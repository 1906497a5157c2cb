"""The way to the hub's page for a worker's telephone, as a code its camera reads: two modules in one character.

A Linux console's font has no half blocks: there a module is two whole ones.

The code stands on white whatever the theme is, with the light border a reader needs. Where it does not fit nothing is
drawn that could not be read: the sheet says how large the window has to be.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rma_station.screens import bars, picture
from rma_station.screens.picture import Picture
from rma_station.screens.sheet import Row, Sheet
from rma_station.services.bench import NoPhone, PhonePage
from rma_station.services.texts import render

QUIET = 2
"""Light modules around the code. ISO/IEC 18004 asks for four; readers of telephones are content with two."""
BESIDE = 30
"""Cells that words beside the code need."""
_HALVES = {"00": " ", "10": "▀", "01": "▄", "11": "█"}


class PhoneSheet(Sheet):
    """Asks for the page when it opens; photos that come close it."""

    CLOSES_ON_ANSWER: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._page: PhonePage | None = None
        self._why = ""

    def on_mount(self) -> None:
        """Ask for the page."""
        super().on_mount()
        self.ask(self.station.bench.phone_page())

    def answered(self, answer: Any) -> None:
        """The page, or why there is none."""
        if isinstance(answer, NoPhone):
            self._why = render(answer.text, self.language)
            return
        self._page = answer
        self.set_timer(max(answer.seconds, 1), self._ended)

    def _ended(self) -> None:
        self._page, self._why = None, self.word("phone.ended")
        self.redraw()

    def heading(self) -> str:
        """What it is."""
        return self.word("phone.title")

    def rows(self, width: int) -> list[Row]:
        """Words, where there is no code."""
        return [Row(((f" {text}", "strong"),)) for text in self._words()]

    def _words(self) -> list[str]:
        page = self._page
        if page is None:
            return [self._why or self.word("phone.asking")]
        of = " ".join(filter(None, (page.asked.lpn, page.asked.name)))
        minutes = -(-page.seconds // 60)
        return [self.word("phone.point"), of, self.word("phone.minutes", count=minutes), page.host]

    def draw(self, width: int, height: int) -> Picture:
        """Code and words beside it, the code alone, or how much room it needs."""
        page = self._page
        code = [] if page is None else (wholes if self.station.bare_console else halves)(page.code)
        if not code:
            return super().draw(width, height)
        wide, tall = len(code[0]), len(code) + 3
        if width < wide or height < tall:
            self.notice = ""
            self._why, shown = self.word("phone.too_small", width=wide, height=tall), self._page
            self._page = None
            drawn = super().draw(width, height)
            self._page, self._why = shown, ""
            return drawn
        self.drawn_width = width
        lines = [*bars.heading(self.heading(), self.station.status, width)[:2]]
        words = self._beside(width - wide - 2) if width >= wide + BESIDE else []
        for number, row in enumerate(code):
            text = words[number - 1] if 0 < number <= len(words) else ""
            lines.append(picture.line(width, (row, "code"), (f"  {text}", "strong")))
        body = picture.exactly(lines, width, height - 1)
        return [*body, picture.line(width, (f" {self.notice or self.footer(width)}", "muted"))]

    def _beside(self, width: int) -> list[str]:
        lines: list[str] = []
        for text in self._words():
            lines += [*picture.wrap(text, width, 3), ""]
        return lines


def halves(code: tuple[str, ...]) -> list[str]:
    """Lines of text for rows of modules, with the light border around them; every line stands for two rows."""
    rows = _bordered(code)
    if len(rows) % 2:
        rows.append("0" * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[top + bottom] for top, bottom in zip(upper, lower, strict=True)) for upper, lower in pairs]


def wholes(code: tuple[str, ...]) -> list[str]:
    """Lines of text for rows of modules, a line for each row and two characters for each module."""
    return ["".join("██" if module == "1" else "  " for module in row) for row in _bordered(code)]


def _bordered(code: tuple[str, ...]) -> list[str]:
    side, wide = "0" * QUIET, len(code[0]) + 2 * QUIET
    return ["0" * wide] * QUIET + [f"{side}{row}{side}" for row in code] + ["0" * wide] * QUIET
