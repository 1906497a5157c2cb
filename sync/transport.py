"""One call to the hub over HTTPS: address and token checked, time and size bounded, the answer read strictly.

Used by the uplink and the review desk, each with a line of its own. httpx is imported with the first call, never
with this module, so that the station's first paint does not wait for it.
"""

from __future__ import annotations

import email.utils
import gzip
import os
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from sync import blobs, http_library, hub_reply, wire
from sync.connections import Connection, Connections
from sync.no_answer import LATEST_POSSIBLE, NoAnswer, in_words, unanswered
from sync.watch import LIMITS, Limits, Patience, Watch

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

OFFSET_SECONDS = 30.0
"""A call that is refused is signed anew when the hub's clock is so far from what was thought."""
REPLY_BYTES = 16 * 1024 * 1024
"""Of an answer, unpacked."""


@dataclass(frozen=True)
class Answered(Generic[T]):
    """A reply with what the transport adds to it."""

    reply: T | wire.Problem
    clock_offset: float | None
    """Hub clock minus ours, in seconds."""
    retry_after: float | None


@dataclass(frozen=True)
class BlobAnswer:
    """An answer about a blob."""

    hub_id: str
    place: blobs.Place | None
    code: str
    """Empty when it is no refusal."""
    message: str
    retry_after: float | None


