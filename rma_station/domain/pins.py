"""PIN verifiers: salted scrypt, as text that says its own parameters.

Format ``scrypt$N$r$p$salt hex$hash hex`` (RFC 7914). A PIN has few digits: the verifier slows guessing, lock-out
and the hub's own check are what stops it.
"""

from __future__ import annotations

import hashlib
import hmac

_N, _R, _P = 1 << 14, 8, 1
_MAX_MEMORY = 64 * 1024 * 1024


def make_verifier(pin: str, salt: bytes) -> str:
    """A verifier for a PIN.

    Args:
        pin: 4 to 12 digits.
        salt: 16 random bytes, its own for each person.
    """
    digest = hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${digest.hex()}"


def verify_pin(pin: str, verifier: str) -> bool:
    """Whether the PIN belongs to the verifier; a verifier that cannot be read fits no PIN."""
    try:
        name, n, r, p, salt, digest = verifier.split("$")
        found = hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p), maxmem=_MAX_MEMORY)
        return name == "scrypt" and hmac.compare_digest(found, bytes.fromhex(digest))
    except ValueError:
        return False
