"""The photos of a case, one after the other, as well as a terminal can show them; each fetched when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rma_station.domain.review import Answer, CasePhoto, Offline, Refused
from rma_station.ports import ReviewDesk
from rma_station.screens import bars, picture, pixels
from rma_station.screens.keys import Key
from rma_station.screens.picture import Line, Picture
from rma_station.screens.sheet import Row, Sheet, text_row
from rma_station.services.texts import catalogue, word


class PhotoSheet(Sheet):
    """Over the case: arrows go from photo to photo, Esc back to the case.

    Args:
        photos: those whose bytes are at the hub.
        desk: fetches them.
    """

    CLOSES_ON_ANSWER: ClassVar[bool] = False

    def __init__(self, photos: Sequence[CasePhoto], desk: ReviewDesk) -> None:
        super().__init__()
        self._photos, self._desk, self._place = tuple(photos), desk, 0
        self._drawn: tuple[Line, ...] = ()
        self._why = ""

    def on_mount(self) -> None:
        """Fetch the first."""
        super().on_mount()
        self._fetch()

    def _fetch(self) -> None:
        place, desk, shades = self._place, self._desk, self.station.bare_console
        sha256, (width, height) = self._photos[place].sha256, self.app.size
        self._drawn, self._why = (), self.word("screen.sheet_loading")

        def look() -> tuple[int, tuple[Line, ...] | str]:
            answer: Answer[bytes] = desk.photo(sha256)
            if isinstance(answer, Offline):
                return place, "review.photo.offline"
            if isinstance(answer, Refused):
                return place, "review.photo.gone"
            try:
                return place, tuple(pixels.lines(answer.value, width, height - 4, shades=shades))
            except pixels.TooLarge:
                return place, "review.photo.too_large"
            except pixels.NoPixels:
                return place, "review.photo.unreadable"

        self.ask_hub(look, self.answered)

    def answered(self, answer: Any) -> None:
        """A photo, or why there is none; one that was left meanwhile is dropped."""
        place, shown = answer
        self.notice = ""
        if place == self._place:
            self._drawn, self._why = (shown, "") if isinstance(shown, tuple) else ((), self.word(shown))

    def heading(self) -> str:
        """Which of how many, and of what."""
        photo = self._photos[self._place]
        of = self.word("review.photo.of_unit", lpn=photo.lpn) if photo.lpn else self.word("review.photo.of_parcel")
        key = f"review.photo_role.{photo.role}"
        role = word(key, self.language) if key in catalogue(self.language) else photo.role
        number = self.word("review.photo.number", number=self._place + 1, count=len(self._photos))
        return f"{number}  {role}, {of}"

    def footer(self, width: int) -> str:
        """How to go on."""
        return self.word("review.photo.keys")

    def rows(self, width: int) -> list[Row]:
        """Why there is nothing to see."""
        return [text_row(self._why)] if self._why else []

    def draw(self, width: int, height: int) -> Picture:
        """The photo under its heading."""
        if not self._drawn:
            return super().draw(width, height)
        self.drawn_width = width
        lines = [*bars.heading(self.heading(), self.station.status, width)]
        lines += [_padded(line, width) for line in self._drawn]
        last = picture.line(width, (f" {self.notice or self.footer(width)}", "muted"))
        return [*picture.exactly(lines, width, height - 1), last]

    def _moved(self, key: Key) -> bool:
        steps = {"left": -1, "up": -1, "pageup": -1, "right": 1, "down": 1, "pagedown": 1}
        if key.key not in steps:
            return super()._moved(key)
        place = max(0, min(self._place + steps[key.key], len(self._photos) - 1))
        if place != self._place:
            self._place = place
            self._fetch()
        return True


def _padded(line: Line, width: int) -> Line:
    cells = len(line)  # one cell each
    return line[:width] if cells >= width else (*line, (" " * (width - cells), "base"))
