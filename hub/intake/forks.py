"""Logs with two histories: a copied card, or a station put back to an older image (sync reference R5, rows 5 to 7).

The station goes on under a new log; its first event says from which log and where they part. Both sides may then work
on the same return, and count one piece twice: a case that both have touched behind the parting gets the mark ``fork``,
and nothing of it is refunded without a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from hub import alerts, store
from hub.intake.lines import Line
from hub.tables import event_cases, events, forks, logs
from rma_station.domain import codes
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert
from rma_station.domain.clean import clean

MARK = "fork"
"""Code of the mark."""


def seen(connection: Connection, station: str, log_id: str, at_seq: int, now: datetime) -> None:
    """A station showed another history of a log than is here."""
    query = select(forks.c.at).where(forks.c.log_id == log_id, forks.c.station == station, forks.c.new_log == "")
    if connection.execute(query).first() is None:
        _record(connection, station, log_id, "", at_seq, "other", now)
        alert = Alert("fork_seen", store.stamp(now), station, log_id)
        alerts.raised(connection, f"fork:{log_id}", alert, now)


def gone_on(connection: Connection, station: str, new_log: str, lines: Iterable[Line], now: datetime) -> None:
    """Remember the forks that these lines announce: their log goes on where another one ended."""
    for line in lines:
        event = line.event
        if isinstance(event, ev.LogForked) and line.result in ("", "duplicate"):
            old, reason = clean(event.from_log, 64), clean(event.reason, 16)
            parted(connection, station, old, new_log, event.seq, reason, now)


def parted(
    connection: Connection, station: str, old: str, new_log: str, at_seq: int, reason: str, now: datetime
) -> None:
    """What was behind ``at_seq`` of a log goes on under another one: keep it, and let people know."""
    known = forks.c.log_id == old, forks.c.station == station, forks.c.new_log == ""
    connection.execute(delete(forks).where(*known))
    _record(connection, station, old, new_log, at_seq, reason, now)
    alerts.ended(connection, f"fork:{old}", "hub", now)
    alert = Alert("forked", store.stamp(now), station, new_log, {"reason": reason})
    alerts.raised(connection, f"forked:{new_log}", alert, now)


def _record(
    connection: Connection, station: str, log_id: str, new_log: str, at_seq: int, reason: str, now: datetime
) -> None:
    row = {"log_id": log_id, "station": station, "new_log": new_log, "at_seq": at_seq, "reason": reason, "at": now}
    store.upsert(connection, forks, [row])


def letters_taken(connection: Connection, log_ids: Collection[str]) -> frozenset[str]:
    """Those of these logs, none of them here yet, whose labels would look like another log's."""
    letters = {log_id: codes.log_letters(log_id) for log_id in log_ids}
    query = select(logs.c.letters).where(logs.c.letters.in_(sorted(set(letters.values()))))
    taken = set(connection.scalars(query)) if letters else set()
    return frozenset(log_id for log_id, own in letters.items() if own in taken)


# --- cases both sides have touched -----------------------------------------------------------------------


def contested(connection: Connection, log_id: str, lines: Iterable[Line]) -> frozenset[str]:
    """Cases of these lines that the log's other history has touched, too, since the two parted."""
    parents = _parents(connection)
    family = _family(log_id, parents)
    if len(family) < 2:
        return frozenset()
    mine = _history(log_id, parents)
    theirs = {other: _history(other, parents) for other in family if other != log_id}
    touched = {case_id: line.seq for line in lines if not line.result for case_id in line.case_ids}
    found = set()
    query = select(event_cases.c.case_id, events.c.log_id, events.c.seq).join(
        events, events.c.number == event_cases.c.number
    )
    for some in store.pieces(list(touched), 500):
        where = event_cases.c.case_id.in_(some), events.c.log_id.in_(sorted(theirs))
        for row in connection.execute(query.where(*where)):
            ours_unknown_there = touched[row.case_id] > theirs[row.log_id].get(log_id, 0)
            if row.seq > mine.get(row.log_id, 0) and ours_unknown_there:
                found.add(row.case_id)
    return frozenset(found)


def _parents(connection: Connection) -> dict[str, tuple[str, int]]:
    """New log to the log it goes on from, and the last place they share."""
    query = select(forks.c.new_log, forks.c.log_id, forks.c.at_seq).where(forks.c.new_log != "")
    return {row.new_log: (row.log_id, row.at_seq) for row in connection.execute(query)}


def first_logs(connection: Connection) -> Mapping[str, str]:
    """Log to the first one of its history, for logs that go on from another: all of them are one bench.

    A copied card and its original count as one bench, too: what both have touched is marked (``contested``).
    """
    parents = _parents(connection)
    return {log_id: list(_history(log_id, parents))[-1] for log_id in parents}


def _history(log_id: str, parents: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    """The logs before this one, and how far each belongs to its history."""
    found: dict[str, int] = {}
    while log_id in parents and parents[log_id][0] not in found:
        log_id, seq = parents[log_id]
        found[log_id] = seq
    return found


def _family(log_id: str, parents: Mapping[str, tuple[str, int]]) -> frozenset[str]:
    """All logs that parted from one another, this one among them."""
    family, size = {log_id}, 0
    while size != len(family):
        size = len(family)
        for new, (old, _) in parents.items():
            if new in family or old in family:
                family |= {new, old}
    return frozenset(family)
