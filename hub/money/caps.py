"""Never more than was paid: per order, payment, line and slot.

The four rows are locked in this order and looked at first, so that a person reads which of them is full; the ``CHECK``
of the tables stands behind it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, insert, select, update

from hub.ledger import line_money, order_money, payments, slot_money
from hub.money.shares import slot_span


def full_cap(connection: Connection, row: RowMapping, amount_minor: int) -> str | None:
    """Lock what the intent ``row`` counts against; the first that has no room for the amount, or ``None``."""
    _ensure_slot(connection, row)
    for name, table, where in _counted(row):
        found = connection.execute(
            select(table.c.paid_minor, table.c.committed_minor).where(where).with_for_update()
        ).first()
        if found is None or found.paid_minor is None or found.committed_minor + amount_minor > found.paid_minor:
            return name
    return None


def commit_amount(connection: Connection, row: RowMapping, amount_minor: int) -> None:
    """Count an amount (negative: give it back) against order, payment, line and slot.

    Raises:
        IntegrityError: more would be committed than was paid.
    """
    for _, table, where in _counted(row):
        statement = update(table).where(where).values(committed_minor=table.c.committed_minor + amount_minor)
        connection.execute(statement)


def _counted(row: RowMapping) -> list[tuple[str, Table, ColumnElement[bool]]]:
    order, payment = row["order_id"], row["payment_id"]
    return [
        ("order", order_money, order_money.c.order_id == order),
        ("payment", payments, and_(payments.c.order_id == order, payments.c.payment_id == payment)),
        ("line", line_money, line_money.c.subject == row["subject"]),
        ("slot", slot_money, and_(slot_money.c.subject == row["subject"], slot_money.c.slot == row["slot"])),
    ]


def _ensure_slot(connection: Connection, row: RowMapping) -> None:
    where = and_(slot_money.c.subject == row["subject"], slot_money.c.slot == row["slot"])
    if connection.execute(select(slot_money.c.slot).where(where)).first() is not None:
        return
    line = connection.execute(
        select(line_money).where(line_money.c.subject == row["subject"]).with_for_update()
    ).first()
    if line is None or line.paid_minor is None:
        return
    low, high = slot_span(line.paid_minor, line.quantity, row["slot"]) if line.quantity else (0, line.paid_minor)
    values = {"subject": row["subject"], "slot": row["slot"], "paid_minor": high - low}
    connection.execute(insert(slot_money).values(**values))