class HubLine:
    """A line to one hub. Calls block, as long as ``Limits`` and the pace of the line allow; any thread may make them.

    Every call is signed with the station's device key, by the hub's clock as far as it is known; one without a key
    sends its token.

    Args:
        address: gives the hub's address whenever a connection is made (an embedded hub may come back elsewhere);
            empty while there is none.
        token_file: read anew for every connection, where there is no key.
        app_version: told to the hub as the user agent.
        unix: wall clock, seconds since 1970.
        key: gives the seed of the device key, ``None`` where there is none; asked anew for every connection.
        authority: gives the authority (PEM) that alone is trusted for this hub, empty for those everybody trusts.
        limits: how long the parts of a call may take.
        monotonic: seconds.
    """

    def __init__(
        self,
        address: Callable[[], str],
        token_file: Path,
        app_version: str,
        unix: Callable[[], float],
        *,
        key: Callable[[], bytes | None] = lambda: None,
        authority: Callable[[], str] = lambda: "",
        limits: Limits = LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = Connections(address, token_file, app_version, key, authority)
        self._address, self._authority = address, authority
        self._unix, self._monotonic, self._limits = unix, monotonic, limits
        self._silent: Callable[[bool], None] = lambda silent: None
        self._offset = 0.0

    def listen(self, silent: Callable[[bool], None]) -> None:
        """Have ``silent`` told, from any thread, when nothing moves in a call, and when that is over."""
        self._silent = silent

    def call(
        self,
        kind: type[T],
        method: str,
        path: str,
        body: bytes = b"",
        *,
        content_type: str = wire.JSON_TYPE,
        language: str = "",
    ) -> Answered[T]:
        """Make one call.

        Args:
            kind: what the reply is, as in ``hub_reply.read``.
            method: ``GET`` or ``POST``.
            path: with its query.
            body: sent gzipped when it is a batch.
            content_type: of the body.
            language: of the person the answer is for; empty where it is for none.

        Raises:
            NoAnswer: nobody answered in our words; whether the hub acted is not known.
            Forbidden: address, key or token forbid the call; nothing was sent.
        """
        headers = {wire.LANGUAGE_HEADER: language} if language else {}
        if body:
            headers["Content-Type"] = content_type
        if content_type == wire.NDJSON_TYPE:
            body = gzip.compress(body, compresslevel=5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        begun = self._monotonic()
        got = self._exchange(method, path, body, headers)
        try:
            reply = hub_reply.read(kind, got.status, got.data)
        except hub_reply.NotOurHub as error:
            self.close()
            raise NoAnswer(str(error), error.said, got.retry_after) from None
        hub: wire.HubHeader = getattr(reply, "hub")  # noqa: B009 - every reply has it
        # Our clock may have been set during the call: only its present word counts, the call's length is monotonic.
        offset = hub_reply.clock_offset(hub, self._unix() - (self._monotonic() - begun) / 2)
        self._offset = self._offset if offset is None else offset
        return Answered(reply, offset, got.retry_after)

    def ask_blob(self, sha256: str) -> BlobAnswer:
        """``HEAD``: how much of a blob the hub has; raises as ``call``."""
        return self._blob("HEAD", sha256, b"", {})

    def send_blob(self, sha256: str, size: int, offset: int, data: bytes) -> BlobAnswer:
        """``PATCH``: the next bytes of a blob of ``size`` bytes; raises as ``call``."""
        headers = {blobs.OFFSET: str(offset), blobs.LENGTH: str(size), "Content-Type": blobs.CONTENT_TYPE}
        return self._blob("PATCH", sha256, data, headers)

    def get_blob(self, sha256: str) -> bytes | None:
        """``GET``: a blob's bytes, ``None`` when the hub does not have it; raises as ``call``."""
        got = self._exchange("GET", blobs.blob_path(sha256), b"", {})
        self._hub_of(got)
        return got.data if got.status == 200 else None

    def _blob(self, method: str, sha256: str, body: bytes, headers: Mapping[str, str]) -> BlobAnswer:
        got = self._exchange(method, blobs.blob_path(sha256), body, headers)
        hub_id, place = self._hub_of(got), blobs.place_of(got.headers)
        if got.status in (200, 201, 204):
            return BlobAnswer(hub_id, place, "", "", got.retry_after)
        code, message = _refusal(got)
        return BlobAnswer(hub_id, place, code, message, got.retry_after)

    def _hub_of(self, got: _Got) -> str:
        """Which hub says it. Raises ``NoAnswer`` when nobody we know does: a portal's page says nothing of a blob."""
        hub_id = got.headers.get(blobs.HUB_HEADER, "")
        if not hub_id:
            self.close()
            raise NoAnswer(
                f"the answer {got.status} about a photo names no hub", say("service.hub.nameless"), got.retry_after
            )
        return hub_id

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> _Got:
        got = self._once(method, path, body, headers)
        date = _http_date(got.headers.get("Date"))
        if got.status == 401 and got.signed and date is not None:
            offset = date - self._unix()
            if abs(offset - self._offset) > OFFSET_SECONDS:
                # Signed by a wrong clock; the hub took nothing of it. Its time is known now: no lock-out.
                self._offset = offset
                got = self._once(method, path, body, headers)
        if got.status in (401, 403):
            self.close()  # whoever puts it right gives this station another key, or its first
        return got

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> _Got:
        http_library.load()  # not before the first paint
        import httpx  # noqa: PLC0415

        watch: Watch | None = None
        try:
            with self._connections.one() as connection:
                patience = Patience(self._monotonic(), len(body), self._limits)
                headers = {**headers, **self._signature(connection.key, method, path, body)}
                with Watch(patience, connection.socket, self._silent, self._monotonic, self._limits.look) as watch:
                    try:
                        got = self._got(connection, watch, method, path, body, headers)
                    finally:
                        connection.socket = watch.socket
            if watch.cut:  # an answer without a length ends where it is cut off
                raise unanswered(watch.cut)
            return got
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.close()
            if watch is not None and watch.cut:
                raise unanswered(watch.cut) from None
            raise in_words(error, self._address(), self._authority, self._unix) from None
        except NoAnswer:
            self.close()
            raise

    def _got(
        self, connection: Connection, watch: Watch, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> _Got:
        with connection.client.stream(
            method, path, content=body or None, headers=headers, extensions={"trace": watch.heard}
        ) as response:
            data = _bounded(response)
            asked = self._retry_after(response.headers)
            return _Got(response.status_code, response.headers, data, asked, connection.key is not None)

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds, from a number or an HTTP date (RFC 9110, 10.2.3), which is told by the answer's own clock."""
        return _retry_after(headers.get(wire.RETRY_AFTER), _http_date(headers.get("Date")) or self._unix())

    def _signature(self, key: bytes | None, method: str, path: str, body: bytes) -> dict[str, str]:
        if key is None:
            return {}
        from sync import signing  # noqa: PLC0415 - not before the first paint

        by_hub = self._unix() + self._offset
        # A hub whose clock says a time that cannot be written is answered by ours: its next word may be a better one.
        unix = by_hub if 0 <= by_hub <= LATEST_POSSIBLE else self._unix()
        return signing.sign(key, method, path, body, unix, os.urandom(signing.NONCE_BYTES))

    def close(self) -> None:
        """Forget the connections; the next call looks up address, key and token anew."""
        self._connections.forget()


class _Got(NamedTuple):
    """What came back, whoever it is from."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    retry_after: float | None
    signed: bool


_WITHOUT_BODY = {401: "unauthorised", 403: "revoked", 404: "not_here"}


def _refusal(got: _Got) -> tuple[str, str]:
    """Code and words of a refusal; after ``HEAD`` there is only a status."""
    try:
        reply = hub_reply.read(blobs.UploadPage, got.status, got.data)
    except hub_reply.NotOurHub:
        return _WITHOUT_BODY.get(got.status, f"http_{got.status}"), ""
    return (reply.code, reply.message) if isinstance(reply, wire.Problem) else (f"http_{got.status}", "")


def _bounded(response: httpx.Response) -> bytes:
    """The body, unpacked here: httpx unpacks a chunk whole, and one of two kilobytes may become gigabytes."""
    data = bytearray()
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip"):
        raise unanswered(f"the answer is packed as {clean(packing, 40)!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31) if packing == "gzip" else None
    try:
        for chunk in response.iter_raw():
            data += unpacker.decompress(chunk, REPLY_BYTES + 1 - len(data)) if unpacker else chunk
            if len(data) > REPLY_BYTES:
                raise unanswered(f"the answer is longer than {REPLY_BYTES // 2**20} MiB")
    except zlib.error as error:
        raise unanswered(f"the answer is not gzip although it says so: {error}") from None
    return bytes(data)


def _retry_after(value: str | None, unix: float) -> float | None:
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until = _http_date(value)
    return None if until is None else max(0.0, until - unix)


def _http_date(value: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, OverflowError):
        return None
