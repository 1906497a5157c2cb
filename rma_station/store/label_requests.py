"""What ``rma-station labels`` asks of the store: which labels are owed, and the badges this station accepts."""

from __future__ import annotations

from rma_station.domain import codec, codes
from rma_station.domain.book import Person
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.errors import Refused
from rma_station.ports import Steps
from rma_station.store.database import Database
from rma_station.store.projection import read_unit

BADGE_SETTING = "badge_key"
"""Key of the feed's ``settings`` row with the key of the hub's badges, hexadecimal text."""


def labels_owed(database: Database) -> Steps:
    """Units whose label is owed, oldest first: ``{"mode", "labels": [{lpn grade destination sku rma}]}``."""
    with database.reading() as connection:
        rows = connection.execute("SELECT body FROM units WHERE owed = 1 ORDER BY number").fetchall()
    units = {unit.unit_id: unit for unit in map(read_unit, rows)}
    owed: list[JsonValue] = [
        {
            "lpn": unit.lpn,
            "grade": unit.grading.grade if unit.grading else "",
            "destination": unit.grading.destination if unit.grading else "",
            "sku": unit.part_sku or unit.sku or "",
            "rma": unit.rma_id or "",
        }
        for unit in units.values()
    ]
    yield from ()
    return {"mode": _mode(database), "labels": owed}


def print_job(database: Database, job_id: str) -> Steps:
    """How a print job stands: ``{"state", "printer", "detail"}``.

    Raises:
        Refused: there is no such job.
    """
    with database.reading() as connection:
        row = connection.execute("SELECT state, printer, detail FROM print_jobs WHERE job_id = ?", (job_id,)).fetchone()
    if row is None:
        raise Refused(f"there is no print job {clean(job_id, 40)!r} in this journal.")
    yield from ()
    return {"state": str(row[0]), "printer": str(row[1] or ""), "detail": str(row[2] or "")}


def badges(database: Database) -> Steps:
    """Every active person with the code of the badge: ``{"mode", "badges": [{worker_id name role code}]}``.

    Raises:
        Refused: no hub has sent its badge key yet.
    """
    with database.reading() as connection:
        row = connection.execute(
            "SELECT body FROM reference WHERE kind = 'settings' AND key = ?", (BADGE_SETTING,)
        ).fetchone()
        people = connection.execute("SELECT body FROM reference WHERE kind = 'person' ORDER BY key").fetchall()
    key = codec.from_bytes(row[0].encode()) if row else None
    if not isinstance(key, str):
        raise Refused("no hub has sent the badges' key to this station yet. Start the station with its hub once.")
    listed = [codec.decode(Person, codec.from_bytes(person[0].encode())) for person in people]
    yield from ()
    return {"mode": _mode(database), "badges": [_badge(person, key) for person in listed if person.active]}


def _badge(person: Person, key: str) -> JsonValue:
    code = codes.badge(person.worker_id, bytes.fromhex(key))
    return {"worker_id": person.worker_id, "name": person.name, "role": person.role, "code": code}


def _mode(database: Database) -> str:
    with database.reading() as connection:
        (mode,) = connection.execute("SELECT mode FROM identity").fetchone()
    return str(mode)
