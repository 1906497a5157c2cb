"""Help: what is asked now, every key of the action table, and how the work goes. F1, on any screen."""

from __future__ import annotations

from rma_station.screens import actions, picture
from rma_station.screens.actions import Where
from rma_station.screens.sheet import Row, Sheet, head_row, text_row
from rma_station.services.texts import render

STORY = ("scan", "numbers", "saved", "outcomes", "undo", "sheet", "leave")
"""Texts ``help.<name>``, in the order a newcomer needs them."""


class HelpSheet(Sheet):
    """One sheet, generated from the action table."""

    def heading(self) -> str:
        """What it is."""
        return self.word("screen.help_title")

    def rows(self, width: int) -> list[Row]:
        """The question of now, keys, then the story."""
        view = self.station.view
        rows = [head_row(self.word("screen.help_now"))]
        for text, role in ((view.prompt, "strong"), (view.accepts, "base")):
            rows += [text_row(f"  {part}", role) for part in picture.wrap(render(text, self.language), width - 4, 2)]
        for where in Where:
            if where is Where.SAMPLE and self.station.status.mode == "live":
                continue
            rows += [text_row(""), head_row(self.word(f"help.{where.value}"))]
            rows += [self._key(action) for action in actions.ACTIONS if action.where is where]
            if where is Where.WORKER:
                rows.append(Row((("  1-9    ", "accent"), (self.word("screen.help_numbers"), "base"))))
        rows.append(text_row(""))
        for name in STORY:
            rows += [text_row(f" {part}") for part in picture.wrap(self.word(f"help.{name}"), width - 4, 6)]
        return rows

    def _key(self, action: actions.Action) -> Row:
        keys = picture.fit(" ".join(actions.label(key) for key in action.keys), 7)
        return Row(((f"  {keys}", "accent"), (self.word(f"key.{action.name}"), "base")))
