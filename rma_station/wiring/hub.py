"""The station's lines to its hub: the uplink, and the supervisors' desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial

from rma_station import device_secrets
from rma_station.config import Config
from rma_station.domain.review import Ok
from rma_station.services.claims import AskOthers, Piece
from rma_station.services.running import RunningStation
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.enrolled import pinned_authority, token_file
from sync import wire
from sync.network import Metered
from sync.review import ReviewDesk
from sync.state import Pace
from sync.transport import HubLine
from sync.uplink import Uplink


def uplink(config: Config, running: RunningStation, hub_address: Callable[[], str]) -> Uplink:
    """What sends this station's events and takes the feed; not started."""
    folder, costs = config.data_folder, config.photos.metered

    def heartbeat() -> wire.Heartbeat:
        room = running.room
        unsent = room.reader.unsent()
        return wire.Heartbeat(
            app_version=VERSION,
            unsent=unsent.events,
            oldest_unsent_seconds=unsent.oldest_seconds,
            disk_free_mb=shutil.disk_usage(folder).free // 1_000_000,
            database_mb=room.journal.database.path.stat().st_size // 1_000_000,
            clock_state=room.journal.clock_word(),
            clock=room.journal.wall_clock(),
            devices={status.name: status.state.value for status in running.device_statuses()}
            | ({"journal": "error"} if room.station.closed else {}),
        )

    return Uplink(
        line=hub_line(config, hub_address),
        mode=config.station.mode,
        journal=running.room.reader,
        call=running.call,
        sink=running.uplink_says,
        heartbeat=heartbeat,
        clock=SystemClock(),
        random=SystemRandom(),
        photos=running.room.journal.photos.files,
        pace=Pace(config.photos.upload_kb * 1000),
        metered=Metered() if costs == "auto" else lambda: costs == "yes",
    )


def review_desk(config: Config, running: RunningStation, hub_address: Callable[[], str]) -> ReviewDesk:
    """The hub's queue for supervisors, over a line of its own."""
    line = hub_line(config, hub_address)
    return ReviewDesk(line, config.station.mode, lambda: running.call(running.room.reader.hub_id).result(5.0))


def others(desk: ReviewDesk) -> AskOthers:
    """Tells the hub what is in hand and asks which other stations have it; none, where the answer is not the hub's."""

    def ask(piece: Piece | None) -> tuple[str, ...]:
        named = wire.Claim(piece.rma_id, piece.line_id, piece.serial, piece.lpn) if piece else wire.Claim()
        answer = desk.claim(named)
        return answer.value if isinstance(answer, Ok) else ()

    return ask


def hub_line(config: Config, hub_address: Callable[[], str]) -> HubLine:
    """A line to the station's hub."""
    key = partial(device_secrets.find, config.data_folder, device_secrets.DEVICE_KEY)
    authority = partial(pinned_authority, config.data_folder)
    return HubLine(
        hub_address,
        token_file(config),
        VERSION,
        SystemClock().unix,
        key=key,
        authority=authority,
    )
