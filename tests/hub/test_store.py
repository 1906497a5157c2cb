"""The hub's file: migrations, one owner, one mode for ever."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

from hub import hub_identity, migrate, store
from hub.tables import events, meta
from rma_station.errors import ModeMismatch, StationHeld, StorageFailed
from tests.hub import databases
from tests.hub.build import NOW, RMA, Log, Numbers, send


def opened(folder: Path) -> store.Database:
    """The hub's file in a folder."""
    database = store.open_database(folder / store.FILE)
    hub_identity.prepare(database, "sample", NOW, Numbers())
    return database


def test_the_steps_give_exactly_the_tables_of_the_modules(tmp_path: Path) -> None:
    """On an empty file; so a table cannot be changed without a step."""
    metadata, database = databases.described(), opened(tmp_path)

    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        difference = compare_metadata(context, metadata)
    database.close()

    assert difference == []


def test_an_old_file_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path) -> None:
    """From the first release's tables."""
    path = tmp_path / store.FILE
    old = store.open_database(path)
    with old.transaction() as connection:
        from alembic import command

        command.upgrade(migrate.configuration(connection), "0001_core")
        connection.execute(
            events.insert().values(
                number=1, event_id="e-1", log_id="l-1", seq=1, line=b"{}", hash=b"", type="x", schema=1, received_at=NOW
            )
        )
    old.close()

    database = opened(tmp_path)
    with database.transaction() as connection:
        kept = connection.execute(select(events.c.event_id, events.c.received_at)).all()
        heads = MigrationContext.configure(connection).get_current_heads()
    database.close()

    assert [tuple(row) for row in kept] == [("e-1", NOW)]
    assert set(heads) == set(ScriptDirectory.from_config(migrate.configuration()).get_heads())


def test_starting_again_keeps_identity_and_events(tmp_path: Path) -> None:
    """The mode and the ids are written once."""
    first = opened(tmp_path)
    with first.transaction() as connection:
        identity = hub_identity.identity(connection)
    log = Log()
    log.parcel("p-1", RMA)
    send(first, log)
    first.close()

    second = opened(tmp_path)
    with second.transaction() as connection:
        again = hub_identity.identity(connection)
        stored = connection.scalars(select(events.c.line)).all()
    second.close()

    assert (again, stored) == (identity, log.lines)


def test_a_file_belongs_to_one_mode_for_ever(tmp_path: Path) -> None:
    """The message names file and remedy."""
    opened(tmp_path).close()
    database = store.open_database(tmp_path / store.FILE)

    with pytest.raises(ModeMismatch, match="sample mode for ever"):
        hub_identity.prepare(database, "live", NOW, Numbers())
    database.close()


def test_a_second_process_is_told_who_holds_the_file(tmp_path: Path) -> None:
    """It does not wait, and it changes nothing."""
    database = opened(tmp_path)
    code = (
        "import sys; from pathlib import Path; from hub import store; from rma_station.errors import StationHeld\n"
        "try: store.open_database(Path(sys.argv[1]))\n"
        "except StationHeld as error: print(error)"
    )

    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / store.FILE)], capture_output=True, text=True, check=True
    ).stdout
    database.close()

    assert "another process holds the hub's database" in said


def test_the_file_is_safe_against_a_power_cut_and_other_users(tmp_path: Path) -> None:
    """WAL, FULL, EXCLUSIVE, 0600."""
    database = opened(tmp_path)
    with database.transaction() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "locking_mode")
        ]
    access = (tmp_path / store.FILE).stat().st_mode & 0o777
    database.close()

    assert (found, access) == (["wal", 2, "exclusive"], 0o600)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """And the next one works."""
    database = opened(tmp_path)

    def fails() -> None:
        with database.transaction() as connection:
            connection.execute(meta.insert().values(key="half", value="x"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.transaction() as connection:
        left = connection.scalar(select(meta.c.value).where(meta.c.key == "half"))
    database.close()

    assert left is None


def test_a_foreign_lock_is_a_held_station_not_a_stack_trace(tmp_path: Path) -> None:
    """Somebody looks into the file with another program."""
    opened(tmp_path).close()
    other = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StationHeld):
        store.open_database(tmp_path / store.FILE)
    other.close()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_said_in_words_and_not_by_a_stack_trace(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """A folder or a pipe in the file's place."""
    make(tmp_path / store.FILE)

    with pytest.raises(StorageFailed, match="cannot be read or written"):
        store.open_database(tmp_path / store.FILE)


def test_the_steps_of_the_tables_are_one_line() -> None:
    """Two steps from the same place would leave the order to chance."""
    scripts = ScriptDirectory.from_config(migrate.configuration())
    steps = list(scripts.walk_revisions())

    assert len(scripts.get_heads()) == 1
    assert [step.down_revision for step in steps] == [*(step.revision for step in steps[1:]), None]
