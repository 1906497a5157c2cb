"""A page for one phone: who may use it, for which unit, how often, until when. The secret is stored as its hash."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Integer, Row, String, Table, Text, delete, func, insert, select, update

from hub import hub_identity, ingest
from hub.evidence import blobs
from hub.intake import hub_log, projection
from hub.metadata import UtcText, metadata
from hub.tables import parcels
from hub.trust import stations
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.identifiers import derived_uuid
from rma_station.domain.rma import Case, Rma

LIFE = timedelta(minutes=10)
PHOTOS = 6
"""Most photos of one page."""
FAILURES = 12
"""A page ends with so many files that were no photo: decoding them costs the hub more than sending them costs."""
OPEN_PAGES = 50
"""Most open pages of one station: a station with a defect cannot fill the table."""
KEPT = timedelta(days=1)
"""A page that has ended is told so for this long; after that nobody knows it any more."""
ROLES = ("grade", "damage", "packaging", "other")

pages = Table(
    "phone_pages",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("station", String(64), nullable=False, index=True),
    Column("parcel_id", String(64), nullable=False),
    Column("unit_id", String(64)),
    Column("case_ids", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("title", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("expires_at", UtcText, nullable=False),
    Column("photos", Integer, nullable=False, default=0, server_default="0"),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
)
"""``title`` and ``name`` are what the page says: the label's number and the goods, nothing of a customer.
``case_ids`` are joined by a space."""


class Answer(enum.Enum):
    """What a page says to a photo."""

    ROOM = "room"
    """A place is kept for it."""
    TAKEN = "taken"
    FULL = "full"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Page:
    """An open page, for people."""

    title: str
    name: str
    role: str
    photos: int
    expires_at: datetime


@dataclass(frozen=True)
class About:
    """What a page is to be about."""

    parcel_id: str
    unit_id: str | None
    case_ids: tuple[str, ...]
    role: str
    name: str = ""
    """Of the goods, where the hub does not know it."""


def begin(connection: Connection, station: str, token: str, about: About, now: datetime) -> datetime | None:
    """Open a page; when it ends.

    Args:
        connection: in a transaction.
        station: that shows it.
        token: of 256 bits, from ``stations.new_token``; only its hash is kept.
        about: the unit, or the parcel.
        now: the hub's time.

    Returns:
        ``None`` when the hub does not have this unit or parcel in these cases (yet).
    """
    work = projection.load(connection, about.case_ids)
    found = _cases_with(work.cases, about.parcel_id, about.unit_id)
    if not found:
        return None
    title, name = _shown(work.cases[found[0]], work.rmas, about)
    expires_at = now + LIFE
    connection.execute(
        insert(pages).values(
            token_sha256=stations.digest(token),
            station=station,
            parcel_id=about.parcel_id,
            unit_id=about.unit_id,
            case_ids=" ".join(found),
            role=about.role,
            title=clean(title, 40),
            name=clean(name, 120),
            expires_at=expires_at,
            photos=0,
        )
    )
    return expires_at


def open_pages(connection: Connection, station: str, now: datetime) -> int:
    """How many pages of a station are open."""
    query = select(func.count()).select_from(pages).where(pages.c.station == station, pages.c.expires_at > now)
    return connection.scalar(query) or 0


def look(connection: Connection, token: str, now: datetime) -> Page | Answer:
    """What a phone sees: the page, or why there is none."""
    row = _row(connection, token)
    refused = _refused(row, now)
    if row is None or refused:
        return refused or Answer.UNKNOWN
    return Page(row.title, row.name, row.role, row.photos, row.expires_at)


def reserve(connection: Connection, token: str, sha256: str, now: datetime) -> Answer:
    """Keep a place for a photo that is about to get its name on the disk: ``take`` follows, or ``give_back``.

    A process that ends between the two has taken a place of a page that lives ten minutes, and nothing else.

    Args:
        connection: in a transaction.
        token: of the page.
        sha256: of the photo.
        now: the hub's time.

    Returns:
        ``ROOM``; ``TAKEN`` for one that is on record already; or why there is none.
    """
    row = _row(connection, token)
    refused = _refused(row, now)
    if row is None or refused:
        return refused or Answer.UNKNOWN
    about = _about(connection, row)
    if not about.found:
        return Answer.ENDED  # it was undone meanwhile
    if about.has(sha256):
        return Answer.TAKEN
    if row.photos >= PHOTOS:
        return Answer.FULL
    _count(connection, row, 1)
    return Answer.ROOM


def give_back(connection: Connection, token: str) -> None:
    """The photo was not kept: its place is another's."""
    row = _row(connection, token)
    if row is not None:
        _count(connection, row, -1)


