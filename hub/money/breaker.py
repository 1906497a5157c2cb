"""The breaker: stops sending when more would go out within an hour than the policy lets; a person closes it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select

from hub import policy as rules
from hub.ledger import SENT_BEFORE, refund_attempts
from hub.money.moves import BREAKER, set_switch
from rma_station.domain.money import decimal_text


def breaker(connection: Connection, rows: Sequence[RowMapping], now: datetime, policy: rules.Policy) -> str:
    """Trip when sending ``rows`` too would exceed what may be sent in an hour; its name then, else empty."""
    table = refund_attempts
    recent = select(table.c.currency, table.c.amount_minor).where(
        table.c.started_at > now - timedelta(hours=1), table.c.outcome.is_distinct_from(SENT_BEFORE)
    )
    sums: dict[str, int] = {}
    count = len(rows)
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["amount_minor"]
    for sent in connection.execute(recent):
        count += 1
        if sent.currency in sums:
            sums[sent.currency] += sent.amount_minor
    limits = policy.breaker
    over = [
        f"{decimal_text(amount, currency)} {currency}"
        for currency, amount in sums.items()
        if amount > limits.amount_minor_per_hour.get(currency, 0)
    ]
    if count > limits.refunds_per_hour:
        over.append(f"{count} refunds")
    if not over or not rows:
        return ""
    reason = f"would be sent within an hour: {', '.join(over)}; look at the last refunds, then close the breaker"
    set_switch(connection, BREAKER, on=True, reason=reason, by="hub", now=now)
    return BREAKER
