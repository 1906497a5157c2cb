"""UUIDv7 and the derived UUIDs, from explicit time and random bytes (RFC 9562)."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("7d3f6c1e-52a0-5b0e-9d8b-0f2a4c9e6b11")
"""Root of every uuid5 this product derives; never changes, or refund keys would."""
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""A random digit with the variant of RFC 9562 in its two upper bits."""


def uuid7(unix_ms: int, random_bytes: bytes) -> str:
    """A UUID version 7 as text.

    Args:
        unix_ms: milliseconds since 1970 (only its low 48 bits are kept; a wrong clock still gives a unique id).
        random_bytes: 10 bytes; 74 of their bits are used.
    """
    digits = ((unix_ms & 0xFFFFFFFFFFFF).to_bytes(6, "big") + random_bytes).hex()
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


def derived_uuid(*parts: str) -> str:
    """The same uuid5 for the same parts, whoever computes it; parts are joined by an unambiguous separator."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))
