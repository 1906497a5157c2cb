"""What supervisors see: the queue, most urgent first, and a case with its evidence and the events it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select

from hub import cases, policy_file, store
from hub import policy as rules
from hub.evidence import photos
from hub.intake import projection, surplus
from hub.ledger import refund_intents, refund_losses
from hub.money.planning import days_left
from hub.review import gradings
from hub.tables import cases as case_table
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.rma import Case
from sync import review_wire, wire

PAGE = 500
MONEY = "money-"
"""How a word of the basis begins that is no event's id."""
_SHOWN = (
    "grade",
    "disposition",
    "serial",
    "packaging",
    "verdict",
    "grams",
    "lpn",
    "sku",
    "issue",
    "override_reason",
    "role",
    "reason",
    "profile",
)
"""Fields of a payload that are evidence; none of them is customer data."""


def queue(
    connection: Connection, header: wire.HubHeader, now: datetime, policy: rules.Policy | None = None
) -> review_wire.ReviewQueue:
    """All that waits for a supervisor: held, late, stuck, orphan parcels, surplus; ``None`` is the shipped policy."""
    today = (policy or policy_file.shipped()).day(now)
    rows = connection.execute(select(refund_intents).where(_waiting()).limit(PAGE)).mappings().all()
    items = [*(_item(row, today) for row in rows), *_orphans(connection), *_surplus(connection, today)]
    items.sort(key=lambda item: (item.days_left is None, item.days_left or 0, item.held_at, item.intent_key))
    return review_wire.ReviewQueue(header, tuple(items))


def case_file(
    connection: Connection,
    header: wire.HubHeader,
    case_id: str,
    now: datetime,
    policy: rules.Policy | None = None,
    language: str = "en",
) -> review_wire.ReviewCase | None:
    """One case with its evidence, its rule in the reader's language; ``None`` when there is none."""
    today = (policy or policy_file.shipped()).day(now)
    work = projection.load(connection, [case_id])
    if case_id not in work.rows:
        return None
    case, row = work.cases[case_id], work.rows[case_id]
    query = select(refund_intents).where(refund_intents.c.case_id == case_id, _waiting())
    waiting = connection.execute(query.order_by(refund_intents.c.subject, refund_intents.c.slot)).mappings().all()
    items = (*(_item(one, today) for one in waiting), *_surplus(connection, today, case_id))
    items = items or tuple(orphan for orphan in _orphans(connection) if orphan.case_id == case_id)
    history = tuple(cases.history(connection, case_id))
    # Told by when it happened, as the gradings beside it are: a bundle may have come days later.
    evidence = tuple(
        review_wire.EvidenceLine(
            line.corrected_at or line.occurred_at, line.worker_id or "", f"event.{line.type}", _values(line.payload)
        )
        for line in history
    )
    rule = "; ".join(dict.fromkeys(filter(None, (_explained(one, language) for one in waiting))))
    return review_wire.ReviewCase(
        hub=header,
        case_id=case_id,
        kind=row.kind,
        deadline_on=row.deadline_on,
        intents=items,
        evidence=evidence,
        basis=(*(money_of(one) for one in _intents(connection, case_id)), *basis_of(case)),
        rule=rule,
        graded_by=graders_of(case),
        gradings=gradings.side_by_side(connection, case, history),
        paid=tuple(_paid(connection, one) for one in waiting if one["late_at"] is not None),
        photos=photos_of(connection, case),
    )


def photos_of(connection: Connection, case: Case) -> tuple[review_wire.CasePhoto, ...]:
    """Every photo of a case, also of units that were taken back, parcel after parcel and unit after unit."""
    said = [("", photo) for parcel in case.parcels.values() for photo in parcel.photos]
    said += [(unit.lpn, photo) for unit in case.units.values() for photo in unit.photos]
    here = photos.here(connection, [photo.sha256 for _, photo in said])
    return tuple(
        review_wire.CasePhoto(
            sha256=clean(photo.sha256, 64),
            mime=clean(photo.mime, 40),
            role=clean(photo.role, 20),
            source=clean(photo.source, 20),
            who=clean(photo.worker_id or "", 40),
            lpn=clean(lpn, 16),
            here=photo.sha256 in here,
        )
        for lpn, photo in said
    )


