"""The routes of ``sync.wire`` REVIEW_* for a station's or the administrators' token, and the shop's import."""

from __future__ import annotations

import hmac

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from hub import decisions, desk, stations
from hub.calls import Answered, administrator, answer, bearer, body, handled, in_database, station
from hub.central import Hub
from hub.orders import take_document
from hub.shop import Document
from rma_station.domain import codec
from sync import wire

IMPORT = "/v1/import"
DOCUMENT_LIMIT = 16 * 1024 * 1024
"""Bytes of an import document."""


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""

    def allowed(connection: Connection, token: str) -> None:
        if not (hub.admin_sha256 and hmac.compare_digest(stations.digest(token), hub.admin_sha256)):
            station(connection, token)

    @app.get(wire.REVIEW_QUEUE)
    @handled(hub, "review_queue")
    async def queue(request: Request) -> Response:
        """What waits for a supervisor, most urgent first."""
        token, now = bearer(request), hub.now()

        def serve(connection: Connection) -> wire.ReviewQueue:
            allowed(connection, token)
            return desk.queue(connection, hub.identity.header(now), now)

        return answer(await in_database(hub, serve))

    @app.get(wire.REVIEW_CASE)
    @handled(hub, "review_case")
    async def case(request: Request) -> Response:
        """One case with its evidence."""
        token, now, case_id = bearer(request), hub.now(), request.path_params["case_id"]

        def serve(connection: Connection) -> wire.ReviewCase:
            allowed(connection, token)
            found = desk.case_file(connection, hub.identity.header(now), case_id, now)
            if found is None:
                raise Answered("malformed", f"there is no case {case_id[:80]!r}", 404)
            return found

        return answer(await in_database(hub, serve))

    @app.post(IMPORT)
    @handled(hub, "import")
    async def take(request: Request) -> Response:
        """Products, orders with their payments, and RMAs: the same document as ``hub import FILE``."""
        administrator(hub, request)
        now, document = hub.now(), codec.decode(Document, codec.from_bytes(await body(request, DOCUMENT_LIMIT)))

        def serve(connection: Connection) -> dict[str, int]:
            found = take_document(connection, document, "document", now, hub.propose)
            return {"products": found.products, "orders": found.orders, "rmas": found.rmas}

        return answer(await in_database(hub, serve))

    @app.post(wire.REVIEW_DECIDE)
    @handled(hub, "review_decide")
    async def decide(request: Request) -> Response:
        """A decision; the hub checks role, PIN, basis and four eyes."""
        token, now, case_id = bearer(request), hub.now(), request.path_params["case_id"]
        given = codec.decode(wire.Decision, codec.from_bytes(await body(request)))

        def serve(connection: Connection) -> wire.DecisionReply:
            allowed(connection, token)
            return decisions.decide(connection, case_id, given, now, hub.propose)

        return answer(await in_database(hub, serve))
