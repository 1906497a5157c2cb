"""An upgrade of the schema is interrupted: at any statement by a kill, at any write by a power cut."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.store import migrations
from rma_station.store.database import FILE, open_database
from tests.faults import recorded_disk
from tests.faults.processes import ROUNDS
from tests.faults.recorded_disk import Disk, Recorder, Told
from tests.sim import folder as memory
from tests.store import given
from tests.store.given import open_journal

NEWEST = migrations.steps()[-1].number
ROWS = [(f"c-{number}", "[]") for number in range(200)]


def old_journal(folder: Path) -> None:
    """A journal of the first schema, with rows that must survive."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    migrations.bring_up(connection, folder / FILE, migrations.steps()[:1])
    connection.execute("INSERT INTO identity VALUES (1, 'bench-1', 'sample', '2026-01-01T00:00:00.000Z')")
    connection.execute("INSERT INTO present (id) VALUES (1)")
    connection.executemany("INSERT INTO cases VALUES (?, ?)", ROWS)
    connection.close()


def survived(folder: Path) -> None:
    """The station starts on it, everything is there, work goes on."""
    journal = open_journal(folder)
    rows = journal.database.connection.execute("SELECT case_id, marks FROM cases")
    assert sorted(rows.fetchall()) == sorted(ROWS)
    assert journal.database.connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
    journal.commit([given.opened()])
    journal.close()


def upgrade(folder: Path, kill_at: int) -> None:
    """What the first start of the new version does; killed before its n-th statement. Exit code 0: there were fewer."""
    count = 0

    def traced(_statement: str) -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    connection = sqlite3.connect(folder / FILE, timeout=0, isolation_level=None)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    connection.execute("PRAGMA synchronous=FULL").fetchall()
    connection.set_trace_callback(traced)
    migrations.bring_up(connection, folder / FILE)
    connection.close()


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder whose syncs cost nothing: a kill takes nothing back that was written, synced or not."""
    with memory.made() as made:
        yield made


@pytest.mark.failure(43)
def test_a_kill_at_any_statement_leaves_the_old_or_the_new_schema(in_memory: Path) -> None:
    """The next start finishes the upgrade, whichever statement was the last."""
    statement, ended = 0, False
    while not ended:
        statement += 1
        folder = in_memory / str(statement)
        old_journal(folder)
        child = multiprocessing.get_context("fork").Process(target=upgrade, args=(folder, statement))
        child.start()
        child.join()
        ended = child.exitcode == 0
        left = sqlite3.connect(folder / FILE)
        version = left.execute("PRAGMA user_version").fetchone()[0]
        left.close()

        assert version in (1, NEWEST)
        survived(folder)

    assert statement > NEWEST + 3  # VACUUM INTO, BEGIN, each step, COMMIT: it was interrupted at every one


@pytest.mark.failure(43)
@pytest.mark.skipif(recorded_disk.VFS is None, reason="SQLite is built into this Python and cannot be watched")
def test_a_power_cut_during_an_upgrade_loses_nothing(tmp_path: Path) -> None:
    """At any moment after the old version's last word, whatever the disk had written by then."""
    recorder = Recorder(tmp_path / "station")
    with recorder.recording() as entries:
        old_journal(tmp_path / "station")
        entries.append(Told(0))
        open_database(tmp_path / "station", holder="test").close()
        entries.append(Told(1))
    told = [place for place, entry in enumerate(entries) if isinstance(entry, Told)]
    disk = Disk(entries)

    for moment in range(20 * ROUNDS):
        dice = random.Random(moment)
        folder = tmp_path / f"cut-{moment}"
        folder.mkdir()
        for name, data in disk.after(dice.randint(told[0], told[1] + 1), dice).items():
            (folder / name).write_bytes(data)
        survived(folder)


@pytest.mark.failure(43)
def test_the_copy_of_before_is_whole_once_it_has_its_name(tmp_path: Path) -> None:
    """Its name is given after its bytes are synced: a part that a kill left is no copy."""
    old_journal(tmp_path)
    (tmp_path / "journal-schema-0001.sqlite.part").write_bytes(b"half of an earlier attempt")

    open_database(tmp_path, holder="test").close()

    copy = sqlite3.connect(tmp_path / "journal-schema-0001.sqlite")
    assert sorted(copy.execute("SELECT * FROM cases").fetchall()) == sorted(ROWS)
    assert not list(tmp_path.glob("*.part"))
    copy.close()
