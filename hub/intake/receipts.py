"""The hub signs for what it has of a log; a station that knows its key believes nobody else (``sync/receipt.py``).

The key is derived from the ``secret`` of the hub's database: it is where the events are, in every backup of them, and
a hub that was restored, even from a copy older than its receipts, is known by the same key.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.hub_identity import Identity
from hub.store import stamp
from sync import receipt, wire


def sign(identity: Identity, log_id: str, seq: int, log_hash: bytes, now: datetime) -> wire.Receipt:
    """A receipt for a log up to ``seq``; about 40 microseconds."""
    return receipt.sign(_key(identity), log_id, seq, log_hash.hex(), stamp(now))


def public_key(identity: Identity) -> str:
    """What stations pin: 32 bytes, hexadecimal."""
    return _key(identity).public_key().public_bytes_raw().hex()


def _key(identity: Identity) -> Ed25519PrivateKey:
    return _from_seed(identity.mixed("receipts"))


@lru_cache(maxsize=64)
def _from_seed(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)
