"""What can be asked of the store from outside the station's screen: the same functions serve the control socket of a
running station and a command that has opened the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rma_station.domain.codec import JsonValue
from rma_station.errors import Refused
from rma_station.ports import Steps
from rma_station.store.backup import backup
from rma_station.store.database import Database
from rma_station.store.export import export, marked_name
from rma_station.store.job_requests import print_jobs
from rma_station.store.label_requests import badges, labels_owed, print_job


def store_requests(database: Database) -> dict[str, Callable[[Mapping[str, JsonValue]], Steps]]:
    """``export {what, format, since}``, ``backup {path}``, ``labels_owed``, ``badges``, ``print_job {job}``."""

    def run_export(request: Mapping[str, JsonValue]) -> Steps:
        return export(database, _text(request, "what"), _text(request, "format"), _text(request, "since"))

    def run_backup(request: Mapping[str, JsonValue]) -> Steps:
        path = Path(_text(request, "path"))
        if not path.is_absolute():
            raise Refused(f"{path} is not an absolute path: the station works in another folder than you do.")
        with database.reading() as connection:
            (mode,) = connection.execute("SELECT mode FROM identity").fetchone()
        return backup(database, marked_name(path, str(mode)))

    return {
        "export": run_export,
        "backup": run_backup,
        "labels_owed": lambda _request: labels_owed(database),
        "print_jobs": lambda _request: print_jobs(database),
        "print_job": lambda request: print_job(database, _text(request, "job")),
        "badges": lambda _request: badges(database),
    }


def _text(request: Mapping[str, JsonValue], key: str) -> str:
    value = request.get(key, "")
    if not isinstance(value, str):
        raise Refused(f"{key} = {value!r} is not text")
    return value
