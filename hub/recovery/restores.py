"""The hub's past was put back: a new epoch, and no money moves until what is missing came again (sync reference R13).

::

    restored(...)   a new epoch; sending is stopped by the switch ``restore``
      (a) every station that was here in the last days says hello, and what it has then arrives again; or is waived
      (b) every refund that may have left since is looked up; where nobody can be asked, a supervisor says what left
    settled(...)    both hold: the switch goes off by itself

Stations notice by themselves: the hub has less of their logs than they have and they send again; their cursor has
another epoch and they take a snapshot. What they send gives the same refunds under the same keys, and
``hub/money/asking.py`` asks the providers. A database that was replaced without a word is found out by a cursor of
this epoch whose place holds another entry (``hub/feed.py``), or by rows of a transaction that has not happened yet
(``hub/store.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from hub import acts, alerts, store
from hub.connectors.provider import Provider
from hub.ledger import payments, refund_intents, refund_steps, switches
from hub.money.moves import RESTORE, set_switch
from hub.past import restores, waits
from hub.tables import events, feed, invitations, logs, meta, stations
from rma_station.domain import codec
from rma_station.domain.alerts import Alert
from rma_station.domain.clean import clean
from rma_station.errors import Refused
from sync import wire

SEEN_DAYS = 14
"""Stations that were here in so many days before the end of the past are waited for."""
STATION, PROVIDER = "station", "provider"
NOTICED = "{} has read entries of the feed that are not here"
"""Reason of a restore that nobody told the hub of; a station's cursor gave it away (``feed.was_here``)."""


@dataclass(frozen=True)
class Standing:
    """How a restore stands; nothing is sent before ``stations``, ``refunds`` and ``providers`` are empty."""

    epoch: str
    at: datetime
    past_ends: datetime
    how: str
    by: str
    why: str
    stations: Mapping[str, str]
    """Name to ``silent`` (no hello yet) or ``sending`` (what it has is not all here again)."""
    refunds: Mapping[str, Sequence[str]]
    """Keys of refunds that may have left since and were not looked up yet, by the provider that has to be asked."""
    providers: Sequence[str]
    """Names of ways of paying back that cannot be asked: a supervisor has to say what left, also where the past knows
    no payment of that kind. The first one may have come after it ended."""

    @property
    def unasked(self) -> int:
        """How many refunds are still to be looked up."""
        return sum(len(keys) for keys in self.refunds.values())

    @property
    def holds(self) -> bool:
        """Whether nothing is waited for any more."""
        return not (self.stations or self.refunds or self.providers)


def restored(
    connection: Connection,
    now: datetime,
    random: Callable[[int], bytes],
    *,
    how: str = "backup",
    by: str = "hub",
    why: str = "",
    days: int = SEEN_DAYS,
) -> str:
    """Mark this database as put back to an older state: new epoch, sending stopped.

    Args:
        connection: in a transaction, on the database as it was put back.
        now: wall time.
        random: ``random(n)`` gives n unpredictable bytes.
        how: ``backup``, ``marked`` (a person says so), ``noticed`` (a station's cursor), ``dump`` (PostgreSQL).
        by: who did it.
        why: their reason.
        days: stations that were here in so many days before the end of the past are waited for.

    Returns:
        The new epoch.
    """
    past, epoch = past_ends(connection), random(8).hex()
    connection.execute(update(restores).where(restores.c.ended_at.is_(None)).values(ended_at=now))
    connection.execute(update(meta).where(meta.c.key == "hub_epoch").values(value=epoch))
    row = {"epoch": epoch, "at": now, "past_ends": past, "how": how, "by": clean(by, 64), "why": clean(why, 300)}
    connection.execute(insert(restores).values(**row))
    since = past - timedelta(days=days)
    here = or_(stations.c.seen_at >= since, and_(stations.c.seen_at.is_(None), stations.c.added_at >= since))
    names = connection.scalars(select(stations.c.name).where(stations.c.revoked_at.is_(None), here)).all()
    if names:
        connection.execute(insert(waits), [{"epoch": epoch, "kind": STATION, "name": name} for name in names])
    # Whether one was used since, nobody knows here.
    open_ones = invitations.c.used_at.is_(None), invitations.c.expires_at > now
    connection.execute(update(invitations).where(*open_ones).values(expires_at=now))
    reason = f"the hub's past ends at {store.stamp(past)}; see: hub restore status"
    set_switch(connection, RESTORE, on=True, reason=reason, by=clean(by, 40), now=now)
    _warn_people(connection, past, now)
    acts.record(connection, by, "restore", epoch, f"{how}: past ends {store.stamp(past)}. {why}", now)
    return epoch


