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
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rma_station.domain import codec
from rma_station.domain.changed import changed
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

VERSION = 1
GENESIS = bytes(32)
"""The hash before the first event of a log."""
_VERSION = f'{{"v":{VERSION},"event_id":'
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


@dataclass(frozen=True)
class Sealed:
    """One event as it is stored: its place in the log, its id, its line and its hash in the chain."""

    seq: int
    event_id: str
    line: bytes
    hash: bytes


def seal(envelope: Envelope, payload: codec.JsonValue, salt: bytes, previous: bytes) -> Entry:
    """Encode an event once.

    Args:
        envelope: everything but ``payload_sha256``, which is computed here.
        payload: JSON value; numbers are integers.
        salt: 16 random bytes.
        previous: hash of the entry before it (``GENESIS`` for the first).
    """
    payload_bytes = codec.to_bytes(payload)
    birth = Birth(envelope.log_id, envelope.boot_id, envelope.app_version, envelope.tz)
    said = birth.said(
        envelope.occurred_at, envelope.mono_ms, envelope.clock_state, envelope.worker_id, envelope.session_id
    )
    what, about = (envelope.type, envelope.schema), subject_text(codec.to_text(envelope.subject))
    sealed = birth.seal(envelope.event_id, envelope.seq, what, said, about, payload_bytes, salt, previous)
    whole = changed(envelope, payload_sha256=_digest(salt, payload_bytes))
    return Entry(sealed.line, sealed.hash, whole, payload)


class Birth:
    """Where events are born: what all events of one boot say alike is encoded once, since a worker waits for the rest.

    The bytes are those that ``codec`` makes of an envelope, its version first and its digest last.

    Args:
        log_id: the log they are born in.
        boot_id: this boot.
        app_version: of this program.
        tz: the station's time zone.
    """

    def __init__(self, log_id: str, boot_id: str, app_version: str, tz: str) -> None:
        text = codec.quoted
        self._log = f',"log_id":{text(log_id)},"seq":'
        self._boot = f',"boot_id":{text(boot_id)},"mono_ms":'
        self._app = f',"app_version":{text(app_version)}' + (f',"tz":{text(tz)}' if tz != "UTC" else "")

    def said(
        self, occurred_at: str, mono_ms: int, clock_state: str, worker_id: str | None, session_id: str | None
    ) -> str:
        """The middle of an envelope, which all events of one commit share; the arguments are ``Envelope``'s."""
        text = codec.quoted
        when = f',"occurred_at":{text(occurred_at)}{self._boot}{mono_ms},"clock_state":{text(clock_state)}'
        return f"{when}{self._app}{_who(worker_id, session_id)}"

    def seal(
        self,
        event_id: str,
        seq: int,
        what: tuple[str, int],
        said: str,
        about: str,
        payload: bytes,
        salt: bytes,
        previous: bytes,
    ) -> Sealed:
        """One event with its payload, encoded already.

        Args:
            event_id: of the event.
            seq: its place in the log.
            what: type and schema.
            said: the middle, from ``said``.
            about: its subject, from ``subject_text``.
            payload: JSON bytes.
            salt: 16 random bytes.
            previous: hash of the entry before it.
        """
        text = codec.quoted
        head = (
            f'{_VERSION}{text(event_id)}{self._log}{seq},"type":{text(what[0])},"schema":{what[1]}'
            f'{said}{about},"payload_sha256":"{_digest(salt, payload)}"}}'
        ).encode()
        line = b"".join((head[:-1], _SALT_MARK, salt.hex().encode(), _PAYLOAD_MARK, payload, b"}"))
        return Sealed(seq, event_id, line, chain_hash(previous, head))


@lru_cache(maxsize=4)
def _who(worker_id: str | None, session_id: str | None) -> str:
    """The same for a whole shift."""
    worker = "" if worker_id is None else f',"worker_id":{codec.quoted(worker_id)}'
    return worker if session_id is None else f'{worker},"session_id":{codec.quoted(session_id)}'


def subject_text(subject: str) -> str:
    """``Envelope.subject``, encoded already, as it stands in a line: an empty one does not."""
    return "" if subject == "{}" else f',"subject":{subject}'


_SHA256 = hashlib.sha256()
"""Copied for every hash: OpenSSL looks an algorithm up each time it is asked for by name, which takes longer."""


def _digest(salt: bytes, payload: bytes) -> str:
    whole = _SHA256.copy()
    whole.update(salt)
    whole.update(payload)
    return whole.hexdigest()


def chain_hash(previous: bytes, head: bytes) -> bytes:
    """SHA-256(previous hash ‖ envelope bytes)."""
    whole = _SHA256.copy()
    whole.update(previous)
    whole.update(head)
    return whole.digest()


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
        if _digest(salt, payload_bytes) != envelope.payload_sha256:
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


def counted(line: bytes) -> bytes:
    """The bytes of a line that count in the chain: its envelope, or the whole line when it cannot be cut."""
    try:
        return split(line)[0]
    except Malformed:
        return line


def hash_after(previous: bytes, lines: Iterable[bytes]) -> bytes:
    """The chain's hash after these lines."""
    for line in lines:
        previous = chain_hash(previous, counted(line))
    return previous


def erase(line: bytes) -> bytes:
    """The line without salt and payload; its hash in the chain stays the same."""
    return split(line)[0]
