"""What people should know until it is over: on the feed for every station, in ``hub alerts`` for administrators.

An alert is a row; raising it again with other words replaces it, ending it takes it off the feed. The parts of the hub
that know when something is true raise and end their own; what only a person can end is ended with ``hub alerts done``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from hub import acts, feed, store
from hub.tables import alerts, dead_letters, parked
from rma_station.domain import codec
from rma_station.domain.alerts import Alert, OpenLetter
from rma_station.domain.clean import clean
from rma_station.errors import Refused

LETTERS_SHOWN = 10
"""Letters of one log that are named; all are counted."""
BY_HAND = frozenset({"id_reuse", "chain_break", "fork_seen", "forked", "key_twice"})
"""Codes that a person ends when it was looked into."""


def raised(connection: Connection, key: str, alert: Alert, now: datetime) -> None:
    """Raise an alert under a key, or put other words in its place; nothing happens when these are known already."""
    body = codec.to_text(codec.encode(alert))
    row = connection.execute(select(alerts).where(alerts.c.key == key)).first()
    if row is not None and row.ended_at is None and row.body == body:
        return
    since = row.at if row is not None and row.ended_at is None else now
    store.upsert(
        connection,
        alerts,
        [{"key": key, "code": alert.code, "body": body, "at": since, "ended_at": None, "ended_by": None}],
    )
    feed.append(connection, [feed.NewEntry("alert", key, codec.encode(alert))], now)


def ended(connection: Connection, key: str, by: str, now: datetime) -> bool:
    """End an alert; false when there was none under this key."""
    where = alerts.c.key == key, alerts.c.ended_at.is_(None)
    if connection.execute(update(alerts).where(*where).values(ended_at=now, ended_by=clean(by, 64))).rowcount == 0:
        return False
    feed.append(connection, [feed.NewEntry("alert", key)], now)
    return True


def done(connection: Connection, key: str, by: str, note: str, now: datetime) -> None:
    """A person looked into it.

    Raises:
        Refused: there is no such alert, or it ends by itself.
    """
    row = connection.execute(select(alerts).where(alerts.c.key == key, alerts.c.ended_at.is_(None))).first()
    if row is None:
        raise Refused(f"there is no alert {clean(key, 80)!r}; `hub alerts list` shows them")
    if row.code not in BY_HAND:
        raise Refused(f"alert {row.key} ends by itself, when what it says is no longer true")
    ended(connection, row.key, by, now)
    acts.record(connection, by, "alert-done", row.key, clean(note, 300), now)


def listed(connection: Connection) -> Sequence[tuple[str, Alert]]:
    """What people should know now, by key; the newest first."""
    rows = connection.execute(select(alerts).where(alerts.c.ended_at.is_(None)).order_by(alerts.c.at.desc()))
    return [(row.key, codec.decode(Alert, codec.from_bytes(row.body.encode()))) for row in rows]


def tell_letters(connection: Connection, station: str, log_id: str, now: datetime) -> None:
    """Bring the alert of a log in step with its dead letters and parked events that are open."""
    dead = dead_letters.c.log_id == log_id, dead_letters.c.redriven_result.is_(None) | still_dead()
    found = [
        OpenLetter(row.seq, "dead_letter", row.code, row.reason, row.owner, row.event_id)
        for row in connection.execute(select(dead_letters).where(*dead))
    ]
    waiting = parked.c.log_id == log_id, parked.c.replayed_at.is_(None)
    found += [
        OpenLetter(row.seq, "parked", "newer", row.needs, "administrator", row.event_id)
        for row in connection.execute(select(parked).where(*waiting))
    ]
    key = f"letters:{log_id}"
    if not found:
        ended(connection, key, "hub", now)
        return
    found.sort(key=lambda letter: letter.seq, reverse=True)
    since = connection.scalar(select(alerts.c.at).where(alerts.c.key == key, alerts.c.ended_at.is_(None))) or now
    shown = tuple(found[:LETTERS_SHOWN])
    alert = Alert("letters", store.stamp(since), station, log_id, count=len(found), letters=shown)
    raised(connection, key, alert, now)


def tell_tampered(connection: Connection, station: str, log_id: str, codes: Collection[str], now: datetime) -> None:
    """A station's word is in doubt: an id was used for something else, or lines do not add up. Once for each log."""
    for code in sorted(codes):
        key = f"{code}:{log_id}"
        if connection.execute(select(alerts.c.key).where(alerts.c.key == key)).first() is None:
            raised(connection, key, Alert(code, store.stamp(now), station, log_id), now)


def still_dead() -> object:
    """The condition on dead letters that were driven again in vain."""
    return dead_letters.c.redriven_result.like("dead_letter%")
