"""The schema's numbered steps (``schema/0001.sql`` and on) and the way from one to the next.

A fresh file runs all steps through plain ``sqlite3``, which keeps the first start light. An older file is copied
first (``VACUUM INTO``), then sqlite-utils' ``Migrations`` applies what is missing, all of it or nothing. The copy goes
when the station has opened what came of it (``upgrade_copies.py``): it holds what an older version kept in the clear.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import JournalDamaged, NewerJournal, Refused
from rma_station.store.swap import sync

APPLICATION_ID = 0x524D4153
"""``RMAS`` in the file's header: this file is ours (sqlite.org/pragma.html#pragma_application_id)."""


@dataclass(frozen=True)
class Step:
    """One numbered script of SQL statements."""

    number: int
    sql: str


def steps() -> tuple[Step, ...]:
    """The steps this version knows, in order."""
    files = sorted((Path(__file__).parent / "schema").glob("[0-9][0-9][0-9][0-9].sql"))
    return tuple(Step(int(file.stem), file.read_text(encoding="utf-8")) for file in files)


def bring_up(connection: sqlite3.Connection, path: Path, known: Sequence[Step] | None = None) -> Path | None:
    """Bring the database to the newest schema.

    Args:
        connection: in autocommit mode (``isolation_level=None``), outside a transaction.
        path: its file; the copy is put beside it.
        known: the steps; ``None`` takes ``steps()``.

    Returns:
        The copy made before the migration, ``None`` when nothing had to be migrated.

    Raises:
        NewerJournal: the file was written by a newer version.
        Refused: it is not ours.
        JournalDamaged: the file has tables but no schema number.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if known is None and version == _newest_number():
        return None
    known = steps() if known is None else known
    newest = known[-1].number
    if version > newest:
        raise NewerJournal(
            f"{path} has schema {version}, this version knows {newest}: it was used by a newer version. "
            "Install that version again. Until then the station only sends what is in it.",
            say("stopped.newer", path=str(path), version=version, newest=newest),
        )
    if version == newest:
        return None
    if version == 0:
        _create(connection, path, known)
        return None
    return _migrate(connection, path, [step for step in known if step.number > version], version)


def _newest_number() -> int:
    return max(
        int(entry.name[:4]) for entry in os.scandir(Path(__file__).parent / "schema") if entry.name[:4].isdigit()
    )


def _create(connection: sqlite3.Connection, path: Path, known: Sequence[Step]) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] not in (0, APPLICATION_ID):
        raise Refused(
            f"{path} belongs to another program. Move it away, or set station.data to another folder.",
            say("stopped.other_program", path=str(path)),
        )
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise JournalDamaged(
            f"{path} has tables but no schema number. Keep it, and start on an empty data folder.",
            say("stopped.no_schema", path=str(path)),
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in known:
            _run(connection, step)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _migrate(connection: sqlite3.Connection, path: Path, missing: Sequence[Step], version: int) -> Path:
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - heavy, and only needed on an upgrade

    copy = path.with_name(f"{path.stem}-schema-{version:04}.sqlite")
    part = copy.with_name(copy.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    # An encrypted database gives a copy under the same key. What has the copy's name is whole, also after a power cut.
    connection.execute("VACUUM INTO ?", (str(part),))
    sync(part)
    part.replace(copy)
    sync(path.parent)
    upgrade = Migrations("journal")
    for step in missing:
        upgrade(name=f"{step.number:04}")(lambda database, step=step: _run(database.conn, step))
    database = Database(connection)
    with database.atomic():
        upgrade.apply(database)
    return copy


def _run(connection: sqlite3.Connection, step: Step) -> None:
    # executescript() would commit the transaction that makes the steps one.
    statement = ""
    for line in step.sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(f"PRAGMA user_version = {step.number}")
