"""Bundles of stations: what a person brings in as a file goes through the same ingest as what comes by the network.

The hub's key pair follows from the ``secret`` of its database, as its other keys do: it is in every backup, and a
bundle that was sealed before a restore is opened after it. A log whose place is taken by another history, or of which
something before is missing, is taken under a log of the bundle's own: its events keep their ids, so nothing counts
twice and nothing is lost.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from hub import acts, admin, feed, hub_identity, ingest
from hub.central import Hub, Operation
from hub.intake import bundle_proofs, forks
from hub.tables import feed as feed_table
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean
from rma_station.domain.codec import JsonValue
from rma_station.domain.identifiers import derived_uuid
from rma_station.errors import Malformed, Refused
from sync import bundle, bundle_photos, wire

OTHER_LOG = 1
"""The protocol a bundle is taken in: it cannot go on under another log for the letters of its labels."""
REASON = "bundle"
"""Why a log of a bundle's own was begun."""


def private_key(identity: hub_identity.Identity) -> bytes:
    """X25519, 32 bytes."""
    return identity.mixed(bundle.SETTING)


def tell_key(hub: Hub, connection: Connection) -> None:
    """Give the stations the public key, once."""
    here = feed_table.c.kind == "settings", feed_table.c.key == bundle.SETTING, ~feed_table.c.superseded
    if connection.execute(select(feed_table.c.seq).where(*here)).first() is None:
        key = bundle.public_key(private_key(hub.identity)).hex()
        feed.append(connection, [feed.NewEntry("settings", bundle.SETTING, key)], hub.now())


def begin(
    connection: Connection,
    contents: bundle.Contents,
    cover: bundle.Cover,
    body_sha256: bytes,
    *,
    unproved: bool,
    by: str,
    now: datetime,
) -> None:
    """See whether a bundle may be taken, and remember who brought it.

    Raises:
        Refused: it is another hub's or another mode's, its station is not known, the body is not the one that was
            signed, or nothing proves that it is the station's own and nobody vouches for it.
    """
    identity, station = hub_identity.identity(connection), contents.station
    if contents.mode != identity.mode:
        raise Refused(f"this hub is a {identity.mode} hub, the bundle is of {clean(contents.mode, 10)} mode")
    if contents.hub_id not in ("", identity.hub_id):
        raise Refused(f"the bundle's station belongs to another hub ({clean(contents.hub_id, 40)})")
    doubt = bundle_proofs.doubt(connection, station, cover, body_sha256)
    if doubt is not None and not unproved:
        raise Refused(f"{doubt.message}. Whoever knows where the file comes from may say --unproved")
    word = "proved" if doubt is None else f"vouched for: {doubt.short}"
    words = f"{len(contents.logs)} logs, made {clean(contents.created_at, 40)}, {word}"
    acts.record(connection, by, "bundle", f"{station} {body_sha256.hex()[:16]}", words, now)


def take(
    connection: Connection, station: str, batch: bundle.Batch, propose: ingest.Propose, now: datetime
) -> wire.EventsReply | wire.Problem:
    """One batch, in the caller's transaction, as if the station had sent it."""
    return ingest.ingest(connection, station, batch.log_id, batch.header, batch.lines, now, propose, protocol=OTHER_LOG)


def apart(batches: Iterable[bundle.Batch], body_sha256: bytes) -> Iterator[bundle.Batch]:
    """Batches of one log as a log of the bundle's own, numbered from 1; the same for the same bundle."""
    new_log, seq, previous = "", 0, en.GENESIS
    for batch in batches:
        new_log = new_log or own_log(batch, body_sha256)
        yield bundle.Batch(new_log, wire.BatchHeader(seq + 1, previous.hex(), len(batch.lines)), batch.lines)
        seq, previous = seq + len(batch.lines), en.hash_after(previous, batch.lines)


def own_log(first: bundle.Batch, body_sha256: bytes) -> str:
    """Name of the log under which a bundle's log goes on from this batch."""
    return derived_uuid("bundle", body_sha256.hex(), first.log_id, str(first.header.first_seq))


# --- what ``hub import bundle`` asks of a running hub ------------------------------------------------------


def bundle_key(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``sealed_to ephemeral`` of a cover -> ``key`` of its body, and the one for the ``photos`` beside it."""
    cover = bundle.Cover(bundle.VERSION, admin.text(given, "sealed_to"), admin.text(given, "ephemeral"))
    ours = private_key(hub.identity)
    return {
        "key": bundle.content_key(ours, cover).hex(),
        "photos": bundle.content_key(ours, cover, bundle_photos.LABEL).hex(),
    }


def bundle_begin(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``contents cover body_sha256 unproved by``: see whether it may be taken."""
    contents = codec.decode(bundle.Contents, given.get("contents"))
    cover = codec.decode(bundle.Cover, given.get("cover"))
    digest, by = _bytes(bytes.fromhex, given, "body_sha256"), admin.text(given, "by")
    begin(connection, contents, cover, digest, unproved=given.get("unproved") is True, by=by, now=hub.now())
    return {}


def bundle_batch(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``station log_id batch`` (base64 of the wire's bytes) -> the wire's reply, or its problem."""
    header, lines = wire.parse_batch(_bytes(base64.b64decode, given, "batch"))
    batch = bundle.Batch(admin.text(given, "log_id"), header, lines)
    reply = take(connection, admin.text(given, "station"), batch, hub.propose, hub.now())
    kind = "problem" if isinstance(reply, wire.Problem) else "reply"
    return {kind: codec.from_bytes(wire.encode(reply))}


def _bytes(read: Callable[[str], bytes], given: Mapping[str, JsonValue], name: str) -> bytes:
    try:
        return read(admin.text(given, name))
    except ValueError:
        raise Malformed(f"the argument {name} cannot be read") from None


def bundle_apart(hub: Hub, connection: Connection, given: Mapping[str, JsonValue]) -> JsonValue:
    """``station log_id new_log at``: a log is taken under one of the bundle's own behind this place."""
    station, log_id, new_log = (admin.text(given, name) for name in ("station", "log_id", "new_log"))
    at = given.get("at")
    forks.parted(connection, station, log_id, new_log, at if isinstance(at, int) else 0, REASON, hub.now())
    return {}


OPERATIONS: Mapping[str, Operation] = {
    "bundle-key": bundle_key,
    "bundle-begin": bundle_begin,
    "bundle-batch": bundle_batch,
    "bundle-apart": bundle_apart,
}
