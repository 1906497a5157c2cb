"""Who this hub is: made at its first start, in its database for ever, but for the epoch, which a restore changes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, insert, inspect, select

from hub import migrate
from hub.store import Database, stamp
from hub.tables import meta
from rma_station.domain.identifiers import uuid7
from rma_station.errors import ModeMismatch
from sync import wire

MODES = ("sample", "live")


@dataclass(frozen=True)
class Identity:
    """Who this hub is: the rows of the table ``meta``."""

    hub_id: str
    epoch: str
    """Changes when the hub's past was restored."""
    mode: str
    log_id: str
    """The hub's own log, for what it says itself (slots, matches)."""
    secret: bytes = field(repr=False)
    """Makes salts of the hub's own events; never leaves the database."""

    def header(self, now: datetime) -> wire.HubHeader:
        """Part of every reply."""
        return wire.HubHeader(self.hub_id, self.epoch, stamp(now), self.mode, wire.PROTOCOL_MIN, wire.PROTOCOL)

    def mixed(self, *parts: object) -> bytes:
        """32 bytes nobody outside can guess, the same for the same parts."""
        return hmac.digest(self.secret, "\x1f".join(map(str, parts)).encode(), hashlib.sha256)


def prepare(database: Database, mode: str, now: datetime, random: Callable[[int], bytes]) -> Identity:
    """Bring the tables up to date and give a new hub its identity.

    Args:
        database: an open database, empty or of an older version.
        mode: ``sample`` or ``live``; written at the first start, for ever.
        now: wall time, aware.
        random: ``random(n)`` gives n unpredictable bytes.

    Raises:
        ModeMismatch: the database belongs to the other mode.
    """
    if mode not in MODES:
        raise ModeMismatch(f"a hub is 'sample' or 'live', not {mode!r}")
    with database.transaction() as connection:
        migrate.upgrade(connection)
        if connection.scalar(select(func.count()).select_from(meta)) == 0:
            made = int(now.timestamp() * 1000)
            values = {
                "hub_id": uuid7(made, random(10)),
                "hub_epoch": random(8).hex(),
                "mode": mode,
                "log_id": uuid7(made, random(10)),
                "secret": random(32).hex(),
            }
            connection.execute(insert(meta), [{"key": key, "value": value} for key, value in values.items()])
        found = identity(connection)
    if found.mode != mode:
        raise ModeMismatch(
            f"the hub's database {database.place} belongs to {found.mode} mode for ever and was opened as {mode}. "
            "Give the other mode a data folder of its own (--data)."
        )
    return found


def mode_of(database: Database) -> str | None:
    """The mode a database has, ``None`` when it is new."""
    with database.transaction() as connection:
        if not inspect(connection).has_table(meta.name):
            return None
        return connection.scalar(select(meta.c.value).where(meta.c.key == "mode"))


def identity(connection: Connection) -> Identity:
    """Who this hub is."""
    rows = {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
    return Identity(rows["hub_id"], rows["hub_epoch"], rows["mode"], rows["log_id"], bytes.fromhex(rows["secret"]))
