"""The tables a snapshot is built in, and how they take the place of those in use: by renaming, in no time.

What was replaced is emptied in slices afterwards: dropping a large table in one go would hold up the next scan.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from rma_station.store.database import Database

NEXT, OLD = "_next", "_old"
_TABLES = {"reference": ("kind", "key"), "lookups": ("name", "value", "key")}
"""Tables with their primary keys."""
_INDEXES = ("lookups_of_row", "lookups_of_row_b")
"""An index keeps its name when its table is renamed, so two names take turns."""
_ROWS_IN_A_SLICE = 500


def begin(connection: sqlite3.Connection) -> None:
    """Make empty tables beside those in use and count the snapshot; ``leftovers`` has run before."""
    for table in _TABLES:
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone()
        connection.execute(re.sub(rf'"?\b{table}\b"?', f"{table}{NEXT}", str(sql), count=1))
    taken = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    free = next(name for name in _INDEXES if name not in taken)
    connection.execute(f"CREATE INDEX {free} ON lookups{NEXT} (kind, key)")
    connection.execute("UPDATE present SET snapshot = snapshot + 1, snapshot_cursor = ''")


def swap(connection: sqlite3.Connection) -> None:
    """The snapshot takes the place of the rows in use; notices it did not name are gone."""
    for table in _TABLES:
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}{OLD}")
        connection.execute(f"ALTER TABLE {table}{NEXT} RENAME TO {table}")
    for table in ("notices", "feed_refused"):
        connection.execute(f"DELETE FROM {table} WHERE snapshot <> (SELECT snapshot FROM present)")


def leftovers(database: Database) -> Iterator[int]:
    """Empty and drop what an interrupted or a finished snapshot left behind; every step is a slice."""
    for table, keys in _TABLES.items():
        for left in (f"{table}{NEXT}", f"{table}{OLD}"):
            with database.reading() as connection:
                found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (left,)).fetchone()
            if found is None:
                continue
            columns = ", ".join(keys)
            some = f"SELECT {columns} FROM {left} LIMIT {_ROWS_IN_A_SLICE}"
            count = 1
            while count:
                with database.transaction() as connection:
                    count = connection.execute(f"DELETE FROM {left} WHERE ({columns}) IN ({some})").rowcount
                yield 0
            with database.transaction() as connection:
                connection.execute(f"DROP TABLE {left}")
