"""What the simulated shop sold, what comes back of it, and in which parcels: small enough to count by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert

from hub import ledger
from hub.money.shares import Payment as Paid
from hub.money.shares import delivery_subject, line_subject, refund_key, shares, slot_span
from rma_station.domain.rma import Line, Part, Product, Rma, RmaKind

SHIRT, SHOES, LAMP = Product("SHIRT", "Shirt", ("05901234123457",)), Product("SHOES", "Shoes"), Product("LAMP", "Lamp")
GOOD = {"A": "restock", "B": "outlet"}
DISPOSITION = {**GOOD, "C": "repair", "D": "recycle"}


@dataclass(frozen=True)
class Payment:
    """A part of what an order cost, by its means."""

    payment_id: str
    means: str
    paid_minor: int


@dataclass(frozen=True)
class Order:
    """One order and the return of all of it."""

    rma: Rma
    payments: tuple[Payment, ...]
    delivery_minor: int

    @property
    def paid_minor(self) -> int:
        """All of it."""
        return sum(payment.paid_minor for payment in self.payments)


@dataclass(frozen=True)
class Piece:
    """Something in a parcel, and what a fair grader would say of it."""

    line_id: str
    sku: str
    grade: str
    override: bool = False
    serial: str | None = None


@dataclass(frozen=True)
class Parcel:
    """What comes to a bench."""

    rma_id: str
    """Where it belongs."""
    pieces: tuple[Piece, ...]
    orphan: bool = False
    """Without any number that names its return."""
    tracking: str | None = None


@dataclass(frozen=True)
class Goods:
    """All of the shop's returns."""

    orders: tuple[Order, ...]
    parcels: tuple[Parcel, ...]

    @property
    def rmas(self) -> list[Rma]:
        """The returns, as the shop announces them."""
        return [order.rma for order in self.orders]


@dataclass
class _Draft:
    orders: list[Order] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)


def goods(chance: random.Random, pieces: int) -> Goods:
    """Returns with about so many pieces: some parcels lack one, some have one too many, some come without a number."""
    draft = _Draft()
    left = pieces
    while left > 0:
        order = _order(chance, len(draft.orders) + 1)
        draft.orders.append(order)
        inside = [line for line in order.rma.lines for _ in range(line.quantity)]
        chance.shuffle(inside)
        if chance.random() < 0.1:
            inside.pop()
        if chance.random() < 0.1:
            inside.append(order.rma.lines[0])
        left -= len(inside)
        cut = chance.randint(1, len(inside)) if len(inside) > 1 and chance.random() < 0.5 else len(inside)
        for some in (inside[:cut], inside[cut:]):
            if some:
                found = tuple(_piece(chance, one) for one in some)
                number = f"TRACK{len(draft.parcels):04}" if chance.random() < 0.7 else None
                draft.parcels.append(Parcel(order.rma.rma_id, found, chance.random() < 0.1, number))
        draft.parcels += _again(chance, order)
    return Goods(tuple(draft.orders), tuple(draft.parcels))


def _piece(chance: random.Random, line: Line) -> Piece:
    grade = chance.choices("ABCD", (70, 15, 10, 5))[0]
    return Piece(line.line_id, line.sku, grade, chance.random() < 0.05, *line.serials[:1])


def _again(chance: random.Random, order: Order) -> list[Parcel]:
    """A piece with a serial number lies at a second bench, too: somebody carried it there, and it is graded twice."""
    named = [line for line in order.rma.lines if line.serials]
    return [Parcel(order.rma.rma_id, (_piece(chance, line),)) for line in named if chance.random() < 0.5]


