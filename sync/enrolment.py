"""How a station is let in: it asks with its new key, shows a code and words, and waits for an administrator.

::

    GET  /v1/authority            PEM of the hub's own authority; 404 for a hub under a certificate everybody trusts
    POST /v1/enrolments           ``EnrolmentAsked``, signed with the key it names -> ``EnrolmentReply``
    GET  /v1/enrolments/{code}    signed with the same key -> ``EnrolmentReply``

Modelled on the device authorization grant (RFC 8628), with a key in place of a token: nothing secret ever travels.
Asking again with the same key gives the same code as long as it waits. Since protocol 3.
"""

from __future__ import annotations

import re

from rma_station.domain.record import dataclass, field
from sync import wire

PROTOCOL = 3
"""The first protocol with these calls."""
AUTHORITY = "/v1/authority"
ENROLMENTS = "/v1/enrolments"
ENROLMENT = "/v1/enrolments/{code}"
PEM_TYPE = "application/pem-certificate-chain"
POLL_SECONDS = 3.0
INVITED_AUTHORITY = 32
"""So many digits of its ``words.authority_id`` stand in an invitation, behind the secret and a dot."""
NO_AUTHORITY = "none"
"""In their place for a hub without an authority of its own."""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of codes, without 0 and O, 1 and I and L, U: read aloud and typed."""
CODE = re.compile(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", re.ASCII)
WAITING, APPROVED, REFUSED, EXPIRED = "waiting", "approved", "refused", "expired"


@dataclass(frozen=True)
class EnrolmentAsked:
    """A station wants in."""

    station: str
    mode: str
    public_key: str
    """Of its device key, hexadecimal; the call is signed with it."""
    app_version: str = ""
    invitation: str = field(default="", repr=False)
    """The secret of ``hub station invite``: then nobody has to approve."""
    verified: bool = False
    """The station reached the hub under an authority it trusted before: a key the hub knows is in without comparing."""


@dataclass(frozen=True)
class EnrolmentReply:
    """How the request of a station stands: it waits, is let in, is refused, or has expired."""

    hub: wire.HubHeader
    station: str
    code: str
    """What the station shows and the administrator types."""
    state: str
    """``waiting``, ``approved``, ``refused`` or ``expired``."""
    seconds_left: int = 0
    hub_key: str = ""
    """As in ``HelloReply``, once it is approved."""


def typed_code(text: str) -> str:
    """The code a person typed: case, dash and spaces do not matter."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"


def enrolment_path(code: str) -> str:
    """``ENROLMENT`` for one code; letters, digits and a dash only."""
    return ENROLMENT.format(code=code)
