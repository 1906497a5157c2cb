"""Stations, and the tokens of those without a device key: shown once, stored as a hash, revoked for ever."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hub.intake import hub_log, tolerant
from hub.tables import device_keys, logs, stations
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.errors import Malformed, Refused
from sync import wire

TOKEN_BYTES = 32
_NONE = ("", 0, "")

MOST_SECONDS = 2**31 - 1
"""What a column of PostgreSQL takes; a clock of the year 2099 is farther away from one that was never set."""


@dataclass(frozen=True)
class Caller:
    """Who a token belongs to; ``revoked`` stations are told so."""

    name: str
    revoked: bool


@dataclass(frozen=True)
class StationRow:
    """A station for people."""

    name: str
    added_at: str
    revoked_at: str
    seen_at: str
    events: int
    heartbeat: wire.Heartbeat | None
    signs: bool = False
    """With a device key; otherwise it has a token."""
    log_id: str = ""
    """The log that came last from it."""
    last_seq: int = 0
    """How far that log is here: what a lost station had behind it is lost with it."""
    last_at: str = ""
    """When its newest event came."""


def digest(token: str) -> str:
    """What is stored of a token: it holds 256 random bits, so a plain SHA-256 cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token(random: Callable[[int], bytes]) -> str:
    """A token of 256 bits."""
    return base64.urlsafe_b64encode(random(TOKEN_BYTES)).decode().rstrip("=")


def add(connection: Connection, name: str, random: Callable[[int], bytes], now: datetime) -> str:
    """Let a station in; a revoked or known name gets a new token, and the old one ends.

    Returns:
        The token; it cannot be shown again.

    Raises:
        Malformed: the name is not usable.
    """
    check_name(name)
    token = new_token(random)
    known = connection.execute(select(stations.c.name).where(stations.c.name == name)).first()
    values = {"token_sha256": digest(token), "added_at": now, "revoked_at": None}
    if known:
        connection.execute(update(stations).where(stations.c.name == name).values(**values))
    else:
        connection.execute(insert(stations).values(name=name, feed_seq=0, **values))
    return token


def check_name(name: str) -> None:
    """Raise ``Malformed`` for what cannot be a station's name."""
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}", name) or name == hub_log.STATION:
        raise Malformed(f"{clean(name, 64)!r} is not a station's name: letters, digits and dashes, at most 64")


def let_in(connection: Connection, name: str, random: Callable[[int], bytes], now: datetime) -> None:
    """Let a station in that signs with a key of its own (``device_keys.py``): whatever token it had, nobody has it now.

    Raises:
        Malformed: the name is not usable.
    """
    add(connection, name, random, now)


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """Shut a station out; its events stay.

    Raises:
        Refused: there is no such station.
    """
    found = connection.execute(update(stations).where(stations.c.name == name).values(revoked_at=now))
    if found.rowcount == 0:
        raise Refused(f"there is no station {clean(name, 64)!r}; `hub status` lists them")


def caller(connection: Connection, token: str) -> Caller | None:
    """The station a token belongs to."""
    wanted = digest(token)
    row = connection.execute(select(stations).where(stations.c.token_sha256 == wanted)).first()
    if row is None or not hmac.compare_digest(row.token_sha256, wanted):
        return None
    return Caller(row.name, row.revoked_at is not None)


def seen(connection: Connection, name: str, heartbeat: wire.Heartbeat | None, now: datetime) -> None:
    """Keep the last heartbeat."""
    values: dict[str, object] = {"seen_at": now}
    if heartbeat:
        values["heartbeat"] = codec.to_bytes(codec.encode(heartbeat)).decode()
        values["clock_offset"] = offset(heartbeat.clock, now)
    connection.execute(update(stations).where(stations.c.name == name).values(**values))


def offset(clock: str, now: datetime) -> int | None:
    """The hub's clock minus a station's in whole seconds, at most 68 years; ``None`` when it did not say its own.

    Args:
        clock: as ``wire.Heartbeat.clock``.
        now: the hub's time when it came.
    """
    try:
        there = datetime.fromisoformat(clock)
        seconds = round((now - there).total_seconds()) if there.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return None if seconds is None else max(-MOST_SECONDS, min(seconds, MOST_SECONDS))


def fetched(connection: Connection, name: str, feed_seq: int) -> None:
    """Remember how far a station's feed has come."""
    changed = stations.c.name == name, stations.c.feed_seq != feed_seq
    connection.execute(update(stations).where(*changed).values(feed_seq=feed_seq))


def listed(connection: Connection) -> Sequence[StationRow]:
    """All stations by name, with how many events of theirs are here."""
    events: dict[str, int] = {}
    newest: dict[str, tuple[str, int, str]] = {}
    for row in connection.execute(select(logs).order_by(logs.c.last_at)):
        events[row.station] = events.get(row.station, 0) + row.have_through
        newest[row.station] = row.log_id, row.have_through, _text(row.last_at)
    keys = device_keys.c.ended_at.is_(None)
    signing = set(connection.scalars(select(device_keys.c.station).where(keys)))
    return [
        StationRow(
            name=row.name,
            added_at=_text(row.added_at),
            revoked_at=_text(row.revoked_at),
            seen_at=_text(row.seen_at),
            events=events.get(row.name, 0),
            heartbeat=read_heartbeat(row.heartbeat),
            signs=row.name in signing,
            log_id=newest.get(row.name, _NONE)[0],
            last_seq=newest.get(row.name, _NONE)[1],
            last_at=newest.get(row.name, _NONE)[2],
        )
        for row in connection.execute(select(stations).order_by(stations.c.name))
    ]


def read_heartbeat(text: str | None) -> wire.Heartbeat | None:
    """A stored heartbeat."""
    return tolerant.read_heartbeat(codec.from_bytes(text.encode())) if text else None


def _text(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