def past_ends(connection: Connection) -> datetime:
    """The newest time anything in this database has; the Unix epoch when there is nothing."""
    columns = (feed.c.at, events.c.received_at, stations.c.seen_at, stations.c.added_at, refund_steps.c.at)
    found = [connection.scalar(select(func.max(column))) for column in columns]
    # max() gives the column's own text back on SQLite and PostgreSQL alike; UtcText has read it.
    return max([moment for moment in found if moment is not None], default=datetime.fromisoformat("1970-01-01T00:00Z"))


def current(connection: Connection) -> Row[tuple[object, ...]] | None:
    """The restore that is not over, if there is one."""
    return connection.execute(select(restores).where(restores.c.ended_at.is_(None))).first()


def began(connection: Connection) -> datetime | None:
    """When the present epoch began; ``None`` for a hub that was never put back."""
    at: datetime | None = connection.scalar(select(func.max(restores.c.at)))
    return at


def heard(connection: Connection, station: str, heads: Sequence[wire.LogHead], now: datetime) -> None:
    """A station said hello: what it has now is waited for.

    Later hellos change nothing, so that a bench that works on does not keep money waiting for ever; unless what the
    first one named has gone on under another log meanwhile, or turned out to be here under other logs.
    """
    row = current(connection)
    if row is None:
        return
    where = waits.c.epoch == row.epoch, waits.c.kind == STATION, waits.c.name == station
    known = connection.execute(select(waits.c.heads).where(*where)).first()
    if known is None:
        return
    has = {head.log_id: head.last_seq for head in heads if not head.elsewhere}
    before = _heads(known.heads)
    if known.heads is None or any(has.get(log_id, 0) < seq for log_id, seq in before.items()):
        text = codec.to_bytes(has).decode()
        connection.execute(update(waits).where(*where).values(met_at=now, heads=text))


def waive(connection: Connection, station: str, why: str, by: str, now: datetime) -> None:
    """A station need not be waited for: it is broken, or it was somewhere else all the time.

    Raises:
        Refused: no restore waits for it, or no reason is given.
    """
    _said(connection, STATION, station, why, by, now)
    acts.record(connection, by, "waive", station, why, now)


def checked(connection: Connection, provider: str, why: str, by: str, now: datetime) -> None:
    """A supervisor has entered all that left by a way nobody can ask, or says that nothing did.

    Raises:
        Refused: no restore is open, or no reason is given.
    """
    row = current(connection)
    if row is not None:
        store.upsert(connection, waits, [{"epoch": row.epoch, "kind": PROVIDER, "name": provider, "met_at": now}])
    _said(connection, PROVIDER, provider, why, by, now)
    acts.record(connection, by, "checked", provider, why, now)


def _said(connection: Connection, kind: str, name: str, why: str, by: str, now: datetime) -> None:
    if not why.strip():
        raise Refused("this needs a reason; it is kept with your name")
    row = current(connection)
    if row is None:
        raise Refused("no restore is open; nothing is waited for")
    where = waits.c.epoch == row.epoch, waits.c.kind == kind, waits.c.name == name
    done = update(waits).where(*where).values(met_at=now, by=clean(by, 64), why=clean(why, 300))
    if connection.execute(done).rowcount == 0:
        raise Refused(f"the restore does not wait for {kind} {clean(name, 64)!r}; see: hub restore status")


# --- what is waited for ----------------------------------------------------------------------------------


def standing(connection: Connection, providers: Sequence[Provider]) -> Standing | None:
    """How the open restore stands; ``None`` when there is none."""
    row = current(connection)
    if row is None:
        return None
    rows = connection.execute(select(waits).where(waits.c.epoch == row.epoch)).all()
    said = {one.name for one in rows if one.kind == PROVIDER and one.by}
    return Standing(
        row.epoch,
        row.at,
        row.past_ends,
        row.how,
        row.by,
        row.why,
        _stations(connection, [one for one in rows if one.kind == STATION and not one.by]),
        to_look_up(connection, row.at, providers),
        tuple(one.name for one in providers if _cannot_ask(one) and one.name not in said),
    )


