"""What comes when the screen stands: printers and the line to the hub."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from labels.printers.opening import open_printer, straight
from labels.template_folders import load
from rma_station.config import Config
from rma_station.services.phones import AskPage
from rma_station.services.printing import PrintQueue
from rma_station.services.running import Late, RunningStation
from rma_station.system import SystemClock
from rma_station.wiring.hub import others, review_desk, uplink
from rma_station.wiring.routing import route
from sync.review import ReviewDesk

if TYPE_CHECKING:
    from drivers.recording import Recorder


def open_late(
    config: Config, running: RunningStation, hub_address: Callable[[], str], recorder: Recorder | None = None
) -> Late:
    """Printers and uplink of a running station; a ``recorder`` writes what goes to printers and comes back."""
    desk = review_desk(config, running, hub_address)
    return Late(
        printing=_print_queue(config, running, recorder),
        uplink=uplink(config, running, hub_address),
        vouch=desk.vouch,
        phone=_phone(config, desk),
        others=others(desk),
    )


def _print_queue(config: Config, running: RunningStation, recorder: Recorder | None) -> PrintQueue:
    own = load(config.labels.folder)
    printers = []
    for section in config.printer:
        way = partial(recorder.way, section.name) if recorder is not None else straight
        printers.append(open_printer(section, config.station.mode, config.file, own, way))
    return PrintQueue(
        printers,
        route=route(config),
        mark_sending=running.mark_sending,
        settled=running.label_settled,
        statuses=running.device_says,
        clock=SystemClock(),
    )


def _phone(config: Config, desk: ReviewDesk) -> tuple[str, AskPage] | None:
    """Phones that are configured; where no camera is, those the hub offers, without a name."""
    name = next((section.name for section in config.camera if section.source == "phone"), None if config.camera else "")
    if name is None:
        return None
    from rma_station.wiring.phone import phone_pages

    return name, phone_pages(desk)
