"""The routes of ``sync.enrolment``: the authority to pin, asking to be let in, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection, Row

from hub.calls import CallRefused, answer, body, calling, fresh, handled, in_database
from hub.central import Hub
from hub.intake import receipts
from hub.openapi import call
from hub.trust import enrolments
from rma_station.domain import codec
from sync import enrolment, signing
from sync.words import authority_id


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""
    says = "Its certificate, for a station to pin after comparing words."
    asks = call("authority", "The hub's own authority", says, tokens=(), media=enrolment.PEM_TYPE)

    @app.get(enrolment.AUTHORITY, **asks)
    @handled(hub, "authority")
    async def authority(request: Request) -> Response:
        """Anybody may see it; what makes it believed is comparing words."""
        if not hub.authority:
            raise CallRefused("refused", "this hub has no authority of its own", 404)
        return Response(hub.authority, media_type=enrolment.PEM_TYPE)

    says = "Its code and how it stands."
    more: dict[str, Any] = {"reply": enrolment.EnrolmentReply, "tokens": ()}

    @app.post(
        enrolment.ENROLMENTS, **call("askEnrolment", "A station wants in", says, body=enrolment.EnrolmentAsked, **more)
    )
    @handled(hub, "enrolment")
    async def ask(request: Request) -> Response:
        """Signed with the key that wants in: nobody enrols another's."""
        signed = _signed(hub, request)
        asked = codec.decode(enrolment.EnrolmentAsked, codec.from_bytes(await body(request)))
        now, caller = hub.now(), request.client.host if request.client else "unknown"
        if asked.public_key != signed.public_key:
            raise CallRefused("unauthorised", "the call is not signed with the key it names")
        if asked.mode != hub.identity.mode:
            words = f"this hub is a {hub.identity.mode} hub, the station is in another mode; they never mix"
            raise CallRefused("mode", words)

        def serve(connection: Connection) -> enrolment.EnrolmentReply:
            fresh(connection, hub, signed, STRANGERS)
            try:
                row = enrolments.ask(connection, asked, caller, authority_id(hub.authority), hub.random, now)
            except enrolments.Busy as error:
                raise CallRefused("busy", str(error)) from None
            return _reply(hub, row, now)

        return answer(await in_database(hub, serve))

    @app.get(enrolment.ENROLMENT, **call("lookEnrolment", "How a station's enrolment stands", says, **more))
    @handled(hub, "enrolment_look")
    async def look(request: Request) -> Response:
        """For the station whose key it is."""
        signed, now = _signed(hub, request), hub.now()
        code = request.path_params["code"]

        def serve(connection: Connection) -> enrolment.EnrolmentReply:
            fresh(connection, hub, signed, STRANGERS)
            row = enrolments.look(connection, code, signed.public_key)
            if row is None:
                raise CallRefused("refused", "no station with this key asked under this code", 404)
            return _reply(hub, row, now)

        return answer(await in_database(hub, serve))


STRANGERS = "strangers"
"""Whose memory the calls of keys take room of that may never be let in (``hub/trust/nonces.py``)."""


def _signed(hub: Hub, request: Request) -> signing.Signed:
    who = calling(hub, request)
    if who.signed is None:
        raise CallRefused("unauthorised", "this call is signed with the device key that wants in")
    return who.signed


def _reply(hub: Hub, row: Row[Any], now: datetime) -> enrolment.EnrolmentReply:
    state = enrolments.state_of(row, now)
    left = max(0, int((row.expires_at - now).total_seconds())) if state == enrolment.WAITING else 0
    key = receipts.public_key(hub.identity) if state == enrolment.APPROVED else ""
    return enrolment.EnrolmentReply(hub.identity.header(now), row.station, row.code, state, left, key)
