"""A shop small enough to count by hand: an order, its RMA, and the events of a bench, for the tests of money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from hub import ledger
from hub.metadata import metadata
from hub.money import proposals
from hub.money.queueing import queue_due
from hub.money.shares import delivery_subject, line_subject
from hub.policy import Policy
from hub.policy_file import shipped
from hub.store import Database
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold
from rma_station.domain.rma import Case, Line, Part, Product, Rma, RmaKind
from tests.hub import databases

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def money_tables() -> Database:
    """A database with all tables and no hub in it."""
    database = databases.fresh()
    metadata.create_all(database.engine)
    return database


def product(sku: str = "SHIRT") -> Product:
    """A product with a weight."""
    return Product(sku, sku.title(), ("05901234123457",), unit_grams=200)


def line(line_id: str = "L1", quantity: int = 1, paid: int | None = 10000, skus: Sequence[str] = ("SHIRT",)) -> Line:
    """A line; more than one SKU makes a bundle."""
    parts = tuple(Part(product(sku)) for sku in skus)
    return Line(line_id, skus[0], skus[0].title(), quantity, parts, paid_minor=paid)


def rma(
    *lines: Line, rma_id: str = "RMA-2026-000001", kind: RmaKind = RmaKind.WITHDRAWAL, order_id: str = "Z-1001"
) -> Rma:
    """A withdrawal due in ten days."""
    return Rma(rma_id, kind, order_id, lines or (line(),), received_on="2026-11-18", deadline_on="2026-12-02")


@dataclass
class World:
    """One order with its RMAs, the cases as the bench's events make them, and the hub's ledger."""

    rmas: dict[str, Rma]
    database: Database = field(default_factory=money_tables)
    policy: Policy = field(default_factory=shipped)
    now: datetime = NOON
    started: datetime | None = None
    """When the hub's process began; ``None``: long ago."""
    cases: dict[str, Case] = field(default_factory=dict)
    facts: int = 0
    where: dict[str, str] = field(default_factory=dict)
    """Unit to case."""

    def happen(self, case_id: str, *happened: ev.Event, worker: str = "000001", propose: bool = True) -> list[str]:
        """Fold events into a case and let the hub propose, as ingest does; the event ids."""
        ids = []
        case = self.cases.get(case_id, Case(case_id))
        for one in happened:
            self.facts += 1
            ids.append(f"e{self.facts}")
            case = fold(case, Fact(ids[-1], one, worker, "2026-11-22T12:00:00.000Z"))
        self.cases[case_id] = case
        if propose:
            self.propose(case_id)
        return ids

    def propose(self, *case_ids: str) -> proposals.Proposed:
        """What ingest calls."""
        with self.database.transaction() as connection:
            return proposals.propose(
                connection, [self.cases[one] for one in case_ids], self.rmas, self.now, policy=self.policy
            )

    def receive(self, unit_id: str, slots: Sequence[int], *, parcel: str = "p1", **more: Any) -> None:
        """A unit is identified, gets its slots and is graded ``A``; the parcel stays open."""
        case_id = more.pop("case_id", next(iter(self.rmas)))
        line_id = more.pop("line_id", "L1")
        sku = more.pop("sku", "SHIRT")
        grade = more.pop("grade", "A")
        opened = [] if parcel in self.cases.get(case_id, Case(case_id)).parcels else [opened_parcel(parcel, case_id)]
        self.where[unit_id] = case_id
        self.happen(
            case_id,
            *opened,
            ev.UnitIdentified(
                unit_id, parcel, f"LPN{unit_id}", "code", "gtin", case_id, line_id, sku, part_sku=sku, **more
            ),
            ev.SlotGiven(unit_id, case_id, line_id, tuple(slots)),
            graded(unit_id, grade),
        )

    def done(self, parcel: str = "p1", case_id: str | None = None) -> None:
        """The parcel is done."""
        self.happen(case_id or next(iter(self.rmas)), ev.ParcelDone(parcel))

    def pass_time(self, **of: float) -> None:
        """Let the clock go on."""
        self.now += timedelta(**of)

    def queue(self) -> list[str]:
        """What the worker does first."""
        with self.database.transaction() as connection:
            return queue_due(connection, self.now, self.policy)

    def intents(self, **where: Any) -> list[Mapping[str, Any]]:
        """Intents by columns, in the order of their subject and slot."""
        table = ledger.refund_intents
        query = select(table).order_by(table.c.subject, table.c.slot, table.c.payment_id, table.c.purpose)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.database.transaction() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def states(self, **where: Any) -> list[tuple[str, str]]:
        """State and reason of every intent."""
        return [(row["state"], row["reason"]) for row in self.intents(**where)]


