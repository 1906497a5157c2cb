"""The calls between station and hub, shared by both sides; golden files keep them honest. Here: the sync itself.

Every reply is JSON and carries ``HubHeader``. Events travel as NDJSON: a first line ``BatchHeader``, then the very
lines of the journal, gzip over all of it. Encoding is ``rma_station.domain.codec``; a station refuses unknown fields,
so a new field of a reply means a new protocol number (``versions.py``), and a hub answers in the protocol of the
request's ``X-RMA-Protocol``. The hub passes over unknown fields of a hello, its heartbeat and a batch's header
(``hub/intake/tolerant.py``): an upload is never refused because a station is newer (R8). A refusal is a ``Problem``
under the status of ``PROBLEM_STATUS``.

The review's messages are in ``review_wire.py``, photos' in ``blobs.py``, those of getting in in ``enrolment.py``.
What a station believes of a reply is in ``hub_reply.py``. Golden files: ``tests/sync/golden``. Source: sync reference
2.1 to 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar
from urllib.parse import quote

from rma_station.domain import codec
from rma_station.domain.codec import JsonValue
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

PROTOCOL = 3
"""What this version speaks; ``versions.py`` says what came with which number."""
PROTOCOL_MIN = 1
"""The oldest a hub of this version answers in; uploads are taken from older ones too."""

HELLO = "/v1/sync/hello"
MISSING = "/v1/events:missing"
CURSOR_LENGTH = 1000
"""Most characters of a cursor that a station keeps; the hub's have about a hundred."""
MISSING_IDS = 1000
"""Most event ids of one question."""
EVENTS = "/v1/logs/{log_id}/events"
FEED = "/v1/feed"
SNAPSHOT = "/v1/snapshot"
BATCH_EVENTS = 500
BATCH_BYTES = 1024 * 1024
"""Of a batch's lines before gzip, newlines counted."""
FEED_ENTRIES = 100
"""Entries of one feed page a station asks for (``limit=``): it commits a page between two scans."""

AUTHORIZATION = "Authorization"
"""``Bearer <token of hub station add>``, of a station that has no device key to sign with (``signing.py``)."""
PROTOCOL_HEADER = "X-RMA-Protocol"
LANGUAGE_HEADER = "Accept-Language"
"""``pl`` or ``en``, of a call for a person: the words of the house's policy come in it. A hub that does not know it
speaks English, and so does one that is not told."""
RETRY_AFTER = "Retry-After"
"""Seconds, with ``429`` and ``503``."""
JSON_TYPE = "application/json"
NDJSON_TYPE = "application/x-ndjson"

PROBLEM_STATUS: Mapping[str, int] = {
    "malformed": 400,
    "protocol": 400,
    "unauthorised": 401,
    "clock": 401,
    "revoked": 403,
    "gap": 409,
    "fork": 409,
    "letters": 409,
    "mode": 409,
    "snapshot": 410,
    "too_large": 413,
    "busy": 503,
}
"""HTTP status of each ``Problem.code``. A revoked station with a token is ``unauthorised`` with status 403."""


@dataclass(frozen=True)
class HubHeader:
    """Part of every reply: who answers. A reply without the right ``hub_id`` is "offline", never "ack"."""

    hub_id: str
    hub_epoch: str
    """Changes when the hub's past was restored."""
    server_time: str
    """UTC, ISO 8601."""
    mode: str
    """``sample`` or ``live``."""
    protocol_min: int = 1
    protocol_max: int = 1
    """1 where a hub says nothing of it: the first ones did not."""


@dataclass(frozen=True)
class LogHead:
    """Where a log of the station ends."""

    log_id: str
    last_seq: int
    last_hash: str
    """Hexadecimal."""
    closed: bool = False
    """The station goes on under another log; what the hub may have behind ``last_seq`` is somebody else's."""
    elsewhere: bool = False
    """The hub said on this connection that it has every event of this closed log under other ones (``events:missing``);
    it is never sent again under its own."""


@dataclass(frozen=True)
class Heartbeat:
    """How the station is; the hub re-exports it as metrics."""

    app_version: str
    unsent: int = 0
    oldest_unsent_seconds: int = 0
    disk_free_mb: int = 0
    database_mb: int = 0
    clock_state: str = "ok"
    clock: str = ""
    """The station's wall clock as it was sent, ISO 8601: the hub learns how far it is off."""
    devices: Mapping[str, str] = field(default_factory=dict)
    """Device name to state."""


@dataclass(frozen=True)
class Hello:
    """First call of every connection."""

    mode: str
    logs: tuple[LogHead, ...]
    protocol: int = 1
    heartbeat: Heartbeat | None = None
    run_id: str = ""
    """Another one at every start of the station: two that take turns are two machines with the same key."""


@dataclass(frozen=True)
class LogKnown:
    """What the hub has of a log: the authoritative start point for sending."""

    log_id: str
    have_through: int
    hash_at_have: str
    stable_through: int = 0
    """Contained in a verified backup of the hub; older events may be dropped after 90 days."""
    refused: str = ""
    """Why the hub takes nothing under this log: ``letters`` (it is not here yet, and another log's labels begin with
    the same four characters) or ``station`` (it is another station's)."""


@dataclass(frozen=True)
class HelloReply:
    """The hub's answer, not the station's memory, decides what is sent again."""

    hub: HubHeader
    logs: tuple[LogKnown, ...]
    feed_head: int = 0
    advice: str | None = None
    """``upgrade`` when this protocol will end."""
    hub_key: str = ""
    """The public key of the hub's receipts (Ed25519, hexadecimal); a station pins it with the ``hub_id``."""


@dataclass(frozen=True)
class BatchHeader:
    """First line of a batch; lines follow without gaps from ``first_seq``."""

    first_seq: int
    previous_hash: str
    count: int


