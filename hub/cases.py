"""Reading cases: custody and counters, history from the events, what is missing, and the stock movements."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from hub import feed, hub_identity, store
from hub.intake import forks, hub_log, missing, projection
from hub.policy import Policy
from hub.tables import cases, event_cases, events
from hub.tables import movements as movement_table
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.rma import Case, Counters, Mark, Missing, Unit, line_counters
from rma_station.domain.second_look import confirmed_by, second_looks
from rma_station.errors import Malformed

PAGE = 500


# --- one case --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HistoryLine:
    """One event of a case."""

    number: int
    """Order of receipt at this hub."""
    event_id: str
    type: str
    received_at: str
    occurred_at: str
    station_log: str
    worker_id: str | None = None
    payload: codec.JsonValue = None
    clock_state: str = "ok"
    corrected_at: str = ""
    """``occurred_at`` by the hub's clock, as far as the station's was off when it last said hello; empty when it never
    said. Evidence only (R9)."""


@dataclass(frozen=True)
class LineView:
    """Counters of one line."""

    line_id: str
    sku: str
    counters: Counters
    missing: Missing | None = None
    """Pieces that did not come; ``None`` while they are waited for, or when all came."""


@dataclass(frozen=True)
class UnitView:
    """Where a unit of a case is, and what is known of it."""

    unit_id: str
    lpn: str
    custody: str
    slots: tuple[int, ...] = ()
    line_id: str | None = None
    sku: str | None = None
    grade: str | None = None
    disposition: str | None = None
    held: str = ""
    """Why it counts for nothing or waits: its issue, ``second_look`` (another bench has counted it) or
    ``slot_refused``."""
    confirmed_by: int = 0
    """How many gradings say the same, its own one counted; 0 while it is not graded."""


@dataclass(frozen=True)
class CaseView:
    """A case for people and integrators: custody only; money has its own page."""

    case_id: str
    kind: str
    deadline_on: str
    lines: tuple[LineView, ...]
    units: tuple[UnitView, ...]
    parcels: tuple[tuple[str, ...], ...]
    """Parcel id, tracking number, state."""
    marks: tuple[Mark, ...]
    history: tuple[HistoryLine, ...]


def view(connection: Connection, case_id: str) -> CaseView | None:
    """A case, or an RMA nothing has arrived for; ``None`` when neither is known."""
    work = projection.load(connection, [case_id])
    rma = work.rmas.get(case_id)
    if case_id not in work.rows and rma is None:
        return None
    case = work.cases[case_id]
    return CaseView(
        case_id=case_id,
        kind=projection.kind_of(case, rma),
        deadline_on=rma.deadline_on if rma else "",
        lines=tuple(LineView(x.line_id, x.sku, line_counters(case, x), case.missing.get(x.line_id)) for x in rma.lines)
        if rma
        else (),
        units=tuple(_unit_view(case, unit) for unit in case.units.values()),
        parcels=tuple((p.parcel_id, p.tracking or "", p.state.value) for p in case.parcels.values()),
        marks=case.marks,
        history=tuple(history(connection, case_id)),
    )


def history(connection: Connection, case_id: str) -> Iterable[HistoryLine]:
    """All events of a case in the order this hub received them."""
    for row in _event_rows(connection, case_id):
        entry = en.open_line(bytes(row.line), b"")
        yield HistoryLine(
            number=row.number,
            event_id=row.event_id,
            type=row.type,
            received_at=row.received_at.isoformat(timespec="seconds"),
            occurred_at=entry.envelope.occurred_at,
            station_log=row.log_id,
            worker_id=entry.envelope.worker_id,
            payload=entry.payload,
            clock_state=entry.envelope.clock_state,
            corrected_at=_corrected(entry.envelope.occurred_at, row.clock_offset),
        )


def _corrected(occurred_at: str, offset: int | None) -> str:
    try:
        moment = datetime.fromisoformat(occurred_at)
        return store.stamp(moment + timedelta(seconds=offset)) if offset is not None and moment.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def _event_rows(connection: Connection, case_id: str) -> list[Row[Any]]:
    joined = events.join(event_cases, event_cases.c.number == events.c.number)
    found = select(events).select_from(joined).where(event_cases.c.case_id == case_id).order_by(events.c.number)
    return list(connection.execute(found))


def _unit_view(case: Case, unit: Unit) -> UnitView:
    grading = unit.grading
    return UnitView(
        unit_id=unit.unit_id,
        lpn=unit.lpn,
        custody=unit.custody.value,
        slots=unit.slots,
        line_id=unit.line_id,
        sku=unit.sku,
        grade=grading.grade if grading else None,
        disposition=grading.disposition if grading else None,
        held=unit.issue or (_refused(case, unit) if unit.slots_refused else ""),
        confirmed_by=confirmed_by(case, unit.unit_id),
    )


def _refused(case: Case, unit: Unit) -> str:
    again = any(look.unit_id == unit.unit_id for look in second_looks(case))
    return "second_look" if again else "slot_refused"


# --- missing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineShort:
    """Pieces of a line that were advised and did not come."""

    case_id: str
    line_id: str
    pieces: int
    why: str
    """``all_parcels_done``, or ``waited`` for long enough."""
    deadline_on: str = ""


@dataclass(frozen=True)
class MissingNow:
    """What is missing now, the most urgent first."""

    missing: tuple[LineShort, ...] = ()


def missing_now(connection: Connection) -> MissingNow:
    """What the hub has said to be missing, over all cases. A late arrival takes itself off this list."""
    query = select(cases.c.case_id, cases.c.body, cases.c.deadline_on).where(cases.c.missing > 0)
    return MissingNow(
        tuple(
            LineShort(row.case_id, line_id, one.pieces, one.why, row.deadline_on)
            for row in connection.execute(query.order_by(cases.c.deadline_on, cases.c.case_id))
            for line_id, one in projection.read_case(row.body).missing.items()
        )
    )


def say_missing(connection: Connection, now: datetime, policy: Policy) -> int:
    """The periodic step: say of every case what is missing and was not said yet; how many lines were said.

    Args:
        connection: in a transaction.
        now: the hub's time.
        policy: settle delay and waiting time.
    """
    settled = now - timedelta(minutes=policy.settle_delay_minutes)
    open_ones = cases.c.received + cases.c.missing < cases.c.advised, cases.c.done_at <= settled
    identity = hub_identity.identity(connection)
    said: list[ev.Stated] = []
    work = projection.load(connection, list(connection.scalars(select(cases.c.case_id).where(*open_ones))))
    for case_id, rma in work.rmas.items():
        found = missing.look(work.cases[case_id], rma, work.rows[case_id].done_at, now, policy)
        said += [ev.Stated(event, ev.Subject((case_id,))) for event in found]
    for stated, fact in zip(said, hub_log.append(connection, identity, said, now), strict=True):
        projection.apply(work, fact, stated.subject.case_ids, now)
    projection.write(connection, work, now)
    feed.append(connection, [_notice(stated.event) for stated in said if isinstance(stated.event, ev.LineMissing)], now)
    return len(said)


def _notice(event: ev.LineMissing) -> feed.NewEntry:
    body = {"what": "missing", "case_id": event.rma_id, "line_id": event.line_id}
    return feed.NewEntry("notice", event.rma_id, {**body, "pieces": event.pieces, "why": event.why})


# --- movements -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Movement:
    """A unit went to a destination; with ``reverses`` it did not stay there."""

    movement_id: str
    unit_id: str
    lpn: str
    destination: str
    pieces: int
    occurred_at: str
    received_at: str
    case_id: str
    sku: str | None = None
    grade: str | None = None
    reverses: str | None = None


@dataclass(frozen=True)
class Movements:
    """A page; ``cursor`` is opaque and valid after the last movement."""

    cursor: str
    movements: tuple[Movement, ...] = ()
    more: bool = False


def movements_after(connection: Connection, cursor: str, limit: int = PAGE) -> Movements | None:
    """Movements after a cursor in the order of receipt; ``None`` when this hub does not know the cursor."""
    table = movement_table
    after = 0
    if cursor:
        try:
            number, _, tail = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode().partition(".")
            after = int(number)
        except (ValueError, binascii.Error):
            return None
        known = table.c.seq == after
        if not 0 < after < 1 << 62 or connection.scalar(select(table.c.movement_id).where(known)) != tail:
            return None
    rows = connection.execute(select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit + 1)).all()
    page = rows[:limit]
    if page:
        cursor = base64.urlsafe_b64encode(f"{page[-1].seq}.{page[-1].movement_id}".encode()).decode()
    found = tuple(
        Movement(
            movement_id=row.movement_id,
            unit_id=row.unit_id,
            lpn=row.lpn,
            destination=row.destination,
            pieces=row.pieces,
            occurred_at=row.occurred_at,
            received_at=row.received_at.isoformat(timespec="seconds"),
            case_id=row.case_id,
            sku=row.sku,
            grade=row.grade,
            reverses=row.reverses,
        )
        for row in page
    )
    return Movements(cursor, found, len(rows) > limit)


def rebuilt(connection: Connection, case_id: str) -> Case:
    """The case folded again from its stored events: what ``cases.body`` must be."""
    work, benches = projection.Work({case_id: Case(case_id)}, {}, {}), forks.first_logs(connection)
    for row in _event_rows(connection, case_id):
        entry = en.open_line(bytes(row.line), b"")
        if entry.payload is None:
            raise Malformed(f"event {row.event_id} was erased; case {case_id} cannot be folded again")
        projection.apply(work, projection.fact_of(entry, benches), (case_id,), row.received_at, row.flag)
    return work.cases[case_id]
