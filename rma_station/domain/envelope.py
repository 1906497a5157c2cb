"""An event as bytes: one JSON line that is stored, hashed, sent and kept by the hub unchanged (design rule 6).

::

    {"v":1,"event_id":…,"log_id":…,"seq":7,"type":"unit.graded",…,"payload_sha256":"…","salt":"…","payload":{…}}
    └────────────── envelope, hashed into the chain ───────────────────────────────┘└─── erasable ──────────┘

The hash of an entry is ``SHA-256(previous hash ‖ envelope bytes)`` where the envelope bytes are the line up to
``,"salt":`` closed by ``}``. ``payload_sha256`` is ``SHA-256(salt ‖ payload bytes)``: an erased payload leaves the
envelope, and the chain still verifies. ``log_id`` and ``seq`` are the place where the event was born.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from rma_station.domain import codec
from rma_station.domain.changed import changed
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

VERSION = 1
GENESIS = bytes(32)
"""The hash before the first event of a log."""
_SALT_MARK = b',"salt":"'
_PAYLOAD_MARK = b'","payload":'
MAX_LINE = 64 * 1024
"""Longest line in bytes that is ingested; a longer one is a dead letter."""


@dataclass(frozen=True)
class Envelope:
    """Who says what happened, where, and when as their clock saw it."""

    event_id: str
    log_id: str
    seq: int
    type: str
    schema: int
    occurred_at: str
    """Device clock, UTC, ISO 8601 with milliseconds and ``Z``: evidence only, never order."""
    boot_id: str
    mono_ms: int
    """Milliseconds of the monotonic clock of this boot."""
    clock_state: str
    """``ok``, ``suspect`` or ``unset``."""
    app_version: str
    payload_sha256: str
    tz: str = "UTC"
    worker_id: str | None = None
    session_id: str | None = None
    subject: Mapping[str, str] = field(default_factory=dict)
    """Ids the event is about: ``case_id parcel_id unit_id rma_id line_id``."""
    v: int = VERSION


@dataclass(frozen=True)
class Entry:
    """One event in a log: the line as it was born, and its hash in this log's chain."""

    line: bytes
    hash: bytes
    envelope: Envelope
    payload: codec.JsonValue
    """Parsed payload; ``None`` when it was erased."""


def seal(envelope: Envelope, payload: codec.JsonValue, salt: bytes, previous: bytes) -> Entry:
    """Encode an event once.

    Args:
        envelope: everything but ``payload_sha256``, which is computed here.
        payload: JSON value; numbers are integers.
        salt: 16 random bytes.
        previous: hash of the entry before it (``GENESIS`` for the first).
    """
    payload_bytes = codec.to_bytes(payload)
    digest = hashlib.sha256(salt + payload_bytes).hexdigest()
    head = _head(envelope, digest)
    line = head[:-1] + _SALT_MARK + salt.hex().encode() + _PAYLOAD_MARK + payload_bytes + b"}"
    sealed = changed(envelope, payload_sha256=digest)
    return Entry(line, chain_hash(previous, head), sealed, payload)


def _head(envelope: Envelope, digest: str) -> bytes:
    """What ``codec.encode`` and ``codec.to_bytes`` make of an envelope, its version first and its digest last; written
    out because every event of the station comes through here, while the worker waits."""
    text = codec.quoted
    head = (
        f'{{"v":{VERSION},"event_id":{text(envelope.event_id)},"log_id":{text(envelope.log_id)},"seq":{envelope.seq},'
        f'"type":{text(envelope.type)},"schema":{envelope.schema},"occurred_at":{text(envelope.occurred_at)},'
        f'"boot_id":{text(envelope.boot_id)},"mono_ms":{envelope.mono_ms},'
        f'"clock_state":{text(envelope.clock_state)},"app_version":{text(envelope.app_version)}'
    )
    if envelope.tz != "UTC":
        head += f',"tz":{text(envelope.tz)}'
    if envelope.worker_id is not None:
        head += f',"worker_id":{text(envelope.worker_id)}'
    if envelope.session_id is not None:
        head += f',"session_id":{text(envelope.session_id)}'
    if envelope.subject:
        head += ',"subject":{' + ",".join(f"{text(key)}:{text(to)}" for key, to in envelope.subject.items()) + "}"
    return f'{head},"payload_sha256":"{digest}"}}'.encode()


def chain_hash(previous: bytes, head: bytes) -> bytes:
    """SHA-256(previous hash ‖ envelope bytes)."""
    return hashlib.sha256(previous + head).digest()


def open_line(line: bytes, previous: bytes) -> Entry:
    """Read a line as it came from a journal or a station.

    Args:
        line: the bytes of one event, without the newline.
        previous: hash of the entry before it in the log.

    Raises:
        Malformed: not an envelope of this version, or the payload is not the one that was sealed.
    """
    if len(line) > MAX_LINE:
        raise Malformed(f"event of {len(line)} bytes is over the limit of {MAX_LINE}")
    head, salt, payload_bytes = split(line)
    parsed = codec.from_bytes(head)
    if not isinstance(parsed, dict) or parsed.get("v") != VERSION:
        raise Malformed("not an event envelope of version 1")
    envelope = codec.decode(Envelope, parsed)
    payload = None
    if payload_bytes:
        if hashlib.sha256(salt + payload_bytes).hexdigest() != envelope.payload_sha256:
            raise Malformed(f"payload of event {envelope.event_id} does not match its payload_sha256")
        payload = codec.from_bytes(payload_bytes)
    return Entry(line, chain_hash(previous, head), envelope, payload)


def split(line: bytes) -> tuple[bytes, bytes, bytes]:
    """Cut a line into envelope bytes, salt and payload bytes (the last two empty when erased).

    Inside JSON text a quote is always escaped, so the first ``,"salt":"`` is the real one.
    """
    head, mark, rest = line.partition(_SALT_MARK)
    if not mark:
        return line, b"", b""
    salt_hex, mark, payload = rest.partition(_PAYLOAD_MARK)
    try:
        salt = bytes.fromhex(salt_hex.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        raise Malformed("the salt of an event is not hexadecimal text") from None
    if not mark or not payload.endswith(b"}"):
        raise Malformed("an event line ends before its payload does")
    return head + b"}", salt, payload[:-1]


def erase(line: bytes) -> bytes:
    """The line without salt and payload; its hash in the chain stays the same."""
    return split(line)[0]
