"""What other commands of this machine may ask the running station, over its control socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rma_station.domain.codec import JsonValue
from rma_station.services.running import RunningStation

Request = Callable[[Mapping[str, JsonValue]], JsonValue]


def station_requests(running: RunningStation) -> dict[str, Request]:
    """Requests by name; each runs on the station thread."""

    def status(_: Mapping[str, JsonValue]) -> JsonValue:
        room = running.room
        unsent = room.reader.unsent()
        return {
            "station": room.station.identity.name,
            "mode": room.station.identity.mode,
            "events": room.journal.last_seq,
            "unsent": running.unsent_events(),
            "oldest_unsent_seconds": unsent.oldest_seconds,
            "uplink": running.uplink_status.state.value,
            "devices": {status.name: status.state.value for status in running.device_statuses()},
        }

    return {"status": status}
