"""How a bundle proves that its station made it: a signature of the device key, or an HMAC of an older station's token.

Both are over the SHA-256 of the body as it is in the file. The signature is Ed25519 (RFC 8032) over ``signed_bytes``,
with the key a station also signs its calls with; the HMAC is SHA-256 under the hash of the token, which is all that
the hub has of it. Both sides use this module.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rma_station.domain.record import dataclass

PURPOSE = "rma-station bundle signature 1"
"""First of the signed lines, so that no other signature of the same key can be taken for a bundle's."""
_LABEL = b"rma-station bundle 1"


@dataclass(frozen=True)
class Signature:
    """The signature over the body of a bundle, and whose it is."""

    key_id: str
    """The device key's public half, hexadecimal: who signed. Whose that is, the hub knows."""
    signature: str
    """Hexadecimal."""


def signed_bytes(body_sha256: bytes) -> bytes:
    """What the signature is over: two lines of ASCII, a newline between them."""
    return f"{PURPOSE}\n{body_sha256.hex()}".encode()


def sign(seed: bytes, body: bytes) -> Signature:
    """The signature of a body.

    Args:
        seed: of the device key, 32 bytes.
        body: as in the file, sealed if it is.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed)
    made = key.sign(signed_bytes(hashlib.sha256(body).digest()))
    return Signature(key.public_key().public_bytes_raw().hex(), made.hex())


def is_genuine(made: Signature, body_sha256: bytes) -> bool:
    """Whether the key that ``made`` names signed a body with this SHA-256."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.key_id))
        key.verify(bytes.fromhex(made.signature), signed_bytes(body_sha256))
    except (ValueError, InvalidSignature):
        return False
    return True


def token_hash(token: str) -> bytes:
    """What a hub stores of a station's token, as the key of an HMAC."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def hmac_of(token_sha256: bytes, body_sha256: bytes) -> str:
    """The HMAC of a body, hexadecimal.

    Args:
        token_sha256: as of ``token_hash``.
        body_sha256: of the body.
    """
    return hmac.digest(token_sha256, _LABEL + body_sha256, "sha256").hex()
