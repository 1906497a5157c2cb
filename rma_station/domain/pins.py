"""PIN verifiers: texts that say how they were made, so that older and newer ones live side by side.

::

    argon2id$19456$2$1$salt$digest            the hub's: KiB, passes, lanes (RFC 9106)
    scrypt$16384$8$1$salt$digest              the hub's until 0.1: N, r, p (RFC 7914)
    peppered$pepper id$argon2id$…$salt$digest  a station's: digest = HMAC-SHA-256(pepper, the hub's digest)

A PIN of four digits falls to 10,000 tries whatever the derivation costs. So a station keeps no verifier that can be
tried without its pepper, a secret of the device that is not in the database. Pure: the slow derivation itself is
``rma_station/derivation.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from rma_station.domain.record import dataclass

MOST_KIB = 64 * 1024
"""Memory a verifier from outside may ask for."""
UNREADABLE = "unreadable"
"""What is kept of a verifier that cannot be read: it fits no PIN."""
_PEPPERED = re.compile(r"peppered\$([0-9a-f]{8})\$(.+)")


@dataclass(frozen=True)
class Recipe:
    """How a PIN becomes a digest."""

    name: str
    """``argon2id`` or ``scrypt``."""
    costs: tuple[int, int, int]
    """Argon2id: KiB of memory, passes, lanes; scrypt: N, r, p."""
    salt: bytes


@dataclass(frozen=True)
class Verifier:
    """A verifier that was read."""

    recipe: Recipe
    digest: bytes
    pepper_id: str = ""
    """Which pepper it takes; empty: none, as the hub keeps it."""

    def text(self) -> str:
        """As it is kept and sent."""
        costs = "$".join(map(str, self.recipe.costs))
        plain = f"{self.recipe.name}${costs}${self.recipe.salt.hex()}${self.digest.hex()}"
        return f"peppered${self.pepper_id}${plain}" if self.pepper_id else plain


def read(text: str) -> Verifier | None:
    """A verifier; ``None`` when it cannot be read, or asks for more than a station has."""
    wrapped = _PEPPERED.fullmatch(text)
    pepper_id, plain = wrapped.groups() if wrapped else ("", text)
    try:
        name, first, second, third, salt, digest = plain.split("$")
        recipe = Recipe(name, (int(first), int(second), int(third)), bytes.fromhex(salt))
        found = Verifier(recipe, bytes.fromhex(digest), pepper_id)
    except ValueError:
        return None
    return found if found.digest and _bearable(recipe) else None


def _bearable(recipe: Recipe) -> bool:
    one, two, three = recipe.costs
    if recipe.name == "argon2id":
        return 8 * three <= one <= MOST_KIB and 1 <= two <= 10 and 1 <= three <= 4 and len(recipe.salt) >= 8
    if recipe.name == "scrypt":
        return 2 <= one <= 1 << 16 and one & (one - 1) == 0 and 1 <= two <= 8 and 1 <= three <= 4
    return False


def pepper_id(pepper: bytes) -> str:
    """Names a pepper without telling it: a verifier of another one is asked for anew instead of refusing its owner."""
    return hmac.digest(pepper, b"name of this pepper", hashlib.sha256)[:4].hex()


def peppered(text: str, pepper: bytes) -> str:
    """What a station keeps of a hub's verifier; one that is peppered already stays as it is."""
    found = read(text)
    if found is None:
        return UNREADABLE
    if found.pepper_id:
        return text
    return Verifier(found.recipe, _with(pepper, found.digest), pepper_id(pepper)).text()


def fits(verifier: Verifier, derived: bytes, pepper: bytes = b"") -> bool:
    """Whether what was derived from a typed PIN by the verifier's recipe is the PIN it was made of."""
    if verifier.pepper_id:
        return hmac.compare_digest(_with(pepper, derived), verifier.digest)
    return hmac.compare_digest(derived, verifier.digest)


def _with(pepper: bytes, digest: bytes) -> bytes:
    return hmac.digest(pepper, digest, hashlib.sha256)
