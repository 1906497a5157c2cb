"""A copy of the hub's SQLite database while the hub works on, and what belongs to it.

::

    FOLDER/hub-20261130T021500Z.sqlite3    the copy (0600): everything, the hub's secrets and customers' accounts too
    FOLDER/hub-20261130T021500Z.json       what it holds, by the restore test; the house's policy.toml as text
    FOLDER/blobs/5f/5f3a...                photos, each copied once; they never change

Not in it, and named where it matters: ``admin-token`` (a new one is made), the TLS certificate and key, and
``database-url``. The copy is made by SQLite's backup in slices; other work has its turn between two of them, and what
it changes meanwhile is in the copy too. It gets its name after the restore test, never before.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub import store
from hub.evidence.blob_files import FOLDER as BLOBS
from hub.private_files import copy_private, synced, write_private
from hub.recovery import restore_test
from rma_station.domain.clean import clean
from rma_station.errors import JournalDamaged, Refused, StorageFull

SLICE = 256
"""Pages of 4 KiB copied while others wait; about a millisecond."""
POLICY = "policy.toml"
Progress = Callable[[int, int], object]
"""``progress(pages done, pages in all)``."""


@dataclass(frozen=True)
class Made:
    """A backup that was tested."""

    path: str
    bytes: int
    examined: restore_test.Examined
    elsewhere: bool
    """It lies on another disk than the hub."""
    blobs: int = 0
    """Photos that were copied now."""


def make(database: store.Database, data: Path, target: Path, progress: Progress = lambda done, of: None) -> Made:
    """Copy, test, and name the copy.

    Args:
        database: the hub's; others go on using it.
        data: its data folder.
        target: the file to make; must not be there.
        progress: told after each slice.

    Raises:
        Refused: the hub is on PostgreSQL, or the target is there already or lies in the data folder.
        JournalDamaged: the copy did not pass the restore test; the newest such copy is kept, as ``.bad``.
        StorageFull: no room for the copy.
    """
    if database.engine.dialect.name != "sqlite":
        raise Refused(
            "this hub is on PostgreSQL: back it up with PostgreSQL's own tools (pg_dump, or base backups and WAL), "
            "and the folder blobs beside it"
        )
    if target.exists():
        raise Refused(f"{target} is there already; a backup never overwrites another")
    if target.parent.resolve() == data.resolve():
        raise Refused(f"{target} would lie in the hub's own folder and be lost with it; name another disk")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(target.name + ".part")
    beside.unlink(missing_ok=True)
    try:
        _copy(database, beside, progress)
        examined = _tested(beside)
        copied = _blobs(data / BLOBS, target.parent / BLOBS)
        _describe(target, examined, data)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageFull(f"the backup {target} cannot be written: {error.strerror}. Make room, then again.") from None
    except JournalDamaged:
        for older in target.parent.glob("*.bad"):
            older.unlink()
        beside.replace(target.with_name(target.name + ".bad"))
        raise
    os.replace(beside, target)
    synced(target.parent)
    return Made(str(target), target.stat().st_size, examined, _other_disk(data, target), copied)


def file_name(now: datetime) -> str:
    """Name of a backup made now; sorts by time."""
    return f"hub-{now:%Y%m%dT%H%M%SZ}.sqlite3"


def prune(folder: Path, keep: int) -> list[str]:
    """Delete all but the newest ``keep`` backups of a folder; the names that are gone. Photos stay.

    Copies that were begun and never ended go too; nobody may be making one.
    """
    for begun in folder.glob("hub-*.sqlite3.part"):
        begun.unlink(missing_ok=True)
    old = sorted(folder.glob("hub-*.sqlite3"))[: -max(1, keep)]
    for file in old:
        file.unlink(missing_ok=True)
        file.with_suffix(".json").unlink(missing_ok=True)
    return [file.name for file in old]


def alone(file: Path) -> None:
    """Make one file of a database nobody has open: nothing of it is left in a WAL beside it."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    synced(file)


def bring_back(source: Path, data: Path) -> tuple[str, ...]:
    """Put what lies beside a backup into a data folder where it is missing; what is still missing then, in words."""
    missing = []
    described = source.with_suffix(".json")
    policy = json.loads(described.read_text()).get("policy", "") if described.exists() else ""
    if policy and not (data / POLICY).exists():
        write_private(data / POLICY, policy)
    elif not described.exists() and not (data / POLICY).exists():
        missing.append(f"{POLICY}, if the house had rules of its own ({described.name} is not beside the backup)")
    if (source.parent / BLOBS).is_dir():
        _blobs(source.parent / BLOBS, data / BLOBS)
    elif not (data / BLOBS).is_dir():
        missing.append(f"{BLOBS}/, the photos, if there were any")
    missing.append("the TLS certificate and its key, if this hub had its own")
    return tuple(missing)


def _copy(database: store.Database, target: Path, progress: Progress) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    made = sqlite3.connect(target, check_same_thread=False)
    with contextlib.closing(made) as copy, database.slices() as (source, turn):

        def between(_status: int, remaining: int, total: int) -> None:
            progress(total - remaining, total)
            turn()

        source.backup(copy, pages=SLICE, progress=between, sleep=0.001)
    alone(target)


def _tested(copy: Path) -> restore_test.Examined:
    """The restore test, in a process of its own."""
    command = [sys.executable, "-m", "hub.recovery.restore_test", str(copy)]
    place = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise JournalDamaged(f"the restore test died: {clean(done.stderr[-300:], 300)}") from None
    if "damaged" in said:
        raise JournalDamaged(f"the copy failed the restore test: {said['damaged']}")
    return restore_test.Examined(**said)


def _describe(target: Path, examined: restore_test.Examined, data: Path) -> None:
    policy = (data / POLICY).read_text(encoding="utf-8") if (data / POLICY).exists() else ""
    described = {**dataclasses.asdict(examined), "policy": policy}
    file = target.with_suffix(".json")
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(described, out, indent=1)
        out.flush()
        os.fsync(out.fileno())


def _blobs(source: Path, target: Path) -> int:
    """Copy photos that are not there yet; each gets its name when it is whole."""
    copied = 0
    for file in sorted(source.glob("??/*")) if source.is_dir() else ():
        place = target / file.parent.name / file.name
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = place.with_name(place.name + ".part")
        beside.unlink(missing_ok=True)
        copy_private(file, beside)
        os.replace(beside, place)
        copied += 1
    return copied


def _other_disk(data: Path, target: Path) -> bool:
    return os.stat(target.parent).st_dev != os.stat(data).st_dev
