"""A running station with the printers of a configuration, and a control socket that its commands ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labels.printers.opening import open_printer
from rma_station import config
from rma_station.services.control import ControlSocket
from rma_station.services.printing import Patience, PrintQueue
from rma_station.services.requests import station_requests
from rma_station.services.running import Late, RunningStation
from rma_station.store.requests import store_requests
from rma_station.system import SystemClock
from rma_station.wiring.room import open_room
from rma_station.wiring.routing import route


@contextmanager
def printing_station(file: Path, patience: Patience) -> Iterator[RunningStation]:
    """Runs until left."""
    settings = config.load(file)
    running = RunningStation(lambda: open_room(settings))
    running.start()
    running.wait_open()
    printing = PrintQueue(
        [open_printer(section, "live", str(file)) for section in settings.printer],
        route=route(settings),
        mark_sending=running.mark_sending,
        settled=running.label_settled,
        statuses=running.device_says,
        clock=SystemClock(),
        patience=patience,
    )
    running.start_late(Late(printing=printing))
    asked = {**store_requests(running.room.journal.database), **station_requests(running, lambda count: count)}
    socket = ControlSocket(settings.data_folder, asked, running.call)
    socket.start()
    yield running
    socket.stop()
    running.stop()
