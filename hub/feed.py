"""The feed: what every station should know, in one order, paged by an opaque cursor.

Reference data (``rma product person settings alert``) is compacted: a newer row of the same kind and key takes the
body of the older one away, so that reading from the start gives what is true now. Facts and notices stay. An entry's id
is a hash over the entry before it, its own content and its time: a cursor that names the id of the last entry
therefore names the whole past, and a hub that was put back to an older state is noticed (sync reference D4). It also
names the kinds its station was sent: one that was upgraded, and understands more, takes a snapshot.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from hub import hub_identity
from hub.intake import feed_order
from hub.tables import feed
from rma_station.domain import codec
from rma_station.domain.codec import JsonValue
from sync import wire

REFERENCE = frozenset({"rma", "product", "person", "settings", "alert"})
"""Kinds of which only the newest row for each key counts."""
KINDS_SINCE = {"alert": 2}
"""Kinds that were added after the first protocol, with its number."""
PAGE = 500
"""Most entries on a page."""
FACT_KEYS_SINCE = {"station": 3, "parcel_id": 3}
"""What a fact says besides its event, and the first protocol it does so in: at which bench, in which parcel."""
FACT_FIELDS_SINCE = {"changes": 3}
"""Fields of a fact's event that were added after the first protocol, with its number: an older station takes a changed
grade for the last one."""


@dataclass(frozen=True)
class NewEntry:
    """Something to tell the stations; ``body`` ``None`` says that the row is gone."""

    kind: str
    key: str
    body: JsonValue = None


def append(connection: Connection, entries: Sequence[NewEntry], now: datetime) -> None:
    """Append entries in this order, in the caller's transaction."""
    if not entries:
        return
    last, tail = _head(connection)
    rows = []
    newest: dict[tuple[str, str], int] = {}
    for seq, entry in zip(feed_order.next_numbers(connection, len(entries), last), entries, strict=True):
        text = None if entry.body is None else codec.to_text(entry.body)
        tail = _entry_id(tail, entry, now)
        rows.append({"seq": seq, "entry_id": tail, "kind": entry.kind, "key": entry.key, "body": text, "at": now})
        if entry.kind in REFERENCE:
            newest[entry.kind, entry.key] = seq
    connection.execute(insert(feed), rows)
    if newest:
        _supersede(connection, newest)


def page(
    connection: Connection, cursor: str, limit: int, now: datetime, protocol: int = wire.PROTOCOL
) -> wire.FeedReply | wire.Problem:
    """The entries after a cursor, at most ``limit``, of the kinds that ``protocol`` knows.

    An empty cursor starts at the beginning. A cursor this hub does not know (another epoch, a place that holds
    another entry, fewer kinds) is answered with the problem ``snapshot``: begin again with an empty one.
    """
    identity = hub_identity.identity(connection)
    level = max([1, *(since for since in KINDS_SINCE.values() if since <= protocol)])
    unknown = [kind for kind, since in KINDS_SINCE.items() if since > protocol]
    after = 0
    if cursor:
        known = _read_cursor(cursor)
        here = known is not None and known[0] == identity.epoch and _is_here(connection, known[1], known[2])
        if known is None or not here or known[3] < level:
            message = "this hub does not know the cursor; begin again without one"
            return wire.Problem(identity.header(now), "snapshot", message)
        after = known[1]
    behind, order = feed_order.after(connection, after)
    found = connection.execute(
        select(feed)
        .where(behind, ~feed.c.superseded, feed.c.kind.not_in(unknown))
        .order_by(*order)
        .limit(min(limit, PAGE) + 1)
    ).all()
    rows = found[: min(limit, PAGE)]
    entries = tuple(wire.FeedEntry(row.seq, row.entry_id, row.kind, row.key, _body(row, protocol)) for row in rows)
    if rows:
        cursor = _cursor(identity.epoch, rows[-1].seq, rows[-1].entry_id, level)
    elif not cursor:
        cursor = _cursor(identity.epoch, 0, "", level)
    return wire.FeedReply(identity.header(now), cursor, entries, more=len(found) > len(rows))


def _spoken(kind: str, body: JsonValue, protocol: int) -> JsonValue:
    """The body of an entry as far as a protocol says it."""
    if kind != "fact" or not isinstance(body, dict):
        return body
    said = _without(body, FACT_KEYS_SINCE, protocol)
    payload = said.get("payload")
    return {**said, "payload": _without(payload, FACT_FIELDS_SINCE, protocol)} if isinstance(payload, dict) else said


def _without(body: Mapping[str, JsonValue], since: Mapping[str, int], protocol: int) -> dict[str, JsonValue]:
    return {key: value for key, value in body.items() if since.get(key, 1) <= protocol}


def _body(row: Row[Any], protocol: int) -> JsonValue:
    return None if row.body is None else _spoken(row.kind, _parsed(row.body), protocol)


def was_here(connection: Connection, cursor: str) -> bool:
    """Whether a cursor of this very epoch names an entry that is not here: our past was replaced without a word."""
    known = _read_cursor(cursor) if cursor else None
    return (
        known is not None
        and known[0] == hub_identity.identity(connection).epoch
        and not _is_here(connection, known[1], known[2])
    )


def head(connection: Connection) -> int:
    """Number of the last entry."""
    return _head(connection)[0]


def place_of(cursor: str) -> int:
    """How far a cursor has come; 0 for one that cannot be read."""
    known = _read_cursor(cursor) if cursor else None
    return known[1] if known else 0


def _head(connection: Connection) -> tuple[int, str]:
    row = feed_order.last_entry(connection)
    return (row.seq, row.entry_id) if row else (0, "")


def _is_here(connection: Connection, seq: int, entry_id: str) -> bool:
    if seq == 0:
        return entry_id == ""
    return connection.scalar(select(feed.c.entry_id).where(feed.c.seq == seq)) == entry_id


def _entry_id(tail: str, entry: NewEntry, now: datetime) -> str:
    # Over what the first protocol says of it: a recording of one keeps its ids when a fact learns to say more.
    said = b"" if entry.body is None else codec.to_bytes(_spoken(entry.kind, entry.body, 1))
    head = "\x1f".join((tail, entry.kind, entry.key, now.isoformat())).encode()
    return hashlib.sha256(head + b"\x1f" + said).hexdigest()[:32]


def _supersede(connection: Connection, newest: dict[tuple[str, str], int]) -> None:
    connection.execute(
        update(feed)
        .where(
            feed.c.kind == bindparam("of_kind"),
            feed.c.key == bindparam("of_key"),
            feed.c.seq < bindparam("before"),
            ~feed.c.superseded,
        )
        .values(superseded=True, body=None),
        [{"of_kind": kind, "of_key": key, "before": seq} for (kind, key), seq in newest.items()],
    )


def _cursor(epoch: str, seq: int, entry_id: str, level: int) -> str:
    parts = (epoch, str(seq), entry_id) if level == 1 else (epoch, str(seq), entry_id, str(level))
    return base64.urlsafe_b64encode(".".join(parts).encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, int, str, int] | None:
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
        epoch, seq, entry_id, *rest = text.split(".")
        number, level = int(seq), int(rest[0]) if rest else 1
    except (ValueError, binascii.Error):
        return None
    return (epoch, number, entry_id, level) if 0 <= number < 1 << 62 and len(rest) <= 1 else None


def _parsed(body: str) -> JsonValue:
    return codec.from_bytes(body.encode())
