"""Ask the hub about the journal of a station that does not run; an embedded hub is started for the question."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from rma_station.commands.run import HUB_FOLDER
from rma_station.config import Config
from rma_station.embedded import EmbeddedHub
from rma_station.ports import JournalReader
from rma_station.wiring.enrolled import device_key_file
from rma_station.wiring.hub import hub_line
from sync import comparing, lost_events
from sync.transport import HubLine

STARTING_SECONDS = 30.0
"""Longest wait for an embedded hub."""


def lacking(settings: Config, journal: JournalReader, photos: Sequence[tuple[str, int]]) -> comparing.Lacking:
    """As ``comparing.lacking``, over the station's own line; raises as it does."""
    with _running_hub(settings) as address:
        line = hub_line(settings, address)
        try:
            return comparing.lacking(line, journal, settings.station.mode, photos)
        finally:
            line.close()


class EventsAtHub:
    """Asks the hub for the station's own events (``store.salvage.AskHub``); no line before the first question."""

    def __init__(self, settings: Config) -> None:
        self._settings, self._open = settings, ExitStack()
        self._line: HubLine | None = None

    def __call__(self, hub_id: str, log_id: str, first: int, last: int | None) -> Iterator[lost_events.Row]:
        """Raises as ``lost_events.of_log``."""
        if self._line is None:
            self._line = hub_line(self._settings, self._open.enter_context(_running_hub(self._settings)))
            self._open.callback(self._line.close)
        return lost_events.of_log(self._line, hub_id, self._settings.station.mode, log_id, first, last)

    def close(self) -> None:
        """Let go of the line, and of an embedded hub."""
        self._open.close()


@contextmanager
def _running_hub(settings: Config) -> Iterator[Callable[[], str]]:
    if not settings.hub.embedded:
        yield lambda: settings.hub.url
        return
    folder = settings.data_folder / HUB_FOLDER
    if not folder.exists():
        yield lambda: ""
        return
    hub = EmbeddedHub(folder, settings.station.mode, settings.station.name, device_key_file(settings))
    hub.start()
    try:
        ends = time.monotonic() + STARTING_SECONDS
        while not hub.address() and time.monotonic() < ends:
            time.sleep(0.05)
        yield hub.address
    finally:
        hub.stop()
