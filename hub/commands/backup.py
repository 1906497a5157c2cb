"""``rma-station hub backup``: a tested copy of the hub's database, while it works or not."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub import hub_identity, store
from hub.command_line import ask_running, folder, parser, tell
from hub.recovery import backup, backups
from rma_station.domain.clean import clean
from rma_station.errors import Refused

BAR = 30
"""Characters of the progress bar."""
POLL_SECONDS = 0.2


def execute(arguments: Sequence[str]) -> int:
    """Make it; exit code 3 when the copy did not pass the restore test."""
    made = parser("backup")
    where = made.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, help="the file to make; it must not be there")
    where.add_argument("--to", type=Path, metavar="FOLDER", help="a folder; the file is named after the time")
    words = "it is taken off this machine, whatever disk the folder seems to be on"
    made.add_argument("--elsewhere", action="store_true", help=words)
    given = made.parse_args(arguments)
    data = folder(given)
    target = (given.out or given.to / backup.file_name(datetime.now(UTC))).absolute()
    if ask_running(data, "backup-begin", target=str(target), elsewhere=given.elsewhere) is not None:
        found = _watch(data)
    else:
        found = _on_files(data, target, elsewhere=given.elsewhere)
    return _say(found)


def _watch(data: Path) -> Mapping[str, Any]:
    while True:
        found = ask_running(data, "backup-state")
        if found is None:
            raise Refused("the hub has ended before its backup was made")
        _bar(found["done"], found["of"])
        if found["state"] != "running":
            return dict(found)
        time.sleep(POLL_SECONDS)


def _on_files(data: Path, target: Path, *, elsewhere: bool) -> Mapping[str, Any]:
    if not store.has_database(data):
        raise Refused(f"there is no hub in {data}")
    database = store.open_folder(data)
    try:
        with database.transaction() as connection:
            hub_identity.identity(connection)
        return backups.make(database, data, target, lambda: datetime.now(UTC), elsewhere=elsewhere, progress=_bar)
    finally:
        database.close()


def _bar(done: int, of: int) -> None:
    if sys.stderr.isatty():
        filled = BAR * done // of if of else 0
        words = "testing the copy" if of and done == of else "copying"
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {words:<18}")
        sys.stderr.flush()


def _say(found: Mapping[str, Any]) -> int:
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    if not found["good"]:
        sys.stderr.write(clean(f"No backup: {found['detail']}", 600) + "\n")
        return 3
    lines = [f"{found['path']}: {found['events']} events, {found['bytes']} bytes; the restore test passed."]
    lines.append("It holds all of the hub: people's PIN verifiers, customers' account numbers, the hub's own secrets.")
    lines.append("Keep it where only administrators read it. Not in it: admin-token (a new one is made), TLS keys.")
    if not found["elsewhere"]:
        lines.append("It lies on the hub's own disk: carry it away. Until one is not, stations keep everything.")
    tell(*lines)
    return 0
