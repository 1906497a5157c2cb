"""What commands share that read a journal: ask the running station, or open the file nobody holds; show progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

from rma_station.commands.speaking import speaking
from rma_station.config import Config
from rma_station.domain.codec import JsonValue
from rma_station.errors import NotRunning
from rma_station.ports import Chunk, Progress
from rma_station.services import control
from rma_station.store.database import open_database
from rma_station.store.requests import store_requests
from rma_station.wiring.at_rest import database_key

WIDTH = 30
PER_SECOND = 10
"""How often the bar is drawn at most."""


OnStep = Callable[[Progress | Chunk], None]


def run(config: Config, name: str, request: Mapping[str, JsonValue], on_step: OnStep) -> JsonValue:
    """The result of a request of ``store.requests``, from the running station or from the file itself.

    Raises:
        StationHeld: somebody holds the file and does not answer on the socket.
        NoJournal: there is none in the folder.
        StationError: what the request itself raises.
    """
    with speaking(config):
        return _asked(config, name, request, on_step)


def _asked(config: Config, name: str, request: Mapping[str, JsonValue], on_step: OnStep) -> JsonValue:
    folder = config.data_folder
    try:
        return control.ask(folder, name, request, on_step)
    except NotRunning:
        pass
    database = open_database(folder, holder=f"rma-station {name}", create=False, key=database_key(config))
    try:
        steps = store_requests(database)[name](request)
        while True:
            try:
                on_step(next(steps))
            except StopIteration as stop:
                return stop.value
    finally:
        database.close()


class Bar:
    """A progress bar on standard error; nothing at all when that is not a terminal.

    Args:
        what: the word in front of it.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()
        self._drawn = 0.0

    def show(self, progress: Progress) -> None:
        """Draw how far it is, a few times a second."""
        now = time.monotonic()
        if not self._shown or (now - self._drawn < 1 / PER_SECOND and progress.done < progress.total):
            return
        self._drawn = now
        share = progress.done / progress.total if progress.total else 1.0
        full = round(share * WIDTH)
        bar = "#" * full + "-" * (WIDTH - full)
        sys.stderr.write(f"\r{self._what} [{bar}] {share:4.0%} {progress.done}/{progress.total}")
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._shown and self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
