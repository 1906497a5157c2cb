"""The station's one SQLite file: who may open it, how it is opened, and what its errors mean to a person.

One process, one connection (design rule 11): a lock beside the file names its holder, and ``locking_mode=EXCLUSIVE``
keeps the write-ahead index in memory, so that the WAL-reset bug of SQLite 3.7.0 to 3.51.2, which needs a second
connection, cannot happen. ``synchronous=FULL`` makes a commit survive a power cut.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import JournalDamaged, NoJournal, Refused, StationError, StationHeld, StorageFailed, StorageFull
from rma_station.store import driver, migrations, swap

FILE = swap.FILE
LOCK = "journal.lock"

_FULL = "{path} has no room left. Free space on this disk; what was saved before is safe."
_FAILED = "{path} cannot be read or written ({reason}). Check the disk and the rights on its folder."
_NONE = (
    "there is no journal in {folder}. Run the station on it once (rma-station run), "
    "or name yours with --config FILE or --data DIR."
)
_HELD = "{path} is used by another program ({reason}). Close that program first."
RESCUE = (
    "Do not delete it: copy the whole data folder to another disk, then run  rma-station salvage : it saves every "
    "event that still verifies and keeps the damaged file."
)
_DAMAGED = "{path} is damaged ({reason}). " + RESCUE
_NOT_PLAIN = '{path} is encrypted. Set station.encryption = "on", or run  rma-station decrypt .'
_PLAIN = '{path} is not encrypted, and station.encryption is "on". Stop the station and run  rma-station encrypt .'
_WRONG_KEY = (
    "{path} cannot be opened with this key: it is another journal's, or the file is damaged. Put the right "
    "database-key back; without it nobody can read this journal. With the right one run  rma-station salvage ."
)

ERRORS: dict[int, tuple[type[StationError], str, str]] = {
    sqlite3.SQLITE_FULL: (StorageFull, _FULL, "stopped.disk_full"),
    sqlite3.SQLITE_IOERR: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_READONLY: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_CANTOPEN: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_PERM: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_AUTH: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_NOLFS: (StorageFailed, _FAILED, "stopped.disk_failed"),
    sqlite3.SQLITE_BUSY: (StationHeld, _HELD, "stopped.used"),
    sqlite3.SQLITE_LOCKED: (StationHeld, _HELD, "stopped.used"),
    sqlite3.SQLITE_PROTOCOL: (StationHeld, _HELD, "stopped.used"),
    sqlite3.SQLITE_CORRUPT: (JournalDamaged, _DAMAGED, "stopped.damaged"),
    sqlite3.SQLITE_NOTADB: (JournalDamaged, _DAMAGED, "stopped.damaged"),
    sqlite3.SQLITE_FORMAT: (JournalDamaged, _DAMAGED, "stopped.damaged"),
}
"""What the world can do to the file, by primary result code (sqlite.org/rescode.html)."""

DEFECTS = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_INTERNAL,
        sqlite3.SQLITE_ABORT,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_NOTFOUND,
        sqlite3.SQLITE_EMPTY,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)
"""Result codes that mean a defect of this program; the exception of ``sqlite3`` goes up as it is."""


def translate(error: Exception, path: Path) -> Exception:
    """The error of ours that says what a person can do, or ``error`` itself when it is a defect of the program."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_IOERR_WRITE and _out_of_room(path):
        code = sqlite3.SQLITE_FULL
    found = ERRORS.get(code & 0xFF) if isinstance(code, int) else None
    if found is None:
        return error
    kind, text, key = found
    reason = clean(f"{getattr(error, 'sqlite_errorname', '')}: {error}")
    return kind(text.format(path=path, reason=reason), say(key, path=str(path), reason=reason))


def _out_of_room(path: Path) -> bool:
    """Whether a write fails for want of room: SQLite tells only ENOSPC, not a quota's or a size limit's refusal."""
    probe = path.with_name("probe")
    try:
        handle = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            beyond = max(file.stat().st_size for file in path.parent.glob(path.name + "*"))
            os.pwrite(handle, bytes(4096), beyond)
        finally:
            os.close(handle)
            probe.unlink()
    except OSError as refused:
        return refused.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return False


class Database:
    """An open database: ``connection`` for reading, ``transaction()`` for writing."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: int, key: bytes | None = None) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.connection = connection
        self.key = key
        self._lock = lock

    def transaction(self) -> Transaction:
        """All or nothing: ``with`` it, commits durably at the end, rolls back on any exception.

        Raises:
            StorageFull: there is no room; nothing of this transaction was kept.
            StorageFailed, StationHeld, JournalDamaged: see ``ERRORS``.
        """
        return Transaction(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, with the errors of ``sqlite3`` translated."""
        try:
            yield self.connection
        except driver.errors() as error:
            raise translate(error, self.path) from error

    def close(self) -> None:
        """Let go of the file and of its lock; the write-ahead log is folded into the file."""
        try:
            with self.reading():
                self.connection.close()
        finally:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1