@dataclass(frozen=True)
class EventResult:
    """What became of an event that was not simply accepted."""

    seq: int
    event_id: str
    result: str
    """``duplicate``, ``dead_letter`` or ``parked``."""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """The hub has a log up to ``seq``, and signs for it (``receipt.py``)."""

    log_id: str
    seq: int
    hash: str
    """Of the chain at ``seq``, hexadecimal."""
    hub_time: str
    signature: str
    """Hexadecimal."""


@dataclass(frozen=True)
class EventsReply:
    """The batch is committed; all events without a result of their own were accepted."""

    hub: HubHeader
    accepted_through: int
    accepted: int
    results: tuple[EventResult, ...] = ()
    receipt: Receipt | None = None
    """For ``accepted_through``. A station that knows the hub's key takes no answer without a genuine one."""


@dataclass(frozen=True)
class MissingQuestion:
    """Which of these events, oldest first, does the hub not have? At most ``MISSING_IDS``."""

    event_ids: tuple[str, ...]


@dataclass(frozen=True)
class MissingReply:
    """Those the hub lacks, in the order of the question."""

    hub: HubHeader
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A refusal of a whole call.

    ``code``: ``gap`` (with ``have_through``), ``fork``, ``letters`` (as ``LogKnown.refused``), ``unauthorised``,
    ``clock`` (the call was signed too far from ``hub.server_time``), ``revoked`` (the station's key has ended),
    ``mode``, ``protocol``, ``too_large``, ``busy``, ``malformed``, ``snapshot`` (the cursor is not known any more).
    """

    hub: HubHeader
    code: str
    message: str
    have_through: int = 0
    at_seq: int = 0
    hub_hash: str = ""


@dataclass(frozen=True)
class LogLine:
    """An event of a log, as the hub has it."""

    seq: int
    hash: str
    """Of the chain after it, hexadecimal."""
    line: str = ""
    """Empty where the line itself is not here under this log: a duplicate of another one's, parked, a dead letter."""


@dataclass(frozen=True)
class LinesReply:
    """A page of the station's own log (``GET`` of ``EVENTS``), in its order; ``more``: it goes on behind the last."""

    hub: HubHeader
    lines: tuple[LogLine, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class FeedEntry:
    """One thing the stations should know.

    ``kind`` and ``key`` say which row it replaces: ``rma product person settings alert`` are reference data,
    ``fact`` is a hub event (slots, matches) with its case id as key, ``notice`` is a decision or a refund
    outcome, for people to see. ``body`` is null when the row is gone.
    """

    seq: int
    entry_id: str
    kind: str
    key: str
    body: JsonValue = None


@dataclass(frozen=True)
class FeedReply:
    """A page of the feed; ``cursor`` is opaque and valid after the last entry."""

    hub: HubHeader
    cursor: str
    entries: tuple[FeedEntry, ...] = ()
    more: bool = False


Reply: TypeAlias = HelloReply | EventsReply | MissingReply | LinesReply | FeedReply | Problem


# --- claims: an early warning, never a lock; nobody has to ask, and no answer means nothing ---------------------------

CLAIMS = "/v1/claims"


@dataclass(frozen=True)
class Claim:
    """A station has this piece in hand, and no other. It is named by whatever is known of it; empty is not known.

    Without any name: nothing is in hand any more. A hub that does not know that yet waits for the lease.

    ``rma_id`` and ``line_id`` count together, and name a piece only where the line is one piece.
    """

    rma_id: str = ""
    line_id: str = ""
    serial: str = ""
    lpn: str = ""


@dataclass(frozen=True)
class ClaimReply:
    """The claim stands for a while, by the hub's clock; the same one again renews it."""

    hub: HubHeader
    stations: tuple[str, ...] = ()
    """Others that claim the same piece by any of its names, in alphabetical order."""


# --- as bytes ---------------------------------------------------------------------------------------------------------

T = TypeVar("T")


def events_path(log_id: str) -> str:
    """``EVENTS`` for one log."""
    return EVENTS.format(log_id=quote(log_id, safe=""))


def lines_path(log_id: str, first: int) -> str:
    """``EVENTS`` of one log, from a place on."""
    return f"{events_path(log_id)}?from={first}"


def feed_path(cursor: str, limit: int = FEED_ENTRIES, *, snapshot: bool = False) -> str:
    """``FEED`` or ``SNAPSHOT`` with its query; the cursor is empty at the start."""
    return f"{SNAPSHOT if snapshot else FEED}?cursor={quote(cursor, safe='')}&limit={limit}"


def encode(message: object) -> bytes:
    """Any message of this module as compact JSON."""
    return codec.to_bytes(codec.encode(message))


def decode(kind: type[T], body: bytes) -> T:
    """A message of this module from JSON, strictly.

    Raises:
        Malformed: names the field.
    """
    return codec.decode(kind, codec.from_bytes(body))


def encode_batch(header: BatchHeader, lines: Sequence[bytes]) -> bytes:
    """The NDJSON of a batch: the header, then the journal's own bytes, each ended by a newline."""
    return b"\n".join((encode(header), *lines, b""))


def parse_batch(body: bytes) -> tuple[BatchHeader, list[bytes]]:
    """Header and lines of a batch. The lines are not looked into: a poison event must not fail its batch.

    Raises:
        Malformed: no header, or not the number of lines it promises (a cut upload).
    """
    head, *lines = body.split(b"\n")
    header = decode(BatchHeader, head)
    if not lines or lines.pop():
        raise Malformed("a batch has to end with a newline; it was cut on its way")
    if header.count != len(lines) or header.first_seq < 1:
        raise Malformed(f"a batch of {len(lines)} lines from {header.first_seq} says it has {header.count}")
    return header, lines
