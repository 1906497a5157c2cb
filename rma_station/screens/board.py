"""The one widget: it paints a picture and repaints only the lines that changed."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rma_station.screens import pixels
from rma_station.screens.picture import Line, Picture


class Board(Widget, inherit_bindings=False):
    """Lines of text with roles, over the whole screen. It cannot be focused and knows no markup."""

    DEFAULT_CSS = "Board { width: 100%; height: 100%; }"
    ALLOW_SELECT: ClassVar[bool] = False
    can_focus = False

    def __init__(self, styles: dict[str, Style]) -> None:
        super().__init__()
        self._styles_of_roles = styles
        self._picture: Picture = []
        self._width = 0

    def show(self, picture: Picture, width: int) -> None:
        """Show a picture; lines equal to those on screen are not painted again."""
        before, self._picture = self._picture, picture
        if len(before) != len(picture) or width != self._width:
            self._width = width
            self.refresh()
            return
        changed = [y for y, (old, new) in enumerate(zip(before, picture, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Line ``y`` as Textual wants it."""
        if y >= len(self._picture):
            return Strip.blank(self.size.width, self._styles_of_roles["base"])
        return self._strip(self._picture[y])

    def _strip(self, spans: Line) -> Strip:
        styles = self._styles_of_roles
        return Strip([Segment(text, styles.get(role) or pixels.style(role)) for text, role in spans], self._width)
