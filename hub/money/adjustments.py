"""Differences a supervisor has said (``adjust-1``...) and what they rest on: the gradings of their slot.

A slot in doubt takes what has not left of them back to a person, who may approve, decline or say another difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from hub.ledger import OPEN_STATES, refund_intents
from hub.money.caps import commit_amount
from hub.money.moves import move

CONTRADICTED = "late_contradiction"
"""Why such a difference is held."""


def hold_adjustments(connection: Connection, shaken: Iterable[RowMapping], now: datetime) -> None:
    """Hold the differences of these refunds' slots, where nothing of them was sent.

    Args:
        connection: in a transaction.
        shaken: intents of slots of which something has changed since money was frozen for them.
        now: the hub's time.
    """
    slots = {(row["subject"], row["slot"]) for row in shaken}
    if not slots:
        return
    table = refund_intents
    subjects = sorted({subject for subject, _ in slots})
    query = select(table).where(table.c.subject.in_(subjects), table.c.purpose.like("adjust-%")).with_for_update()
    more: dict[str, Any] = {"reason": CONTRADICTED, "decided_by": None, "frozen_at": None}
    for row in connection.execute(query).mappings().all():
        if (row["subject"], row["slot"]) not in slots:
            continue
        if row["state"] == "queued" and row["attempts"] == 0:
            commit_amount(connection, row, -row["amount_minor"])
            move(connection, row["refund_key"], "held", now, leaves=("queued",), **more)
        elif row["state"] in OPEN_STATES and row["reason"] != CONTRADICTED:
            move(connection, row["refund_key"], "held", now, leaves=tuple(OPEN_STATES), **more)
