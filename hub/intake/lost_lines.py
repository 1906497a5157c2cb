"""A station's own events back to it: what its damaged journal lost and the hub has (``rma-station salvage``)."""

from __future__ import annotations

from datetime import datetime

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection, select

from hub import hub_identity
from hub.calls import answer, calling, handled, in_database, protocol_of, station
from hub.central import Hub
from hub.openapi import STATION, call
from hub.tables import events, logs, places
from rma_station.domain.clean import clean
from sync import wire


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the route."""
    asks = call(
        "eventsOfLog",
        "Events of the station's own log, as they came",
        "In the order of the log, from a place on; where only a hash is here, without the line.",
        reply=wire.LinesReply,
        query=("from",),
        tokens=(STATION,),
    )

    @app.get(wire.EVENTS, **asks)
    @handled(hub, "lines")
    async def lines(request: Request) -> Response:
        """For a station that saves what it can of a damaged journal."""
        who, log_id, now = calling(hub, request), request.path_params["log_id"], hub.now()
        given = request.query_params.get("from", "")
        first = int(given[:18]) if given.isascii() and given.isdigit() else 1

        def serve(connection: Connection) -> wire.LinesReply | wire.Problem:
            return lines_of(connection, station(connection, who), log_id, first, now)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))


def lines_of(
    connection: Connection, station: str, log_id: str, first: int, now: datetime
) -> wire.LinesReply | wire.Problem:
    """A page of a log, as long as a batch; nothing of a log that is not here.

    Args:
        connection: in a transaction.
        station: name of the authenticated station; another one's log is refused.
        log_id: the log.
        first: the place it begins at.
        now: the hub's time.
    """
    header = hub_identity.identity(connection).header(now)
    log = connection.execute(select(logs).where(logs.c.log_id == log_id)).one_or_none()
    if log is None:
        return wire.LinesReply(header)
    if log.station != station:
        return wire.Problem(header, "unauthorised", f"log {clean(log_id, 64)} belongs to another station")
    found: dict[int, wire.LogLine] = {}
    for table, line in ((places, None), (events, events.c.line)):
        columns = (table.c.seq, table.c.hash) if line is None else (table.c.seq, table.c.hash, line)
        where = table.c.log_id == log_id, table.c.seq >= first
        for row in connection.execute(select(*columns).where(*where).order_by(table.c.seq).limit(wire.BATCH_EVENTS)):
            text = bytes(row.line).decode("utf-8", "replace") if line is not None else ""
            found[row.seq] = wire.LogLine(row.seq, bytes(row.hash).hex(), text)
    page: list[wire.LogLine] = []
    size = 0
    for seq in sorted(found)[: wire.BATCH_EVENTS]:
        size += len(found[seq].line)
        if page and size > wire.BATCH_BYTES:
            break
        page.append(found[seq])
    more = bool(page) and page[-1].seq < log.have_through
    return wire.LinesReply(header, tuple(page), more)
