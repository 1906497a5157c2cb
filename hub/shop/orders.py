"""Taking in what the shop says: products, orders with their payments, RMAs. The same file twice changes nothing.

A file is taken whole or not at all. Every RMA line gets its place in the order's money when it comes
(``hub/money/shares.py``); once money of an order was queued, its amounts and payments stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from hub import hub_identity, ingest, store
from hub.connectors import iban as accounts
from hub.intake import projection
from hub.ledger import line_money, order_money, payments, refund_intents
from hub.money.shares import delivery_subject, line_subject
from hub.shop import reference
from hub.shop.document import Checker, Document, OrderGiven, RmaGiven, announced, check, paid_total
from hub.tables import products as product_table
from hub.tables import rmas as rma_table
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.domain.rma import Product


@dataclass(frozen=True)
class Imported:
    """How many were new or changed."""

    products: int = 0
    orders: int = 0
    rmas: int = 0


def take_document(
    connection: Connection,
    document: Document,
    file: str,
    now: datetime,
    propose: ingest.Propose,
    places: Mapping[str, str] | None = None,
) -> Imported:
    """Check and keep a whole document, tell the stations, and settle the cases it is about.

    Args:
        connection: in a transaction.
        document: what the shop says.
        file: its name, for errors.
        now: the hub's time.
        propose: what money follows, as for ingest.
        places: place in the document to row and column of a CSV file.

    Raises:
        Malformed: something cannot be used; names file, place, value and what is allowed. Nothing was written.
    """
    check(document, file, places)
    checker = Checker(file, places)
    known = _products(connection, document)
    _skus(checker, document, known)
    checker.raise_errors()
    new_products = reference.put_products(connection, document.products, now)
    changed = _take_orders(connection, document.orders, now, checker)
    orders = {row.order_id: row for row in _order_rows(connection, document)}
    lines = _lay_out(connection, document.rmas, checker)
    _within(connection, {*lines, *changed}, orders, checker)
    checker.raise_errors()
    rmas = reference.put_rmas(connection, [announced(given, known) for given in document.rmas], now, propose)
    _look_again(connection, changed | lines, now, propose)
    return Imported(new_products, len(changed), rmas)


def _products(connection: Connection, document: Document) -> dict[str, Product]:
    wanted = {sku for rma in document.rmas for line in rma.lines for sku in (line.sku, *line.parts)}
    found: dict[str, Product] = {}
    for some in store.pieces(sorted(wanted)):
        for row in connection.execute(select(product_table).where(product_table.c.sku.in_(some))):
            found[row.sku] = codec.decode(Product, codec.from_bytes(row.body.encode()))
    return {**found, **{product.sku: product for product in document.products}}


def _skus(checker: Checker, document: Document, known: Mapping[str, Product]) -> None:
    for number, rma in enumerate(document.rmas):
        for index, line in enumerate(rma.lines):
            for sku in (line.sku, *line.parts):
                checker.expect(
                    sku in known, f"rmas[{number}].lines[{index}].sku", sku, "a SKU of a product imported before"
                )


# --- orders ----------------------------------------------------------------------------------------------


def _take_orders(connection: Connection, given: Sequence[OrderGiven], now: datetime, checker: Checker) -> set[str]:
    changed: set[str] = set()
    for number, order in enumerate(given):
        body = codec.encode(order)
        if reference.order(connection, order.order_id) == body:
            continue
        row = connection.execute(select(order_money).where(order_money.c.order_id == order.order_id)).first()
        if row is not None and row.committed_minor:
            allowed = "the amounts as they are: money of this order was queued already"
            checker.expect(_same_money(connection, order), f"orders[{number}]", order.order_id, allowed)
            _take_account(connection, order, row, f"orders[{number}]", checker)
        else:
            _write_money(connection, order)
        reference.put_order(connection, order.order_id, body, now)
        changed.add(order.order_id)
    return changed


def _payment_rows(order: OrderGiven) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.order_id,
            "payment_id": payment.payment_id,
            "position": position,
            "means": payment.means,
            "currency": payment.currency,
            "paid_minor": payment.amount_minor,
            "refundable": payment.refundable,
            "reference": clean(payment.reference, 80) or None,
        }
        for position, payment in enumerate(order.payments, 1)
    ]


def _same_money(connection: Connection, order: OrderGiven) -> bool:
    query = select(payments).where(payments.c.order_id == order.order_id).order_by(payments.c.position)
    names = ("payment_id", "means", "currency", "paid_minor")
    here = [tuple(row[name] for name in names) for row in connection.execute(query).mappings()]
    return here == [tuple(row[name] for name in names) for row in _payment_rows(order)]


def _account(order: OrderGiven) -> dict[str, str | None]:
    """Where transfers of an order go to."""
    return {"holder": clean(order.holder, 140), "iban": accounts.normalised(order.iban) if order.iban else None}


def _take_account(connection: Connection, order: OrderGiven, here: Row[Any], place: str, checker: Checker) -> None:
    """Another account number, or the one that was missing: the customer is asked for it when money is on its way.

    Only what waits for the next payment file keeps the one it was approved with.
    """
    account = _account(order)
    changed = [name for name, given in account.items() if given != getattr(here, name)]
    if not changed:
        return
    waits = select(refund_intents.c.refund_key).where(
        refund_intents.c.order_id == order.order_id, refund_intents.c.state == "queued"
    )
    stands = any(getattr(here, name) for name in changed) and connection.scalar(waits.limit(1)) is not None
    allowed = "the account as it is, until the next payment file is made: a refund of this order waits for it"
    checker.expect(not stands, place, order.order_id, allowed)
    if not stands:
        connection.execute(update(order_money).where(order_money.c.order_id == order.order_id).values(**account))


def _write_money(connection: Connection, order: OrderGiven) -> None:
    paid = paid_total(order)
    order_id = order.order_id
    standard = order.delivery_standard_minor
    row = {
        "order_id": order_id,
        "currency": order.currency,
        "paid_minor": paid,
        "committed_minor": 0,
        "pieces": order.pieces,
        "delivery_paid_minor": order.delivery_paid_minor,
        "delivery_standard_minor": standard,
        **_account(order),
    }
    store.upsert(connection, order_money, [row])
    connection.execute(delete(payments).where(payments.c.order_id == order_id))
    if order.payments:
        connection.execute(insert(payments), _payment_rows(order))
    delivery = order.delivery_paid_minor if standard is None else min(order.delivery_paid_minor, standard)
    row = {
        "subject": delivery_subject(order_id),
        "order_id": order_id,
        "rma_id": None,
        "line_id": None,
        "position": 0,
        "quantity": 0,
        "paid_minor": delivery,
        "start_minor": paid - order.delivery_paid_minor,
    }
    store.upsert(connection, line_money, [row])


def _order_rows(connection: Connection, document: Document) -> Iterable[Any]:
    wanted = {rma.order_id for rma in document.rmas} | {order.order_id for order in document.orders}
    for some in store.pieces(sorted(wanted)):
        yield from connection.execute(select(order_money).where(order_money.c.order_id.in_(some)))


# --- lines: where each lies in its order's money ---------------------------------------------------------


def _lay_out(connection: Connection, given: Sequence[RmaGiven], checker: Checker) -> set[str]:
    """Give new and changed lines their place; the orders that changed."""
    by_order: dict[str, list[tuple[str, int, RmaGiven]]] = defaultdict(list)
    for number, rma in enumerate(given):
        for index, line in enumerate(rma.lines):
            by_order[rma.order_id].append((line_subject(rma.rma_id, line.line_id), index, rma))
            _amount_stands(connection, checker, f"rmas[{number}]", rma, index)
    changed: set[str] = set()
    for order_id, wanted in by_order.items():
        query = select(line_money).where(line_money.c.order_id == order_id, line_money.c.rma_id.is_not(None))
        present = {row["subject"]: dict(row) for row in connection.execute(query).mappings()}
        position = max((row["position"] for row in present.values()), default=0)
        before = {subject: dict(row) for subject, row in present.items()}
        for subject, index, rma in wanted:
            line = rma.lines[index]
            row = present.get(subject)
            if row is None:
                position += 1
                row = present[subject] = {
                    "subject": subject,
                    "order_id": order_id,
                    "rma_id": rma.rma_id,
                    "line_id": line.line_id,
                    "position": position,
                    "committed_minor": 0,
                }
            row |= {"quantity": line.quantity, "paid_minor": line.paid_minor}
        start = 0
        for row in sorted(present.values(), key=lambda row: row["position"]):
            row["start_minor"] = None if row["paid_minor"] is None else start
            start += row["paid_minor"] or 0
        if present != before:
            store.upsert(connection, line_money, list(present.values()))
            changed.add(order_id)
    return changed


def _amount_stands(connection: Connection, checker: Checker, place: str, rma: RmaGiven, index: int) -> None:
    line = rma.lines[index]
    query = select(line_money).where(line_money.c.subject == line_subject(rma.rma_id, line.line_id))
    row = connection.execute(query).first()
    if row is not None and row.order_id != rma.order_id:
        stays = f"{row.order_id}: money of it was queued already"
        checker.expect(not row.committed_minor, f"{place}.order_id", rma.order_id, stays)
        return
    if row is None or (row.quantity, row.paid_minor) == (line.quantity, line.paid_minor):
        return
    committed = connection.scalar(select(order_money.c.committed_minor).where(order_money.c.order_id == rma.order_id))
    allowed = f"{row.paid_minor} for {row.quantity}: money of this order was queued already"
    checker.expect(not committed, f"{place}.lines[{index}].paid_minor", line.paid_minor, allowed)


def _within(connection: Connection, order_ids: set[str], orders: Mapping[str, Any], checker: Checker) -> None:
    for order_id in sorted(order_ids):
        order = orders.get(order_id)
        if order is None or not order.paid_minor:
            continue
        query = select(line_money.c.paid_minor).where(
            line_money.c.order_id == order_id, line_money.c.rma_id.is_not(None)
        )
        goods = order.paid_minor - order.delivery_paid_minor
        total = sum(paid or 0 for paid in connection.scalars(query))
        allowed = f"lines over all RMAs of an order up to the {goods} that was paid for its goods"
        checker.expect(total <= goods, f"order {order_id}", total, allowed)


def _look_again(connection: Connection, order_ids: set[str], now: datetime, propose: ingest.Propose) -> None:
    """Payments came or changed: propose again for the cases of these orders."""
    wanted: list[str] = []
    for some in store.pieces(sorted(order_ids)):
        wanted += connection.scalars(select(rma_table.c.rma_id).where(rma_table.c.order_id.in_(some)))
    work = projection.load(connection, wanted)
    work.changed.update({rma_id: None for rma_id in wanted if rma_id in work.rows})
    ingest.finish(connection, hub_identity.identity(connection), work, now, propose)
