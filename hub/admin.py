"""What an administrator can ask of the hub, by name. The ``hub`` commands use it through a running hub or directly.

One process owns the SQLite file: a command asks the running hub (token in the file ``admin-token``, 0600) and opens
the database itself only when none runs. Other parts add their operations in ``parts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from hub import letters, stations
from hub.central import Hub, Operation
from hub.tables import cases, dead_letters, events, feed, parked
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Malformed


def station_add(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name`` -> ``token``, shown once."""
    name = text(given, "name")
    return {"name": name, "token": stations.add(connection, name, hub.random, hub.now())}


def station_revoke(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name``: the station is shut out."""
    stations.revoke(connection, text(given, "name"), hub.now())
    return {"name": text(given, "name")}


def status(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """Who this hub is, what it holds, and its stations."""
    counts = {
        "events": connection.scalar(select(func.count()).select_from(events)),
        "cases": connection.scalar(select(func.count()).select_from(cases)),
        "feed_entries": connection.scalar(select(func.count()).select_from(feed)),
        "parked": connection.scalar(select(func.count()).select_from(parked).where(parked.c.replayed_at.is_(None))),
        "dead_letters": connection.scalar(
            select(func.count()).select_from(dead_letters).where(dead_letters.c.redriven_at.is_(None))
        ),
    }
    return {
        "hub_id": hub.identity.hub_id,
        "mode": hub.identity.mode,
        "epoch": hub.identity.epoch,
        "database": hub.database.place,
        "counts": counts,
        "stations": [codec.encode(row) for row in stations.listed(connection)],
    }


def dead_letters_list(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """The newest dead letters."""
    return {"letters": [codec.encode(letter) for letter in letters.listed(connection)]}


def dead_letters_redrive(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``letter_id`` and ``by`` -> ``result``."""
    by = text(given, "by")
    return {"result": letters.redrive(connection, text(given, "letter_id"), by, hub.now(), hub.propose)}


OPERATIONS: Mapping[str, Operation] = {
    "station-add": station_add,
    "station-revoke": station_revoke,
    "status": status,
    "dead-letters": dead_letters_list,
    "redrive": dead_letters_redrive,
}


def perform(hub: Hub, connection: Connection, operation: str, given: JsonValue) -> JsonValue:
    """Do one operation by name.

    Raises:
        Malformed: no such operation, or the arguments are not an object.
    """
    found = OPERATIONS.get(operation) or hub.operations.get(operation)
    if found is None:
        raise Malformed(f"this hub has no operation {clean(operation, 40)!r}; is it an older version?")
    if not isinstance(given, dict):
        raise Malformed("the arguments of an operation are a JSON object")
    return found(hub, connection, given)


def text(given: Mapping[str, JsonValue], name: str) -> str:
    """A text argument.

    Raises:
        Malformed: missing or not text.
    """
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"the argument {name} is missing")
    return value
