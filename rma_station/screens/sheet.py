"""Sheets: screens of rows over the worker screen, read-only or with a mark that arrows move and Enter takes.

``ShiftSheet`` (the sign-out sheet) is the simplest of them and shows how one is made.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ClassVar, TypeVar

from rma_station.domain.command import Command
from rma_station.domain.outcome import Message
from rma_station.domain.record import dataclass
from rma_station.screens import actions, bars, picture
from rma_station.screens.base import PictureScreen
from rma_station.screens.keys import Burst, Key, Result
from rma_station.screens.picture import Line, Picture, Span
from rma_station.services.texts import render, word

T = TypeVar("T")
SILENT_SECONDS = 4.0
"""So long a hub that was asked may take before a person is told that it does not answer yet."""
LEAST_LINES = 5
"""A sheet in fewer has no last line: its heading takes three, and one row is always shown."""
MOVES = frozenset({"up", "down", "pageup", "pagedown", "home", "end", "left", "right"})
"""Keys that move the mark or the window."""


@dataclass(frozen=True)
class Row:
    """One row: its text, and what Enter takes; rows without a value are only read."""

    spans: tuple[Span, ...]
    value: object = None


def text_row(text: str, role: str = "base") -> Row:
    """A row that is only read."""
    return Row(((f" {text}", role),))


def head_row(text: str) -> Row:
    """A small heading between rows."""
    return Row(((f" {text}", "accent"),))


def _broken(row: Row, width: int) -> list[Row]:
    if row.value is not None or len(row.spans) != 1:
        return [row]
    text, role = row.spans[0]
    indent = text[: len(text) - len(text.lstrip(" "))]
    if picture.cells(text) <= width or len(indent) >= width:
        return [row]
    return [Row(((indent + part, role),)) for part in picture.wrap(text.strip(), width - len(indent), 6)]


class Sheet(PictureScreen):
    """Status, title, rows, and a line that says how to leave. A scan goes to the station, whose answer closes it."""

    CLOSES_ON_ANSWER: ClassVar[bool] = True
    LEFT_BY_BACK: ClassVar[bool] = True
    ARROWS: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._top = 0
        self._room = 1
        self._reading = False
        """The window was moved on its own, to read what is above or below the rows with a mark."""
        self.notice = ""
        self.patience = SILENT_SECONDS
        self.drawn_width = 80
        """Columns it was last drawn in: rows depend on it."""

    # --- what a sheet says of itself ---

    def heading(self) -> str:
        """Its heading."""
        raise NotImplementedError

    def rows(self, width: int) -> list[Row]:
        """What it shows, for lines of ``width`` cells."""
        raise NotImplementedError

    def footer(self, width: int) -> str:
        """How to leave."""
        return f"{self.word('screen.sheet_back')}   {self.word('screen.sheet_scan')}"

    def chosen(self, value: object) -> None:
        """Enter was pressed on a row with a value."""

    def key(self, key: Key) -> bool:
        """A key the sheet has a use for; false when it has none."""
        return False

    def mark(self, at: int) -> None:
        """Put the mark on the row ``at`` or the nearest that has a value, and show it."""
        self._at, self._top, self._reading = at, 0, False

    # --- drawing ---

    def word(self, key: str, **values: str | int) -> str:
        """A text of the catalogue in the worker's language."""
        return render(Message(key, values), self.language)

    def draw(self, width: int, height: int) -> Picture:
        """Heading, as many rows as fit around the mark, footer."""
        self.drawn_width = width
        rows = self._all(width)
        self._room = room = max(height - LEAST_LINES + 1, 1)
        self._settle(rows, room)
        seen = rows[self._top : self._top + room]
        marked = self._marked(rows)
        lines = [
            *bars.heading(self.heading(), self.station.status, width),
            *picture.exactly(
                [self._line(row, width, index == marked) for index, row in enumerate(seen, self._top)], width, room
            ),
        ]
        text = self.notice or self.footer(width)
        more = " ▼" if self._top + room < len(rows) else ""
        last = picture.ends(width, ((f" {text}", "warn" if self.notice else "muted"),), ((more, "accent"),))
        return picture.exactly([*lines, last], width, height)

    def _line(self, row: Row, width: int, marked: bool) -> Line:
        if not marked:
            return picture.line(width, *row.spans)
        text = "".join(text for text, _ in row.spans)
        return picture.line(width, (f"▶{text[1:]}", "cursor"), fill="cursor")

    def _all(self, width: int) -> list[Row]:
        """The rows, those that are only read broken into as many as they need."""
        return [part for row in self.rows(width) for part in _broken(row, width)]

    def _marked(self, rows: list[Row]) -> int | None:
        return self._at if self._at < len(rows) and rows[self._at].value is not None else None

    def _settle(self, rows: list[Row], room: int) -> None:
        """Keep mark and window inside the rows, whatever has become of them."""
        choosable = [index for index, row in enumerate(rows) if row.value is not None]
        if choosable:
            self._at = min(choosable, key=lambda index: (abs(index - self._at), index))
            first = self._at - 1 if self._at and rows[self._at - 1].value is None else self._at
            if not self._reading and (first < self._top or self._at >= self._top + room):
                self._top = first if first < self._top else self._at - room + 1
        self._top = max(0, min(self._top, len(rows) - room))

    # --- keys ---

    def take(self, result: Result) -> None:
        """Arrows move, Enter takes, Esc leaves; a scan goes to the station."""
        self.notice = ""
        if isinstance(result, Burst):
            if self.station.view.secret:
                self.notice = self.word("screen.typing_pin")
            else:
                self.station.scan(result)
        elif not isinstance(result, Key) or not (self._moved(result) or self._acted(result)):
            self.notice = self.word("screen.key_unknown")
        if self.is_attached and self.is_current:
            self.redraw()

    def _acted(self, key: Key) -> bool:
        if self.key(key):
            return True
        if key.key == "escape":
            self.app.pop_screen()
            return True
        if key.key == "enter":
            marked = self._marked(rows := self._all(self.drawn_width))
            if marked is not None:
                self.chosen(rows[marked].value)
                return True
        return self._passed_on(key)

    def _passed_on(self, key: Key) -> bool:
        """Keys of the action table work here too: other sheets always, commands where an answer closes the sheet."""
        action = actions.BY_KEY.get(key.key)
        if action is not None and (self.CLOSES_ON_ANSWER or action.command in (None, Command.HELP)):
            return self.station.act(action)
        if self.CLOSES_ON_ANSWER and actions.number_of(key.key):
            self.station.worker_screen.take(key)
            return True
        return False

    def _moved(self, key: Key) -> bool:
        page = max(self.app.size.height - 6, 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -(10**6), "end": 10**6}
        if key.key not in steps:
            return key.key in ("left", "right")
        rows, step = self._all(self.drawn_width), steps[key.key]
        choosable = [index for index, row in enumerate(rows) if row.value is not None]
        if self._at in choosable and (self._at_in_window() or key.key in ("home", "end")):
            place = choosable.index(self._at)
            wanted = max(0, min(place + step, len(choosable) - 1))
            self._at = choosable[wanted]
            step -= wanted - place
            self._reading = step != 0
        self._top += step if self._reading or not choosable else 0
        return True

    def _at_in_window(self) -> bool:
        return self._top <= self._at < self._top + self._room

    # --- asking the bench or the hub ---

    def ask(self, future: Future[Any], then: Callable[[Any], None] | None = None) -> None:
        """Ask; the answer comes to ``then`` or ``answered``, a failure to the notice line.

        An answer that comes after leaving is dropped. No failure of somebody else ends the program here.
        """

        def come(done: Future[Any]) -> None:
            if not self.is_attached:
                return
            error = done.exception()
            if error is not None:
                self.notice = self.word("screen.sheet_failed", reason=str(error) or type(error).__name__)
            else:
                (then or self.answered)(done.result())
            self.redraw()

        self.station.ask(future, come)

    def ask_hub(
        self, question: Callable[[], T], then: Callable[[T], None], waits: Callable[[], None] | None = None
    ) -> None:
        """Ask the hub on a thread of its own. When no answer is here after some seconds it is said so, in the last line
        and by ``waits``; it is still taken when it comes."""
        asked = self.station.aside(question)

        def still() -> None:
            if self.is_attached and not asked.done():
                self.notice = self.word("review.silent")
                if waits is not None:
                    waits()
                self.redraw()

        self.ask(asked, then)
        self.set_timer(self.patience, still)

    def answered(self, answer: Any) -> None:
        """What ``ask`` asked for has come; a sheet that asks keeps it here."""


