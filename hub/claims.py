"""Who has which piece in hand: an early warning between benches (sync reference 2.3), and never a lock.

A claim is a station's word, believed until it claims another piece or none, and for ``LEASE`` by the hub's clock at
most; nothing waits for it, no event and no money follows from it, and whatever is claimed need not be known here. A
station is one bench, and a bench has one piece in hand. A piece has several names, and shares one with another
station's when it is the same. Without a lock two calls of one instant may miss each other on PostgreSQL: what both
graded is compared when it comes (``cases.py``), warned or not.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from fastapi import FastAPI, Request, Response
from sqlalchemy import Column, Connection, String, Table, and_, delete, or_, select

from hub import hub_identity, store
from hub.calls import answer, body, calling, handled, in_database, protocol_of, station
from hub.central import Hub
from hub.metadata import UtcText, metadata
from hub.openapi import STATION, call
from rma_station.domain import codec
from sync import wire

LEASE = timedelta(minutes=15)
"""A claim that is not renewed is forgotten after so long: a station that went away warns nobody for ever."""

claims = Table(
    "claims",
    metadata,
    Column("name_sha256", String(64), primary_key=True),
    Column("station", String(64), primary_key=True),
    Column("expires_at", UtcText, nullable=False, index=True),
)
"""Which station has what in hand; names of pieces as hashes, so that no length and no character of one matters."""


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the route."""
    asks = call(
        "claimPiece",
        "A station has this piece in hand",
        "Which other stations have it too. It takes the place of what this station claimed before; a claim without any "
        "name only ends that. It stands for 15 minutes; the same one again renews it.",
        body=wire.Claim,
        reply=wire.ClaimReply,
        tokens=(STATION,),
    )

    @app.post(wire.CLAIMS, **asks)
    @handled(hub, "claims")
    async def claim(request: Request) -> Response:
        """An early warning; a station need not ask, and need not wait."""
        who, now = calling(hub, request), hub.now()
        given = wire.decode(wire.Claim, await body(request))

        def serve(connection: Connection) -> wire.ClaimReply:
            others = claimed(connection, station(connection, who), given, now)
            return wire.ClaimReply(hub_identity.identity(connection).header(now), others)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))


def claimed(connection: Connection, station: str, given: wire.Claim, now: datetime) -> tuple[str, ...]:
    """Note a claim in the place of the station's last one; the names of others with a live claim on the same piece.

    Args:
        connection: in a transaction.
        station: name of the authenticated station.
        given: its claim; one without any name: nothing is in hand there.
        now: the hub's time.
    """
    names = _names(given)
    before = claims.c.station == station, claims.c.name_sha256.not_in(names)
    connection.execute(delete(claims).where(or_(claims.c.expires_at <= now, and_(*before))))
    if not names:
        return ()
    until = now + LEASE
    rows = [{"name_sha256": name, "station": station, "expires_at": until} for name in names]
    store.upsert(connection, claims, rows)
    same = claims.c.name_sha256.in_(names), claims.c.station != station
    return tuple(sorted(set(connection.scalars(select(claims.c.station).where(*same)))))


def _names(given: wire.Claim) -> list[str]:
    """Hashes of a piece's names, sorted: calls that meet change rows in one order."""
    line = ("line", given.rma_id, given.line_id) if given.rma_id and given.line_id else ()
    serial = ("serial", given.serial) if given.serial else ()
    lpn = ("lpn", given.lpn) if given.lpn else ()
    return sorted(hashlib.sha256(codec.to_bytes(list(name))).hexdigest() for name in (line, serial, lpn) if name)