def take(
    connection: Connection,
    identity: hub_identity.Identity,
    token: str,
    blob: blobs.Blob,
    now: datetime,
    propose: ingest.Propose,
) -> Answer:
    """Say that a photo was taken: on record, in the case, on the feed. The same photo once more changes nothing.

    Args:
        connection: in a transaction.
        identity: who this hub is.
        token: of the page; whether it is open and has room was ``reserve``'s question.
        blob: the photo, in its place on the disk.
        now: the hub's time.
        propose: what money follows.
    """
    row = _row(connection, token)
    if row is None:
        return Answer.UNKNOWN
    about = _about(connection, row)
    if not about.found or about.has(blob.sha256):
        _count(connection, row, -1)
        return Answer.TAKEN if about.found else Answer.ENDED
    work, found = about.work, about.found
    blobs.arrived(connection, blob, now, propose)
    event = ev.PhotoTaken(
        photo_id=about.photo_id(blob.sha256),
        parcel_id=row.parcel_id,
        sha256=blob.sha256,
        size=blob.size,
        mime=blob.media_type,
        role=row.role,
        source="phone",
        unit_id=row.unit_id,
    )
    said = [ev.Stated(event, ev.Subject(tuple(found), row.parcel_id, row.unit_id))]
    (fact,) = hub_log.append(connection, identity, said, now)
    projection.apply(work, fact, found, now)
    ingest.finish(connection, identity, work, now, propose)
    return Answer.TAKEN


def failed(connection: Connection, token: str, now: datetime) -> None:
    """What came was no photo; the page ends when that was so ``FAILURES`` times."""
    row = _row(connection, token)
    if row is None or _refused(row, now):
        return
    failures = row.failures + 1
    values = {"failures": failures, "expires_at": row.expires_at if failures < FAILURES else now}
    connection.execute(update(pages).where(pages.c.token_sha256 == row.token_sha256).values(**values))


def sweep(connection: Connection, now: datetime) -> int:
    """Forget the pages that ended long ago; how many."""
    return connection.execute(delete(pages).where(pages.c.expires_at < now - KEPT)).rowcount


@dataclass(frozen=True)
class _Subject:
    """What a page is about, as the hub has it now."""

    token_sha256: str
    work: projection.Work
    found: tuple[str, ...]
    """Cases that have the unit or parcel; none when it was undone."""

    def photo_id(self, sha256: str) -> str:
        return derived_uuid("phone-photo", self.token_sha256, sha256)

    def has(self, sha256: str) -> bool:
        wanted = self.photo_id(sha256)
        return any(photo.photo_id == wanted for case_id in self.found for photo in self.work.cases[case_id].photos)


def _about(connection: Connection, row: Row[tuple[str, ...]]) -> _Subject:
    case_ids = dict.fromkeys((*row.case_ids.split(), *_cases_of_parcel(connection, row.parcel_id)))
    work = projection.load(connection, case_ids)
    return _Subject(row.token_sha256, work, tuple(_cases_with(work.cases, row.parcel_id, row.unit_id)))


def _count(connection: Connection, row: Row[tuple[str, ...]], by: int) -> None:
    mine = pages.c.token_sha256 == row.token_sha256
    connection.execute(update(pages).where(mine).values(photos=pages.c.photos + by))


def _row(connection: Connection, token: str) -> Row[tuple[str, ...]] | None:
    query = select(pages).where(pages.c.token_sha256 == stations.digest(token))
    return connection.execute(query.with_for_update()).first()


def _refused(row: Row[tuple[str, ...]] | None, now: datetime) -> Answer | None:
    if row is None:
        return Answer.UNKNOWN
    return Answer.ENDED if row.expires_at <= now else None


def _cases_of_parcel(connection: Connection, parcel_id: str) -> list[str]:
    """Also those the parcel was found to belong to since the page was opened."""
    known = connection.scalar(select(parcels.c.case_ids).where(parcels.c.parcel_id == parcel_id))
    return known.split() if known else []


def _cases_with(cases: dict[str, Case], parcel_id: str, unit_id: str | None) -> list[str]:
    def has(case: Case) -> bool:
        if unit_id is None:
            return parcel_id in case.parcels
        unit = case.units.get(unit_id)
        return unit is not None and not unit.taken_back and unit.parcel_id == parcel_id

    return [case_id for case_id, case in cases.items() if has(case)]


def _shown(case: Case, rmas: dict[str, Rma], about: About) -> tuple[str, str]:
    """The label's number and the goods; of a parcel the end of its number, enough to tell it from the one beside it."""
    if about.unit_id is None:
        parcel = case.parcels[about.parcel_id]
        return f"…{(parcel.tracking or parcel.code)[-6:]}", ""
    unit = case.units[about.unit_id]
    rma = rmas.get(unit.rma_id or "")
    line = rma.line(unit.line_id) if rma and unit.line_id else None
    if line is None:
        return unit.lpn, about.name
    part = next((part.product.name for part in line.parts if part.product.sku == unit.part_sku), line.name)
    return unit.lpn, part
