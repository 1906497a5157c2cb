"""What people did to the hub itself: appended, never changed. Decisions about money have a list of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select

from hub.tables import acts
from rma_station.domain.clean import clean


def record(connection: Connection, by: str, what: str, subject: str, result: str, now: datetime) -> None:
    """Keep who did what to what, and what came of it.

    Args:
        connection: in the transaction of the act.
        by: a person's number, or the name of an account on the hub's machine.
        what: such as ``redrive``, ``waive``, ``epoch``.
        subject: what it was done to.
        result: what came of it, or the reason given.
        now: the hub's time.
    """
    row = {"by": clean(by, 64), "what": what, "subject": clean(subject, 170), "result": clean(result, 400), "at": now}
    connection.execute(insert(acts).values(**row))


def listed(connection: Connection, limit: int = 100) -> Sequence[RowMapping]:
    """The newest first."""
    return connection.execute(select(acts).order_by(acts.c.act_id.desc()).limit(limit)).mappings().all()
