"""What monitoring reads about money: refunds by state, switches, what waits and for how long, deadlines.

Labels are states, connectors and currencies only, so that the number of series stays small whatever the shop sells.
Money is in minor units.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection, and_, func, or_, select, union

from hub.ledger import refund_attempts, refund_intents, refund_losses, switches
from hub.metrics import Source
from hub.money.booking import BOOKED_TOO_MUCH
from hub.money.moves import BREAKER, FROZEN, RESTORE
from hub.policy import Policy
from hub.policy_file import shipped
from hub.tables import cases

SETTLED = ("succeeded", "declined", "cancelled")
"""States in which nobody waits for money any more."""


def source(connection: Connection, now: datetime) -> Iterable[Metric]:
    """All figures about money, asked once for each reading of ``/metrics``."""
    return [*_refunds(connection), *_waiting(connection, now), *_switches(connection), *_deadlines(connection, now)]


def policy_source(policy: Policy) -> Source:
    """Which policy is in force."""
    version = GaugeMetricFamily("rma_policy_info", "Version of the refund policy in force.", labels=["version"])
    version.add_metric([str(policy.version)], 1)
    return lambda connection, now: [version]


def _refunds(connection: Connection) -> list[Metric]:
    table = refund_intents
    states = GaugeMetricFamily("rma_refunds", "Refunds by state and connector.", labels=["state", "connector"])
    paid = CounterMetricFamily(
        "rma_refund_amount", "Booked since the beginning, minor units; a returned transfer stays.", labels=["currency"]
    )
    sums: dict[str, int] = {}
    booked = func.sum(table.c.amount_minor).filter(table.c.settled_at.is_not(None))
    query = select(table.c.state, table.c.connector, table.c.currency, func.count(), booked)
    counts: dict[tuple[str, str], int] = {}
    for state, connector, currency, count, total in connection.execute(
        query.group_by(table.c.state, table.c.connector, table.c.currency)
    ):
        key = state, connector or ""
        counts[key] = counts.get(key, 0) + count
        sums[currency] = sums.get(currency, 0) + int(total or 0)
    for (state, connector), count in sorted(counts.items()):
        states.add_metric([state, connector], count)
    for currency, total in sorted(sums.items()):
        paid.add_metric([currency], total)
    double = CounterMetricFamily(
        "rma_double_refund_detected",
        "Bookings of more than was asked for, or of the same refund twice; has to stay 0.",
        value=connection.scalar(
            select(func.count()).select_from(refund_losses).where(refund_losses.c.reason.startswith(BOOKED_TOO_MUCH))
        )
        or 0,
    )
    return [states, paid, double]


def _waiting(connection: Connection, now: datetime) -> list[Metric]:
    table = refund_intents
    sent = and_(refund_attempts.c.refund_key == table.c.refund_key, refund_attempts.c.number == table.c.attempts)
    unknown = connection.scalar(
        select(func.min(refund_attempts.c.started_at))
        .join_from(refund_attempts, table, sent)
        .where(table.c.state == "unknown")
    )
    held, oldest = connection.execute(
        select(func.count(), func.min(table.c.changed_at)).where(table.c.state == "held")
    ).one()
    return [
        GaugeMetricFamily(
            "rma_refund_unknown_oldest_seconds",
            "Since the oldest refund was sent of which nobody knows whether it was booked.",
            value=_age(unknown, now),
        ),
        GaugeMetricFamily("rma_held", "Refunds that wait for a supervisor.", value=held),
        GaugeMetricFamily("rma_held_oldest_seconds", "How long the oldest of them waits.", value=_age(oldest, now)),
    ]


def _switches(connection: Connection) -> list[Metric]:
    on = set(connection.scalars(select(switches.c.name).where(switches.c.is_on)))
    return [
        GaugeMetricFamily("rma_breaker_state", "1 while the limits stop sending.", value=float(BREAKER in on)),
        GaugeMetricFamily("rma_freeze_state", "1 while a person has frozen sending.", value=float(FROZEN in on)),
        GaugeMetricFamily(
            "rma_restore_state", "1 while sending waits for a restored past to be whole.", value=float(RESTORE in on)
        ),
    ]


def _deadlines(connection: Connection, now: datetime) -> list[Metric]:
    table, today = refund_intents, shipped().day(now).isoformat()
    open_money = select(table.c.case_id).where(
        table.c.state.not_in(SETTLED), table.c.deadline_on != "", table.c.deadline_on < today
    )
    open_work = select(cases.c.case_id).where(
        cases.c.deadline_on != "",
        cases.c.deadline_on < today,
        or_(cases.c.parcels_open > 0, cases.c.graded < cases.c.received),
    )
    late = connection.scalar(select(func.count()).select_from(union(open_money, open_work).subquery())) or 0
    gone = connection.scalar(select(func.sum(cases.c.missing)).where(cases.c.missing > 0)) or 0
    words = "Cases with goods here, past their legal deadline, and not settled."
    return [
        GaugeMetricFamily("rma_deadlines_overdue", words, value=late),
        GaugeMetricFamily("rma_missing_pieces", "Pieces that were advised and did not come.", value=gone),
    ]


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
