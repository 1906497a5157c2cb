"""One call to the hub over HTTPS: address and token checked, time and size bounded, the answer read strictly.

Used by the uplink and the review desk, each with a line of its own. httpx is imported with the first call, never
with this module, so that the station's first paint does not wait for it.
"""

from __future__ import annotations

import email.utils
import gzip
import os
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import Malformed, Refused
from sync import blobs, http_library, hub_reply, wire
from sync.address_and_token import checked_address, is_loopback, read_token
from sync.no_answer import LATEST_POSSIBLE, Forbidden, NoAnswer, in_words, unanswered

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 20.0
"""Longest pause while sending or receiving."""
KEEP_SECONDS = 60.0
"""How long an idle connection is kept: longer than between two looks at the feed, shorter than at the hub (75)."""
CALL_SECONDS = 60.0
"""A whole call: a hub that answers one byte a second is as good as none."""
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
    """A line to one hub. Calls block, for at most about a minute; any thread may make them.

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
        silence_seconds: longest pause while sending or receiving.
        call_seconds: longest answer.
        language: of the person the answers are for; empty where they are for none.
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
        silence_seconds: float = SILENCE_SECONDS,
        call_seconds: float = CALL_SECONDS,
        language: str = "",
    ) -> None:
        self._address, self._token_file, self._app_version, self._unix = address, token_file, app_version, unix
        self._silence_seconds, self._call_seconds = silence_seconds, call_seconds
        self._find_key, self._authority, self._language = key, authority, language
        self._client: httpx.Client | None = None
        self._key: bytes | None = None
        self._offset = 0.0
        self._lock = threading.Lock()

    def call(
        self, kind: type[T], method: str, path: str, body: bytes = b"", *, content_type: str = wire.JSON_TYPE
    ) -> Answered[T]:
        """Make one call.

        Args:
            kind: what the reply is, as in ``hub_reply.read``.
            method: ``GET`` or ``POST``.
            path: with its query.
            body: sent gzipped when it is a batch.
            content_type: of the body.

        Raises:
            NoAnswer: nobody answered in our words; whether the hub acted is not known.
            Forbidden: address, key or token forbid the call; nothing was sent.
        """
        headers = {}
        if body:
            headers["Content-Type"] = content_type
        if content_type == wire.NDJSON_TYPE:
            body = gzip.compress(body, compresslevel=5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        begun = time.monotonic()
        got = self._exchange(method, path, body, headers)
        try:
            reply = hub_reply.read(kind, got.status, got.data)
        except hub_reply.NotOurHub as error:
            self.close()
            raise NoAnswer(str(error), error.said, got.retry_after) from None
        hub: wire.HubHeader = getattr(reply, "hub")  # noqa: B009 - every reply has it
        # Our clock may have been set during the call: only its present word counts, the call's length is monotonic.
        offset = hub_reply.clock_offset(hub, self._unix() - (time.monotonic() - begun) / 2)
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
        if got.status == 401 and self._key and date is not None:
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

        try:
            client = self._connected()
            headers = {**headers, **self._signature(method, path, body)}
            with client.stream(method, path, content=body or None, headers=headers) as response:
                data = _bounded(response, self._call_seconds)
                asked = self._retry_after(response.headers)
                return _Got(response.status_code, response.headers, data, asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.close()
            raise in_words(error, self._address(), self._authority, self._unix) from None
        except NoAnswer:
            self.close()
            raise

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds, from a number or an HTTP date (RFC 9110, 10.2.3), which is told by the answer's own clock."""
        return _retry_after(headers.get(wire.RETRY_AFTER), _http_date(headers.get("Date")) or self._unix())

    def _signature(self, method: str, path: str, body: bytes) -> dict[str, str]:
        if self._key is None:
            return {}
        from sync import signing  # noqa: PLC0415 - not before the first paint

        by_hub = self._unix() + self._offset
        # A hub whose clock says a time that cannot be written is answered by ours: its next word may be a better one.
        unix = by_hub if 0 <= by_hub <= LATEST_POSSIBLE else self._unix()
        return signing.sign(self._key, method, path, body, unix, os.urandom(signing.NONCE_BYTES))

    def close(self) -> None:
        """Forget the connection; the next call looks up address, key and token anew."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _trusting(self) -> ssl.SSLContext:
        from sync import pinning  # noqa: PLC0415 - not before the first paint

        try:
            return pinning.trusting(self._authority())
        except (Malformed, OSError) as error:
            raise Forbidden(str(error), say("service.hub.authority", reason=clean(str(error)))) from None

    def _own_key(self) -> bytes | None:
        try:
            return self._find_key()
        except Refused as error:
            raise Forbidden(str(error), say("service.hub.device_key", reason=str(error))) from None

    def _connected(self) -> httpx.Client:
        http_library.load()
        import httpx  # noqa: PLC0415

        with self._lock:
            if self._client is None:
                address = checked_address(self._address())
                secure = address.startswith("https:")
                self._key = self._own_key()
                token = {} if self._key else {wire.AUTHORIZATION: f"Bearer {read_token(self._token_file)}"}
                self._client = httpx.Client(
                    base_url=address,
                    headers={
                        **token,
                        **({wire.LANGUAGE_HEADER: self._language} if self._language else {}),
                        wire.PROTOCOL_HEADER: str(wire.PROTOCOL),
                        "Accept-Encoding": "gzip",
                        "User-Agent": f"rma-station/{self._app_version}",
                    },
                    timeout=httpx.Timeout(self._silence_seconds, connect=CONNECT_SECONDS),
                    limits=httpx.Limits(keepalive_expiry=KEEP_SECONDS),
                    follow_redirects=False,
                    verify=self._trusting() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                    # A proxy of the environment must not see what is meant for this machine, nor its token.
                    trust_env=not is_loopback(urlsplit(address).hostname or ""),
                )
            return self._client


class _Got(NamedTuple):
    """What came back, whoever it is from."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    retry_after: float | None


_WITHOUT_BODY = {401: "unauthorised", 403: "revoked", 404: "not_here"}


def _refusal(got: _Got) -> tuple[str, str]:
    """Code and words of a refusal; after ``HEAD`` there is only a status."""
    try:
        reply = hub_reply.read(blobs.UploadPage, got.status, got.data)
    except hub_reply.NotOurHub:
        return _WITHOUT_BODY.get(got.status, f"http_{got.status}"), ""
    return (reply.code, reply.message) if isinstance(reply, wire.Problem) else (f"http_{got.status}", "")


def _bounded(response: httpx.Response, seconds: float) -> bytes:
    """The body, unpacked here: httpx unpacks a chunk whole, and one of two kilobytes may become gigabytes."""
    ends = time.monotonic() + seconds
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
            if time.monotonic() > ends:
                raise unanswered(f"the answer did not end within {seconds:.0f} s")
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
