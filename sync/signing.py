"""Every request of a station is signed with its device key: HTTP Message Signatures (RFC 9421), Ed25519.

Covered: method, path, query and ``Content-Digest`` (RFC 9530) of the bytes on the wire; with the time by the hub's
clock, a nonce and, as ``keyid``, the public key itself. Host and scheme are not covered: a reverse proxy may change
them, and TLS says who the hub is. Both sides use this module; the library is loaded with the first call.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import http_message_signatures as rfc9421
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rma_station.domain.record import dataclass
from rma_station.errors import Malformed
from sync.receipt import PUBLIC_KEY

TAG = "rma-station"
"""What the signature is for (RFC 9421, 2.3): one that was made for another program is none."""
SIGNATURE, SIGNATURE_INPUT, CONTENT_DIGEST = "Signature", "Signature-Input", "Content-Digest"
NONCE_BYTES = 16
_COVERED = ("@method", "@path", "@query")
_NOBODY = "https://hub"
"""In place of scheme and host, which are not covered."""
_HEADERS = (SIGNATURE.lower(), SIGNATURE_INPUT.lower(), CONTENT_DIGEST.lower())


@dataclass(frozen=True)
class Signed:
    """What a genuine signature says."""

    public_key: str
    """Hexadecimal: who signed. Whether it may call is another question."""
    created: int
    """Seconds since 1970, by the caller's idea of the hub's clock."""
    nonce: str
    content_digest: str


@dataclass(frozen=True)
class _Message:
    """A request as the library reads it."""

    method: str
    url: str
    headers: dict[str, str]


class _Keys(rfc9421.HTTPSignatureKeyResolver):
    """The key id is the public key, so that nobody has to be asked for it."""

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        if not PUBLIC_KEY.fullmatch(key_id):
            raise ValueError("the key id is not a public key")
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_id))

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        raise LookupError("nothing is signed by its key id")


class _AtAnyTime(rfc9421.HTTPMessageVerifier):
    """Whether the time is right is the hub's to say, by its own clock and in words the station can act on."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        pass


_verifier = _AtAnyTime(signature_algorithm=rfc9421.algorithms.ED25519, key_resolver=_Keys())
_signer = rfc9421.HTTPMessageSigner(signature_algorithm=rfc9421.algorithms.ED25519)


@lru_cache(maxsize=4)
def private_key(seed: bytes) -> Ed25519PrivateKey:
    """The device key of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(seed: bytes) -> str:
    """What the hub knows a device key by (hexadecimal)."""
    return private_key(seed).public_key().public_bytes_raw().hex()


def sign(seed: bytes, method: str, target: str, body: bytes, unix: float, nonce: bytes) -> dict[str, str]:
    """The headers that sign a request.

    Args:
        seed: of the device key.
        method: such as ``POST``.
        target: path and query as they go over the wire.
        body: as it goes over the wire, compressed if it is; empty when there is none.
        unix: the hub's time, seconds since 1970.
        nonce: ``NONCE_BYTES`` random bytes.
    """
    message: Any = _Message(method, _NOBODY + target, {})
    prepared = _signer.prepare(
        message,
        key_id=public_key(seed),
        created=datetime.fromtimestamp(int(unix), UTC),
        nonce=base64.urlsafe_b64encode(nonce).decode().rstrip("="),
        label="station",
        tag=TAG,
        covered_component_ids=_COVERED,
        body=body,  # adds and covers its digest, also of no body: nobody can give this request another one
    )
    _signer.apply(message, prepared, private_key(seed).sign(prepared.signature_base))
    return dict(message.headers)


def read(method: str, target: str, headers: Mapping[str, str]) -> Signed:
    """Who signed a request. The body is not looked at: ``is_digest_of`` has to be asked when it is here.

    Args:
        method: as it came.
        target: path and query as they came, not unquoted.
        headers: by lower-case name.

    Raises:
        Malformed: there is no genuine signature over all that has to be covered.
    """
    given = {name: headers[name] for name in _HEADERS if name in headers}
    message: Any = _Message(method, _NOBODY + target, given)
    try:
        found = _verifier.verify(
            message, max_age=None, expect_tag=TAG, require_components=(*_COVERED, CONTENT_DIGEST.lower())
        )
        parameters: dict[str, Any] = found[0].parameters
        nonce, created = parameters["nonce"], parameters["created"]
    except (rfc9421.HTTPMessageSignaturesException, ValueError, TypeError, KeyError) as error:
        raise Malformed(f"the request's signature is not genuine: {error}") from None
    if len(found) != 1 or not 16 <= len(nonce) <= 64:
        raise Malformed("a request has one signature, with a nonce of 16 to 64 characters")
    return Signed(parameters["keyid"], created, nonce, given[CONTENT_DIGEST.lower()])


def content_digest(body: bytes) -> str:
    """The value of ``Content-Digest`` (RFC 9530, 2) for these bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def is_digest_of(signed: Signed, body: bytes) -> bool:
    """Whether these are the bytes that were signed for."""
    return signed.content_digest == content_digest(body)