class Transaction:
    """``Database.transaction`` while it is open."""

    def __init__(self, database: Database) -> None:
        self._connection, self._path = database.connection, database.path

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._give_up(error)
            raise
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._give_up(error)
            return
        try:
            self._connection.execute("COMMIT")
        except BaseException as failed:
            self._give_up(failed)
            raise

    def _give_up(self, error: BaseException) -> None:
        """Roll back, and raise what the error means to a person when it is one of the database."""
        self._roll_back()
        if isinstance(error, driver.errors()):
            raise translate(error, self._path) from error

    def _roll_back(self) -> None:
        # A full disk or an I/O error may have rolled back already.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def open_database(
    folder: Path, *, holder: str, create: bool = True, key: bytes | None = None, read_only: bool = False
) -> Database:
    """Take the lock, open the file and bring it to the newest schema.

    Args:
        folder: the data folder; made with access for this user only.
        holder: what to say to a second opener, such as ``run since 08:00``.
        create: make an empty database when there is none.
        key: of an encrypted one, 32 bytes; ``None`` for a plain one.
        read_only: leave its schema what it is, older or newer, and write nothing.

    Raises:
        StationHeld: another process has it; the message says which.
        StorageFailed: the folder or file cannot be used.
        NoJournal: there is none and ``create`` is false.
        JournalDamaged, StorageFull: see ``ERRORS``.
        NewerJournal: a newer version of this program wrote it.
        Refused: it is encrypted and there is no key, or not this one, or the other way round.
    """
    lock = hold(folder, holder, create=create)
    try:
        connection = connect(folder, key, read_only=read_only)
    except BaseException:
        os.close(lock)
        raise
    return Database(folder, connection, lock, key)


def hold(folder: Path, holder: str, *, create: bool = True) -> int:
    """Take the lock of a data folder; closing the descriptor lets go of it. All else as ``open_database``."""
    path = folder / FILE
    try:
        if not create and not path.exists() and not (folder / swap.MARK).exists():
            raise no_journal(folder)
        _private_folder(folder)
        return _take_lock(folder / LOCK, path, holder)
    except OSError as error:
        _refuse_os_error(path, error)


def no_journal(folder: Path) -> NoJournal:
    """What a person is told where no station has begun a journal."""
    return NoJournal(_NONE.format(folder=folder), say("stopped.no_journal", folder=str(folder)))


def connect(folder: Path, key: bytes | None, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database of a folder whose lock is held, at its newest schema. Errors as ``open_database``."""
    path = folder / FILE
    connection: sqlite3.Connection | None = None
    try:
        swap.finish(folder)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        _refuse_other_form(folder, path, key)
        # The station thread is the only user, but main opens and closes around it.
        connection = driver.connect(path, key)
        if key is not None:
            _try_key(connection, path)
        _set_up(connection)
        if read_only:
            connection.execute("PRAGMA query_only=ON").fetchall()
        else:
            migrations.bring_up(connection, path)
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, driver.errors()):
            raise translate(error, path) from error
        if isinstance(error, OSError):
            _refuse_os_error(path, error)
        raise
    return connection


def _refuse_other_form(folder: Path, path: Path, key: bytes | None) -> None:
    plain = driver.is_plain(path)
    if plain is True and key is not None:
        raise Refused(_PLAIN.format(path=path), say("stopped.not_encrypted", path=str(path)))
    if plain is False and key is None and (folder / "database-key").exists():
        raise Refused(_NOT_PLAIN.format(path=path), say("stopped.encrypted", path=str(path)))


def _try_key(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except driver.errors() as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
            raise Refused(_WRONG_KEY.format(path=path), say("stopped.wrong_key", path=str(path))) from error
        raise


def _set_up(connection: sqlite3.Connection) -> None:
    # Exclusive first: then WAL needs no shared memory file at all.
    for pragma in (
        "locking_mode=EXCLUSIVE",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
        "cache_size=-2000",
        "journal_size_limit=8388608",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _take_lock(path: Path, database: Path, holder: str) -> int:
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.pread(lock, 1000, 0)
        os.close(lock)
        raise _held(database, said) from None
    os.ftruncate(lock, 0)
    try:
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "what": holder}).encode(), 0)
    except OSError:
        # On a full disk the lock still holds; it only cannot say by whom.
        os.ftruncate(lock, 0)
    return lock


def _held(database: Path, said: bytes) -> StationHeld:
    try:
        data = json.loads(said)
        pid, what = int(data["pid"]), clean(str(data["what"]))
    except (ValueError, KeyError, TypeError):
        words = f"{database} is held by another process. Close that one first, or use it."
        return StationHeld(words, say("stopped.held_by_another", path=str(database)))
    words = f"{database} is held by process {pid} ({what}). Close that one first, or use it."
    return StationHeld(words, say("stopped.held", path=str(database), pid=pid, what=what))


def _refuse_os_error(path: Path, error: OSError) -> NoReturn:
    reason = clean(str(error.strerror or error))
    said = say("stopped.disk_failed", path=str(path), reason=reason)
    raise StorageFailed(_FAILED.format(path=path, reason=reason), said) from error
