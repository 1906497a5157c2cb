"""What ``hub restore`` may ask of a running hub, and how the open restore stands, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from hub import admin, people, store
from hub.central import Hub, Operation, Outside
from hub.connectors.bank_sent import read_sent
from hub.recovery import restores, sent_before
from hub.rounds import PROVIDERS
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue

Given = Mapping[str, JsonValue]


def restore_status(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """How the open restore stands; ``{"open": false}`` when there is none."""
    return standing(connection)


def restore_epoch(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``why by days``: this database was put back by other means (PostgreSQL's own, or a file copied by hand)."""
    why, by = admin.text(given, "why"), admin.text(given, "by")
    days = given.get("days")
    seen = days if isinstance(days, int) else restores.SEEN_DAYS
    epoch = restores.restored(connection, hub.now(), hub.random, how="marked", by=by, why=why, days=seen)
    hub.identity = replace(hub.identity, epoch=epoch)
    return {"epoch": epoch, **standing(connection)}


def restore_waive(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``station why by``: it is not waited for."""
    restores.waive(
        connection, admin.text(given, "station"), admin.text(given, "why"), admin.text(given, "by"), hub.now()
    )
    return _after(connection, hub.now())


def restore_sent(hub: Hub, given: Given) -> JsonValue:
    """``text`` of a payment file that left, and ``by`` -> how many of its transfers were ours."""
    left = read_sent(str(given.get("text", "")).encode())
    with hub.database.transaction() as connection:
        ours = sent_before.enter(connection, left, hub.now(), admin.text(given, "by"))
        return {"transfers": len(left), "ours": ours, **_after(connection, hub.now())}


def restore_checked(hub: Hub, connection: Connection, given: Given) -> JsonValue:
    """``provider why worker_id pin``: a supervisor has entered all that left by it."""
    who = people.check(connection, admin.text(given, "worker_id"), str(given.get("pin", "")), hub.now())
    if who.code:
        return {"code": who.code, "message": who.message}
    by, why = admin.text(given, "worker_id"), admin.text(given, "why")
    restores.checked(connection, admin.text(given, "provider"), why, by, hub.now())
    return {"code": "", **_after(connection, hub.now())}


def standing(connection: Connection) -> dict[str, JsonValue]:
    """How the open restore stands, as JSON."""
    stands = restores.standing(connection, PROVIDERS)
    if stands is None:
        return {"open": False}
    return {
        "open": True,
        "epoch": stands.epoch,
        "at": store.stamp(stands.at),
        "past_ends": store.stamp(stands.past_ends),
        "how": stands.how,
        "by": clean(stands.by, 64),
        "why": stands.why,
        "stations": dict(stands.stations),
        "refunds": stands.unasked,
        "providers": list(stands.providers),
    }


def _after(connection: Connection, now: datetime) -> dict[str, JsonValue]:
    restores.settled(connection, now, PROVIDERS)
    return standing(connection)


OPERATIONS: Mapping[str, Operation | Outside] = {
    "restore-status": restore_status,
    "restore-epoch": restore_epoch,
    "restore-waive": restore_waive,
    "restore-sent": Outside(restore_sent),
    "restore-checked": restore_checked,
}
