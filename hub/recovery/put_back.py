"""Put a backup in the place of a hub's database, marked as restored before it gets its name.

The database that was there is set aside, never deleted; policy and photos are there before the database is. A crash
at any point leaves either what was there, with its last commits, or the backup with its new epoch (``in_place.py``):
there is no moment at which a hub could start on the old past without knowing it, or as a new hub.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub import hub_identity, store
from hub.private_files import copy_private
from hub.recovery import backup, in_place, restore_test, restores
from rma_station.errors import Refused, StationHeld


@dataclass(frozen=True)
class PutBack:
    """What putting a backup in place came to, for the person who asked for it."""

    past_ends: str
    epoch: str
    kept: str = ""
    """Folder of the database that was there."""
    missing: tuple[str, ...] = ()
    """Files that belong to the hub and are not in this folder."""


def from_file(
    data: Path,
    source: Path,
    *,
    set_aside: bool = False,
    by: str = "hub",
    why: str = "",
    days: int = restores.SEEN_DAYS,
    now: datetime | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> PutBack:
    """Restore a hub's data folder from a backup file.

    Args:
        data: the data folder; made when missing. No hub may run on it.
        source: the backup; it is read, tested and left as it is.
        set_aside: a database that is there is moved into a folder beside it.
        by: who does it.
        why: what happened.
        days: stations seen in so many days before the backup's end are waited for.
        now: wall time.
        random: gives the new epoch.

    Raises:
        JournalDamaged: the backup would not do.
        Refused: there is a database and ``set_aside`` was not said, or it is another hub's or on PostgreSQL.
        StationHeld: a hub runs here.
    """
    moment = now or datetime.now(UTC)
    _refuse_by_its_files(data, source)
    examined = restore_test.examine(source)
    in_place.finish(data)
    there = data / store.FILE
    if there.exists():
        _may_replace(there, examined, set_aside=set_aside)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = data / (store.FILE + ".restoring")
    _remove(beside)
    copy_private(source, beside)
    epoch = _marked(beside, examined.mode, moment, random, by=by, why=why, days=days)
    missing = backup.bring_back(source, data)
    kept = data / f"set-aside-{moment:%Y%m%dT%H%M%SZ}" if there.exists() else None
    in_place.put_in_place(data, beside, kept)
    return PutBack(examined.past_ends, epoch, str(kept or ""), missing)


def _refuse_by_its_files(data: Path, source: Path) -> None:
    """Refuse what no reading of the backup would mend: a hub on PostgreSQL, and half of a copied database."""
    if (data / store.URL_FILE).exists():
        raise Refused(
            f"the hub in {data} is on PostgreSQL: restore with PostgreSQL's own tools, then say so before it is used: "
            "rma-station hub restore --epoch 'what happened'"
        )
    log = source.with_name(source.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise Refused(
            f"{source} has a WAL beside it: it is a plain copy of a hub's folder, and part of it is in that file. "
            f"Make a backup of it first: rma-station hub backup --data {source.parent} --out FILE"
        )


def _may_replace(there: Path, examined: restore_test.Examined, *, set_aside: bool) -> None:
    if not set_aside:
        raise Refused(
            f"there is a database in {there.parent} already. To keep it aside and put the backup in its place, "
            "say --set-aside"
        )
    hub_id = _hub_id(there)
    if hub_id and hub_id != examined.hub_id:
        raise Refused(f"the backup is of another hub ({examined.hub_id}); the one in {there.parent} is {hub_id}")


def _hub_id(there: Path) -> str:
    """Whose database it is; empty when it is damaged beyond reading: that is what backups are for."""
    try:
        database = store.open_database(there)
        try:
            with database.transaction() as connection:
                return hub_identity.identity(connection).hub_id
        finally:
            database.close()
    except StationHeld:
        raise
    except Exception:
        return ""


def _marked(
    file: Path, mode: str, now: datetime, random: Callable[[int], bytes], *, by: str, why: str, days: int
) -> str:
    database = store.open_database(file)
    try:
        hub_identity.prepare(database, mode, now, random)
        with database.transaction() as connection:
            epoch = restores.restored(connection, now, random, by=by, why=why, days=days)
    finally:
        database.close()
    backup.alone(file)
    return epoch


def _remove(file: Path) -> None:
    for suffix in ("", *in_place.BESIDE):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
