"""Letting stations in: codes that an administrator approves, and one-time invitations (``sync/enrolment.py``)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hub import acts
from hub.tables import enrolments, invitations
from hub.trust import device_keys, stations
from rma_station.domain.clean import clean
from rma_station.errors import Refused
from sync import enrolment
from sync.words import fingerprint

LASTS = timedelta(minutes=15)
"""A code that nobody approved by then has ended."""
INVITATION_LASTS = timedelta(days=7)
WAITING_MOST = 20
"""Codes that wait at a time: an afternoon of stations, and no flood."""
CALLER_MOST = 10
"""Codes given to one address within ``LASTS``."""
KEPT = timedelta(days=1)
"""An answer can be looked at so long; what was decided is on record in ``acts``."""


class Busy(Refused):
    """Too many ask at a time; later it goes."""


@dataclass(frozen=True)
class Waiting:
    """A station that asks, for an administrator."""

    code: str
    station: str
    words: str
    """To compare with those on the station's screen."""
    caller: str
    app_version: str
    seconds_left: int
    known: bool
    """There is a station of this name with another key: approving ends that, and needs the word for it."""


def ask(
    connection: Connection,
    asked: enrolment.EnrolmentAsked,
    caller: str,
    authority: str,
    random: Callable[[int], bytes],
    now: datetime,
) -> Row[Any]:
    """Begin, or go on with what waits for the same key; with an invitation it is approved at once.

    Args:
        connection: in a transaction.
        asked: the call; its signature was genuine.
        caller: the address it came from.
        authority: ``words.authority_id`` of what this hub is served with.
        random: unpredictable bytes.
        now: the hub's time.

    Raises:
        Malformed: the station's name is not usable.
        Refused: the key has ended, or the invitation is not good.
        Busy: too many ask.
    """
    stations.check_name(asked.station)
    known = device_keys.find(connection, asked.public_key)
    if known is not None and (known.ended_at is not None or known.station != asked.station):
        raise Refused(
            f"this device key was station {known.station}'s and is not taken again; enrol with a new one: "
            "rma-station enrol --new-key"
        )
    connection.execute(delete(enrolments).where(enrolments.c.expires_at < now - KEPT))
    where = enrolments.c.public_key == asked.public_key, enrolments.c.station == asked.station
    found = connection.execute(select(enrolments).where(*where).order_by(enrolments.c.asked_at.desc())).first()
    if found is None or state_of(found, now) != enrolment.WAITING or found.authority != authority:
        found = _begun(connection, asked, caller, authority, random, now)
    if known is not None and asked.verified:
        # In already, and it knows that nobody is in between. One that lost what it trusted compares words again.
        _decided(connection, found.code, enrolment.APPROVED, "its own key", now)
    elif asked.invitation:
        _invited(connection, found, asked.invitation, random, now)
    return _row(connection, found.code)


def look(connection: Connection, code: str, public_key: str) -> Row[Any] | None:
    """The state of an enrolment, told only to the station whose key it is."""
    where = enrolments.c.code == code, enrolments.c.public_key == public_key
    return connection.execute(select(enrolments).where(*where)).first()


def state_of(row: Row[Any], now: datetime) -> str:
    """Of an enrolment: one that waits too long has ended."""
    if row.state == enrolment.WAITING and row.expires_at <= now:
        return enrolment.EXPIRED
    return str(row.state)


def waiting(connection: Connection, now: datetime) -> Sequence[Waiting]:
    """Who asks now, the oldest first."""
    rows = connection.execute(select(enrolments).order_by(enrolments.c.asked_at))
    return [
        Waiting(
            row.code,
            row.station,
            fingerprint(row.public_key, row.authority, row.code),
            row.caller,
            row.app_version,
            int((row.expires_at - now).total_seconds()),
            _is_taken(connection, row),
        )
        for row in rows
        if state_of(row, now) == enrolment.WAITING
    ]


def approve(
    connection: Connection, code: str, by: str, replace: bool, random: Callable[[int], bytes], now: datetime
) -> str:
    """An administrator compared the words and lets the station in; returns its name.

    Raises:
        Refused: nothing waits under this code, or the name is taken and the word for that was not said.
    """
    row = _waiting(connection, code, now)
    if _is_taken(connection, row) and not replace:
        raise Refused(
            f"there is a station {row.station} already. If this machine takes its place, say so: --replace; "
            "the key or token of the old one ends"
        )
    device_keys.register(connection, row.station, row.public_key, random, now)
    _decided(connection, row.code, enrolment.APPROVED, by, now)
    words = fingerprint(row.public_key, row.authority, row.code)
    acts.record(connection, by, "enrol-approve", row.station, f"{words}, from {row.caller}", now)
    return str(row.station)