class ShiftSheet(Sheet):
    """The sign-out sheet: parcels, units, held, owed, set aside, not yet at the hub."""

    LEFT_BY_BACK: ClassVar[bool] = False
    """It stands beside a question of the flow, which "back" answers with no."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Message, ...] | None = None

    def on_mount(self) -> None:
        """Ask for the figures."""
        super().on_mount()
        self.ask(self.station.bench.shift())

    def key(self, key: Key) -> bool:
        """Esc answers the question with no: once is enough."""
        if key.key != "escape":
            return False
        self.app.pop_screen()
        return self.station.act(actions.BY_NAME[Command.CANCEL.value])

    def answered(self, answer: Any) -> None:
        """The shift's figures have come."""
        self._lines = tuple(answer)

    def heading(self) -> str:
        """What it is."""
        return self.word("screen.shift_title")

    def rows(self, width: int) -> list[Row]:
        """One row for each figure."""
        if self._lines is None:
            return [text_row(word("screen.sheet_loading", self.language), "muted")]
        rows = [text_row(""), *(text_row(render(text, self.language)) for text in self._lines), text_row("")]
        view = self.station.view
        if view.choices:
            rows.append(Row(((" ▶ ", "accent"), (render(view.prompt, self.language), "prompt"))))
            rows += [
                Row(((f"   {choice.number} ", "accent"), (render(choice.text, self.language), "base")))
                for choice in view.choices
            ]
        return rows
