"""Backups of a running hub, on demand and every night."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

from hub import admin
from hub.central import Hub, Operation
from hub.recovery import backup, backups
from rma_station.domain.codec import JsonValue
from rma_station.errors import Refused


def backup_begin(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``target`` (a file), ``elsewhere`` -> begun; ``backup-state`` tells how far it is."""
    begin(hub, Path(admin.text(given, "target")), elsewhere=given.get("elsewhere") is True)
    return {}


def backup_state(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``state`` (``idle running good bad``), pages ``done`` and ``of``, and what came of it."""
    job = hub.backup_job
    return {**job.said, "state": job.state, "done": job.done, "of": job.of}


def begin(hub: Hub, target: Path, *, elsewhere: bool) -> None:
    """Make a backup beside the other work.

    Raises:
        Refused: one is being made already, or this hub has no folder.
    """
    data = hub.data
    if data is None:
        raise Refused("this hub has no data folder")

    def work(progress: backup.Progress) -> Mapping[str, str | int | bool]:
        return backups.make(hub.database, data, target, hub.now, elsewhere=elsewhere, progress=progress)

    if not hub.backup_job.begin(work):
        raise Refused("a backup is being made already")


def nightly(hub: Hub) -> None:
    """Begin last night's backup when it was not made yet, and tidy the folder; nothing without a plan."""
    plan = hub.backup_plan
    if plan is None or hub.database.engine.dialect.name != "sqlite":
        return
    now = hub.now()
    with hub.database.transaction() as connection:
        backups.look(connection, now, planned=True)
        wanted = backups.due(connection, now.astimezone())
    if wanted and hub.backup_job.state != "running":
        begin(hub, plan.folder / backup.file_name(now), elsewhere=plan.elsewhere)
    elif hub.backup_job.state == "good":
        backup.prune(plan.folder, plan.keep)


OPERATIONS: Mapping[str, Operation] = {"backup-begin": backup_begin, "backup-state": backup_state}