def basis_of(case: Case) -> tuple[str, ...]:
    """The events a decision about this case rests on: any change of them makes it void."""
    units = case.units.values()
    found = [unit.identified_by for unit in case.live_units]
    found += [grading.event_id for unit in units for grading in unit.gradings]
    found += [mark.event_id for mark in case.marks]
    return tuple(dict.fromkeys(found))


def _intents(connection: Connection, case_id: str) -> Sequence[RowMapping]:
    query = select(refund_intents).where(refund_intents.c.case_id == case_id)
    return connection.execute(query.order_by(refund_intents.c.refund_key)).mappings().all()


def money_of(row: RowMapping) -> str:
    """What a supervisor sees of an intent's money, as one more word of the basis: the shop may change it meanwhile."""
    seen = [row[name] for name in ("refund_key", "payment_id", "currency", "right_minor", "amount_minor")]
    return f"{MONEY}{hashlib.sha256(codec.to_bytes(seen)).hexdigest()[:16]}"


def graders_of(case: Case) -> tuple[str, ...]:
    """Everybody who graded in this case: none of them may decide about it."""
    return tuple(sorted({g.worker_id for unit in case.units.values() for g in unit.gradings if g.worker_id}))


def _waiting() -> ColumnElement[bool]:
    table = refund_intents
    return or_(table.c.state.in_(["held", "needs_human", "unknown"]), table.c.late_at.is_not(None))


def _item(row: RowMapping, today: date) -> review_wire.ReviewItem:
    late = row["late_at"] is not None
    title = f"{row['order_id']} {row['purpose']} {row['subject'].rpartition('/')[2]} #{row['slot']}"
    return review_wire.ReviewItem(
        case_id=row["case_id"],
        intent_key=row["refund_key"],
        reason="late_contradiction" if late else row["reason"] or row["state"],
        kind=row["kind"],
        title=clean(title, 80),
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        days_left=days_left(row["deadline_on"], today),
        held_at=store.stamp(row["changed_at"]),
        late_contradiction=late,
    )


def _explained(row: RowMapping, language: str) -> str:
    words = row["rule_words"].get(language)
    return rules.explained(words, row["rule_id"], row["policy_version"]) if words else row["explanation"]


def _paid(connection: Connection, row: RowMapping) -> review_wire.Paid:
    table = refund_losses
    lost = connection.scalar(select(func.sum(table.c.amount_minor)).where(table.c.refund_key == row["refund_key"]))
    at = store.stamp(row["settled_at"] or row["frozen_at"] or row["changed_at"])
    amount, currency = row["amount_minor"], row["currency"]
    return review_wire.Paid(row["refund_key"], row["state"], amount, currency, at, int(lost or 0))


def _surplus(connection: Connection, today: date, case_id: str | None = None) -> list[review_wire.ReviewItem]:
    """One item a case: a person looks at all of its units that fill no slot at once."""
    found: dict[str, list[RowMapping]] = {}
    for row in surplus.waiting(connection, case_id, PAGE):
        found.setdefault(row["case_id"], []).append(row)
    known = connection.execute(select(case_table).where(case_table.c.case_id.in_(found)))
    return [
        review_wire.ReviewItem(
            case_id=case.case_id,
            intent_key="",
            reason=found[case.case_id][0]["reason"],
            kind=case.kind,
            title=clean(", ".join(f"{row['lpn']} {row['sku']}".strip() for row in found[case.case_id]), 80),
            days_left=days_left(case.deadline_on, today),
            held_at=store.stamp(found[case.case_id][0]["at"]),
        )
        for case in known
    ]


def _orphans(connection: Connection) -> list[review_wire.ReviewItem]:
    query = select(case_table).where(case_table.c.kind == projection.ORPHAN).limit(PAGE)
    found = []
    for row in connection.execute(query):
        case = projection.read_case(row.body)
        if any(parcel.rma_ids for parcel in case.parcels.values()):
            continue
        names: Sequence[str] = [parcel.tracking or parcel.code for parcel in case.parcels.values()]
        title = clean(" ".join(names), 80)
        found.append(
            review_wire.ReviewItem(row.case_id, "", "orphan", "orphan", title, held_at=store.stamp(row.changed_at))
        )
    return found


def _values(payload: object) -> dict[str, str]:
    if not isinstance(payload, dict):
        return {}
    return {name: clean(str(payload[name]), 80) for name in _SHOWN if payload.get(name) is not None}
