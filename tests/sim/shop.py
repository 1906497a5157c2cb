"""What the simulated shop sells and what the benches do with what comes back: small enough to count by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator

from sqlalchemy import Connection, insert

from hub import ledger
from hub.shares import line_subject
from rma_station.domain import events as ev
from rma_station.domain.rma import Line, Part, Product, Rma, RmaKind

SHIRT, SHOES = Product("SHIRT", "Shirt", ("05901234123457",)), Product("SHOES", "Shoes")


def rmas() -> list[Rma]:
    """Three withdrawals of three orders: five pieces of two products, paid with odd amounts."""
    lines = [
        (Line("L1", "SHIRT", "Shirt", 2, (Part(SHIRT),), paid_minor=9999),),
        (Line("L1", "SHIRT", "Shirt", 1, (Part(SHIRT),), paid_minor=5001),
         Line("L2", "SHOES", "Shoes", 1, (Part(SHOES),), paid_minor=19900)),
        (Line("L1", "SHOES", "Shoes", 1, (Part(SHOES),), paid_minor=100),),
    ]  # fmt: skip
    return [
        Rma(f"RMA-2026-{n:06}", RmaKind.WITHDRAWAL, f"Z-{n}", of, received_on="2026-11-20", deadline_on="2026-12-04")
        for n, of in enumerate(lines, 1)
    ]


def import_money(connection: Connection, given: list[Rma]) -> None:
    """Each order was paid in one payment."""
    for rma in given:
        paid = sum(line.paid_minor or 0 for line in rma.lines)
        pieces = sum(line.quantity for line in rma.lines)
        order = {"order_id": rma.order_id, "currency": "PLN", "paid_minor": paid}
        connection.execute(
            insert(ledger.order_money).values(**order, pieces=pieces, iban="PL61109010140000071219812874")
        )
        payment = {"payment_id": "P1", "position": 1, "means": "transfer", "refundable": True}
        connection.execute(insert(ledger.payments).values(**order, **payment))
        start = 0
        for line in rma.lines:
            connection.execute(
                insert(ledger.line_money).values(
                    subject=line_subject(rma.rma_id, line.line_id), order_id=rma.order_id, rma_id=rma.rma_id,
                    line_id=line.line_id, position=1, quantity=line.quantity, paid_minor=line.paid_minor,
                    start_minor=start,
                )
            )  # fmt: skip
            start += line.paid_minor or 0


def shift(station: str, chance: random.Random, given: list[Rma]) -> Iterator[list[ev.Stated]]:
    """One commit after another: parcels with units that are graded, labelled, placed, and sometimes undone."""
    for number in range(chance.randint(2, 4)):
        rma = chance.choice(given)
        parcel = f"parcel-{station}-{number}"
        about = ev.Subject((rma.rma_id,), parcel)
        yield [ev.Stated(ev.ParcelOpened(parcel, "rma", rma.rma_id, (rma.rma_id,)), about)]
        for count in range(chance.randint(1, 3)):
            line = chance.choice(rma.lines)
            unit = f"unit-{station}-{number}-{count}"
            of_unit = ev.Subject((rma.rma_id,), parcel, unit)
            identified = ev.UnitIdentified(
                unit, parcel, unit, "code", "gtin", rma.rma_id, line.line_id, line.sku, part_sku=line.sku
            )
            yield [ev.Stated(identified, of_unit, event_id=f"event-{unit}")]
            if chance.random() < 0.2:
                yield [ev.Stated(ev.UndoApplied(f"event-{unit}", "unit.identified", parcel, unit), of_unit)]
                continue
            graded = ev.UnitGraded(unit, "default", 1, {}, "A", "A", "restock", "restock", "SHELF")
            yield [ev.Stated(graded, of_unit), ev.Stated(ev.LabelAsked(f"job-{unit}", unit, unit, "unit"), of_unit)]
            yield [
                ev.Stated(ev.LabelConfirmed(unit, unit, "scan_back"), of_unit),
                ev.Stated(ev.UnitPlaced(unit, unit, "SHELF"), of_unit),
            ]
        yield [ev.Stated(ev.ParcelDone(parcel), about)]
