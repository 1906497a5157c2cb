"""Photos beside a bundle, each sealed by itself to the hub the bundle is sealed to.

A photo's key is HKDF-SHA256 over the bundle's key for photos and the photo's own SHA-256; then ChaCha20-Poly1305 with a
nonce of zero (a key seals one photo) and the SHA-256 as associated data. The bundle's key for photos comes of the same
two key pairs as that of its body, under a label of its own. A file has the name of what is in it as it lies there, so
that the stick does not tell which photo it is, and damage shows without a key.

Pure: bytes in, bytes out; one photo at a time.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rma_station.errors import Malformed

LABEL = b"rma-station bundle photos 1"
"""Of the bundle's key for photos (``bundle.content_key``, ``bundle.sender_key``)."""
_ONE = b"rma-station bundle photo 1"
_NONCE = bytes(12)


def sealed(key: bytes, sha256: str, photo: bytes) -> bytes:
    """A photo as it lies beside the bundle.

    Args:
        key: the bundle's, for photos.
        sha256: of the photo, hexadecimal.
        photo: its bytes.
    """
    digest = bytes.fromhex(sha256)
    return ChaCha20Poly1305(_key_of(key, digest)).encrypt(_NONCE, photo, digest)


def opened(key: bytes, sha256: str, data: bytes) -> bytes:
    """The photo again.

    Raises:
        Malformed: it is another bundle's, or it was damaged or cut.
    """
    digest = bytes.fromhex(sha256)
    try:
        return ChaCha20Poly1305(_key_of(key, digest)).decrypt(_NONCE, data, digest)
    except InvalidTag:
        raise Malformed("the photo cannot be opened: it was damaged or cut, or is another bundle's") from None


def _key_of(key: bytes, digest: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_ONE + digest).derive(key)