def _order(chance: random.Random, number: int) -> Order:
    lines = []
    for place in range(1, chance.randint(1, 2) + 1):
        product = chance.choice((SHIRT, SHOES, LAMP))
        quantity, paid = chance.randint(1, 3), chance.randint(100, 30000)
        serials = (f"SN{number}{place}",) if quantity == 1 and chance.random() < 0.4 else ()
        lines.append(
            Line(f"L{place}", product.sku, product.name, quantity, (Part(product),), paid_minor=paid, serials=serials)
        )
    kind = RmaKind.COMPLAINT if chance.random() < 0.1 else RmaKind.WITHDRAWAL
    rma = Rma(
        f"RMA-2026-{number:06}", kind, f"Z-{number}", tuple(lines), received_on="2026-11-20", deadline_on="2026-12-04"
    )
    delivery = chance.choice((0, 0, 999))
    total = sum(line.paid_minor or 0 for line in lines) + delivery
    means = ["card", "transfer"]
    chance.shuffle(means)
    if chance.random() < 0.4:
        first = chance.randint(1, total - 1)
        return Order(rma, (Payment("P1", means[0], first), Payment("P2", means[1], total - first)), delivery)
    return Order(rma, (Payment("P1", means[0], total),), delivery)


def share_out(chance: random.Random, given: Goods, benches: int) -> list[list[Parcel]]:
    """Which bench gets which parcels."""
    work: list[list[Parcel]] = [[] for _ in range(benches)]
    parcels = list(given.parcels)
    chance.shuffle(parcels)
    for parcel in parcels:
        chance.choice(work).append(parcel)
    return work


def extra(chance: random.Random, given: Goods) -> list[Parcel]:
    """What comes to a bench that nobody counted on: one more parcel of some return."""
    order = chance.choice(given.orders)
    line = chance.choice(order.rma.lines)
    return [Parcel(order.rma.rma_id, (_piece(chance, line),))]


def refunds_of(order: Order, line_id: str, slot: int) -> dict[str, int]:
    """What goes back for one place of a line, by refund key."""
    rma, start = order.rma, 0
    for line in rma.lines:
        if line.line_id == line_id:
            low, high = slot_span(line.paid_minor or 0, line.quantity, slot)
            break
        start += line.paid_minor or 0
    paid = [Paid(one.payment_id, one.means, "PLN", one.paid_minor) for one in order.payments]
    subject = line_subject(rma.rma_id, line_id)
    return {
        refund_key("rma", subject, slot, part.payment.payment_id, "refund"): part.amount_minor
        for part in shares(start + low, start + high, paid)
        if part.payment
    }


def import_money(connection: Connection, orders: Sequence[Order]) -> None:
    """What was paid for, and how."""
    for order in orders:
        of, rma, delivery = {"order_id": order.rma.order_id}, order.rma, order.delivery_minor
        pieces = sum(line.quantity for line in rma.lines)
        cost = {"delivery_paid_minor": delivery, "delivery_standard_minor": delivery}
        connection.execute(
            insert(ledger.order_money).values(
                **of, currency="PLN", paid_minor=order.paid_minor, pieces=pieces, iban="PL61109010140000071219812874",
                **(cost if delivery else {}),
            )
        )  # fmt: skip
        rows = [
            {**of, "payment_id": paid.payment_id, "position": place, "means": paid.means, "currency": "PLN",
             "paid_minor": paid.paid_minor, "refundable": True}
            for place, paid in enumerate(order.payments, 1)
        ]  # fmt: skip
        connection.execute(insert(ledger.payments), rows)
        start, rows = 0, []
        for place, line in enumerate(rma.lines, 1):
            rows.append(
                {**of, "subject": line_subject(rma.rma_id, line.line_id), "rma_id": rma.rma_id, "line_id": line.line_id,
                 "position": place, "quantity": line.quantity, "paid_minor": line.paid_minor, "start_minor": start}
            )  # fmt: skip
            start += line.paid_minor or 0
        if delivery:
            rows.append(
                {**of, "subject": delivery_subject(rma.order_id), "rma_id": None, "line_id": None, "position": 99,
                 "quantity": 0, "paid_minor": delivery, "start_minor": start}
            )  # fmt: skip
        connection.execute(insert(ledger.line_money), rows)
