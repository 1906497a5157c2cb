"""The routes of ``sync.review_wire``: queue, case, decision, a supervisor's PIN at a bench.

A station opens them; the first three also the administrators'.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from hub import people
from hub.calls import (
    Calling,
    CallRefused,
    answer,
    body,
    calling,
    handled,
    in_database,
    is_administrators,
    protocol_of,
    station,
)
from hub.central import Hub
from hub.languages import language
from hub.openapi import ADMIN, STATION, call
from hub.review import decisions, desk
from hub.trust import pin_tries
from rma_station.domain import codec
from sync import review_wire, wire


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""

    def allowed(connection: Connection, who: Calling) -> str:
        return pin_tries.COMMANDS if is_administrators(hub, who.token) else station(connection, who)

    tokens = (STATION, ADMIN)
    says = "Held, late, stuck, and orphan parcels."
    asks = call("reviewQueue", "What waits for a supervisor", says, reply=review_wire.ReviewQueue, tokens=tokens)

    @app.get(review_wire.REVIEW_QUEUE, **asks)
    @handled(hub, "review_queue")
    async def queue(request: Request) -> Response:
        """What waits for a supervisor, most urgent first."""
        who, now = calling(hub, request), hub.now()

        def serve(connection: Connection) -> review_wire.ReviewQueue:
            allowed(connection, who)
            return desk.queue(connection, hub.identity.header(now), now, hub.policy)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    says = "Evidence, the rule that held it (as Accept-Language says), and the basis a decision has to name."
    asks = call("reviewCase", "A case as a supervisor sees it", says, reply=review_wire.ReviewCase, tokens=tokens)

    @app.get(review_wire.REVIEW_CASE, **asks)
    @handled(hub, "review_case")
    async def case(request: Request) -> Response:
        """One case with its evidence."""
        who, now, case_id = calling(hub, request), hub.now(), request.path_params["case_id"]
        reads = language(request.headers.get(wire.LANGUAGE_HEADER, ""))

        def serve(connection: Connection) -> review_wire.ReviewCase:
            allowed(connection, who)
            found = desk.case_file(connection, hub.identity.header(now), case_id, now, hub.policy, reads)
            if found is None:
                raise CallRefused("malformed", f"there is no case {case_id[:80]!r}", 404)
            return found

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    says = "Whether it was accepted; if not, the code says why."
    more: dict[str, Any] = {"body": review_wire.Decision, "reply": review_wire.DecisionReply, "tokens": tokens}

    @app.post(review_wire.REVIEW_DECIDE, **call("decide", "A supervisor's decision", says, **more))
    @handled(hub, "review_decide")
    async def decide(request: Request) -> Response:
        """A decision; the hub checks role, PIN, basis and four eyes."""
        who, now, case_id = calling(hub, request), hub.now(), request.path_params["case_id"]
        given = codec.decode(review_wire.Decision, codec.from_bytes(await body(request)))

        def serve(connection: Connection) -> review_wire.DecisionReply:
            place = allowed(connection, who)
            return decisions.decide(connection, case_id, given, now, hub.propose, place=place)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    says = "Whether the PIN is this supervisor's; wrong ones are counted and lock, as with decisions."
    more = {"body": review_wire.Vouch, "reply": review_wire.DecisionReply, "tokens": (STATION,)}

    @app.post(review_wire.VOUCH, **call("vouch", "A supervisor at a bench", says, **more))
    @handled(hub, "vouch")
    async def vouch(request: Request) -> Response:
        """A supervisor signs in at a station, which cannot check the PIN itself."""
        who, now = calling(hub, request), hub.now()
        given = codec.decode(review_wire.Vouch, codec.from_bytes(await body(request)))

        def serve(connection: Connection) -> review_wire.DecisionReply:
            checked = people.check(connection, given.worker_id, given.pin, now, place=station(connection, who))
            return decisions.checked_reply(hub.identity.header(now), checked)

        return answer(await in_database(hub, serve), protocol=protocol_of(request))
