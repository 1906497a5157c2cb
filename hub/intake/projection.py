"""From events to the tables that follow from them: cases, parcels, movements. Loaded and written as sets.

``load`` reads all touched cases with one SELECT, ``apply`` runs the station's own ``domain.fold.fold``, ``settle`` asks
``slots`` what the hub has to say, ``write`` stores everything that changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from hub import store
from hub.evidence import photos
from hub.intake import missing, slots
from hub.tables import cases, event_cases, movements, parcels, rmas
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.fold import Fact, fold
from rma_station.domain.grading import DISPOSITIONS, GRADES
from rma_station.domain.matching import brought_along, orphan_of
from rma_station.domain.rma import Case, Counters, Mark, Parcel, ParcelState, Rma, Unit, line_counters

ORPHAN, UNKNOWN = "orphan", "unknown"
"""Kinds of a case without an RMA: a parcel nobody announced, and a number no shop has announced yet."""
UNKNOWN_CODE = "unknown_code"
"""Mark of a grading whose grade or disposition this hub does not know."""


@dataclass
class Work:
    """The touched cases of one transaction."""

    cases: dict[str, Case]
    rows: dict[str, Row[Any]]
    rmas: dict[str, Rma]
    changed: dict[str, None] = field(default_factory=dict)
    """Case ids in the order they changed."""
    done: set[str] = field(default_factory=set)
    """Cases that got a ``parcel.done``."""
    parcels: dict[str, tuple[Parcel, tuple[str, ...]]] = field(default_factory=dict)
    joined: set[tuple[str, str]] = field(default_factory=set)
    """``(orphan's case, RMA)``: what is known of the one is known of the other from now on."""
    left: set[tuple[str, str]] = field(default_factory=set)
    """``(parcel, RMA)``: the RMA is not in the parcel after all."""
    moves: list[dict[str, Any]] = field(default_factory=list)
    pictured: dict[str, None] = field(default_factory=dict)
    """Cases whose photos may have changed."""


def load(connection: Connection, case_ids: Collection[str]) -> Work:
    """Cases and RMAs with these ids; a case nobody has seen yet is empty."""
    wanted = list(case_ids)
    work = Work({case_id: Case(case_id) for case_id in wanted}, {}, load_rmas(connection, wanted))
    for some in store.pieces(wanted):
        for row in connection.execute(select(cases).where(cases.c.case_id.in_(some)).with_for_update()):
            work.rows[row.case_id] = row
            work.cases[row.case_id] = read_case(row.body)
    return work


def load_rmas(connection: Connection, rma_ids: Collection[str]) -> dict[str, Rma]:
    """RMAs by id, those that are known."""
    found = {}
    for some in store.pieces(list(rma_ids)):
        for row in connection.execute(select(rmas.c.rma_id, rmas.c.body).where(rmas.c.rma_id.in_(some))):
            found[row.rma_id] = codec.decode(Rma, codec.from_bytes(row.body.encode()))
    return found


def read_case(body: str) -> Case:
    """A case as it is stored."""
    return codec.decode(Case, codec.from_bytes(body.encode()))


def apply(work: Work, fact: Fact, case_ids: Iterable[str], now: datetime, flag: str = "") -> None:
    """Fold one event into its cases; all of them or, when the fold raises, none.

    Args:
        work: must have loaded these cases.
        fact: the event.
        case_ids: cases it is about.
        now: the hub's time of receipt.
        flag: leaves this mark on the cases, once for each (``chain_break``).
    """
    before = {case_id: work.cases[case_id] for case_id in case_ids}
    joined = brought_along(before, fact.event)
    after = {case_id: _marked(fold(case, fact), fact, flag) for case_id, case in joined.items()}
    moved = _moves(work, fact, after, now)
    if joined is not before:
        _note_joined(work, before, joined, fact)
    work.cases.update(after)
    work.changed.update(dict.fromkeys(after))
    work.moves.extend(moved)
    if isinstance(fact.event, ev.PhotoTaken | ev.UndoApplied) or joined is not before:
        work.pictured.update(dict.fromkeys(after))
    parcel_id = getattr(fact.event, "parcel_id", None)
    if isinstance(fact.event, _PARCEL_EVENTS) and parcel_id:
        for case_id, case in after.items():
            if parcel_id in before[case_id].parcels and parcel_id not in case.parcels:
                work.left.add((parcel_id, case_id))
            if parcel_id in case.parcels:
                work.left.discard((parcel_id, case_id))
                known = work.parcels[parcel_id][1] if parcel_id in work.parcels else ()
                ids = known if case_id in known else (*known, case_id)
                work.parcels[parcel_id] = (case.parcels[parcel_id], ids)
        if isinstance(fact.event, ev.ParcelDone):
            work.done.update(after)


def _note_joined(work: Work, before: Mapping[str, Case], joined: Mapping[str, Case], fact: Fact) -> None:
    origin = orphan_of(before, fact.event)
    if origin is not None:
        work.joined.update((origin.case_id, case_id) for case_id in joined if joined[case_id] is not before[case_id])


def fact_of(entry: en.Entry, benches: Mapping[str, str]) -> Fact:
    """What the fold needs of a stored event.

    Args:
        entry: the event.
        benches: as ``forks.first_logs`` says.

    Raises:
        Malformed: this version cannot read it.
    """
    envelope = entry.envelope
    event = ev.read(envelope.type, envelope.schema, entry.payload)
    bench = benches.get(envelope.log_id, envelope.log_id)
    return Fact(envelope.event_id, event, envelope.worker_id, envelope.occurred_at, bench)


def settle(work: Work) -> list[ev.Stated]:
    """The events the hub itself has to add: slots given, refused or freed, and pieces that came late.

    The caller seals them and folds them with ``apply``.
    """
    said = []
    for case_id in work.changed:
        rma = work.rmas.get(case_id)
        if rma is None:
            continue
        case = work.cases[case_id]
        for event in slots.settle(case, rma):
            unit = case.units[event.unit_id]
            subject = ev.Subject((case_id,), parcel_id=unit.parcel_id, unit_id=unit.unit_id)
            said.append(ev.Stated(event, subject))
        said += [ev.Stated(event, ev.Subject((case_id,))) for event in missing.taken_back(case, rma)]
    return said


def counters(case: Case, rma: Rma | None) -> Counters:
    """Advised, received and graded pieces over all lines of the RMA."""
    lines = [line_counters(case, line) for line in rma.lines] if rma else []
    return Counters(sum(c.advised for c in lines), sum(c.received for c in lines), sum(c.graded for c in lines))


def kind_of(case: Case, rma: Rma | None) -> str:
    """The RMA's kind, ``orphan`` or ``unknown``."""
    if rma:
        return rma.kind.value
    return ORPHAN if case.case_id in case.parcels else UNKNOWN


def write(connection: Connection, work: Work, now: datetime) -> None:
    """Store every changed case, its parcels and the movements."""
    store.upsert(connection, cases, [_case_row(work, case_id, now) for case_id in work.changed])
    for case_id, rma_id in work.joined:
        _share_events(connection, case_id, rma_id)
    _write_parcels(connection, work, now)
    _write_moves(connection, work)
    if work.pictured:
        photos.follow(connection, {case_id: work.cases[case_id] for case_id in work.pictured}, now)


def _share_events(connection: Connection, case_id: str, rma_id: str) -> None:
    """What happened to an orphan parcel is part of its RMA's history: evidence, and what its case is folded from."""
    table = event_cases
    known = select(table.c.number).where(table.c.case_id == rma_id)
    query = select(table.c.number).where(table.c.case_id == case_id, table.c.number.not_in(known))
    rows = [{"case_id": rma_id, "number": number} for number in connection.scalars(query)]
    if rows:
        connection.execute(insert(table), rows)


_PARCEL_EVENTS = (
    ev.ParcelOpened,
    ev.ParcelSetAside,
    ev.ParcelResumed,
    ev.ParcelHandedOver,
    ev.ParcelDone,
    ev.UndoApplied,
)


def _marked(case: Case, fact: Fact, flag: str) -> Case:
    marks = list(case.marks)
    if flag and all(mark.code != flag for mark in marks):
        marks.append(Mark(fact.event_id, flag))
    event = fact.event
    if isinstance(event, ev.UnitGraded | ev.UnitAmended) and (
        event.grade not in GRADES or event.disposition not in DISPOSITIONS
    ):
        marks.append(Mark(fact.event_id, UNKNOWN_CODE, f"{event.grade} {event.disposition}"))
    return case if len(marks) == len(case.marks) else replace(case, marks=tuple(marks))


def _case_row(work: Work, case_id: str, now: datetime) -> dict[str, Any]:
    case, rma, row = work.cases[case_id], work.rmas.get(case_id), work.rows.get(case_id)
    counted = counters(case, rma)
    open_parcels = sum(parcel.state is not ParcelState.DONE for parcel in case.parcels.values())
    if open_parcels:
        done_at = None
    elif case_id in work.done:
        done_at = now
    else:
        done_at = row.done_at if row else None
    return {
        "case_id": case_id,
        "kind": kind_of(case, rma),
        "order_id": rma.order_id if rma else None,
        "body": codec.to_bytes(codec.encode(case)).decode(),
        "deadline_on": rma.deadline_on if rma else "",
        "advised": counted.advised,
        "received": counted.received,
        "graded": counted.graded,
        "units": len(case.live_units),
        "parcels_open": open_parcels,
        "parcels_done": len(case.parcels) - open_parcels,
        "marks": len(case.marks),
        "missing": sum(one.pieces for one in case.missing.values()),
        "revision": (row.revision if row else 0) + 1,
        "first_at": row.first_at if row else now,
        "changed_at": now,
        "done_at": done_at,
    }


def _write_parcels(connection: Connection, work: Work, now: datetime) -> None:
    if not work.parcels:
        return
    known: dict[str, Row[Any]] = {}
    for some in store.pieces(list(work.parcels)):
        for row in connection.execute(select(parcels).where(parcels.c.parcel_id.in_(some))):
            known[row.parcel_id] = row
    rows = []
    for parcel_id, (parcel, case_ids) in work.parcels.items():
        before = known.get(parcel_id)
        done = parcel.state is ParcelState.DONE
        before_done = before.done_at if before else None
        rows.append(
            {
                "parcel_id": parcel_id,
                "tracking": clean(parcel.tracking, 80) if parcel.tracking else None,
                "carrier": clean(parcel.carrier, 40) if parcel.carrier else None,
                "state": parcel.state.value,
                "case_ids": " ".join(
                    case_id
                    for case_id in dict.fromkeys((*(before.case_ids.split() if before else ()), *case_ids))
                    if (parcel_id, case_id) not in work.left
                ),
                "opened_at": before.opened_at if before else now,
                "done_at": (before_done or now) if done else None,
            }
        )
    store.upsert(connection, parcels, rows)


def _moves(work: Work, fact: Fact, after: dict[str, Case], now: datetime) -> list[dict[str, Any]]:
    unit_id = getattr(fact.event, "unit_id", None)
    if unit_id is None or not isinstance(fact.event, _MOVING):
        return []
    for case_id, case in after.items():
        now_unit = case.units.get(unit_id)
        if now_unit is None:
            continue
        was = work.cases[case_id].units.get(unit_id)
        result = []
        placed_again = isinstance(fact.event, ev.UnitPlaced)
        if was and _is_placed(was) and (placed_again or not _is_placed(now_unit)):
            result.append(_move(fact, case_id, was, now, reversal=True))
        if placed_again and _is_placed(now_unit):
            result.append(_move(fact, case_id, now_unit, now, reversal=False))
        return result
    return []


_MOVING = (ev.UnitPlaced, ev.UnitGraded, ev.UnitAmended, ev.UnitRelabelled, ev.UndoApplied)


def _is_placed(unit: Unit) -> bool:
    return unit.placed_at is not None and not unit.taken_back


def _move(fact: Fact, case_id: str, unit: Unit, now: datetime, *, reversal: bool) -> dict[str, Any]:
    return {
        "movement_id": f"{fact.event_id}-r" if reversal else fact.event_id,
        "reverses": "" if reversal else None,
        "event_id": fact.event_id,
        "case_id": case_id,
        "unit_id": unit.unit_id,
        "lpn": clean(unit.lpn, 16),
        "sku": clean(unit.sku, 80) if unit.sku else None,
        "grade": clean(unit.grading.grade, 8) if unit.grading else None,
        "destination": clean(unit.placed_at or "", 80),
        "pieces": unit.pieces,
        "occurred_at": clean(fact.occurred_at, 40),
        "received_at": now,
    }


def _write_moves(connection: Connection, work: Work) -> None:
    if not work.moves:
        return
    last: dict[str, str] = {}
    for some in store.pieces([move["unit_id"] for move in work.moves if move["reverses"] == ""]):
        for row in connection.execute(
            select(movements.c.unit_id, movements.c.movement_id)
            .where(movements.c.unit_id.in_(some), movements.c.reverses.is_(None))
            .order_by(movements.c.seq)
        ):
            last[row.unit_id] = row.movement_id
    seq = connection.scalar(select(func.max(movements.c.seq))) or 0
    for move in work.moves:
        seq += 1
        move["seq"] = seq
        if move["reverses"] is None:
            last[move["unit_id"]] = move["movement_id"]
        else:
            move["reverses"] = last.get(move["unit_id"], "")
    connection.execute(insert(movements), work.moves)
