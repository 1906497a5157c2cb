"""What every call of the API needs: a body within limits, who calls, the database in a worker thread, an answer."""

from __future__ import annotations

import functools
import hmac
import ipaddress
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect

from hub import store, turns
from hub.central import Hub
from hub.trust import device_keys, nonces, stations
from rma_station.domain.clean import clean
from rma_station.errors import Malformed, ModeMismatch, Refused, StationError, StorageFull
from sync import blobs, signing, versions, wire

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
Serving = Callable[[Connection], T]

STATUS = {**wire.PROBLEM_STATUS, **blobs.STATUS, "refused": 422}
"""HTTP status of a problem's code; ``refused`` is said to people and integrators only."""
BODY_SECONDS = 60.0
"""A body has to be here by then: a caller that sends byte by byte holds nothing for long."""
BODY_LIMIT = 256 * 1024
"""Bytes of an ordinary JSON body."""
WAITING_LIMIT = 200
"""More calls than this waiting for the database are told to come back later."""
RETRY_AFTER = "2"

_log = logging.getLogger("hub.calls")


class CallRefused(Exception):
    """Ends a call: the caller gets a ``wire.Problem`` with this code."""

    def __init__(self, code: str, message: str, status: int = 0, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status or STATUS[code]
        self.headers = headers or {}


def answer(value: Any, status: int = 200, protocol: int = wire.PROTOCOL) -> Response:
    """A reply as JSON, to a station in the protocol it speaks; a ``wire.Problem`` gets the status of its code."""
    if isinstance(value, wire.Problem):
        status = STATUS.get(value.code, 400)
    body = versions.encode(value, protocol)
    headers = {"Retry-After": RETRY_AFTER} if status == STATUS["busy"] else None
    return Response(body, status, headers, media_type="application/json")


def handled(hub: Hub, name: str) -> Callable[[Handler], Handler]:
    """Give a handler its timing and turn what it raises into ``wire.Problem``."""

    def decorate(handler: Handler) -> Handler:
        timer = hub.metrics.seconds.labels(name)

        @functools.wraps(handler)
        async def run(request: Request) -> Response:
            begun = time.perf_counter()
            try:
                if not "".join(map(str, request.path_params.values())).isprintable():
                    raise Malformed("the address holds a control character")
                return await handler(request)
            except CallRefused as problem:
                response = _problem(hub, problem.code, problem.message, problem.status)
                response.headers.update(problem.headers)
                return response
            except turns.TooMany as error:
                return _problem(hub, "busy", str(error))
            except Malformed as error:
                return _problem(hub, "malformed", str(error))
            except ModeMismatch as error:
                return _problem(hub, "mode", str(error))
            except StorageFull as error:
                _log.error("%s: %s", name, clean(str(error), 400))
                return _problem(hub, "busy", "the hub's disk is full; nothing of this call was kept")
            except Refused as error:
                return _problem(hub, "refused", str(error))
            except StationError as error:
                _log.warning("%s: %s", name, clean(str(error), 400))
                return _problem(hub, "busy", f"the hub cannot do this now: {error.title}")
            except ClientDisconnect:
                return _problem(hub, "busy", "the caller went away")
            except Exception as error:
                # What it says may hold paths, statements or customer data: that stays in the hub's own log.
                _log.exception("%s: %s", name, type(error).__name__)
                return _problem(hub, "busy", "something went wrong at the hub; its log says what", 500)
            finally:
                timer.observe(time.perf_counter() - begun)

        return run

    return decorate


def _problem(hub: Hub, code: str, message: str, status: int = 0) -> Response:
    response = answer(wire.Problem(hub.identity.header(hub.now()), code, clean(message, 400)))
    response.status_code = status or response.status_code
    return response


async def in_database(hub: Hub, serve: Serving[T]) -> T:
    """Run ``serve(connection)`` in one transaction, in a worker thread.

    Raises:
        CallRefused: too many are waiting.
    """

    def work() -> T:
        with hub.database.transaction() as connection:
            return serve(connection)

    with hub.turns.before_database():
        return await in_thread(work)


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work()`` in a worker thread, where it may wait for database and disk.

    Raises:
        CallRefused: too many are waiting.
    """
    if anyio.to_thread.current_default_thread_limiter().statistics().tasks_waiting > WAITING_LIMIT:
        raise CallRefused("busy", "too many calls are waiting; come back in a moment")
    return await anyio.to_thread.run_sync(work)


def bearer(request: Request) -> str:
    """The token of a call.

    Raises:
        CallRefused: there is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise CallRefused("unauthorised", "this call needs a header: Authorization: Bearer TOKEN")
    return token.strip()


def protocol_of(request: Request) -> int:
    """The protocol a station is answered in."""
    return versions.spoken(versions.asked_for(request.headers.get(wire.PROTOCOL_HEADER)))


@dataclass(frozen=True)
class Calling:
    """Who claims to call: by a signature that is genuine, or by a token that was not looked up yet."""

    hub: Hub
    token: str = ""
    signed: signing.Signed | None = None


def calling(hub: Hub, request: Request) -> Calling:
    """The signature or the token of a station's call; before its body is read, which has to be the one signed for.

    Raises:
        CallRefused: there is neither, or the signature is not genuine.
    """
    if signing.SIGNATURE.lower() not in request.headers:
        return Calling(hub, bearer(request))
    path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
    target = path.partition("?")[0] + (f"?{query}" if query else "")
    try:
        signed = signing.read(request.method, target, dict(request.headers))
    except Malformed as error:
        raise CallRefused("unauthorised", str(error)) from None
    request.state.signed = signed
    return Calling(hub, signed=signed)


def station(connection: Connection, who: Calling) -> str:
    """Name of the station that calls.

    Raises:
        CallRefused: unknown, revoked, not now (its clock is wrong), or not again.
    """
    name = _known(connection, who)
    if who.signed is not None:
        fresh(connection, who.hub, who.signed)
    return name


async def admitted(who: Calling) -> str:
    """Let only stations go on, before the hub holds and unpacks a large body; ``station`` has to be asked as well.

    Returns:
        The station's name.

    Raises:
        CallRefused: unknown or revoked.
    """
    return await in_database(who.hub, lambda connection: _known(connection, who))


def _known(connection: Connection, who: Calling) -> str:
    if who.signed is not None:
        return _signed_by(connection, who.signed)
    found = stations.caller(connection, who.token)
    if found is None:
        raise CallRefused("unauthorised", "this hub does not know the token")
    if found.revoked:
        raise CallRefused("unauthorised", f"station {found.name} was revoked", 403)
    return found.name


def _signed_by(connection: Connection, signed: signing.Signed) -> str:
    key = device_keys.find(connection, signed.public_key)
    if key is None:
        raise CallRefused("unauthorised", "this hub does not know the station's key; enrol it: rma-station enrol")
    if key.ended_at is not None:
        raise CallRefused(
            "revoked", f"the key of station {key.station} was {key.ended_why} at {store.stamp(key.ended_at)}"
        )
    return str(key.station)


def fresh(connection: Connection, hub: Hub, signed: signing.Signed, caller: str = "") -> None:
    """A signed request is one of now, and here for the first time.

    Args:
        connection: in the transaction of what the request asks.
        hub: whose clock and memory decide.
        signed: the request.
        caller: whose memory it takes room of; empty: its key's. Keys nobody knows are made by the thousand, so that
            all of them share one memory.

    Raises:
        CallRefused: it is not; with the hub's time, by which the station signs it anew.
    """
    now = int(hub.now().timestamp())
    if not nonces.is_timely(signed.created, now, hub.started):
        raise CallRefused(
            "clock", f"signed {signed.created - now:+d} s from the hub's time; sign it by the hub's clock"
        )
    match hub.nonces.take(connection, caller or signed.public_key, signed.nonce, signed.created, now):
        case "again":
            raise CallRefused("unauthorised", "this very request was here before")
        case "many":
            raise CallRefused("busy", "too many calls of this station; come back in a moment")


def is_administrators(hub: Hub, token: str) -> bool:
    """Whether a token is the administrators' and integrators'; none, as in a signed call, never is."""
    return bool(token and hub.admin_sha256) and hmac.compare_digest(stations.digest(token), hub.admin_sha256)


def administrator(hub: Hub, request: Request) -> None:
    """Let only the administrators' and integrators' token pass.

    Raises:
        CallRefused: another token, or none.
    """
    if not is_administrators(hub, bearer(request)):
        raise CallRefused("unauthorised", "this call needs the token in the hub's file admin-token")


def from_here(request: Request) -> bool:
    """Whether a call comes from this machine and was not handed on by a proxy that says so."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body of a call, unpacked when it is gzip, never more than ``limit`` bytes either way.

    Raises:
        CallRefused: too large, not here in ``BODY_SECONDS``, or not the one the station signed for.
        Malformed: not gzip although it says so.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise CallRefused("too_large", f"a body of {announced[:20]} bytes is over the limit of {limit}")
    chunks, size = [], 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise CallRefused("too_large", f"the body is over the limit of {limit} bytes")
                chunks.append(chunk)
    except TimeoutError:
        raise CallRefused("busy", f"the body did not come within {BODY_SECONDS} s", 408) from None
    data = b"".join(chunks)
    signed = getattr(request.state, "signed", None)
    if signed is not None and not signing.is_digest_of(signed, data):
        raise CallRefused("unauthorised", "the body is not the one that was signed for")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        return gunzip(data, limit)
    if encoding != "identity":
        raise Malformed(f"content-encoding {clean(encoding, 40)} is not gzip")
    return data


def page_limit(request: Request, most: int) -> int:
    """The query's ``limit`` from 1 to ``most``; ``most`` when there is none or it is no number."""
    given = request.query_params.get("limit", "")
    return min(int(given[:9]), most) if given.isascii() and given.isdigit() and int(given[:9]) > 0 else most


def gunzip(data: bytes, limit: int) -> bytes:
    """Unpack one gzip member of at most ``limit`` bytes.

    Raises:
        CallRefused: it would become larger.
        Malformed: not gzip, cut short, or something follows it.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise Malformed(f"the body is not gzip: {error}") from None
    if len(plain) > limit:
        raise CallRefused("too_large", f"the unpacked body is over the limit of {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("the gzip body is cut short, or something follows it")
    return plain
