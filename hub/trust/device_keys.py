"""Device keys of stations: one each, registered by an enrolment, ended for ever by a revocation or by the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hub import alerts, store
from hub.tables import device_keys
from hub.tables import stations as station_rows
from hub.trust import stations
from rma_station.domain.alerts import Alert
from rma_station.errors import Refused

PAST_RUNS = 8
"""So many earlier starts of a station are told apart."""
RETURNS = 2
"""A start that comes back after another one so often is a second machine with the same key; once may be a late call."""


@dataclass(frozen=True)
class DeviceKey:
    """A key, and whose it is."""

    public_key: str
    station: str
    added_at: datetime
    ended_at: datetime | None
    ended_why: str
    """``revoked``, or ``replaced`` by another key of the same station; empty for one in use."""


def find(connection: Connection, public_key: str) -> DeviceKey | None:
    """A key this hub has ever known."""
    row = connection.execute(select(device_keys).where(device_keys.c.public_key == public_key)).first()
    return DeviceKey(row.public_key, row.station, row.added_at, row.ended_at, row.ended_why) if row else None


def in_use(connection: Connection, station: str) -> str:
    """The key a station signs with; empty when it has none."""
    where = device_keys.c.station == station, device_keys.c.ended_at.is_(None)
    return connection.scalar(select(device_keys.c.public_key).where(*where)) or ""


def register(
    connection: Connection, station: str, public_key: str, random: Callable[[int], bytes], now: datetime
) -> None:
    """Let a station in by this key alone: its older key and its token end.

    Raises:
        Malformed: the name is not usable.
        Refused: the key was another station's, or has ended: a station makes a new one.
    """
    known = find(connection, public_key)
    if known is not None and (known.station != station or known.ended_at is not None):
        raise Refused(
            f"this device key was station {known.station}'s and is not taken again; remove the file device-key there "
            "and enrol anew"
        )
    if known is None:
        end(connection, station, "replaced", now)
        row = {"public_key": public_key, "station": station, "added_at": now, "ended_why": "", "past_runs": ""}
        connection.execute(insert(device_keys).values(**row, run_id="", returns=0))
    stations.let_in(connection, station, random, now)
    alerts.ended(connection, _key_of_alert(station), "hub", now)


def end(connection: Connection, station: str, why: str, now: datetime) -> None:
    """The station's key ends; what it signs from now on is refused."""
    where = device_keys.c.station == station, device_keys.c.ended_at.is_(None)
    connection.execute(update(device_keys).where(*where).values(ended_at=now, ended_why=why))


def running(connection: Connection, station: str, run_id: str, now: datetime) -> None:
    """A station says which of its starts is calling; two that take turns are two machines (failure row 7).

    A copied disk has the key as well. Both machines go on and everything they send is kept; people are told, and one
    of them has to be enrolled anew.
    """
    where = device_keys.c.station == station, device_keys.c.ended_at.is_(None)
    row = connection.execute(select(device_keys).where(*where)).first()
    if row is None or not run_id or row.run_id == run_id:
        return
    past: Sequence[str] = row.past_runs.split()
    returns = row.returns + (run_id in past)
    past = [*(one for one in past if one != run_id), row.run_id][-PAST_RUNS:]
    values = {"run_id": run_id, "past_runs": " ".join(past).strip(), "returns": returns}
    connection.execute(update(device_keys).where(*where).values(**values))
    if returns >= RETURNS and returns != row.returns:
        alert = Alert("key_twice", store.stamp(now), station, "", values={})
        alerts.raised(connection, _key_of_alert(station), alert, now)


def revoke(connection: Connection, station: str, now: datetime) -> None:
    """Shut a station out, by key and token alike.

    Raises:
        Refused: there is no such station.
    """
    stations.revoke(connection, station, now)
    end(connection, station, "revoked", now)


def is_known(connection: Connection, station: str) -> bool:
    """Whether there is a station of this name that may call now."""
    where = station_rows.c.name == station, station_rows.c.revoked_at.is_(None)
    return connection.execute(select(station_rows.c.name).where(*where)).first() is not None


def _key_of_alert(station: str) -> str:
    return f"key_twice:{station}"
