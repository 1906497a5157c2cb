"""The hub's HTTP face: stations' calls, the integrators' calls, monitoring. A shell; what it means is elsewhere.

Stations call with the token of ``hub station add``, everybody else with the one in the file ``admin-token``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection, text

from hub import admin, cases, feed, ingest, reference, stations
from hub.calls import Answered, administrator, answer, bearer, body, from_here, handled, in_database, station
from hub.central import Hub
from hub.hello import greet
from hub.tolerant import read_batch_header, read_hello
from rma_station.domain import codec
from rma_station.domain.rma import Product, Rma
from rma_station.errors import Malformed
from sync import wire

T = TypeVar("T")
Mount = Callable[[FastAPI, Hub], None]
"""Adds another part's routes to the application."""

BATCH_LIMIT = 16 * wire.BATCH_BYTES
"""Bytes of an unpacked batch: a single event may be far over the usual size and still becomes a dead letter."""
LINES_LIMIT = 10 * wire.BATCH_EVENTS
DOCUMENT_LIMIT = 4 * 1024 * 1024
"""Bytes of an RMA, order or product sent by an integrator."""
STALE_SECONDS = 120
"""A periodic task that has not ended well for so long makes the hub not ready."""


def create_app(hub: Hub, mounts: Sequence[Mount] = ()) -> FastAPI:
    """The application for one hub.

    Args:
        hub: database, clock and what money follows.
        mounts: other parts that add their routes.
    """
    app = FastAPI(title="RMA Station hub", version=str(wire.PROTOCOL), docs_url=None, redoc_url=None)
    for mount in (_sync, _integration, _monitoring, *mounts):
        mount(app, hub)
    return app


def _sync(app: FastAPI, hub: Hub) -> None:
    @app.post(wire.HELLO)
    @handled(hub, "hello")
    async def hello(request: Request) -> Response:
        """First call of every connection: what the hub has of each log."""
        token, given = bearer(request), read_hello(await body(request))
        now = hub.now()

        def serve(connection: Connection) -> wire.HelloReply | wire.Problem:
            return greet(connection, hub.identity, station(connection, token), given, now)

        return answer(await in_database(hub, serve))

    @app.post(wire.EVENTS)
    @handled(hub, "events")
    async def events(request: Request) -> Response:
        """A batch of a log: a header line, then the journal's lines."""
        token, log_id = bearer(request), request.path_params["log_id"]
        header, lines = split_batch(await body(request, BATCH_LIMIT))
        now = hub.now()

        def serve(connection: Connection) -> wire.EventsReply | wire.Problem:
            name = station(connection, token)
            return ingest.ingest(connection, name, log_id, header, lines, now, hub.propose)

        reply = await in_database(hub, serve)
        hub.metrics.count(reply)
        return answer(reply)

    async def page(request: Request) -> Response:
        """Entries after a cursor."""
        token, cursor = bearer(request), request.query_params.get("cursor", "")
        limit = _limit(request, feed.PAGE)
        now = hub.now()

        def serve(connection: Connection) -> wire.FeedReply | wire.Problem:
            name = station(connection, token)
            reply = feed.page(connection, cursor, limit, now)
            if isinstance(reply, wire.FeedReply):
                stations.fetched(connection, name, feed.place_of(cursor))
            return reply

        return answer(await in_database(hub, serve))

    app.get(wire.FEED)(handled(hub, "feed")(page))
    app.get(wire.SNAPSHOT)(handled(hub, "snapshot")(page))


