"""Photos and files between station and hub: named by their SHA-256, resumable, after the events. Shared by both sides.

::

    HEAD  /v1/blobs/{sha256}   200 + Upload-Offset, Upload-Length, Upload-Complete    404 nothing of it is here
    PATCH /v1/blobs/{sha256}   the next bytes -> 204 + Upload-Offset, 201 whole and its SHA-256 is right
          Upload-Offset, Upload-Length, Content-Type: application/offset+octet-stream, at most CALL_BYTES
          409 + Upload-Offset: the hub stands there    422 the SHA-256 is wrong, all of it was thrown away: begin again
          413 larger than LIMIT    415 no JPEG, PNG, WebP or PDF    507 the hub's disk is full
    GET   /v1/blobs/{sha256}   the bytes, once they are whole; 404 before
    POST  /v1/uploads          ``UploadAsked`` -> ``UploadPage``: a page for one phone, one unit, a few minutes

The hub's answer decides where to go on: a station begins with HEAD and sends from ``Upload-Offset``. A blob that is
here already is answered ``201`` again: the same photo twice is legal. Every answer, also one without a body, names the
hub in ``HUB_HEADER``; without the right one it is a stranger's and says nothing about a photo. A refusal has a
``wire.Problem`` as its body (not after HEAD). Since protocol 3: a hub whose ``HubHeader.protocol_max`` is less is not
asked. Source: sync reference 2.3 and R11; the words of the headers are those of the IETF draft on resumable
uploads (draft-ietf-httpbis-resumable-upload, 4), the media type is that of tus 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rma_station.domain.record import dataclass
from sync import wire

PROTOCOL = 3
"""The first protocol with these calls."""
BLOB = "/v1/blobs/{sha256}"
UPLOADS = "/v1/uploads"
PAGE = "/u/{token}"
"""Where a phone goes; the station shows it whole, as ``UploadPage.url``."""

OFFSET = "Upload-Offset"
LENGTH = "Upload-Length"
COMPLETE = "Upload-Complete"
WHOLE = "?1"
"""A structured field's "true" (RFC 9651, 3.3.6)."""
HUB_HEADER = "X-RMA-Hub"
"""``hub_id``, with every answer to these calls."""
CONTENT_TYPE = "application/offset+octet-stream"

LIMIT = 12 * 1024 * 1024
"""Most bytes of a blob where the hub was not told otherwise."""
CALL_BYTES = 256 * 1024
"""Most bytes of one PATCH: a call is over in seconds, also on a bad line, and a cut one costs no more."""
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf")
"""What a blob may be; its first bytes decide, not what its sender says."""
HEAD_BYTES = 16
"""So many first bytes are enough for ``media_type``."""

STATUS: Mapping[str, int] = {
    "not_here": 404,
    "offset": 409,
    "no_public_url": 409,
    "unit_not_here": 409,
    "media_type": 415,
    "hash": 422,
    "full": 507,
}
"""HTTP status of each ``Problem.code`` that only these calls have."""


@dataclass(frozen=True)
class Place:
    """How much of a blob the hub has."""

    offset: int
    """Bytes; the next PATCH begins here."""
    complete: bool = False


@dataclass(frozen=True)
class UploadAsked:
    """A phone is to take photos of this unit, or of the parcel when there is no unit yet."""

    parcel_id: str
    case_ids: tuple[str, ...]
    unit_id: str | None = None
    role: str = "other"
    """As ``events.PhotoTaken.role``."""
    lpn: str = ""
    """Of the unit, for people: the hub may not have its events yet."""
    name: str = ""
    """What the unit is, for people; nothing of a customer."""


@dataclass(frozen=True)
class UploadPage:
    """Where the phone finds the page.

    A ``Problem`` says why there is none. ``no_public_url``: no phone would trust this hub, there is no use in asking
    again. ``unit_not_here``: the events of the unit are not at the hub yet; send them, then ask again.
    """

    hub: wire.HubHeader
    url: str
    """With a secret in it: it is shown as a code and never stored or logged."""
    expires_at: str
    """UTC, ISO 8601, by the hub's clock."""


def blob_path(sha256: str) -> str:
    """``BLOB`` for one hash of 64 hexadecimal digits."""
    return BLOB.format(sha256=sha256)


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 in small hexadecimal digits."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def place_of(headers: Mapping[str, str]) -> Place | None:
    """Where a blob stands by an answer's headers (any mapping that ignores case); ``None`` when they do not say."""
    offset = number(headers.get(OFFSET))
    return None if offset is None else Place(offset, headers.get(COMPLETE, "").strip() == WHOLE)


def number(text: str | None) -> int | None:
    """A header's number of bytes; ``None`` when it is missing or not a number."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def media_type(head: bytes) -> str | None:
    """What a file is by its first ``HEAD_BYTES`` bytes: one of ``MEDIA_TYPES``, or ``None``.

    Sources: ITU-T T.81 B.1.1.3 (JPEG), W3C PNG 5.2, RFC 9649 2.4 (WebP), ISO 32000 7.5.2 (PDF).
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if head.startswith(b"%PDF-") else None
