"""Who gets which part of what was paid: pure integer arithmetic in minor units.

Rounding never pays more than was paid: slot k of n gets ``floor(k*P/n) - floor((k-1)*P/n)``, and the slots of a line
add up to P exactly. All money of an order is laid out in a row, its payments in another row beside it; a slot is
taken from the payments it lies against. So the same slot always goes back to the same payments in the same amounts,
whatever else came back before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rma_station.domain.identifiers import derived_uuid


@dataclass(frozen=True)
class Payment:
    """One payment of an order."""

    payment_id: str
    means: str
    currency: str
    amount_minor: int
    refundable: bool = True


@dataclass(frozen=True)
class Share:
    """A part of a slot that goes back to one payment; ``payment`` is ``None`` for what no payment covers."""

    payment: Payment | None
    amount_minor: int


def slot_span(paid_minor: int, quantity: int, slot: int) -> tuple[int, int]:
    """Where slot 1..n lies in its line's money: ``(from, to)``, so that ``to - from`` is its amount."""
    if not 1 <= slot <= quantity:
        raise ValueError(f"slot {slot} is not one of 1 to {quantity}")
    return (slot - 1) * paid_minor // quantity, slot * paid_minor // quantity


def shares(start: int, end: int, payments: Sequence[Payment]) -> list[Share]:
    """Split the stretch ``start`` to ``end`` of an order's money over its payments, in their order."""
    found, begin = [], 0
    for payment in payments:
        stop = begin + payment.amount_minor
        part = min(end, stop) - max(start, begin)
        if part > 0:
            found.append(Share(payment, part))
        begin = stop
    rest = end - max(start, begin)
    if rest > 0:
        found.append(Share(None, rest))
    return found


def refund_key(tenant: str, subject: str, slot: int, payment_id: str, purpose: str) -> str:
    """The key under which this money can go back at most once, the same whoever computes it."""
    return derived_uuid("refund", tenant, subject, str(slot), payment_id, purpose)


def line_subject(rma_id: str, line_id: str) -> str:
    """Subject of a line's refunds."""
    return f"line/{rma_id}/{line_id}"


def delivery_subject(order_id: str) -> str:
    """Subject of an order's delivery cost."""
    return f"order/{order_id}"
