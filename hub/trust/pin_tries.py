"""Wrong PINs: counted for each person at each place, so that one bench cannot lock somebody out of all the others.

A place is a station that called under its own key or token, or the hub's own commands (``COMMANDS``). Two rules:

1. Five wrong PINs in a row lock the person at that place: 15 minutes, then 30, 60, up to 8 hours, until a right one
   there, or a day without a wrong one.
2. Twenty wrong PINs at all places together lock the person everywhere, for two hours. Of a place its first five count,
   until a right PIN there: one station alone never gets there, nor do two or three.

What somebody who guesses has of it, against five tries in 15 minutes (20 an hour, 480 a day) that one count for all
places allows: at one place five at the minutes 0, 15, 45, 105, 225, 465, 945 and 1425, so 40 a day; at three places
120. From the fourth on rule 2 ends every round: 20 tries that count and then two hours. Where a round is stretched for
the sake of tries that do not count, three places have 15 each time their locks end: 35 in 135 minutes, 50 in 165, 65 in
225, 80 in 345. That is 18 an hour at most, and needs four stations that somebody has let in, not one. Only the first
moment is easier: 20 tries at once in place of five, and a PIN of six digits has a million values. A right PIN elsewhere
starts nothing again; when there was one count, it did.

Numbers of nobody are not counted: they are refused as a wrong PIN is, in the same time, and as ever only a lock tells
that a number is somebody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Integer, String, Table, delete, func, select, update

from hub import store
from hub.intake.hub_log import STATION
from hub.metadata import UtcText, metadata

COMMANDS = STATION
"""The place of the hub's own commands, and of whoever has the administrators' token; no station has this name."""
EVERYWHERE = "*"
"""Place of a lock everywhere; nobody calls from it."""
TRIES, FIRST_LOCK, LONGEST_LOCK = 5, timedelta(minutes=15), timedelta(hours=8)
TRIES_EVERYWHERE, LOCKED_EVERYWHERE = 20, timedelta(hours=2)
FORGOTTEN = timedelta(days=1)
"""A place where nothing wrong was typed for so long begins anew."""

pin_tries = Table(
    "pin_tries",
    metadata,
    Column("worker_id", String(6), primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("locks", Integer, nullable=False),
    Column("locked_until", UtcText),
    Column("last_at", UtcText, nullable=False),
)
"""``wrong`` in a row since the last of ``locks``; ``counted`` of them for the lock everywhere."""


@dataclass(frozen=True)
class Lock:
    """Somebody is locked out."""

    minutes: int
    """How long yet; at least 1."""
    everywhere: bool

    @property
    def words(self) -> str:
        """For whoever typed the PIN."""
        where = "everywhere" if self.everywhere else "here"
        return f"too many wrong PINs: locked {where}; try again in {self.minutes} min"


def lock(connection: Connection, worker_id: str, place: str, now: datetime) -> Lock | None:
    """Whether somebody is locked out at a place: of two locks the one everywhere.

    One that ends later than a lock can was set by a clock that was wrong, and counts no more.
    """
    query = select(pin_tries.c.place, pin_tries.c.locked_until).where(
        pin_tries.c.worker_id == worker_id,
        pin_tries.c.place.in_([place, EVERYWHERE]),
        pin_tries.c.locked_until > now,
        pin_tries.c.locked_until <= now + LONGEST_LOCK,
    )
    ends = {row.place: row.locked_until for row in connection.execute(query)}
    if not ends:
        return None
    everywhere = EVERYWHERE in ends
    return _lock(ends[EVERYWHERE if everywhere else place] - now, everywhere=everywhere)


def wrong(connection: Connection, worker_id: str, place: str, now: datetime) -> Lock | None:
    """Count a wrong PIN; the lock it brings, if it does."""
    here = (pin_tries.c.worker_id == worker_id) & (pin_tries.c.place == place)
    before = connection.execute(select(pin_tries).where(here, pin_tries.c.last_at > now - FORGOTTEN)).first()
    tries, counted, locks = (before.wrong, before.counted, before.locks) if before else (0, 0, 0)
    span = min(FIRST_LOCK * 2 ** min(locks, 10), LONGEST_LOCK) if tries + 1 >= TRIES else None
    _put(
        connection,
        worker_id,
        place,
        now,
        wrong=0 if span else tries + 1,
        counted=min(counted + 1, TRIES),
        locks=locks + 1 if span else locks,
        locked_until=now + span if span else None,
    )
    if _counted(connection, worker_id, now) >= TRIES_EVERYWHERE:
        connection.execute(update(pin_tries).where(pin_tries.c.worker_id == worker_id).values(counted=0))
        until = now + LOCKED_EVERYWHERE
        _put(connection, worker_id, EVERYWHERE, now, wrong=0, counted=0, locks=0, locked_until=until)
        return _lock(LOCKED_EVERYWHERE, everywhere=True)
    return _lock(span, everywhere=False) if span else None


def right(connection: Connection, worker_id: str, place: str) -> None:
    """A right PIN at a place: what was wrong there before is forgiven."""
    here = (pin_tries.c.worker_id == worker_id) & (pin_tries.c.place == place)
    connection.execute(delete(pin_tries).where(here))


def forgive(connection: Connection, worker_id: str) -> None:
    """An administrator has given a new PIN: whoever guessed begins anew, and so does its owner."""
    connection.execute(delete(pin_tries).where(pin_tries.c.worker_id == worker_id))


def _counted(connection: Connection, worker_id: str, now: datetime) -> int:
    query = select(func.sum(pin_tries.c.counted)).where(
        pin_tries.c.worker_id == worker_id, pin_tries.c.last_at > now - FORGOTTEN
    )
    return int(connection.scalar(query) or 0)


def _put(connection: Connection, worker_id: str, place: str, now: datetime, **values: object) -> None:
    store.upsert(connection, pin_tries, [{"worker_id": worker_id, "place": place, "last_at": now, **values}])


def _lock(left: timedelta, *, everywhere: bool) -> Lock:
    return Lock(max(1, -(-int(left.total_seconds()) // 60)), everywhere)
