"""The bench panel: a bench without hardware, in sample mode. Mark something and Enter scans it.

A code that is scanned here goes out of the virtual bench's serial line and comes back through the real driver, and so
does everything that can go wrong with scale, printer and cables. In a wide window the worker screen stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rma_station.domain.outcome import Kind
from rma_station.domain.record import dataclass
from rma_station.screens import bars, picture
from rma_station.screens.draw_station import NORMAL, in_one_line
from rma_station.screens.draw_station import draw as draw_station
from rma_station.screens.keys import Key
from rma_station.screens.picture import Picture, Span, fit
from rma_station.screens.sheet import MOVES, Row, Sheet, head_row, text_row
from rma_station.services.bench import BenchDriver, Scannable, Update
from rma_station.services.texts import render, word

PANEL = 39
BESIDE = NORMAL[0] + 1 + PANEL
"""Columns from which the worker screen is shown beside the panel."""
WEIGHTS = (0, 240, 480, 1240, 2600)
"""Grams that can be put on the virtual scale."""


@dataclass(frozen=True)
class _Deed:
    """Something to do to the virtual bench."""

    text: str
    act: Callable[[], None]


class BenchPanel(Sheet):
    """Stays open while the work goes on."""

    CLOSES_ON_ANSWER: ClassVar[bool] = False
    LEFT_BY_BACK: ClassVar[bool] = False

    def __init__(self, driver: BenchDriver) -> None:
        super().__init__()
        self._driver = driver
        self._codes: Sequence[Scannable] = ()
        self._said: tuple[Kind, str] | None = None
        self._out: set[str] = set()
        self._scanned = ""

    def on_mount(self) -> None:
        """Ask what can be scanned."""
        super().on_mount()
        self.ask(self.station.bench.scannables())

    def answered(self, answer: Any) -> None:
        """The list, most useful first; when something else has become most useful, the mark goes there."""
        before, self._codes = self._codes, answer
        if [code.code for code in before[:1]] != [code.code for code in self._codes[:1]]:
            self.mark(0)

    def refreshed(self, update: Update) -> None:
        """Show the answer to what was scanned, and what can be scanned now."""
        if update.outcome is not None:
            self._said = update.outcome.kind, in_one_line(update.outcome, update.status.language)
            if self._scanned == "badge" and update.outcome.kind is Kind.OK:
                self._mark_first("parcel")
            self._scanned = ""
            self.ask(self.station.bench.scannables())
        elif not any(code.group == "badge" for code in self._codes):
            # Opened before the hub's first page was here: the list fills as soon as it is.
            self.ask(self.station.bench.scannables())
        super().refreshed(update)

    def _mark_first(self, group: str) -> None:
        """Move the mark to where a newcomer goes on."""
        rows = self._all(self.drawn_width)
        found = [n for n, row in enumerate(rows) if isinstance(row.value, Scannable) and row.value.group == group]
        self.mark(found[0] if found else self._at)

    def heading(self) -> str:
        """What it is."""
        return self.word("bench.title")

    def footer(self, width: int) -> str:
        """How to use it."""
        return self.word("bench.keys")

    def draw(self, width: int, height: int) -> Picture:
        """The panel alone, with the last answer below; or beside the worker screen."""
        if width >= BESIDE and height >= NORMAL[1]:
            left = draw_station(self.station.worker_screen.scene(), width - PANEL - 1, height)
            bar: Picture = [(("│", "rule"),)] * (height - 1)
            below = picture.beside(picture.beside(left[1:], bar), super().draw(PANEL, height)[1:])
            return [bars.status_line(self.station.status, width), *below]
        echo = self._echo(width)
        panel = super().draw(width, height - len(echo))
        return picture.exactly([*panel, *echo], width, height)

    def _echo(self, width: int) -> Picture:
        """What the worker screen says, in a few lines."""
        lines = [picture.rule(width)]
        lines.append(
            picture.line(width, (" ▶ ", "accent"), (render(self.station.view.prompt, self.language), "prompt"))
        )
        if self.station.view.choices:
            lines.append(picture.line(width, *self._answers()))
        if self._said is None:
            return [*lines, picture.blank(width)]
        kind, text = self._said
        head = f" {bars.SHAPES[kind]} {word(f'kind.{kind.value}', self.language)}  "
        return [*lines, picture.line(width, (head, f"{kind.value}_strong"), (text, kind.value), fill=kind.value)]

    def _answers(self) -> list[Span]:
        spans: list[Span] = [("  ", "base")]
        for choice in self.station.view.choices:
            spans += [(f" {choice.number} ", "accent"), (f"{render(choice.text, self.language)} ", "base")]
        return spans

    def rows(self, width: int) -> list[Row]:
        """Codes by group as the station gives them (what fits now comes first), then scale, printer and cables."""
        rows: list[Row] = []
        for group in dict.fromkeys(code.group for code in self._codes):
            codes = [code for code in self._codes if code.group == group]
            if codes:
                rows.append(head_row(self.word(f"bench.{group}")))
                rows += [self._code(code, width) for code in codes]
        rows = rows or [text_row(self.word("bench.none"), "muted")]
        rows.append(head_row(self.word("bench.devices")))
        return rows + [Row(((f"  {deed.text}", "base"),), deed) for deed in self._deeds()]

    def _code(self, code: Scannable, width: int) -> Row:
        shown = (
            ()
            if code.group in ("command", "answer", "badge")
            else ((f"  {fit(code.code, 16 if width < 60 else 30)}", "muted"),)
        )
        return Row((("  ", "base"), (render(code.text, self.language), "base"), *shown), code)

    def _deeds(self) -> list[_Deed]:
        driver = self._driver
        deeds = [
            _Deed(
                self.word("bench.weigh", grams=grams) if grams else self.word("bench.weigh_empty"), _put(driver, grams)
            )
            for grams in WEIGHTS
        ]
        deeds += [
            _Deed(self.word("bench.printer_ready"), _mend(driver)),
            _Deed(self.word("bench.printer_media_out"), lambda: driver.printer_problems("media_out")),
            _Deed(self.word("bench.printer_head_open"), lambda: driver.printer_problems("head_open")),
            _Deed(self.word("bench.printer_silent"), lambda: driver.printer_silent(True)),
        ]
        for name in ("scanner", "scale", "labels"):
            pulled = name in self._out
            text = self.word("bench.plug" if pulled else "bench.unplug", name=name)
            deeds.append(_Deed(text, self._plug(name) if pulled else self._unplug(name)))
        return deeds

    def _plug(self, name: str) -> Callable[[], None]:
        def plug() -> None:
            self._driver.plug(name)
            self._out.discard(name)

        return plug

    def _unplug(self, name: str) -> Callable[[], None]:
        def unplug() -> None:
            self._driver.unplug(name)
            self._out.add(name)

        return unplug

    def chosen(self, value: object) -> None:
        """Scan it, or do it; on a thread, because the virtual bench is another process."""
        if isinstance(value, Scannable):
            code, self._scanned = value.code, value.group
            self.ask(self.station.aside(lambda: self._driver.scan(code)), self._done)
        elif isinstance(value, _Deed):
            self.ask(self.station.aside(value.act), self._done)

    def _done(self, _: None) -> None:
        """The virtual bench has done it; what the station says comes by itself."""

    def key(self, key: Key) -> bool:
        """F2 closes what it opened; keys the panel does not need belong to the worker screen."""
        if key.key == "f2":
            self.app.pop_screen()
        elif key.key in ("enter", "escape", *MOVES):
            return False
        else:
            self.station.worker_screen.take(key)
        return True


def _put(driver: BenchDriver, grams: int) -> Callable[[], None]:
    return lambda: driver.put(grams)


def _mend(driver: BenchDriver) -> Callable[[], None]:
    def mend() -> None:
        driver.printer_silent(False)
        driver.printer_problems()

    return mend
