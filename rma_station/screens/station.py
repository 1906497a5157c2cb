"""The worker screen: it never changes place, only its lines are updated. It decides nothing."""

from __future__ import annotations

from rma_station.domain.command import Command
from rma_station.domain.outcome import Kind, Outcome
from rma_station.screens import actions
from rma_station.screens.base import PictureScreen
from rma_station.screens.draw_station import REMEMBERED, Scene, draw, in_one_line
from rma_station.screens.keys import Burst, Ignored, Key, Result, TypedLine
from rma_station.screens.picture import Picture
from rma_station.services.bench import Update
from rma_station.services.texts import word


class StationScreen(PictureScreen):
    """Shows the station's view and last answer; sends on what the worker scans, presses and types."""

    def __init__(self) -> None:
        super().__init__()
        self._line = TypedLine()
        self._notice = ""
        self._outcome: Outcome | None = None
        self._past: tuple[tuple[Kind, str], ...] = ()

    def answer(self, update: Update) -> None:
        """Show an update: an answer stays until the next one comes."""
        self._notice = ""
        if update.outcome is not None:
            self._outcome = update.outcome
            if update.outcome.kind is not Kind.READY:
                said = (update.outcome.kind, in_one_line(update.outcome, update.status.language))
                self._past = (said, *self._past)[:REMEMBERED]
        if not (update.view.expects_text or update.view.secret) or update.outcome is not None:
            self._line.clear()
        self.redraw()

    def scene(self) -> Scene:
        """What is drawn."""
        app = self.station
        return Scene(app.view, app.status, self._outcome, self._notice, self._line.text, self._past)

    def draw(self, width: int, height: int) -> Picture:
        """The worker's picture."""
        return draw(self.scene(), width, height)

    def take(self, result: Result) -> None:
        """A scan goes to the station; a key acts, chooses, or is part of a line."""
        if isinstance(result, Burst):
            self.scan(result)
        elif isinstance(result, Ignored):
            if result.key == "enter" and self._notice:
                return  # the end of what the notice is about
            self.notice("screen.leave_hint" if result.key in ("ctrl+c", "ctrl+q") else "screen.key_unknown")
        elif self.station.view.expects_text or self.station.view.secret:
            self._type(result)
        else:
            self._press(result)

    def scan(self, burst: Burst) -> None:
        """A scan by keyboard; a PIN is never taken from one."""
        if self.station.view.secret:
            self._line.clear()
            self.notice("screen.typing_pin")
            return
        self.station.scan(burst)

    def notice(self, key: str) -> None:
        """A line of our own, until the station's next answer: nothing a worker does is dropped in silence."""
        self._notice = word(key, self.language)
        self.redraw()

    def _type(self, key: Key) -> None:
        if key.character is None and key.key not in ("enter", "backspace"):
            self._press(key)
            return
        from rma_station.domain.flows.inputs import Typed  # noqa: PLC0415  after the first paint

        line = self._line.take(key)
        self._notice = ""
        if line:
            self.station.submit(Typed(line))
        self.redraw()

    def _press(self, key: Key) -> None:
        from rma_station.domain.flows.inputs import Chosen  # noqa: PLC0415  after the first paint

        number = actions.number_of(key.key)
        action = actions.BY_KEY.get(key.key)
        if number is not None:
            self.station.submit(Chosen(number))
        elif action is None or not self.station.act(action):
            self.notice("screen.key_unknown")
        elif action.command is Command.CANCEL:
            self._line.clear()
