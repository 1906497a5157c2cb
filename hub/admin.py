"""What an administrator can ask of the hub, by name. The ``hub`` commands use it through a running hub or directly.

One process owns the SQLite file: a command asks the running hub (token in the file ``admin-token``, 0600) and opens
the database itself only when none runs. Other parts add their operations in ``parts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from hub import acts, alerts, store
from hub.central import Hub, Operation, Outside
from hub.intake import letters, projection, quarantine
from hub.ledger import switches
from hub.money.moves import stopped_by
from hub.review import desk
from hub.tables import cases, dead_letters, events, feed, parked
from hub.trust import device_keys, enrolments, stations
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Malformed, Refused
from sync.enrolment import INVITED_AUTHORITY, NO_AUTHORITY
from sync.words import authority_id


def station_add(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name`` -> ``token``, shown once."""
    name = text(given, "name")
    if device_keys.in_use(connection, name):
        raise Refused(f"station {clean(name, 64)} signs with its device key and needs no token")
    return {"name": name, "token": stations.add(connection, name, hub.random, hub.now())}


def station_revoke(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name``, perhaps ``by``: the station is shut out; kept as an act."""
    name, by = text(given, "name"), given.get("by")
    device_keys.revoke(connection, name, hub.now())
    acts.record(connection, by if isinstance(by, str) else "administrator", "station-revoke", name, "", hub.now())
    return {"name": name}


def station_invite(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name by``, perhaps ``replace`` -> ``code``, shown once; kept as an act."""
    replace = given.get("replace") is True
    secret = enrolments.invite(connection, text(given, "name"), text(given, "by"), replace, hub.random, hub.now())
    return {"code": f"{secret}.{authority_id(hub.authority)[:INVITED_AUTHORITY] or NO_AUTHORITY}"}


def enrolments_now(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """Stations that ask to be let in."""
    return {"waiting": [codec.encode(one) for one in enrolments.waiting(connection, hub.now())]}


def enrolment_approve(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``code by``, perhaps ``replace`` -> ``station``; kept as an act."""
    replace = given.get("replace") is True
    name = enrolments.approve(connection, text(given, "code"), text(given, "by"), replace, hub.random, hub.now())
    return {"station": name}


def enrolment_refuse(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``code by`` -> ``station``; kept as an act."""
    return {"station": enrolments.refuse(connection, text(given, "code"), text(given, "by"), hub.now())}


def station_release(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``name why by`` -> ``refunds`` that go on: a station in quarantine is believed again; kept as an act."""
    name, why, by = (text(given, word) for word in ("name", "why", "by"))
    return {"name": name, "refunds": quarantine.release(connection, name, why, by, hub.now())}


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
        "public_url": hub.public_url,
        "reached_at": hub.reached_at,
        "page_distrusted": hub.page_distrusted,
        "counts": counts,
        "stations": [codec.encode(row) for row in stations.listed(connection)],
        **_stopped(connection),
    }


def _stopped(connection: Connection) -> dict[str, JsonValue]:
    name = stopped_by(connection)
    why = connection.scalar(select(switches.c.reason).where(switches.c.name == name)) if name else ""
    return {"stopped_by": name, "stopped_why": why}


def events_dead(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """The newest dead letters."""
    return {"letters": [codec.encode(letter) for letter in letters.listed(connection)]}


def events_parked(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """Events that wait for a newer version."""
    return {"parked": [codec.encode(waiting) for waiting in letters.parked_now(connection)]}


def events_redrive(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``id`` (of a dead letter, or of a parked event) and ``by`` -> ``result``; kept as an act."""
    by = text(given, "by")
    return {"result": letters.redrive(connection, text(given, "id"), by, hub.now(), hub.propose)}


def alerts_now(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """What people should know now."""
    return {"alerts": [{"key": key, **codec.encode(alert)} for key, alert in alerts.listed(connection)]}


def alert_done(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``key note by``: somebody looked into it; kept as an act."""
    alerts.done(connection, text(given, "key"), text(given, "by"), text(given, "note"), hub.now())
    return {}


def acts_list(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """What people did to the hub itself, the newest first."""
    names = ("by", "what", "subject", "result")
    rows = acts.listed(connection)
    return {"acts": [{"at": store.stamp(row["at"]), **{name: row[name] for name in names}} for row in rows]}


def photos_of(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``case`` -> its photos. Raises ``Refused`` when there is no such case."""
    case_id = text(given, "case")
    work = projection.load(connection, [case_id])
    if case_id not in work.rows:
        raise Refused(f"there is no case {clean(case_id, 80)!r}; a case is named by its RMA number")
    return {"photos": [codec.encode(photo) for photo in desk.photos_of(connection, work.cases[case_id])]}


OPERATIONS: Mapping[str, Operation] = {
    "station-add": station_add,
    "station-revoke": station_revoke,
    "station-release": station_release,
    "station-invite": station_invite,
    "enrolments": enrolments_now,
    "enrolment-approve": enrolment_approve,
    "enrolment-refuse": enrolment_refuse,
    "status": status,
    "events-dead": events_dead,
    "events-parked": events_parked,
    "events-redrive": events_redrive,
    "alerts": alerts_now,
    "alert-done": alert_done,
    "acts": acts_list,
    "photos": photos_of,
}


def perform(hub: Hub, operation: str, given: JsonValue) -> JsonValue:
    """Do one operation by name, in a transaction, or in those it begins itself.

    Raises:
        Malformed: no such operation, or the arguments are not an object.
    """
    found = OPERATIONS.get(operation) or hub.operations.get(operation)
    if found is None:
        raise Malformed(f"this hub has no operation {clean(operation, 40)!r}; is it an older version?")
    if not isinstance(given, dict):
        raise Malformed("the arguments of an operation are a JSON object")
    if isinstance(found, Outside):
        return found.run(hub, given)
    with hub.database.transaction() as connection:
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
