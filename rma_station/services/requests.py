"""What other commands of this machine may ask the running station, over its control socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rma_station.domain.codec import JsonValue
from rma_station.services.running import RunningStation
from rma_station.services.scannables import answer_codes, badge_codes, command_codes
from rma_station.services.texts import render

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
            "unsent": unsent.events,
            "oldest_unsent_seconds": unsent.oldest_seconds,
            "uplink": running.uplink_status.state.value,
            "devices": {status.name: status.state.value for status in running.device_statuses()},
        }

    def owed(request: Mapping[str, JsonValue]) -> JsonValue:
        language = str(request.get("language", "pl"))
        return [[row.code, render(row.text, language)] for row in running.labels_owed_now()]

    def codes(_: Mapping[str, JsonValue]) -> JsonValue:
        room = running.room
        rules = room.station.scan_rules
        return {
            "station": rules.station,
            "generation": rules.generation,
            "mode": room.station.identity.mode,
            "commands": [[command.value, code] for command, code in command_codes(rules)],
            "answers": [[answer, code] for answer, code in answer_codes(rules)],
            "badges": [[person.name, code] for person, code in badge_codes(room.book.people(), rules)],
        }

    return {"status": status, "owed": owed, "codes": codes}
