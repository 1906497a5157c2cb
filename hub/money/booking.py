"""A refund as a provider sees it, and the one place where a booking becomes certain."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, insert, select

from hub.connectors.provider import Refund
from hub.ledger import OPEN_STATES, order_money, payments, refund_intents, refund_losses
from hub.money.moves import move
from rma_station.domain.clean import clean

UNSETTLED = ("in_flight", "unknown", "queued")
BOOKED_TOO_MUCH = "booked too much"
"""How the reason of a loss begins that a provider made; monitoring counts these."""


class Transactions(Protocol):
    """The hub's database: ``with database.transaction() as connection``."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Commits at its end, rolls back on any exception."""


def refund_of(connection: Connection, row: RowMapping) -> Refund:
    """An intent with what a provider needs to know of its payment and order."""
    query = (
        select(payments.c.means, payments.c.reference, order_money.c.holder, order_money.c.iban)
        .join(order_money, order_money.c.order_id == payments.c.order_id)
        .where(payments.c.order_id == row["order_id"], payments.c.payment_id == row["payment_id"])
    )
    paid = connection.execute(query).first()
    return Refund(
        key=row["refund_key"],
        attempt=row["attempts"],
        order_id=row["order_id"],
        case_id=row["case_id"],
        purpose=row["purpose"],
        payment_id=row["payment_id"],
        means=paid.means if paid else "",
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        reference=(paid.reference or "") if paid else "",
        holder=(paid.holder or "") if paid else "",
        iban=(paid.iban or "") if paid else "",
    )


def booked(
    connection: Connection, row: RowMapping, now: datetime, reference: str, amount: int | None, by: str = "hub"
) -> None:
    """A booking is certain: the intent succeeded.

    More than was asked, a second booking, or one of an intent that was given up is written as a loss.
    """
    key, state, asked = row["refund_key"], row["state"], row["amount_minor"]
    lost = 0
    if state == "succeeded":
        lost = (asked if amount is None else amount) if reference != row["provider_ref"] else 0
    elif state not in (*UNSETTLED, "needs_human"):
        # Given up (cancelled, declined) because it was said not to have been booked: something else may be paid for it.
        lost = asked if amount is None else amount
        _stop_what_replaces(connection, row, now, reference, by)
    elif amount is not None and amount < asked:
        note = f"booked {amount} instead of {asked} minor units ({reference})"
        move(
            connection,
            key,
            "needs_human",
            now,
            leaves=UNSETTLED,
            reason="amount_differs",
            by=by,
            detail=note,
            note=note,
        )
        return
    else:
        lost = max(0, (amount or 0) - asked)
        done: dict[str, Any] = {"provider_ref": clean(reference, 200), "settled_at": now, "next_check_at": None}
        move(connection, key, "succeeded", now, leaves=(*UNSETTLED, "needs_human"), by=by, detail=reference, **done)
    if lost:
        record_loss(connection, row, lost, f"{BOOKED_TOO_MUCH} ({clean(reference, 100)})", by, now)


def _stop_what_replaces(connection: Connection, row: RowMapping, now: datetime, reference: str, by: str) -> None:
    """Let a person look at refunds that were to replace this one and have not left yet."""
    table = refund_intents
    same = [table.c[name] == row[name] for name in ("subject", "slot", "payment_id")]
    keys = connection.scalars(select(table.c.refund_key).where(*same, table.c.state.in_(_UNSENT))).all()
    note = f"an earlier refund of this was booked after all ({clean(reference, 100)}): decline this one"
    for key in keys:
        more = {"reason": "booked_before", "by": by, "detail": note, "note": note}
        move(connection, key, "needs_human", now, leaves=("queued",), **more)
        move(connection, key, "held", now, leaves=_UNSENT, **more)


_UNSENT = (*sorted(OPEN_STATES), "queued")


def record_loss(
    connection: Connection, row: RowMapping, amount_minor: int, reason: str, by: str, now: datetime
) -> None:
    """Too much was paid and does not come back by itself."""
    values = {"refund_key": row["refund_key"], "case_id": row["case_id"], "currency": row["currency"], "at": now}
    connection.execute(insert(refund_losses).values(**values, amount_minor=amount_minor, reason=reason, by=by))
