"""The calls between station and hub, version 1. One module, shared by both sides; golden files keep it honest.

Every reply is JSON and carries ``HubHeader``. Events travel as NDJSON: a first line ``BatchHeader``, then the very
lines of the journal. Encoding is ``rma_station.domain.codec``; unknown fields are refused in requests, so a new
field means a new minor version negotiated in ``hello``. Source: sync reference 2.1 to 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rma_station.domain.codec import JsonValue

PROTOCOL = 1
PROTOCOL_MIN = 1

HELLO = "/v1/sync/hello"
EVENTS = "/v1/logs/{log_id}/events"
FEED = "/v1/feed"
SNAPSHOT = "/v1/snapshot"
BATCH_EVENTS = 500
BATCH_BYTES = 1024 * 1024


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
    protocol_min: int = PROTOCOL_MIN
    protocol_max: int = PROTOCOL


@dataclass(frozen=True)
class LogHead:
    """Where a log of the station ends."""

    log_id: str
    last_seq: int
    last_hash: str
    """Hexadecimal."""


@dataclass(frozen=True)
class Heartbeat:
    """How the station is; the hub re-exports it as metrics."""

    app_version: str
    unsent: int = 0
    oldest_unsent_seconds: int = 0
    disk_free_mb: int = 0
    database_mb: int = 0
    clock_state: str = "ok"
    devices: Mapping[str, str] = field(default_factory=dict)
    """Device name to state."""


@dataclass(frozen=True)
class Hello:
    """First call of every connection."""

    mode: str
    logs: tuple[LogHead, ...]
    protocol: int = PROTOCOL
    heartbeat: Heartbeat | None = None


@dataclass(frozen=True)
class LogKnown:
    """What the hub has of a log: the authoritative start point for sending."""

    log_id: str
    have_through: int
    hash_at_have: str
    stable_through: int = 0
    """Contained in a verified backup of the hub; older events may be dropped after 90 days."""


@dataclass(frozen=True)
class HelloReply:
    """The hub's answer, not the station's memory, decides what is sent again."""

    hub: HubHeader
    logs: tuple[LogKnown, ...]
    feed_head: int = 0
    advice: str | None = None
    """``upgrade`` when this protocol will end."""


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
class EventsReply:
    """The batch is committed; all events without a result of their own were accepted."""

    hub: HubHeader
    accepted_through: int
    accepted: int
    results: tuple[EventResult, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A refusal of a whole call.

    ``code``: ``gap`` (with ``have_through``), ``fork``, ``unauthorised``, ``mode``, ``protocol``, ``too_large``,
    ``busy``, ``malformed``, ``snapshot`` (the cursor is not known any more).
    """

    hub: HubHeader
    code: str
    message: str
    have_through: int = 0
    at_seq: int = 0
    hub_hash: str = ""


@dataclass(frozen=True)
class FeedEntry:
    """One thing the stations should know.

    ``kind`` and ``key`` say which row it replaces: ``rma product person settings`` are reference data,
    ``fact`` is a hub event (slots, matches) with its case id as key, ``notice`` is a decision, a refund outcome or
    a dead letter, for people to see. ``body`` is null when the row is gone.
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


Reply = HelloReply | EventsReply | FeedReply | Problem


# --- review: what a supervisor sees and decides; online only, the hub checks role and PIN -----------------------------

REVIEW_QUEUE = "/v1/review"
REVIEW_CASE = "/v1/review/{case_id}"
REVIEW_DECIDE = "/v1/review/{case_id}/decisions"


@dataclass(frozen=True)
class ReviewItem:
    """One held thing in the hub's queue, most urgent first."""

    case_id: str
    intent_key: str
    """Key of the refund intent; empty for an orphan parcel or a mark without money."""
    reason: str
    """Why it is held: code of the policy rule or of the exception."""
    kind: str
    """Kind of the RMA, ``orphan`` for a parcel without one."""
    title: str
    amount_minor: int = 0
    currency: str = "PLN"
    days_left: int | None = None
    """Days to the legal deadline; negative when it has passed."""
    held_at: str = ""
    late_contradiction: bool = False


@dataclass(frozen=True)
class ReviewQueue:
    """The queue as the hub has it now."""

    hub: HubHeader
    items: tuple[ReviewItem, ...] = ()


@dataclass(frozen=True)
class EvidenceLine:
    """One fact of a case for people: when, who, what; already free of customer data."""

    at: str
    who: str
    what: str
    """Text key ``event.<type>`` of the catalogue."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReviewCase:
    """A case with its evidence and the intents that wait."""

    hub: HubHeader
    case_id: str
    kind: str
    deadline_on: str
    intents: tuple[ReviewItem, ...]
    evidence: tuple[EvidenceLine, ...]
    basis: tuple[str, ...]
    """Event ids a decision has to name; it is refused if they have changed."""
    rule: str = ""
    """The policy rule in words, with its version."""
    graded_by: tuple[str, ...] = ()
    """Workers who graded: none of them may decide."""


@dataclass(frozen=True)
class Decision:
    """A supervisor's word about one intent.

    ``verdict``: ``approve``, ``decline``, ``adjust`` (with ``deduction_minor``), ``regrade``, ``match`` (orphan, with
    ``rma_id``) or ``noted``.
    """

    intent_key: str
    verdict: str
    worker_id: str
    pin: str
    basis: tuple[str, ...]
    reason: str = ""
    deduction_minor: int = 0
    rma_id: str | None = None


@dataclass(frozen=True)
class DecisionReply:
    """What became of a decision; ``accepted`` is false when the basis changed, with the reason in ``code``.

    ``code``: ``basis_changed own_grading role pin locked state amount reason_missing`` or empty.
    """

    hub: HubHeader
    accepted: bool
    code: str = ""
    message: str = ""