def opened_parcel(parcel_id: str, *rma_ids: str) -> ev.ParcelOpened:
    """A parcel on the bench."""
    return ev.ParcelOpened(parcel_id, "rma", parcel_id, rma_ids)


def graded(unit_id: str, grade: str = "A", **more: Any) -> ev.UnitGraded:
    """A grading as proposed."""
    disposition = {"A": "restock", "B": "outlet", "C": "outlet", "D": "recycle", "E": "dispose"}[grade]
    return ev.UnitGraded(unit_id, "default", 1, {}, grade, grade, disposition, disposition, "SHELF", **more)


def amended(unit_id: str, grade: str) -> ev.UnitAmended:
    """A second look."""
    first = graded(unit_id, grade)
    return ev.UnitAmended(
        first.unit_id,
        first.profile,
        1,
        {},
        grade,
        grade,
        first.proposed_disposition,
        first.disposition,
        first.destination,
    )


def world(
    *rmas: Rma,
    payments: Sequence[tuple[str, str, int]] = (("P1", "transfer", 10000),),
    delivery: int = 0,
    pieces: int | None = None,
    known: bool = True,
    **more: Any,
) -> World:
    """A world whose order was imported: lines laid out in a row, delivery behind them."""
    found = {one.rma_id: one for one in (rmas or (rma(),))}
    made = World(found, **more)
    if not known:
        return made
    order_id = next(iter(found.values())).order_id
    quantity = sum(one.quantity for each in found.values() for one in each.lines)
    with made.database.transaction() as connection:
        connection.execute(
            insert(ledger.order_money).values(
                order_id=order_id,
                currency="PLN",
                paid_minor=sum(amount for _, _, amount in payments),
                pieces=quantity if pieces is None else pieces,
                delivery_paid_minor=delivery,
                delivery_standard_minor=delivery,
                holder="Zofia Żółć",
                iban="PL61109010140000071219812874",
            )
        )
        for position, (payment_id, means, amount) in enumerate(payments, 1):
            connection.execute(
                insert(ledger.payments).values(
                    order_id=order_id,
                    payment_id=payment_id,
                    position=position,
                    means=means,
                    currency="PLN",
                    paid_minor=amount,
                    refundable=means != "gift_card",
                )
            )
        start = 0
        for each in found.values():
            for one in each.lines:
                connection.execute(
                    insert(ledger.line_money).values(
                        subject=line_subject(each.rma_id, one.line_id),
                        order_id=order_id,
                        rma_id=each.rma_id,
                        line_id=one.line_id,
                        position=1,
                        quantity=one.quantity,
                        paid_minor=one.paid_minor,
                        start_minor=start,
                    )
                )
                start += one.paid_minor or 0
        if delivery:
            connection.execute(
                insert(ledger.line_money).values(
                    subject=delivery_subject(order_id),
                    order_id=order_id,
                    position=99,
                    quantity=0,
                    paid_minor=delivery,
                    start_minor=start,
                )
            )
    return made


def with_kind(one: Rma, kind: RmaKind) -> Rma:
    """The same RMA of another kind."""
    return replace(one, kind=kind)
