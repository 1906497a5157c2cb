"""``queue_due``: after the settle delay amount, currency and payment are frozen under the key, within the caps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from hub import policy as rules
from hub import policy_file
from hub.intake import doubted
from hub.ledger import payments, refund_intents, refund_steps
from hub.money.caps import commit_amount, full_cap
from hub.money.delivery import propose_delivery
from hub.money.moves import move
from hub.money.paid import TENANT
from hub.recovery import restores, sent_before

OTHER_CURRENCY = "currency"
"""Why a refund in another currency than its payment's waits for a person: nothing here converts, and the caps of a
payment count in its own."""
BY_HAND = "the payment was in {}, the refund says {}: pay it back by hand in the payment's currency, then mark it paid"
LIMIT = 500
"""Most intents in one transaction."""


def settle(connection: Connection, now: datetime) -> int:
    """Make ``approved`` what the policy approves and nothing changed within the settle delay; returns how many."""
    due = (refund_intents.c.state == "proposed") & (refund_intents.c.settles_at <= now)
    keys = list(connection.scalars(select(refund_intents.c.refund_key).where(due).limit(LIMIT).with_for_update()))
    if keys:
        where = refund_intents.c.refund_key.in_(keys)
        connection.execute(update(refund_intents).where(where).values(state="approved", changed_at=now))
        rows = [{"refund_key": key, "at": now, "state": "approved", "reason": "settled", "by": "hub"} for key in keys]
        connection.execute(insert(refund_steps), rows)
    return len(keys)


def queue_due(
    connection: Connection, now: datetime, policy: rules.Policy | None = None, tenant: str = TENANT
) -> list[str]:
    """Freeze and queue every approved intent whose settle delay is over; the keys that were queued.

    An amount for which order, payment, line or slot has no room left is held for a supervisor instead
    (``cap_order`` and so on), as is what rests on a station in quarantine. Calls ``settle`` first. While the hub's past
    is not whole again nothing is frozen: what would have changed or cancelled it may still be on its way.
    """
    if restores.is_restoring(connection):
        return []
    chosen = policy or policy_file.shipped()
    doubted.hold(connection, now)
    settle(connection, now)
    queued = _pass(connection, now)
    if queued:
        orders = [row["order_id"] for row in queued if row["purpose"] == "refund"]
        if propose_delivery(connection, orders, now, chosen, tenant):
            queued += _pass(connection, now)
    return [row["refund_key"] for row in queued]


def _pass(connection: Connection, now: datetime) -> list[RowMapping]:
    query = (
        select(refund_intents)
        .where(refund_intents.c.state == "approved", refund_intents.c.settles_at <= now)
        .order_by(refund_intents.c.order_id, refund_intents.c.refund_key)
        .limit(LIMIT)
        .with_for_update()
    )
    queued = []
    for row in connection.execute(query).mappings().all():
        if sent_before.known(connection, row["refund_key"]):
            sent_before.stop(connection, row, now)
            continue
        full = "no_payment" if not row["payment_id"] else full_cap(connection, row, row["amount_minor"])
        if full is None and row["amount_minor"] > 0:
            commit_amount(connection, row, row["amount_minor"])
            paid_in = _paid_in(connection, row)
            if paid_in != row["currency"]:
                note = BY_HAND.format(paid_in, row["currency"])
                more: dict[str, Any] = {"reason": OTHER_CURRENCY, "detail": note, "note": note, "frozen_at": now}
                move(connection, row["refund_key"], "needs_human", now, leaves=("approved",), **more)
                continue
            _to(connection, row["refund_key"], now, "queued", "", frozen_at=now)
            queued.append(row)
        else:
            reason = "amount" if full is None else full if full == "no_payment" else f"cap_{full}"
            _to(connection, row["refund_key"], now, "held", reason)
    return queued


def _paid_in(connection: Connection, row: RowMapping) -> str:
    where = (payments.c.order_id == row["order_id"]) & (payments.c.payment_id == row["payment_id"])
    return str(connection.scalar(select(payments.c.currency).where(where)))


def _to(connection: Connection, key: str, now: datetime, state: str, reason: str, **more: Any) -> None:
    values = {"state": state, "reason": reason, "changed_at": now, **more}
    connection.execute(update(refund_intents).where(refund_intents.c.refund_key == key).values(**values))
    connection.execute(insert(refund_steps).values(refund_key=key, at=now, state=state, reason=reason, by="hub"))
