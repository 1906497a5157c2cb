"""The file: one holder, one mapping of errors, private to its user."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rma_station.errors import JournalDamaged, NoJournal, StationError, StationHeld, StorageFailed
from rma_station.store import database as db


def test_it_is_opened_for_durability_and_for_this_user_alone(tmp_path: Path) -> None:
    """WAL, FULL, exclusive, foreign keys; folder 0700, files 0600, no shared memory file."""
    folder = tmp_path / "data"
    opened = db.open_database(folder, holder="test")
    values = [
        opened.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode", "foreign_keys")
    ]
    with opened.transaction() as connection:
        connection.execute("INSERT INTO present (id) VALUES (1)")

    assert values == ["wal", 2, "exclusive", 1]
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {
        "journal.sqlite": "0o600",
        "journal.sqlite-wal": "0o600",
        "journal.lock": "0o600",
    }
    opened.close()


def test_a_second_opener_is_told_who_holds_it(tmp_path: Path) -> None:
    """In another process; and after the holder has closed, the lock is free again."""
    opened = db.open_database(tmp_path, holder="station bench-1, started 08:00")
    program = (
        "import sys, pathlib; from rma_station.store.database import open_database\n"
        "open_database(pathlib.Path(sys.argv[1]), holder='second').close()"
    )

    refused = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    opened.close()
    accepted = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)

    assert "(station bench-1, started 08:00). Close that one first" in refused.stderr
    assert (refused.returncode, accepted.returncode, accepted.stderr) == (1, 0, "")


def test_a_program_without_our_lock_is_kept_out_too(tmp_path: Path) -> None:
    """SQLite's own exclusive lock stops a shell that does not know of the lock file; and the other way round."""
    opened = db.open_database(tmp_path, holder="test")
    stranger = sqlite3.connect(tmp_path / db.FILE, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("SELECT * FROM events").fetchall()
    opened.close()

    stranger.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StationHeld, match="SQLITE_BUSY"):
        db.open_database(tmp_path, holder="test")
    stranger.close()


def test_every_result_code_of_sqlite_is_either_explained_or_a_defect() -> None:
    """The table is complete: of the primary codes 1 to 26 (sqlite.org/rescode.html) none is in neither or in both."""
    undecided = {code for code in range(1, 27) if (code in db.ERRORS) == (code in db.DEFECTS)}

    assert undecided == set()


@pytest.mark.parametrize("code", [code for code in range(1, 27) if code in db.ERRORS])
@pytest.mark.parametrize("extended", [0, 3])
def test_a_mapped_code_names_the_file_and_a_remedy(code: int, extended: int) -> None:
    """Extended codes go with their primary one."""
    error = sqlite3.OperationalError("it\x1b[2J broke")
    error.sqlite_errorcode = code | extended << 8
    error.sqlite_errorname = "SQLITE_X"

    mapped = db.translate(error, Path("/data/journal.sqlite"))

    assert isinstance(mapped, StationError)
    assert str(mapped).startswith("/data/journal.sqlite ")
    assert "\x1b" not in str(mapped)


def test_a_defect_goes_up_as_it_is(tmp_path: Path) -> None:
    """A broken constraint is our mistake, and nothing of its transaction stays."""
    opened = db.open_database(tmp_path, holder="test")

    def twice() -> None:
        with opened.transaction() as connection:
            connection.execute("INSERT INTO present (id) VALUES (1)")
            connection.execute("INSERT INTO present (id) VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        twice()

    assert opened.connection.execute("SELECT count(*) FROM present").fetchone() == (0,)
    opened.close()


def test_an_interrupted_transaction_leaves_nothing(tmp_path: Path) -> None:
    """Any exception rolls back, also one that has nothing to do with SQLite."""
    opened = db.open_database(tmp_path, holder="test")

    def broken() -> None:
        with opened.transaction() as connection:
            connection.execute("INSERT INTO present (id) VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()

    assert opened.connection.execute("SELECT count(*) FROM present").fetchone() == (0,)
    opened.close()


def test_a_file_that_is_no_database_is_named_as_damaged(tmp_path: Path) -> None:
    """With the advice to keep it."""
    (tmp_path / db.FILE).write_bytes(b"not a database, " * 400)

    with pytest.raises(JournalDamaged, match="Do not delete it"):
        db.open_database(tmp_path, holder="test")


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "data").write_text("")

    with pytest.raises(StorageFailed, match=f"{tmp_path}/data/journal.sqlite"):
        db.open_database(tmp_path / "data", holder="test")


def test_nothing_is_created_where_only_reading_was_asked(tmp_path: Path) -> None:
    """An export from a wrong folder does not leave an empty database there."""
    with pytest.raises(NoJournal, match="there is no journal in"):
        db.open_database(tmp_path / "data", holder="export", create=False)

    assert not (tmp_path / "data").exists()


def test_operating_system_errors_keep_their_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only disk says so."""

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)

    with pytest.raises(StorageFailed, match="Read-only file system"):
        db.open_database(tmp_path / "data", holder="test")


def test_a_pipe_in_the_journals_place_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Whoever opens one to read waits until somebody writes."""
    os.mkfifo(tmp_path / db.FILE)

    with pytest.raises(StorageFailed, match="not a file"):
        db.open_database(tmp_path, holder="test")
