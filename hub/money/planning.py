"""Which refunds a case asks for: pure. ``plan`` looks at one case and its money; ``proposals.py`` writes what follows.

A slot asks for its money when every piece that fills it (for a bundle: every part) was graded and lies in a parcel
that is done. Nothing here is a decision; the facts go to the policy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.money.shares import Payment, Share, line_subject, refund_key, shares, slot_span
from hub.policy import Facts
from rma_station.domain import codec
from rma_station.domain.rma import Case, Line, Mark, Parcel, ParcelState, Rma, Unit
from rma_station.domain.second_look import SecondLook, second_looks

CONFLICT = "conflict"
"""Mark of a slot whose piece two benches graded differently."""
CANCELLED = "cancelled"
"""Mark of all slots of an RMA that the shop has taken back."""


@dataclass(frozen=True)
class OrderMoney:
    """What is known of an order's money when a case is planned."""

    payments: tuple[Payment, ...] = ()
    """In their fixed order."""
    starts: Mapping[str, int] = field(default_factory=dict)
    """Subject to where its money begins in the order."""
    known: bool = False
    """The order was imported; without it nothing can be said about payments."""


@dataclass(frozen=True)
class Wanted:
    """A refund the facts ask for."""

    key: str
    purpose: str
    case_id: str
    kind: str
    order_id: str
    subject: str
    slot: int
    payment_id: str
    right_minor: int
    currency: str
    deadline_on: str
    basis: tuple[str, ...]
    """Ids of the events it rests on."""
    fingerprint: str
    """Changes whenever a fact does that a decision may have been based on."""
    graders: tuple[str, ...]
    facts: Facts


def plan(
    case: Case, rma: Rma, money: OrderMoney, today: date, tenant: str, photos: Collection[str] = ()
) -> list[Wanted]:
    """All refunds one case asks for now.

    Args:
        case: what happened.
        rma: what was announced.
        money: what was paid.
        today: the hub's date.
        tenant: part of the keys.
        photos: SHA-256 of the photos whose bytes are here.
    """
    parcels = case.parcels
    of_line: dict[str, list[Unit]] = {}
    for unit in case.units.values():
        counts = unit.slots and not unit.taken_back and not unit.slots_refused
        if counts and unit.line_id and unit.rma_id in (rma.rma_id, None):
            of_line.setdefault(unit.line_id, []).append(unit)
    wanted: list[Wanted] = []
    again = second_looks(case)
    for line in rma.lines:
        units = of_line.get(line.line_id)
        if not units:
            continue
        for slot in _full_slots(line, units):
            pieces = [unit for unit in units if slot in unit.slots]
            if all(unit.gradings and _done(parcels, unit) for unit in pieces):
                complete = _pictured(case, pieces, photos)
                wanted += _of_slot(
                    case,
                    rma,
                    line,
                    slot,
                    pieces,
                    money=money,
                    today=today,
                    tenant=tenant,
                    complete=complete,
                    again=again,
                )
    return wanted


def days_left(deadline_on: str, today: date) -> int | None:
    """Days until an ISO date; negative when it has passed, ``None`` when there is none."""
    return (date.fromisoformat(deadline_on) - today).days if deadline_on else None


def _full_slots(line: Line, units: Sequence[Unit]) -> list[int]:
    """Slots in which no piece of any part lacks; units fill their places in the order they were identified."""
    taken: Counter[tuple[str, int]] = Counter()
    room = {part.product.sku: part.count for part in line.parts}
    for unit in units:
        sku = unit.part_sku or unit.sku or ""
        left = unit.pieces
        for slot in unit.slots:
            pieces = min(left, room.get(sku, 0) - taken[sku, slot])
            taken[sku, slot] += pieces
            left -= pieces
    slots = sorted({slot for unit in units for slot in unit.slots if 1 <= slot <= line.quantity})
    return [slot for slot in slots if all(taken[sku, slot] >= count for sku, count in room.items())]


def _done(parcels: Mapping[str, Parcel], unit: Unit) -> bool:
    parcel = parcels.get(unit.parcel_id)
    return parcel is not None and parcel.state is ParcelState.DONE


def _pictured(case: Case, units: Sequence[Unit], photos: Collection[str]) -> bool:
    said = [photo for unit in units for photo in (*unit.photos, *case.parcels[unit.parcel_id].photos)]
    return all(photo.sha256 in photos for photo in said) and not any(unit.photos_skipped for unit in units)


