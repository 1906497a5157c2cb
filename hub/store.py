"""The hub's database: opening, one writer, and the few places where SQLite and PostgreSQL differ.

On SQLite one process owns the file through one connection (``locking_mode=EXCLUSIVE``); everybody takes turns
under a lock. On PostgreSQL several processes may run; a transaction has its own connection and begins with the
advisory lock ``WRITER``, so that there, too, transactions follow one another: a case is never folded twice at a time,
the feed's order is the order of commits, and nothing can deadlock.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from hub.recovery import in_place
from rma_station.domain.clean import clean
from rma_station.errors import ConfigError, StationHeld, StorageFailed, StorageFull

FILE = in_place.FILE
"""Name of the SQLite file in the hub's data folder."""
URL_FILE = "database-url"
"""A file in the hub's data folder with the address of a PostgreSQL database, to be used in place of SQLite."""
WRITER = 0x524D415F485542
"""Key of the advisory lock that lets one transaction of a PostgreSQL database follow another ("RMA_HUB")."""
POSTGRESQL = "postgresql+psycopg"
TURN_SECONDS = 0.0005
"""A lock that is taken again at once is not handed on; this long others are let in between two slices."""


class Database:
    """The one way to the tables.

    ``with database.transaction() as connection:`` commits at its end and rolls back on any exception. Nothing waits
    for a network in it: everybody else waits for its end.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._lock: contextlib.AbstractContextManager[Any] = (
            threading.RLock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction; it begins with the write lock (``BEGIN IMMEDIATE``, or ``WRITER`` on PostgreSQL).

        Raises:
            StorageFull: the disk has no room.
            StationHeld: another process holds the file.
            StorageFailed: the PostgreSQL server cannot be reached.
        """
        with self._lock:
            try:
                with self.engine.begin() as connection:
                    yield connection
            except DatabaseError as error:
                raise _translated(error, self.place) from error

    @contextlib.contextmanager
    def slices(self) -> Iterator[tuple[sqlite3.Connection, Callable[[], None]]]:
        """SQLite's own connection, for work in slices between other people's transactions.

        Yields:
            The connection, which nobody else uses, and ``turn()``: everybody who waits has a go before it returns.
        """
        with self._lock:
            held = self.engine.raw_connection()

            def turn() -> None:
                self._lock.__exit__(None, None, None)
                time.sleep(TURN_SECONDS)
                self._lock.__enter__()

            try:
                yield held.driver_connection, turn  # type: ignore[misc]
            finally:
                held.close()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self.engine.dispose()


def open_database(where: Path | str) -> Database:
    """Open an SQLite file (a path; its folder is made, 0700), or a PostgreSQL database (``postgresql://...``).

    An error of the database never carries the values of its statement: they may be account numbers and names.

    Raises:
        StationHeld: another process holds the file.
        ConfigError: the address cannot be used, or the driver for PostgreSQL is not installed.
    """
    if isinstance(where, str):
        return _open_postgresql(where)
    where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = _sqlite_engine(str(where))
    database = Database(engine, str(where))
    try:
        with database.transaction() as connection:
            connection.execute(text("SELECT count(*) FROM sqlite_master"))
    except StationHeld:
        engine.dispose()
        raise
    os.chmod(where, 0o600)
    return database


def open_folder(data: Path) -> Database:
    """The database of a hub's data folder: the one its ``database-url`` names, or its SQLite file.

    A restore that was decided and cut off is finished first.

    Raises:
        StationHeld, ConfigError: as ``open_database``.
    """
    named = data / URL_FILE
    if named.exists():
        return open_database(named.read_text().strip())
    in_place.finish(data)
    return open_database(data / FILE)


def has_database(data: Path) -> bool:
    """Whether a hub has been started on this data folder."""
    return any((data / name).exists() for name in (FILE, in_place.DECIDED, URL_FILE))


def _open_postgresql(address: str) -> Database:
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise ConfigError(URL_FILE, "the address", "(hidden)", "postgresql://USER:PASSWORD@HOST/DATABASE")
    try:
        engine = create_engine(url.set(drivername=POSTGRESQL), hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError:
        remedy = "with its driver installed: pip install 'rma-station[postgresql]'"
        raise ConfigError(URL_FILE, "the address", url.render_as_string(), remedy) from None
    event.listen(engine, "begin", _wait_for_turn)
    return Database(engine, url.render_as_string())


def _wait_for_turn(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")


def memory_database() -> Database:
    """An SQLite database in memory, for tests and the simulator."""
    return Database(_sqlite_engine(":memory:"), "memory")


def _sqlite_engine(path: str) -> Engine:
    def connect() -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
        except sqlite3.DatabaseError as error:
            raise _translated(error, path) from error
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begin)
    return engine


def _translated(error: Exception, place: str) -> Exception:
    words = str(error)
    if "is locked" in words:
        return StationHeld(
            f"another process holds the hub's database {place}. Stop it, or ask it: "
            "the rma-station hub commands talk to a running hub by themselves."
        )
    if "disk is full" in words:
        return StorageFull(
            f"the disk under {place} is full; nothing of this call was kept. Make room, then it goes on."
        )
    if "not a database" in words or "malformed" in words:
        return StorageFailed(
            f"{place} is no database of a hub, or a damaged one. Keep it, and put a backup in its place: "
            "rma-station hub restore --from FILE --set-aside"
        )
    if "disk I/O error" in words or "unable to open" in words or "readonly database" in words:
        return StorageFailed(f"{place} cannot be read or written. Check the disk and the rights on its folder.")
    if isinstance(error, OperationalError) and error.connection_invalidated | ("connection" in words):
        return StorageFailed(
            f"the database server of {place} cannot be used: {clean(str(error.orig).splitlines()[0])}. "
            "Is it running, and are address and password right?"
        )
    return error


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those with the same primary key; all rows have the same columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


PARAMETERS = 10_000
"""Most values in one ``IN``; both databases allow about 32,000."""


def pieces(values: Sequence[Any], size: int = PARAMETERS) -> Iterator[Sequence[Any]]:
    """Cut a long list for ``IN``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def stamp(now: datetime) -> str:
    """UTC as ISO 8601 with milliseconds and ``Z``."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
