"""``PictureScreen``: a screen that is one picture. It draws, and takes keys and scans that the app has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from rma_station.screens.board import Board
from rma_station.screens.keys import Result
from rma_station.screens.picture import Picture
from rma_station.services.bench import Update

if TYPE_CHECKING:
    from rma_station.screens.app import StationApp


class PictureScreen(Screen[None], inherit_bindings=False):
    """Base of every screen. No widget has focus, no binding exists: keys come through ``take``."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    CLOSES_ON_ANSWER: ClassVar[bool] = False
    """A sheet over the worker screen closes when the station answers anything."""
    LEFT_BY_BACK: ClassVar[bool] = False
    """A scanned "back" does here what Esc does, and nothing at the bench."""
    ARROWS: ClassVar[bool] = False
    """Arrow keys act at once here, held or not: they only move a mark."""

    @property
    def station(self) -> StationApp:
        """The app, by its real type."""
        return cast("StationApp", self.app)

    @property
    def language(self) -> str:
        """The worker's language."""
        return self.station.status.language

    def compose(self) -> ComposeResult:
        """One board, with its picture already: the first frame shows it, not an empty screen and then the picture."""
        board = Board(self.station.styles_of_roles)
        width, height = self.app.size
        board.show(self.draw(width, height), width)
        yield board

    def on_mount(self) -> None:
        """Nothing is drawn yet: the size comes next, and a picture drawn before it would be painted twice."""

    def on_screen_resume(self) -> None:
        """It is on top now: the station is told whom a scanned "back" is for."""
        self.station.bench.covered(self.LEFT_BY_BACK)

    def on_resize(self, event: events.Resize) -> None:
        """Draw again in the new size."""
        self.redraw()

    def redraw(self) -> None:
        """Draw with what is known now; lines that did not change are not painted."""
        width, height = self.app.size
        for board in self.query(Board):
            board.show(self.draw(width, height), width)

    def gives_way(self, update: Update) -> bool:
        """Whether the worker screen comes back to show this answer."""
        return self.CLOSES_ON_ANSWER

    def refreshed(self, update: Update) -> None:
        """The station has something new while this screen is on top."""
        self.redraw()

    def draw(self, width: int, height: int) -> Picture:
        """The picture for a size; exactly ``height`` lines of ``width`` cells."""
        raise NotImplementedError

    def take(self, result: Result) -> None:
        """A key, a scan by keyboard, or a key that means nothing."""
        raise NotImplementedError