def _of_slot(
    case: Case,
    rma: Rma,
    line: Line,
    slot: int,
    units: Sequence[Unit],
    *,
    money: OrderMoney,
    today: date,
    tenant: str,
    complete: bool,
    again: Sequence[SecondLook],
) -> list[Wanted]:
    subject = line_subject(rma.rma_id, line.line_id)
    parts = _shares(line, slot, subject, money)
    if not parts:
        return []
    looks = [look for look in again if any(look.of == unit.unit_id for unit in units)]
    seen_again = [case.units[look.unit_id] for look in looks]
    marks = _marks(case, rma, line, units, looks)
    parcels = [case.parcels[unit.parcel_id] for unit in units]
    basis = tuple(
        dict.fromkeys(
            [event for unit in (*units, *seen_again) for event in _events_of(unit)]
            + [mark.event_id for mark in marks if mark.event_id]
        )
    )
    graders = tuple(sorted({g.worker_id for unit in (*units, *seen_again) for g in unit.gradings if g.worker_id}))
    gradings = [unit.gradings[-1] for unit in units]
    seen = (
        [[u.unit_id, u.lpn, u.issue, [g.event_id for g in u.gradings]] for u in units],
        [[p.packaging, p.weight_verdict] for p in parcels],
        [[mark.event_id, mark.code] for mark in marks],
    )
    wanted = []
    for part in parts:
        payment = part.payment
        facts = Facts(
            kind=rma.kind.value,
            grade=max(grading.grade for grading in gradings),
            disposition=frozenset(grading.disposition for grading in gradings),
            issue=frozenset(unit.issue for unit in units if unit.issue),
            weight=frozenset(p.weight_verdict for p in parcels if p.weight_verdict),
            packaging=frozenset(p.packaging for p in parcels if p.packaging),
            mark=frozenset(mark.code for mark in marks),
            override=any(grading.override_reason for grading in gradings),
            dangerous=any(grading.dangerous for grading in gradings),
            photos_complete=complete,
            means=payment.means if payment else "",
            refundable=payment.refundable if payment else True,
            amount_minor=None if line.paid_minor is None else part.amount_minor,
            currency=rma.currency,
            same_currency=payment.currency == rma.currency if payment else True,
            days_left=days_left(rma.deadline_on, today),
        )
        payment_id = payment.payment_id if payment else ""
        fingerprint = codec.to_bytes([seen, part.amount_minor, rma.kind.value, facts.means, facts.refundable])
        wanted.append(
            Wanted(
                key=refund_key(tenant, subject, slot, payment_id, "refund"),
                purpose="refund",
                case_id=rma.rma_id,
                kind=rma.kind.value,
                order_id=rma.order_id,
                subject=subject,
                slot=slot,
                payment_id=payment_id,
                right_minor=part.amount_minor,
                currency=rma.currency,
                deadline_on=rma.deadline_on,
                basis=basis,
                fingerprint=hashlib.sha256(fingerprint).hexdigest(),
                graders=graders,
                facts=facts,
            )
        )
    return wanted


def _shares(line: Line, slot: int, subject: str, money: OrderMoney) -> list[Share]:
    """The slot's parts by payment. Nothing when nothing was paid; one part without a payment when it is not known."""
    if line.paid_minor is None:
        return [Share(None, 0)]
    low, high = slot_span(line.paid_minor, line.quantity, slot)
    if low == high or (money.known and not any(payment.amount_minor for payment in money.payments)):
        return []
    start = money.starts.get(subject)
    if start is None:
        return [Share(None, high - low)]
    return shares(start + low, start + high, money.payments)


def _events_of(unit: Unit) -> tuple[str, ...]:
    return unit.identified_by, *(grading.event_id for grading in unit.gradings)


def _marks(case: Case, rma: Rma, line: Line, units: Sequence[Unit], looks: Sequence[SecondLook]) -> list[Mark]:
    """Marks that concern a slot: those of the case that no agreeing second look explains, and what benches contradict.

    A line whose places one parcel filled at two benches may have a piece counted twice.
    """
    explained = {case.units[look.unit_id].identified_by for look in looks if look.agrees}
    marks = [mark for mark in case.marks if _concerns(mark, case, units) and mark.event_id not in explained]
    if rma.cancelled:
        marks.append(Mark("", CANCELLED))
    for look in looks:
        grading = case.units[look.unit_id].grading
        if look.agrees is False and grading is not None:
            marks.append(Mark(grading.event_id, CONFLICT, look.of))
    mates = [one for one in case.live_units if one.slots and one.line_id == line.line_id and one.log_id]
    for unit in units:
        other = [one for one in mates if one.parcel_id == unit.parcel_id and one.log_id != unit.log_id]
        if unit.log_id and other and not unit.serial:
            marks.append(Mark(unit.identified_by, "parcel_opened_twice", unit.unit_id))
    return marks


def _concerns(mark: Mark, case: Case, units: Sequence[Unit]) -> bool:
    """A mark about another unit does not hold these; nor one about a serial number they do not carry, or carry alone.

    Marks are facts and stay. A serial number is there twice as long as two units carry it that are not taken back.
    """
    if mark.code == "serial_twice":
        bearers = [unit for unit in case.live_units if unit.serial == mark.detail]
        return len(bearers) > 1 and any(unit in bearers for unit in units)
    return mark.detail not in case.units or any(unit.unit_id == mark.detail for unit in units)
