"""What is slow on purpose: from a PIN to the digest of its verifier. Never on the station thread.

Argon2id comes from OpenSSL through ``cryptography`` (RFC 9106; 19 MiB, 2 passes, 1 lane is the OWASP password
storage recommendation), which is loaded by the first PIN, not by the first paint.
"""

from __future__ import annotations

import hashlib

from rma_station.domain import pins
from rma_station.domain.pins import Recipe, Verifier

COSTS = (19 * 1024, 2, 1)
"""KiB, passes, lanes: about 60 ms on a bench computer."""
_DIGEST_BYTES = 32
_SCRYPT_MEMORY = 128 * 1024 * 1024


def derive(pin: str, recipe: Recipe) -> bytes:
    """The digest of a PIN; takes tens of milliseconds and as much memory as the recipe says."""
    one, two, three = recipe.costs
    if recipe.name == "scrypt":
        return hashlib.scrypt(pin.encode(), salt=recipe.salt, n=one, r=two, p=three, maxmem=_SCRYPT_MEMORY)
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - see the top

    made = Argon2id(salt=recipe.salt, length=_DIGEST_BYTES, iterations=two, lanes=three, memory_cost=one)
    return made.derive(pin.encode())


def make_verifier(pin: str, salt: bytes) -> str:
    """A verifier for a PIN, as the hub keeps it.

    Args:
        pin: 4 to 12 digits.
        salt: 16 random bytes, its own for each person.
    """
    recipe = Recipe("argon2id", COSTS, salt)
    return Verifier(recipe, derive(pin, recipe)).text()


def verify_pin(pin: str, verifier: str, pepper: bytes = b"") -> bool:
    """Whether the PIN belongs to the verifier; one that cannot be read fits no PIN.

    Args:
        pin: as it was typed.
        verifier: its text.
        pepper: of this station, for a verifier that is kept here.
    """
    found = pins.read(verifier)
    return found is not None and pins.fits(found, derive(pin, found.recipe), pepper)
