"""What other commands of this machine may ask the running station, over its control socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.domain.effects import PrintLabel
from rma_station.errors import Malformed
from rma_station.services import questions
from rma_station.services.print_requests import print_requests
from rma_station.services.running import RunningStation

Request = Callable[[Mapping[str, JsonValue]], JsonValue]


def station_requests(running: RunningStation, renew_keys: Callable[[int], int]) -> dict[str, Request]:
    """Requests by name; each runs on the station thread.

    Args:
        running: the station.
        renew_keys: begins so many new generations of command sheets and returns the newest.
    """

    def photos() -> JsonValue:
        counts = running.room.journal.photos.counts()
        phone = running.phones.refused if running.phones else ""
        waiting_mb = counts.waiting_bytes // 1_000_000
        return {
            "waiting": counts.waiting,
            "waiting_mb": waiting_mb,
            "refused": len(counts.refused),
            "here_mb": counts.here_bytes // 1_000_000,
            "phone": phone,
        }

    def status(_: Mapping[str, JsonValue]) -> JsonValue:
        room = running.room
        unsent, budget = room.reader.unsent(), questions.disk_budget(room)
        offset = running.uplink_status.hub_time_offset
        return {
            "station": room.station.identity.name,
            "mode": room.station.identity.mode,
            "events": room.journal.last_seq,
            "unsent": questions.unsent_events(room, running.uplink_status),
            "oldest_unsent_seconds": unsent.oldest_seconds,
            "offline_days": room.station.offline_days,
            "room_days": budget.days,
            "room_mb_a_day": budget.a_day // 1_000_000,
            "uplink": running.uplink_status.state.value,
            "hub_id": room.reader.hub_id(),
            "hub_key": room.reader.hub_key(),
            "uplink_says": [codec.encode(text) for text in running.uplink_status.notes],
            "clock_offset": None if offset is None else round(offset),
            "receipts": [codec.from_bytes(text.encode()) for text in room.reader.receipts()],
            "alerts": [codec.encode(text) for text in questions.own_alerts(room)],
            "devices": {status.name: status.state.value for status in running.device_statuses()},
            "photos": photos(),
            "problems": {status.name: list(status.problems) for status in running.device_statuses() if status.problems},
        }

    def renew(request: Mapping[str, JsonValue]) -> JsonValue:
        generations = request.get("generations")
        if generations not in (1, 2):
            raise Malformed(f"renew_keys: generations = {clean(str(generations), 20)!r} is neither 1 nor 2")
        return {"generation": renew_keys(generations)}

    def print_label(request: Mapping[str, JsonValue]) -> JsonValue:
        kind, content = request.get("kind"), request.get("content")
        if not isinstance(kind, str) or not isinstance(content, Mapping):
            raise Malformed("print_label: a kind and its content are needed")
        fields = {name: text for name, text in content.items() if isinstance(text, str)}
        if len(fields) != len(content):
            raise Malformed("print_label: content holds something that is no text")
        title, words = clean(str(request.get("title", kind)), 60), request.get("language")
        label = PrintLabel(running.room.journal.draw_uuid(), kind, fields, title)
        return {"job": running.print(label, "en" if words == "en" else "pl" if words == "pl" else "")}

    def hub_again(_: Mapping[str, JsonValue]) -> JsonValue:
        running.hub_again()
        return {}

    own = {"status": status, "renew_keys": renew, "print_label": print_label, "hub_again": hub_again}
    return {**own, **print_requests(running)}
