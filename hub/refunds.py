"""Refunds: the one door through which money goes back. Start reading here.

::

    propose      (ingest)  facts of a case -> intents: proposed | held | declined      money/planning.py, proposals.py
    queue_due    (worker)  settle delay over, within the caps -> queued, frozen        money/queueing.py, caps.py
    tick         (worker)  queued -> in_flight -> succeeded | unknown | needs_human    money/sending.py, connectors/

What is asked for is derived from the facts (key = uuid5 of tenant, subject, slot, payment, purpose), so that asking
twice is asking once, whoever asks and however often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from hub.money import proposals
from hub.money.paid import TENANT
from hub.money.queueing import queue_due, settle
from hub.money.sending import Tick, tick
from hub.policy import Policy
from rma_station.domain.rma import Case, Rma

__all__ = ["TENANT", "Policy", "Tick", "propose", "proposing", "queue_due", "settle", "tick"]


def propose(connection: Connection, changed_cases: Mapping[str, Case], rmas: Mapping[str, Rma], now: datetime) -> None:
    """Bring the intents of changed cases in step with their facts, under the shipped policy; ingest calls it."""
    proposals.propose(connection, changed_cases.values(), rmas, now)


def proposing(policy: Policy) -> Callable[[Connection, Mapping[str, Case], Mapping[str, Rma], datetime], None]:
    """``propose`` under a policy of one's own."""

    def with_policy(
        connection: Connection, changed_cases: Mapping[str, Case], rmas: Mapping[str, Rma], now: datetime
    ) -> None:
        proposals.propose(connection, changed_cases.values(), rmas, now, policy=policy)

    return with_policy
