"""The schema's steps: all or nothing, a copy before, no way back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.errors import JournalDamaged, Refused
from rma_station.store import migrations
from rma_station.store.database import FILE, open_database

FIRST = migrations.Step(1, "CREATE TABLE unit (id TEXT);\nINSERT INTO unit VALUES ('u-1');\n")
SECOND = migrations.Step(2, "ALTER TABLE unit ADD COLUMN grade TEXT;\nUPDATE unit SET grade = 'B; or C';\n")
THIRD = migrations.Step(3, "CREATE TABLE place (id TEXT);\nINSERT INTO nowhere VALUES (1);\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(path, isolation_level=None)
    opened.execute("PRAGMA locking_mode=EXCLUSIVE")
    opened.execute("PRAGMA journal_mode=WAL")
    yield opened
    opened.close()


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_a_fresh_file_gets_all_steps_without_sqlite_utils(tmp_path: Path) -> None:
    """The first start is as light as any: nothing heavy is imported."""
    program = (
        "import sys, pathlib; from rma_station.store.database import FILE, open_database\n"
        "for _ in 1, 2: open_database(pathlib.Path(sys.argv[1]), holder='test').close()\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('sqlite_utils', 'textual', 'biip')])"
    )

    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert ran.stdout == "[]\n"


def test_the_shipped_steps_are_numbered_without_gaps() -> None:
    """Their numbers are the schema's version."""
    assert [step.number for step in migrations.steps()] == list(range(1, len(migrations.steps()) + 1))


@pytest.mark.failure(43)
def test_a_migration_keeps_a_copy_of_what_was(connection: sqlite3.Connection, path: Path) -> None:
    """The copy holds the state before, for this user only."""
    migrations.bring_up(connection, path, [FIRST])

    copy = migrations.bring_up(connection, path, [FIRST, SECOND])

    assert connection.execute("SELECT * FROM unit").fetchall() == [("u-1", "B; or C")]
    assert copy == path.with_name("journal-schema-0001.sqlite")
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    assert sqlite3.connect(copy).execute("SELECT * FROM unit").fetchall() == [("u-1",)]
    assert version(connection) == 2


def test_a_database_of_the_first_schema_is_brought_up_with_its_rows(tmp_path: Path) -> None:
    """As a station of version 0.1.0 left it."""
    path = tmp_path / FILE
    left = sqlite3.connect(path, isolation_level=None)
    migrations.bring_up(left, path, migrations.steps()[:1])
    left.execute("INSERT INTO present (id, feed_cursor) VALUES (1, 'c-1')")
    left.execute("INSERT INTO facts VALUES ('h-1', 1, '{}')")
    left.close()

    database = open_database(tmp_path, holder="test")
    rows = database.connection.execute("SELECT feed_cursor, snapshot_cursor, event_id FROM present, facts").fetchall()
    database.close()

    assert rows == [("c-1", None, "h-1")]


def test_opening_a_migrated_file_again_changes_nothing(connection: sqlite3.Connection, path: Path) -> None:
    """A step runs once, and no second copy is made."""
    migrations.bring_up(connection, path, [FIRST])
    migrations.bring_up(connection, path, [FIRST, SECOND])

    again = migrations.bring_up(connection, path, [FIRST, SECOND])

    assert (again, connection.execute("SELECT * FROM unit").fetchall()) == (None, [("u-1", "B; or C")])


@pytest.mark.failure(43)
def test_a_step_that_fails_takes_back_those_before_it(connection: sqlite3.Connection, path: Path) -> None:
    """From 1 to 3 with a broken 3: still at 1, and the next try starts over."""
    migrations.bring_up(connection, path, [FIRST])

    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrations.bring_up(connection, path, [FIRST, SECOND, THIRD])

    assert version(connection) == 1
    assert connection.execute("SELECT * FROM unit").fetchall() == [("u-1",)]
    assert migrations.bring_up(connection, path, [FIRST, SECOND]) is not None


def test_a_fresh_file_with_a_failing_step_stays_empty(connection: sqlite3.Connection, path: Path) -> None:
    """All or nothing there too."""
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrations.bring_up(connection, path, [FIRST, THIRD])

    assert (version(connection), connection.execute("SELECT count(*) FROM sqlite_master").fetchone()) == (0, (0,))


@pytest.mark.failure(44)
def test_a_newer_database_is_refused_in_words(tmp_path: Path) -> None:
    """An older program does not touch it."""
    database = open_database(tmp_path, holder="test")
    database.connection.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(Refused, match=f"has schema 99, this version knows {migrations.steps()[-1].number}"):
        open_database(tmp_path, holder="test")


def test_another_program_s_database_is_left_alone(connection: sqlite3.Connection, path: Path) -> None:
    """By its application id, or by having tables."""
    connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(JournalDamaged, match="no schema number"):
        migrations.bring_up(connection, path)

    connection.execute("PRAGMA application_id = 7")
    with pytest.raises(Refused, match="another program"):
        migrations.bring_up(connection, path)
