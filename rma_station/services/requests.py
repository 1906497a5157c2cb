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

    def hub_again(_: Mapping[str, JsonValue]) -> JsonValue:
        running.hub_again()
        return {}

    return {
        "status": lambda _: _status(running),
        "renew_keys": lambda request: _renew_keys(renew_keys, request),
        "print_label": lambda request: _print_label(running, request),
        "hub_again": hub_again,
        **print_requests(running),
    }


def _status(running: RunningStation) -> JsonValue:
    """What ``doctor``, ``devices list`` and ``enrol`` look at; the program that asks may be an older version."""
    room, uplink = running.room, running.uplink_status
    unsent, budget = room.reader.unsent(), questions.disk_budget(room)
    devices = running.device_statuses()
    return {
        "station": room.station.identity.name,
        "mode": room.station.identity.mode,
        "events": room.journal.last_seq,
        "unsent": questions.unsent_events(room, uplink),
        "oldest_unsent_seconds": unsent.oldest_seconds,
        "offline_days": room.station.offline_days,
        "room_days": budget.days,
        "room_mb_a_day": budget.a_day // 1_000_000,
        "uplink": uplink.state.value,
        "hub_id": room.reader.hub_id(),
        "hub_key": room.reader.hub_key(),
        "uplink_says": [codec.encode(text) for text in uplink.notes],
        "clock_offset": None if uplink.hub_time_offset is None else round(uplink.hub_time_offset),
        "receipts": [codec.from_bytes(text.encode()) for text in room.reader.receipts()],
        "alerts": [codec.encode(text) for text in questions.own_alerts(room)],
        "devices": {device.name: device.state.value for device in devices},
        "photos": _photos(running),
        "problems": {device.name: list(device.problems) for device in devices if device.problems},
    }


def _photos(running: RunningStation) -> JsonValue:
    counts = running.room.journal.photos.counts()
    return {
        "waiting": counts.waiting,
        "waiting_mb": counts.waiting_bytes // 1_000_000,
        "refused": len(counts.refused),
        "here_mb": counts.here_bytes // 1_000_000,
        "phone": running.phones.refused if running.phones else "",
    }


def _renew_keys(renew_keys: Callable[[int], int], request: Mapping[str, JsonValue]) -> JsonValue:
    generations = request.get("generations")
    if generations not in (1, 2):
        raise Malformed(f"renew_keys: generations = {clean(str(generations), 20)!r} is neither 1 nor 2")
    return {"generation": renew_keys(generations)}


def _print_label(running: RunningStation, request: Mapping[str, JsonValue]) -> JsonValue:
    kind, content = request.get("kind"), request.get("content")
    if not isinstance(kind, str) or not isinstance(content, Mapping):
        raise Malformed("print_label: a kind and its content are needed")
    fields = {name: text for name, text in content.items() if isinstance(text, str)}
    if len(fields) != len(content):
        raise Malformed("print_label: content holds something that is no text")
    title, words = clean(str(request.get("title", kind)), 60), request.get("language")
    label = PrintLabel(running.room.journal.draw_uuid(), kind, fields, title)
    return {"job": running.print(label, words if words in ("pl", "en") else "")}
