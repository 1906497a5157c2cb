"""Which refunds a case asks for (pure). ``plan`` looks at one case and its money; ``proposals.py`` writes the result.

A slot asks for its money when every piece that fills it (for a bundle: every part) was graded and lies in a parcel
that is done. Nothing here is a decision; the facts go to the policy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
        for number in _full_slots(line, units):
            pieces = [unit for unit in units if number in unit.slots]
            if all(unit.gradings and _done(parcels, unit) for unit in pieces):
                looks = [look for look in again if any(look.of == unit.unit_id for unit in pieces)]
                wanted += _of_slot(_Slot(case, rma, line, number, pieces, looks), money, today, tenant, photos)
    return wanted


def days_left(deadline_on: str, today: date) -> int | None:
    """Days until an ISO date; negative when it has passed, ``None`` when there is none."""
    return (date.fromisoformat(deadline_on) - today).days if deadline_on else None


def _full_slots(line: Line, units: Sequence[Unit]) -> list[int]:
    """The places of a line that have every piece they need; units fill them in the order they were identified."""
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


@dataclass(frozen=True)
class _Slot:
    """A full place of a line: the pieces in it, and what other benches saw of them."""

    case: Case
    rma: Rma
    line: Line
    number: int
    units: Sequence[Unit]
    looks: Sequence[SecondLook]

    @property
    def seen(self) -> list[Unit]:
        """The pieces, and the units under which other benches recorded them once more."""
        return [*self.units, *(self.case.units[look.unit_id] for look in self.looks)]

    @property
    def parcels(self) -> list[Parcel]:
        """Those the pieces lay in, one for each piece."""
        return [self.case.parcels[unit.parcel_id] for unit in self.units]


def _of_slot(slot: _Slot, money: OrderMoney, today: date, tenant: str, photos: Collection[str]) -> list[Wanted]:
    rma, line = slot.rma, slot.line
    subject = line_subject(rma.rma_id, line.line_id)
    parts = _shares(line, slot.number, subject, money)
    if not parts:
        return []
    marks = _marks(slot)
    basis = _basis(slot, marks)
    graders = tuple(sorted({g.worker_id for unit in slot.seen for g in unit.gradings if g.worker_id}))
    goods = _facts(slot, marks, today, photos_complete=_pictured(slot, photos))
    wanted = []
    for part in parts:
        payment = part.payment
        payment_id = payment.payment_id if payment else ""
        facts = replace(
            goods,
            means=payment.means if payment else "",
            refundable=payment.refundable if payment else True,
            amount_minor=None if line.paid_minor is None else part.amount_minor,
            same_currency=payment.currency == rma.currency if payment else True,
        )
        wanted.append(
            Wanted(
                key=refund_key(tenant, subject, slot.number, payment_id, "refund"),
                purpose="refund",
                case_id=rma.rma_id,
                kind=rma.kind.value,
                order_id=rma.order_id,
                subject=subject,
                slot=slot.number,
                payment_id=payment_id,
                right_minor=part.amount_minor,
                currency=rma.currency,
                deadline_on=rma.deadline_on,
                basis=basis,
                fingerprint=_fingerprint(slot, marks, part, facts),
                graders=graders,
                facts=facts,
            )
        )
    return wanted


def _basis(slot: _Slot, marks: Sequence[Mark]) -> tuple[str, ...]:
    """Ids of the events a refund rests on, each once, in the order they are looked at."""
    of_units = [event for unit in slot.seen for event in _events_of(unit)]
    of_marks = [mark.event_id for mark in marks if mark.event_id]
    return tuple(dict.fromkeys(of_units + of_marks))


def _facts(slot: _Slot, marks: Sequence[Mark], today: date, *, photos_complete: bool) -> Facts:
    """What the policy is told of the goods; the payment is added for each part of the money."""
    gradings = [unit.gradings[-1] for unit in slot.units]
    return Facts(
        kind=slot.rma.kind.value,
        grade=max(grading.grade for grading in gradings),
        disposition=frozenset(grading.disposition for grading in gradings),
        issue=frozenset(unit.issue for unit in slot.units if unit.issue),
        weight=frozenset(parcel.weight_verdict for parcel in slot.parcels if parcel.weight_verdict),
        packaging=frozenset(parcel.packaging for parcel in slot.parcels if parcel.packaging),
        mark=frozenset(mark.code for mark in marks),
        override=any(grading.override_reason for grading in gradings),
        dangerous=any(grading.dangerous for grading in gradings),
        photos_complete=photos_complete,
        currency=slot.rma.currency,
        days_left=days_left(slot.rma.deadline_on, today),
    )


def _fingerprint(slot: _Slot, marks: Sequence[Mark], part: Share, facts: Facts) -> str:
    """SHA-256 over every fact a decision may have been based on; photos and days left are left out on purpose.

    Changing what goes in, or its order, makes every hub decide all of its open refunds anew.
    """
    seen = (
        [[unit.unit_id, unit.lpn, unit.issue, [g.event_id for g in unit.gradings]] for unit in slot.units],
        [[parcel.packaging, parcel.weight_verdict] for parcel in slot.parcels],
        [[mark.event_id, mark.code] for mark in marks],
    )
    data = [seen, part.amount_minor, slot.rma.kind.value, facts.means, facts.refundable]
    return hashlib.sha256(codec.to_bytes(data)).hexdigest()


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


def _pictured(slot: _Slot, photos: Collection[str]) -> bool:
    """Whether the bytes of every photo of the pieces and their parcels are here, and none was skipped."""
    of_units = [photo for unit in slot.units for photo in unit.photos]
    of_parcels = [photo for parcel in slot.parcels for photo in parcel.photos]
    all_here = all(photo.sha256 in photos for photo in of_units + of_parcels)
    return all_here and not any(unit.photos_skipped for unit in slot.units)


def _events_of(unit: Unit) -> tuple[str, ...]:
    return unit.identified_by, *(grading.event_id for grading in unit.gradings)


def _marks(slot: _Slot) -> list[Mark]:
    """What has to hold a slot's money: the case's own marks, and contradictions between benches.

    A mark that another bench's agreeing second look explains is left out. A line whose places one parcel filled at two
    benches may have a piece counted twice.
    """
    case, rma, line, units = slot.case, slot.rma, slot.line, slot.units
    explained = {case.units[look.unit_id].identified_by for look in slot.looks if look.agrees}
    marks = [mark for mark in case.marks if _concerns(mark, case, units) and mark.event_id not in explained]
    if rma.cancelled:
        marks.append(Mark("", CANCELLED))
    for look in slot.looks:
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
    """Whether a mark of the case is about these units.

    Marks are facts and stay for ever, so one about a serial number that was seen twice counts only while two units of
    one SKU that were not taken back still carry the number, and one of these is among them.
    """
    if mark.code == "serial_twice":
        bearers = [unit for unit in case.live_units if unit.serial == mark.detail]
        of_sku = Counter(unit.sku for unit in bearers)  # each manufacturer counts for itself
        return any(of_sku[unit.sku] > 1 for unit in units if unit in bearers)
    return mark.detail not in case.units or any(unit.unit_id == mark.detail for unit in units)
