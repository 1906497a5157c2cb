"""The hub's counter-signature: a receipt that it has a log up to a place, which nobody else can have written.

Both sides use this module. An Ed25519 signature (RFC 8032) over the lines of ``signed_bytes``; whoever has the hub's
public key can check a receipt without this program.
"""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync import wire

PURPOSE = "rma-station receipt 1"
"""First of the signed lines, so that no other signature of the same key can be taken for a receipt."""

PUBLIC_KEY = re.compile("[0-9a-f]{64}")
"""What a hub's public key looks like."""


def signed_bytes(log_id: str, seq: int, log_hash: str, hub_time: str) -> bytes:
    """What the signature is over: five lines of UTF-8, a newline between them."""
    return "\n".join((PURPOSE, log_id, str(seq), log_hash, hub_time)).encode()


def sign(key: Ed25519PrivateKey, log_id: str, seq: int, log_hash: str, hub_time: str) -> wire.Receipt:
    """The receipt of a hub that has a log up to ``seq``, where its chain's hash is ``log_hash``."""
    signature = key.sign(signed_bytes(log_id, seq, log_hash, hub_time))
    return wire.Receipt(log_id, seq, log_hash, hub_time, signature.hex())


def is_genuine(receipt: wire.Receipt, public_key: str) -> bool:
    """Whether the hub with this public key (hexadecimal) wrote the receipt."""
    signed = signed_bytes(receipt.log_id, receipt.seq, receipt.hash, receipt.hub_time)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(receipt.signature), signed)
    except (ValueError, InvalidSignature):
        return False
    return True
