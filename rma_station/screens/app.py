"""The Textual app: one worker screen, sheets over it, and the way of a keystroke.

``wiring`` gives it a bench; ``run`` shows it on the terminal and returns an exit code. Keys never reach Textual's
bindings: every key goes through ``keys.KeyReader``, so that a barcode can type but never command, and there is no
ctrl+c, ctrl+q or command palette. Screens other than the worker's are imported when they are opened.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, ClassVar, TypeVar

from rich.text import Text as RichText
from textual import constants, events
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from rma_station.config import Config
from rma_station.domain.command import Command
from rma_station.domain.outcome import Kind, View, say
from rma_station.domain.record import replace
from rma_station.ports import RawScan, ReviewDesk
from rma_station.screens import keys, sounds, terminal, themes
from rma_station.screens.actions import Action
from rma_station.screens.base import PictureScreen
from rma_station.screens.messages import Answered, BenchUpdate, TerminalGone
from rma_station.screens.station import StationScreen
from rma_station.services.bench import Bench, BenchDriver, ScreenInput, StatusLine, Update
from rma_station.services.texts import render, word

EXIT_DEFECT = 70
"""A defect of this program; the terminal is restored and the worker told what to do."""
KEYBOARD = "keyboard"
"""Name of the terminal as a scanner."""
_ARROWS = frozenset({"up", "down", "pageup", "pagedown", "home", "end", "left", "right"})
T = TypeVar("T")
_log = logging.getLogger("rma_station.screens")


def _help(app: StationApp) -> PictureScreen | None:
    from rma_station.screens.help import HelpSheet  # noqa: PLC0415

    return HelpSheet()


def _lists(app: StationApp) -> PictureScreen | None:
    from rma_station.screens.lists import ListsSheet  # noqa: PLC0415

    return ListsSheet()


def _sign_out(app: StationApp) -> PictureScreen | None:
    from rma_station.screens.sheet import ShiftSheet  # noqa: PLC0415

    return ShiftSheet()


def _phone(app: StationApp) -> PictureScreen | None:
    from rma_station.screens.phone import PhoneSheet  # noqa: PLC0415

    return PhoneSheet()


def _bench_panel(app: StationApp) -> PictureScreen | None:
    if app.status.mode == "live" or app.driver is None:
        return None
    from rma_station.screens.bench_panel import BenchPanel  # noqa: PLC0415

    return BenchPanel(app.driver)


def _service(app: StationApp) -> PictureScreen | None:
    from rma_station.screens.service import ServiceSheet  # noqa: PLC0415

    return ServiceSheet()


def _review(app: StationApp) -> PictureScreen | None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from rma_station.screens.review import ReviewSheet  # noqa: PLC0415

    return ReviewSheet(app.review_desk, ZoneInfo(app.time_zone))


SHEETS: dict[str, Callable[[StationApp], PictureScreen | None]] = {
    "help": _help,
    "lists": _lists,
    "sign_out": _sign_out,
    "phone": _phone,
    "bench": _bench_panel,
    "service": _service,
    "review": _review,
}
"""Sheets by name; each is imported when it is first opened, so that starting does not pay for it."""


class StationApp(App[None], inherit_bindings=False):
    """The station on a terminal.

    Args:
        bench: the running station, or one that will run: its listeners are called when it does.
        config: language, mode, name and theme.
        review: asks the hub for the supervisor's queue; ``None`` without a hub.
        driver: the virtual bench, in sample mode.
        environment: where ``TERM`` is looked up.
        painted: called once after the first paint, to start what may come later than that.
    """

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False
    AUTO_FOCUS: ClassVar[str | None] = None
    TITLE = "RMA Station"
    CSS = "Screen { overflow: hidden; }"

    def __init__(
        self,
        bench: Bench,
        config: Config,
        *,
        review: ReviewDesk | None = None,
        driver: BenchDriver | None = None,
        environment: Mapping[str, str] | None = None,
        painted: Callable[[], None] | None = None,
    ) -> None:
        palette = themes.choose(config.station.theme, os.environ if environment is None else environment)
        self.styles_of_roles = themes.styles(palette)
        super().__init__()
        self.animation_level = "none"
        theme = themes.textual_theme(palette)
        self.register_theme(theme)
        self.theme = theme.name
        self.bench, self.review_desk, self.driver = bench, review, driver
        station = config.station
        self.time_zone = station.time_zone
        self.status = StatusLine(station=station.name, mode=station.mode, language=station.language)
        self.view = View(say("screen.starting"), say("screen.starting"), say("screen.starting_accepts"))
        self.worker_screen = StationScreen()
        self._painted = painted
        self._sound = station.sound
        self.bare_console = (os.environ if environment is None else environment).get("TERM") == "linux"
        self._reader = keys.KeyReader()
        self._timer_set = False
        self._answers: dict[int, Callable[[Future[Any]], None]] = {}

    def get_default_screen(self) -> Screen[Any]:
        """The worker screen is always at the bottom."""
        return self.worker_screen

    def on_mount(self) -> None:
        """Listen to the station; everything that can wait starts after the first paint."""
        self.bench.subscribe(self._hear)
        if self._painted is not None:
            self.call_after_refresh(self._painted)

    def _hear(self, update: Update) -> None:
        self.post_message(BenchUpdate(update))

    # --- what comes in ------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes are read here and go no further; the rest is Textual's."""
        if isinstance(event, events.Key):
            event.stop()
            self._pressed(event)
        elif isinstance(event, events.Paste):
            event.stop()
            burst = keys.from_paste(event.text, event.time)
            if burst is not None:
                self._dispatch(burst)
        else:
            await super().on_event(event)

    def _pressed(self, event: events.Key) -> None:
        screen = self.screen
        if event.key in _ARROWS and isinstance(screen, PictureScreen) and screen.ARROWS and self._reader.due is None:
            screen.take(keys.Key(event.key))
            return
        for result in self._reader.press(keys.Stroke(event.key, event.character, event.time)):
            self._dispatch(result)
        self._wait_for_silence(time.monotonic())

    def _wait_for_silence(self, now: float) -> None:
        due = self._reader.due
        if due is not None and not self._timer_set:
            self._timer_set = True
            self.set_timer(max(due - now, 0.001), self._silent)

    def _silent(self) -> None:
        """The timer's end. When we are late, keys that were read in time may still be on their way: let them pass."""
        self._timer_set = False
        now, due = time.monotonic(), self._reader.due
        if due is None:
            return
        if now - due > keys.GAP / 4:
            self._timer_set = True
            self.set_timer(keys.GAP / 4, self._settle)
        elif now >= due:
            self._settle()
        else:
            self._wait_for_silence(now)

    def _settle(self) -> None:
        self._timer_set = False
        now = time.monotonic()
        for result in self._reader.settle(now):
            self._dispatch(result)
        self._wait_for_silence(now)

    def _dispatch(self, result: keys.Result) -> None:
        screen = self.screen
        if isinstance(screen, PictureScreen):
            screen.take(result)

    # --- what goes to the station -------------------------------------------------------------------------------

    def submit(self, given: ScreenInput) -> None:
        """Hand an input to the station thread; returns at once."""
        self.bench.submit(given)

    def scan(self, burst: keys.Burst) -> None:
        """A scan by keyboard is one scan like any other."""
        data = burst.text.encode("utf-8", "replace")
        self.bench.submit(RawScan(KEYBOARD, data, burst.at, damaged=burst.damaged))

    def act(self, action: Action) -> bool:
        """Do what an action says; false when there is nothing to do here."""
        if action.command is not None:
            from rma_station.domain.flows.inputs import Pressed  # noqa: PLC0415  after the first paint

            if action.command is Command.HELP:
                self.open_sheet("help")
            else:
                self.submit(Pressed(action.command))
            return True
        return self.open_sheet(action.name)

    def aside(self, function: Callable[[], T]) -> Future[T]:
        """Run something that may wait (the hub, the virtual bench) on a thread of its own."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=work, name="aside", daemon=True).start()
        return future

    def ask(self, future: Future[Any], answered: Callable[[Future[Any]], None]) -> None:
        """Call ``answered`` on the app's thread when a future of the bench or the hub is done."""
        token = id(future)
        self._answers[token] = answered
        future.add_done_callback(lambda done: self.post_message(Answered(token, done)))

    # --- what comes from the station ----------------------------------------------------------------------------

    def on_bench_update(self, message: BenchUpdate) -> None:
        """Show it; a sheet over the worker screen gives way to an answer."""
        update = message.update
        self.view, self.status = update.view, update.status
        top = self.screen
        if update.back and isinstance(top, PictureScreen) and top.LEFT_BY_BACK:
            top.take(keys.Key("escape"))
            return
        # A sheet that opens is its own answer; below it stands what was said last about the work.
        self.worker_screen.answer(replace(update, outcome=None) if update.sheet is not None else update)
        if update.outcome is not None:
            self._ring(update.outcome.kind)
        if top is not self.worker_screen and isinstance(top, PictureScreen):
            if update.outcome is not None and top.gives_way(update):
                self.pop_screen()
            else:
                top.refreshed(update)
        if update.sheet is not None:
            self.open_sheet(update.sheet)

    def _ring(self, kind: Kind) -> None:
        """Make an outcome heard, after it was painted: the banner is what counts."""
        sound = sounds.rings(kind, console=self.bare_console) if self._sound else None
        if sound is None or self._driver is None:
            return
        for number in range(sound.times):
            self.set_timer(0.001 + number * sound.pause, partial(self._write, sound.text))

    def _write(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def on_answered(self, message: Answered) -> None:
        """Give an answer to whoever asked."""
        answered = self._answers.pop(message.token, None)
        if answered is not None:
            answered(message.future)

    def on_terminal_gone(self, message: TerminalGone) -> None:
        """Nobody is there any more."""
        self.exit(return_code=terminal.EXIT_TERMINAL_GONE)

    # --- sheets -------------------------------------------------------------------------------------------------

    def open_sheet(self, name: str) -> bool:
        """Open a sheet over the worker screen by its name; false if it is not to be had here."""
        screen = self._sheet(name)
        if screen is None:
            return False
        if self.screen is not self.worker_screen:
            self.pop_screen()
        self.push_screen(screen)
        return True

    def _sheet(self, name: str) -> PictureScreen | None:
        opener = SHEETS.get(name)
        return opener(self) if opener else None

    # --- the end ------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """A defect: restore the terminal, say what to do in the worker's language, and exit with 70.

        Textual would print a page of traceback; that goes to the log, under the number the worker can tell.
        """
        number = crash_number(error)
        _log.critical("crash %s", number, exc_info=error)
        self._return_code = EXIT_DEFECT
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.panic(RichText("\n".join(crash_lines(number, self.status.language))))


def crash_number(error: BaseException) -> str:
    """Four characters that are the same for the same defect: its type and the place it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].name}" if frames else ""
    return f"{zlib.crc32(f'{type(error).__name__} {place}'.encode()) & 0xFFFF:04X}"


def crash_lines(number: str, language: str) -> list[str]:
    """What stands on the terminal after a crash."""
    title = f"■ STOP ■  {word('screen.crash_title', language)}"
    return [
        "",
        title,
        word("screen.crash_safe", language),
        word("screen.crash_do", language),
        render(say("screen.crash_number", number=number), language),
        "",
    ]


def run(app: StationApp, *, mouse: bool = False) -> int:
    """Show the app on this terminal until it ends; returns the exit code.

    The mouse is off unless asked for, so that a terminal's own selection works; the kitty keyboard protocol is off,
    because scanners type plain characters.
    """
    constants.DISABLE_KITTY_KEY = True  # type: ignore[misc]
    finished = threading.Event()
    terminal.watch(lambda: _tell(app, TerminalGone()), finished)
    try:
        app.run(mouse=mouse)
    finally:
        finished.set()
    return app.return_code or 0


def _tell(app: StationApp, message: Message) -> None:
    app.post_message(message)