def settled(connection: Connection, now: datetime, providers: Sequence[Provider]) -> Standing | None:
    """Let sending go on when nothing is waited for any more; else bring the alert up to date.

    Returns:
        How the restore stands, ``None`` when none is open (any more).
    """
    stands = standing(connection, providers)
    if stands is None:
        return None
    key = f"restore:{stands.epoch}"
    if not stands.holds:
        _tell(connection, key, stands, now)
        return stands
    connection.execute(update(restores).where(restores.c.epoch == stands.epoch).values(ended_at=now))
    set_switch(connection, RESTORE, on=False, reason="all that was waited for came", by="hub", now=now)
    acts.record(connection, "hub", "restore-over", stands.epoch, "stations and refunds are as they were", now)
    alerts.ended(connection, key, "hub", now)
    return None


def to_look_up(connection: Connection, since: datetime, providers: Sequence[Provider]) -> dict[str, Sequence[str]]:
    """Refunds of the past that may have left since, and whose provider was not asked after its lag."""
    found: dict[str, Sequence[str]] = {}
    of_means = and_(
        payments.c.order_id == refund_intents.c.order_id, payments.c.payment_id == refund_intents.c.payment_id
    )
    for provider in providers:
        if _cannot_ask(provider):
            continue
        floor = since + provider.capabilities.lookup_lag
        unasked = and_(
            refund_intents.c.state.in_(("proposed", "held", "approved", "queued")),
            or_(refund_intents.c.asked_at.is_(None), refund_intents.c.asked_at < floor),
        )
        query = (
            select(refund_intents.c.refund_key)
            .join(payments, of_means)
            .where(
                payments.c.means.in_(sorted(provider.means)),
                refund_intents.c.proposed_at <= since,
                refund_intents.c.amount_minor > 0,
                or_(refund_intents.c.state.in_(("in_flight", "unknown")), unasked),
            )
            .order_by(refund_intents.c.refund_key)
        )
        keys = connection.scalars(query).all()
        if keys:
            found[provider.name] = keys
    return found


def _cannot_ask(provider: Provider) -> bool:
    return provider.capabilities.lookup == "none"


def _stations(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> dict[str, str]:
    revoked = set(connection.scalars(select(stations.c.name).where(stations.c.revoked_at.is_not(None))))
    found = {}
    for row in rows:
        if row.name in revoked:
            continue
        if row.met_at is None:
            found[row.name] = "silent"
            continue
        heads = _heads(row.heads)
        query = select(logs.c.log_id, logs.c.have_through).where(logs.c.log_id.in_(sorted(heads)))
        have = {log.log_id: log.have_through for log in connection.execute(query)}
        if any(have.get(log_id, 0) < seq for log_id, seq in heads.items()):
            found[row.name] = "sending"
    return found


def _heads(text: str | None) -> dict[str, int]:
    found: dict[str, int] = codec.from_bytes((text or "{}").encode())
    return found


def _tell(connection: Connection, key: str, stands: Standing, now: datetime) -> None:
    waiting = clean(", ".join([*stands.stations, *stands.providers]), 200)
    values = {"past": store.stamp(stands.past_ends)[:16].replace("T", " "), "waiting": waiting or "-"}
    values["refunds"] = str(stands.unasked)
    alerts.raised(connection, key, Alert("restored", store.stamp(stands.at), values=values), now)


def _warn_people(connection: Connection, past: datetime, now: datetime) -> None:
    """Refunds a person pays by hand may have been paid in the time that is missing."""
    words = f"The hub's past ends at {store.stamp(past)[:16]}: look first whether this was paid since. "
    table = refund_intents
    where = table.c.state == "needs_human"
    connection.execute(update(table).where(where).values(note=words + table.c.note))


def is_restoring(connection: Connection) -> bool:
    """Whether money stands still until the past is whole again."""
    return bool(connection.scalar(select(switches.c.is_on).where(switches.c.name == RESTORE)))