def _integration(app: FastAPI, hub: Hub) -> None:
    @app.put("/v1/rmas/{rma_id}")
    @handled(hub, "put_rma")
    async def put_rma(request: Request) -> Response:
        """An RMA as the shop knows it, whole."""
        administrator(hub, request)
        rma = _decoded(Rma, await body(request, DOCUMENT_LIMIT))
        _same(rma.rma_id, request.path_params["rma_id"], "rma_id")
        return await _written(hub, lambda c, now: reference.put_rma(c, rma, now, hub.propose))

    @app.put("/v1/products/{sku}")
    @handled(hub, "put_product")
    async def put_product(request: Request) -> Response:
        """A product of the catalogue, whole."""
        administrator(hub, request)
        product = _decoded(Product, await body(request, DOCUMENT_LIMIT))
        _same(product.sku, request.path_params["sku"], "sku")
        return await _written(hub, lambda c, now: reference.put_products(c, [product], now) == 1)

    @app.get("/v1/movements")
    @handled(hub, "movements")
    async def movements(request: Request) -> Response:
        """Units that went somewhere, with reversals, for the warehouse system."""
        administrator(hub, request)
        cursor, limit = request.query_params.get("cursor", ""), _limit(request, cases.PAGE)
        found = await in_database(hub, lambda c: cases.movements_after(c, cursor, limit))
        if found is None:
            raise Answered("snapshot", "this hub does not know the cursor; begin again without one")
        return answer(found)

    @app.get("/v1/cases/{case_id}")
    @handled(hub, "case")
    async def case(request: Request) -> Response:
        """Custody, counters and history of one case."""
        administrator(hub, request)
        case_id = request.path_params["case_id"]
        found = await in_database(hub, lambda c: cases.view(c, case_id))
        if found is None:
            raise Answered("malformed", f"there is no case {case_id[:80]!r}", 404)
        return answer(found)

    @app.get("/v1/missing")
    @handled(hub, "missing")
    async def missing(request: Request) -> Response:
        """Pieces that were advised and did not come."""
        administrator(hub, request)
        return answer(await in_database(hub, lambda c: cases.missing(c, hub.now())))

    @app.post("/v1/admin/{operation}")
    @handled(hub, "admin")
    async def administer(request: Request) -> Response:
        """What the ``hub`` commands ask a running hub to do."""
        administrator(hub, request)
        given = codec.from_bytes(await body(request, DOCUMENT_LIMIT) or b"{}")
        operation = request.path_params["operation"]
        return answer(await in_database(hub, lambda c: admin.perform(hub, c, operation, given)))


def _monitoring(app: FastAPI, hub: Hub) -> None:
    @app.get("/metrics")
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

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> Response:
        """Database and periodic tasks work."""
        try:
            await in_database(hub, lambda c: c.execute(text("SELECT 1")).scalar())
        except Exception as error:
            return answer({"ready": False, "why": f"database: {type(error).__name__}"}, 503)
        now = hub.now()
        late = sorted(name for name, at in hub.beats.items() if (now - at).total_seconds() > STALE_SECONDS)
        return answer({"ready": not late, "late": late}, 503 if late else 200)


def split_batch(data: bytes) -> tuple[wire.BatchHeader, list[bytes]]:
    """Header and lines of an NDJSON body.

    Raises:
        Malformed: the header cannot be read.
        Answered: too many lines.
    """
    first, *lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > LINES_LIMIT:
        raise Answered("too_large", f"{len(lines)} lines are over the limit of {LINES_LIMIT}")
    return read_batch_header(first), lines


async def _written(hub: Hub, write: Callable[[Connection, datetime], bool]) -> Response:
    changed = await in_database(hub, lambda connection: write(connection, hub.now()))
    return answer({"changed": changed})


def _decoded(kind: type[T], data: bytes) -> T:
    return codec.decode(kind, codec.from_bytes(data))


def _limit(request: Request, most: int) -> int:
    given = request.query_params.get("limit", "")
    return min(int(given), most) if given.isascii() and given.isdigit() and int(given[:9]) > 0 else most


def _same(inside: str, outside: Any, name: str) -> None:
    if inside != outside:
        raise Malformed(f"{name}: the body says {inside[:40]!r}, the address {str(outside)[:40]!r}")
