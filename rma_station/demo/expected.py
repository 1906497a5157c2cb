"""How much money must go back, worked out a second time from the notebook and the shop's orders alone.

Deliberately not the hub's code: plain sums over what the hands did, by the house rules as a person reads them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hub.shop.document import LineGiven, OrderGiven, RmaGiven
from rma_station.demo.ledger import Ledger, UnitDone
from rma_station.demo.shop import Shop

NOT_COUNTED = ("undeclared", "over_receipt", "orphan")
LARGE = {"PLN": 100_000, "EUR": 25_000}
"""From here on a person decides, minor units."""
OF_KIND = {
    "complaint": "complaint",
    "exchange": "exchange",
    "undelivered": "undelivered_paid",
    "b2b": "credit_note",
}
"""Kinds of return a person always decides about, with the reason."""
ON_ITS_WAY = ("queued", "needs_human")
"""States before the bank file in which nobody has to agree any more."""


@dataclass(frozen=True, order=True)
class Money:
    """One refund as it has to stand at the hub before the bank file is made."""

    case_id: str
    subject: str
    slot: int
    payment_id: str
    amount_minor: int
    currency: str
    state: str
    reason: str


def refunds(shop: Shop, ledger: Ledger) -> list[Money]:
    """All of them: goods first, then the delivery cost of orders that came back whole."""
    found: list[Money] = []
    for number in sorted({unit.number for unit in ledger.live if unit.number}):
        rma = shop.returns[number]
        order = shop.orders[rma.order_id]
        units = [unit for unit in ledger.live if unit.number == number and unit.issue not in NOT_COUNTED]
        for line in rma.lines:
            of_line = [unit for unit in units if unit.sku == line.sku or unit.sku in line.parts]
            for slot, pieces in _slots(line, of_line):
                found += _slot(shop, rma, order, line, slot, pieces)
    return with_delivery(shop, found)


def with_delivery(shop: Shop, goods: Sequence[Money]) -> list[Money]:
    """The refunds of goods, and the delivery cost of every order that is on its way back whole."""
    return sorted([*goods, *_delivery(shop, goods)])


def _slots(line: LineGiven, units: Sequence[UnitDone]) -> list[tuple[int, list[UnitDone]]]:
    """The line's places with the pieces that fill them, in the order they came."""
    if not line.parts:
        pieces = [unit for unit in units for _ in range(unit.pieces)]
        return [(slot, [unit]) for slot, unit in enumerate(pieces[: line.quantity], 1)]
    have = Counter(unit.sku for unit in units)
    whole = min(have[sku] // count for sku, count in line.parts.items())
    return [(slot, list(units)) for slot in range(1, whole + 1)]


def _slot(
    shop: Shop, rma: RmaGiven, order: OrderGiven, line: LineGiven, slot: int, pieces: Sequence[UnitDone]
) -> list[Money]:
    if not all(unit.parcel.done and unit.grade for unit in pieces) or not line.paid_minor:
        return []
    before, after = line.paid_minor * (slot - 1) // line.quantity, line.paid_minor * slot // line.quantity
    start = _start(shop, rma, order, line)
    found, reached = [], 0
    for payment in order.payments:
        low, high = max(start + before, reached), min(start + after, reached + payment.amount_minor)
        reached += payment.amount_minor
        if low >= high:
            continue
        state, reason = _judge(rma, order, pieces, payment.means, payment.refundable, high - low)
        subject = f"line/{rma.rma_id}/{line.line_id}"
        found.append(Money(rma.rma_id, subject, slot, payment.payment_id, high - low, rma.currency, state, reason))
    return found


def _start(shop: Shop, rma: RmaGiven, order: OrderGiven, line: LineGiven) -> int:
    """Where the line's money begins when all of the order's is laid out in a row, returns in their order."""
    begin = 0
    for other in (one for one in shop.returns.values() if one.order_id == order.order_id):
        for each in other.lines:
            if other is rma and each is line:
                return begin
            begin += each.paid_minor or 0
    return begin


def _judge(
    rma: RmaGiven, order: OrderGiven, pieces: Sequence[UnitDone], means: str, refundable: bool, amount: int
) -> tuple[str, str]:
    """State and reason by the house rules, first match."""
    grade = max(unit.grade for unit in pieces)
    held = [
        ("not_refundable", not refundable),
        ("dangerous", any(unit.dangerous for unit in pieces)),
        (OF_KIND.get(rma.kind, ""), rma.kind in OF_KIND),
        ("issue", any(unit.issue for unit in pieces)),
        ("weight", any(unit.parcel.weight == "light" for unit in pieces)),
        ("packaging", any(unit.parcel.packaging == "opened" for unit in pieces)),
        ("override", any(unit.overridden for unit in pieces)),
        ("amount", amount >= LARGE[rma.currency]),
        ("diminished_value", grade > "B"),
    ]
    reason = next((reason for reason, holds in held if holds), "")
    if reason:
        return "held", reason
    return way_back(order, means)


def way_back(order: OrderGiven, means: str) -> tuple[str, str]:
    """By transfer in a bank file where the account is known; everything else a person does."""
    if means != "transfer":
        return "needs_human", "no_connector"
    return ("queued", "") if order.iban else ("needs_human", "objection")


def _delivery(shop: Shop, goods: Sequence[Money]) -> list[Money]:
    found = []
    for order_id, order in shop.orders.items():
        rmas = [rma for rma in shop.returns.values() if rma.order_id == order_id]
        mine = [money for money in goods if money.case_id in {rma.rma_id for rma in rmas}]
        slots = {(money.subject, money.slot) for money in mine}
        if not mine or len(slots) < (order.pieces or 0) or any(money.state not in ON_ITS_WAY for money in mine):
            continue
        amount = min(order.delivery_paid_minor, order.delivery_standard_minor or order.delivery_paid_minor)
        payment = order.payments[-1]
        state, reason = way_back(order, payment.means)
        case_id = max(money.case_id for money in mine)
        found.append(Money(case_id, f"order/{order_id}", 0, payment.payment_id, amount, order.currency, state, reason))
    return found


def sums(money: Sequence[Money]) -> dict[tuple[str, str], tuple[int, int]]:
    """Count and amount by state and currency."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for one in money:
        count, amount = found.get((one.state, one.currency), (0, 0))
        found[one.state, one.currency] = (count + 1, amount + one.amount_minor)
    return dict(sorted(found.items()))
