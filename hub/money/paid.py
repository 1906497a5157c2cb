"""What an order's customers paid, as planning needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from hub.ledger import line_money, order_money, payments
from hub.money.planning import OrderMoney
from hub.money.shares import Payment

TENANT = "rma"
"""Part of every refund key; a hub serves one shop."""
_CHUNK = 5000


def chunks(values: list[str]) -> Iterable[list[str]]:
    """A long list in pieces short enough for ``IN``."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def load_money(connection: Connection, order_ids: Iterable[str]) -> dict[str, OrderMoney]:
    """The money of these orders, with three reads."""
    wanted = sorted(set(order_ids))
    paid: dict[str, list[Payment]] = defaultdict(list)
    starts: dict[str, dict[str, int]] = defaultdict(dict)
    known: set[str] = set()
    for chunk in chunks(wanted):
        known.update(connection.scalars(select(order_money.c.order_id).where(order_money.c.order_id.in_(chunk))))
        query = select(payments).where(payments.c.order_id.in_(chunk)).order_by(payments.c.position)
        for row in connection.execute(query):
            paid[row.order_id].append(Payment(row.payment_id, row.means, row.currency, row.paid_minor, row.refundable))
        for row in connection.execute(select(line_money).where(line_money.c.order_id.in_(chunk))):
            if row.start_minor is not None:
                starts[row.order_id][row.subject] = row.start_minor
    return {order: OrderMoney(tuple(paid[order]), starts[order], order in known) for order in wanted}
