"""The hub's HTTP face: stations' calls, the integrators' calls, monitoring. A shell; what it means is elsewhere.

Stations sign every call with their device key (those without one have the token of ``hub station add``); everybody else
calls with the token in the file ``admin-token``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from hub import admin, feed, hub_identity, ingest
from hub.calls import (
    CallRefused,
    administrator,
    admitted,
    answer,
    body,
    calling,
    from_here,
    handled,
    in_database,
    in_thread,
    page_limit,
    protocol_of,
    station,
)
from hub.central import Hub
from hub.intake.hello import greet, lacking
from hub.intake.tolerant import read_batch_header, read_hello
from hub.money.moves import stopped_by
from hub.openapi import ADMIN, STATION, call, describe
from hub.recovery import restores
from hub.shop import integration
from hub.trust import stations
from rma_station.domain import codec
from sync import versions, wire

Mount = Callable[[FastAPI, Hub], None]
"""Adds another part's routes to the application."""

BATCH_LIMIT = 16 * wire.BATCH_BYTES
"""Bytes of an unpacked batch: a single event may be far over the usual size and still becomes a dead letter."""
LINES_LIMIT = 10 * wire.BATCH_EVENTS


def create_app(hub: Hub, mounts: Sequence[Mount] = ()) -> FastAPI:
    """The application for one hub.

    Args:
        hub: database, clock and what money follows.
        mounts: other parts that add their routes.
    """
    app = FastAPI(title="RMA Station hub", version=str(wire.PROTOCOL), docs_url=None, redoc_url=None)
    for mount in (_uploads, _sync, integration.mount, _administration, _monitoring, *mounts):
        mount(app, hub)
    describe(app)
    return app


def _uploads(app: FastAPI, hub: Hub) -> None:
    says = "The batch is committed; what was not simply accepted is listed."
    more: dict[str, Any] = {"body": wire.NDJSON_TYPE, "reply": wire.EventsReply, "tokens": (STATION,)}

    @app.post(wire.EVENTS, **call("sendEvents", "A batch of a station's log", says, **more))
    @handled(hub, "events")
    async def events(request: Request) -> Response:
        """A batch of a log: a header line, then the journal's lines."""
        who, log_id = calling(hub, request), request.path_params["log_id"]
        hub.turns.not_too_many()
        name = await admitted(who)
        header, lines = split_batch(await body(request, BATCH_LIMIT))
        now, protocol = hub.now(), protocol_of(request)

        def serve(connection: Connection) -> wire.EventsReply | wire.Problem:
            return ingest.ingest(
                connection, station(connection, who), log_id, header, lines, now, hub.propose, protocol=protocol
            )

        async with hub.turns.batch(name):
            reply = await in_database(hub, serve)
        hub.metrics.count(reply)
        return answer(reply, protocol=protocol)


