"""Labels owed and parcels set aside: scan one of the codes, or mark it and press Enter."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rma_station.screens.keys import Burst
from rma_station.screens.picture import cells, fit
from rma_station.screens.sheet import Row, Sheet, head_row, text_row
from rma_station.services.bench import ListRow
from rma_station.services.texts import render


class ListsSheet(Sheet):
    """Both lists, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._owed: Sequence[ListRow] | None = None
        self._aside: Sequence[ListRow] | None = None

    def on_mount(self) -> None:
        """Ask for both lists: labels owed, and parcels set aside."""
        super().on_mount()
        self.ask(self.station.bench.labels_owed(), self._have_owed)
        self.ask(self.station.bench.set_aside(), self._have_aside)

    def _have_owed(self, entries: Sequence[ListRow]) -> None:
        self._owed = entries

    def _have_aside(self, entries: Sequence[ListRow]) -> None:
        self._aside = entries

    def heading(self) -> str:
        """What they are."""
        return self.word("key.lists").capitalize()

    def footer(self, width: int) -> str:
        """How to use a row."""
        hint = f"{self.word('screen.lists_hint')}  " if self._owed or self._aside else ""
        return f"{hint}{self.word('screen.sheet_back')}"

    def rows(self, width: int) -> list[Row]:
        """Codes with what they are."""
        return [
            *self._list("owed", self._owed),
            text_row(""),
            *self._list("set_aside", self._aside),
        ]

    def _list(self, name: str, entries: Sequence[ListRow] | None) -> list[Row]:
        head = head_row(self.word(f"screen.{name}_title"))
        if entries is None:
            return [head, text_row(f" {self.word('screen.sheet_loading')}", "muted")]
        if not entries:
            return [head, text_row(f" {self.word(f'screen.{name}_none')}", "muted")]
        widest = min(max(cells(entry.code) for entry in entries), 26)
        return [
            head,
            *(
                Row(
                    ((f"  {fit(entry.code, widest)}  ", "strong"), (render(entry.text, self.language), "base")),
                    entry.code,
                )
                for entry in entries
            ),
        ]

    def chosen(self, value: object) -> None:
        """A parcel as if it were scanned; a label that is owed is opened to be printed, for nobody scanned it."""
        if any(entry.code == value for entry in self._owed or ()):
            from rma_station.domain.flows.inputs import Typed  # noqa: PLC0415  after the first paint

            self.station.submit(Typed(str(value)))
            return
        self.station.scan(Burst(str(value), time.monotonic()))
