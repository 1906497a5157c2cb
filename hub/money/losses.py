"""The loss report: what was refunded too much, and what may have been, because a grading was contradicted too late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from hub import store
from hub.ledger import refund_intents, refund_losses

COLUMNS = (
    "at", "state", "case_id", "order_id", "refund_key", "paid_minor", "lost_minor", "currency", "reason", "by",
)  # fmt: skip


def report(connection: Connection) -> list[dict[str, Any]]:
    """Every loss on record (``recorded``), then every contradiction nobody has settled yet (``open``), oldest first.

    Returns:
        Rows of ``COLUMNS``; ``lost_minor`` of an open one is ``None``: what is lost is a supervisor's word.
    """
    losses, intents = refund_losses, refund_intents
    joined = losses.join(intents, intents.c.refund_key == losses.c.refund_key)
    query = select(losses, intents.c.order_id, intents.c.amount_minor.label("paid_minor")).select_from(joined)
    rows = [
        _row(row, "recorded", row["at"], row["amount_minor"], row["paid_minor"], row["reason"], row["by"])
        for row in connection.execute(query.order_by(losses.c.loss_id)).mappings()
    ]
    late = select(intents).where(intents.c.late_at.is_not(None)).order_by(intents.c.late_at, intents.c.refund_key)
    rows += [
        _row(row, "open", row["late_at"], None, row["amount_minor"], "late_contradiction", "")
        for row in connection.execute(late).mappings()
    ]
    return rows


def _row(row: Any, state: str, at: Any, lost: int | None, paid: int, reason: str, by: str) -> dict[str, Any]:
    same = {name: row[name] for name in ("case_id", "order_id", "refund_key", "currency")}
    found = {"at": store.stamp(at), "state": state, "paid_minor": paid, "lost_minor": lost, "reason": reason, "by": by}
    return {name: {**same, **found}[name] for name in COLUMNS}