def refuse(connection: Connection, code: str, by: str, now: datetime) -> str:
    """The station stays outside; returns its name. Raises ``Refused`` when nothing waits under this code."""
    row = _waiting(connection, code, now)
    _decided(connection, row.code, enrolment.REFUSED, by, now)
    acts.record(connection, by, "enrol-refuse", row.station, f"from {row.caller}", now)
    return str(row.station)


def invite(
    connection: Connection, station: str, by: str, replace: bool, random: Callable[[int], bytes], now: datetime
) -> str:
    """A one-time secret that lets this station in without anybody approving.

    Raises:
        Malformed: the name is not usable.
        Refused: the name is taken, and the word for that was not said.
    """
    stations.check_name(station)
    if device_keys.is_known(connection, station) and not replace:
        raise Refused(f"there is a station {station} already. If another machine takes its place, say so: --replace")
    secret = _letters(random, 20)
    row = {"secret_sha256": _digest(secret), "station": station, "replaces": replace, "made_at": now}
    connection.execute(insert(invitations).values(**row, made_by=clean(by, 64), expires_at=now + INVITATION_LASTS))
    acts.record(connection, by, "enrol-invite", station, "one time, within 7 days", now)
    return secret


def _invited(connection: Connection, row: Row[Any], secret: str, random: Callable[[int], bytes], now: datetime) -> None:
    where = invitations.c.secret_sha256 == _digest(secret), invitations.c.used_at.is_(None)
    found = connection.execute(select(invitations).where(*where, invitations.c.expires_at > now)).first()
    if found is None or found.station != row.station:
        raise Refused("this invitation is not for this station, was used, or has ended; make one: hub station invite")
    if device_keys.is_known(connection, row.station) and not found.replaces:
        raise Refused(f"there is a station {row.station} already; invite with --replace where this one takes its place")
    device_keys.register(connection, row.station, row.public_key, random, now)
    connection.execute(update(invitations).where(*where).values(used_at=now))
    _decided(connection, row.code, enrolment.APPROVED, found.made_by, now)
    acts.record(connection, found.made_by, "enrol-invited", row.station, f"from {row.caller}", now)


def _begun(
    connection: Connection,
    asked: enrolment.EnrolmentAsked,
    caller: str,
    authority: str,
    random: Callable[[int], bytes],
    now: datetime,
) -> Row[Any]:
    counting = select(func.count()).select_from(enrolments)
    open_now = enrolments.c.state == enrolment.WAITING, enrolments.c.expires_at > now
    same = enrolments.c.caller == caller, enrolments.c.asked_at > now - LASTS
    # Who brings an invitation waits for nobody: either it is good, or nothing of this stays.
    if not asked.invitation and (connection.scalar(counting.where(*open_now)) or 0) >= WAITING_MOST:
        raise Busy(f"{WAITING_MOST} stations wait to be let in; approve or refuse some")
    if not asked.invitation and (connection.scalar(counting.where(*same)) or 0) >= CALLER_MOST:
        raise Busy(f"{clean(caller, 64)} asked {CALLER_MOST} times within {LASTS.seconds // 60} minutes")
    letters = _letters(random, 8)
    code = f"{letters[:4]}-{letters[4:]}"
    row = {"code": code, "public_key": asked.public_key, "station": asked.station, "authority": authority}
    more = {"app_version": clean(asked.app_version, 40), "caller": clean(caller, 64), "asked_at": now}
    connection.execute(insert(enrolments).values(**row, **more, expires_at=now + LASTS, state=enrolment.WAITING))
    return _row(connection, code)


def _is_taken(connection: Connection, row: Row[Any]) -> bool:
    """Whether another key than the one that asks has this name."""
    same = device_keys.in_use(connection, row.station) == row.public_key
    return not same and device_keys.is_known(connection, row.station)


def _waiting(connection: Connection, code: str, now: datetime) -> Row[Any]:
    row = connection.execute(select(enrolments).where(enrolments.c.code == enrolment.typed_code(code))).first()
    if row is None or state_of(row, now) != enrolment.WAITING:
        raise Refused(f"no station waits under the code {clean(code, 20)!r}; see: hub enrolments list")
    return row


def _row(connection: Connection, code: str) -> Row[Any]:
    return connection.execute(select(enrolments).where(enrolments.c.code == code)).one()


def _decided(connection: Connection, code: str, state: str, by: str, now: datetime) -> None:
    values = {"state": state, "decided_at": now, "decided_by": clean(by, 64)}
    connection.execute(update(enrolments).where(enrolments.c.code == code).values(**values))


def _letters(random: Callable[[int], bytes], count: int) -> str:
    """Letters of ``enrolment.ALPHABET``, evenly: bytes that would favour some are passed over."""
    found = ""
    while len(found) < count:
        found += "".join(enrolment.ALPHABET[byte % 30] for byte in random(2 * count) if byte < 240)
    return found[:count]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.strip().upper().encode()).hexdigest()