def _sync(app: FastAPI, hub: Hub) -> None:
    from_station = (STATION,)
    says = "What the hub has of each log: there the upload begins."
    asks = call("hello", "First call of a station", says, body=wire.Hello, reply=wire.HelloReply, tokens=from_station)

    @app.post(wire.HELLO, **asks)
    @handled(hub, "hello")
    async def hello(request: Request) -> Response:
        """First call of every connection: what the hub has of each log."""
        who, given = calling(hub, request), read_hello(await body(request))
        now = hub.now()

        def serve(connection: Connection) -> wire.HelloReply | wire.Problem:
            return greet(connection, hub_identity.identity(connection), station(connection, who), given, now)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    asks = call(
        "missingEvents",
        "Which of these events the hub does not have",
        "Those it lacks, in the order of the question.",
        body=wire.MissingQuestion,
        reply=wire.MissingReply,
        tokens=from_station,
    )

    @app.post(wire.MISSING, **asks)
    @handled(hub, "missing")
    async def missing(request: Request) -> Response:
        """For a station that goes on under a new log."""
        who, given = calling(hub, request), wire.decode(wire.MissingQuestion, await body(request))
        now = hub.now()

        def serve(connection: Connection) -> wire.MissingReply:
            station(connection, who)
            return lacking(connection, hub_identity.identity(connection), given, now)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    async def page(request: Request) -> Response:
        """Entries after a cursor."""
        who, cursor = calling(hub, request), request.query_params.get("cursor", "")
        limit = page_limit(request, feed.PAGE)
        now = hub.now()
        asked = versions.asked_for(request.headers.get(wire.PROTOCOL_HEADER))

        def serve(connection: Connection) -> wire.FeedReply | wire.Problem:
            name = station(connection, who)
            if asked < wire.PROTOCOL_MIN:
                words = (
                    f"protocol {asked} is too old for the feed of this hub; upgrade the station, what it sends is taken"
                )
                return wire.Problem(hub.identity.header(now), "protocol", words)
            reply = feed.page(connection, cursor, limit, now, versions.spoken(asked))
            if isinstance(reply, wire.FeedReply):
                stations.fetched(connection, name, feed.place_of(cursor))
            # While a restore is open it waits for everybody already: whoever makes cursors up begins no other one.
            elif restores.current(connection) is None and feed.was_here(connection, cursor):
                restores.restored(connection, now, hub.random, how="noticed", why=restores.NOTICED.format(name))
                reply = replace(reply, hub=hub_identity.identity(connection).header(now))
            # Before the transaction ends: its lock keeps a slower call from putting an older epoch back.
            hub.identity = replace(hub.identity, epoch=reply.hub.hub_epoch)
            return reply

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    says = "A page; its cursor is valid after the last entry."
    more: dict[str, Any] = {"reply": wire.FeedReply, "query": ("cursor", "limit"), "tokens": from_station}
    app.get(wire.FEED, **call("readFeed", "What stations should know", says, **more))(handled(hub, "feed")(page))
    again = call("readSnapshot", "The feed from the beginning, as it is true now", says, **more)
    app.get(wire.SNAPSHOT, **again)(handled(hub, "snapshot")(page))


def _administration(app: FastAPI, hub: Hub) -> None:
    words = "What the operation answers."
    asks = call("administer", "What the hub commands ask a running hub", words, body="application/json")

    @app.post("/v1/admin/{operation}", **asks)
    @handled(hub, "admin")
    async def administer(request: Request) -> Response:
        """What the ``hub`` commands ask a running hub to do."""
        administrator(hub, request)
        given = codec.from_bytes(await body(request, integration.DOCUMENT_LIMIT) or b"{}")
        operation = request.path_params["operation"]
        return answer(await in_thread(lambda: admin.perform(hub, operation, given)))


def _monitoring(app: FastAPI, hub: Hub) -> None:
    says = "Prometheus' text format, version 0.0.4."

    @app.get("/metrics", **call("metrics", "Figures for monitoring", says, tokens=(ADMIN,), media="text/plain"))
    @handled(hub, "metrics")
    async def metrics(request: Request) -> Response:
        """For Prometheus: from this machine without a token, from elsewhere with the administrators'.

        A reverse proxy on this machine makes its callers look as if they were here. One that adds ``Forwarded`` or
        ``X-Forwarded-For`` is seen and its callers need the token; for any other, do not forward ``/metrics``, or
        start the hub with ``--metrics-token``: then the token is always needed.
        """
        if hub.metrics_token or not from_here(request):
            administrator(hub, request)
        rendered = await in_database(hub, lambda c: hub.metrics.render(c, hub.now()))
        return Response(rendered, media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/healthz", **call("alive", "Whether the process lives", "It does.", tokens=()))
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    says = "Yes; with status 503: no, and why."

    @app.get("/readyz", **call("ready", "Whether database and periodic tasks work", says, tokens=()))
    async def readyz() -> Response:
        """Database and periodic tasks work; and which switch stops refunds, if one does: that is no fault."""
        try:
            stopped = await in_database(hub, stopped_by)
        except Exception as error:
            return answer({"ready": False, "why": f"database: {type(error).__name__}"}, 503)
        now = hub.now()
        late = sorted(name for name, beat in hub.beats.items() if beat.is_late(now))
        return answer({"ready": not late, "late": late, "refunds_stopped_by": stopped}, 503 if late else 200)


def split_batch(data: bytes) -> tuple[wire.BatchHeader, list[bytes]]:
    """Header and lines of an NDJSON body.

    Raises:
        Malformed: the header cannot be read.
        CallRefused: too many lines.
    """
    count = data.count(b"\n")
    if count > LINES_LIMIT + 1:
        raise CallRefused("too_large", f"{count} lines are over the limit of {LINES_LIMIT}")
    first, *lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return read_batch_header(first), lines
