"""The words of the sync client: what it asks to be done (actions) and what it is told came of it (events).

``client.step`` gives one action at a time; every action but a wait names the event that answers it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rma_station.domain.outcome import Message
from sync import blobs, wire

# --- actions: what to do now ------------------------------------------------------------------------------------------


class Why(enum.Enum):
    """What a wait is for."""

    IDLE = "idle"
    GATHER = "gather"
    BACKOFF = "backoff"


class Then(enum.Enum):
    """What the heads of the journal are read for."""

    HELLO = "hello"
    SEND = "send"
    COUNT = "count"


@dataclass(frozen=True)
class Wait:
    """Do nothing until this monotonic time, a nudge, or the network coming up."""

    until: float
    why: Why


@dataclass(frozen=True)
class ReadHeads:
    """Read where the journal's logs end, and how the station is; answered by ``Heads``."""

    then: Then


@dataclass(frozen=True)
class ReadHash:
    """Read the chain's hash at a place; answered by ``Hash``."""

    log_id: str
    seq: int


@dataclass(frozen=True)
class ReadLines:
    """Read the lines after ``seq``; answered by ``Lines``."""

    log_id: str
    seq: int
    limit: int
    max_bytes: int


@dataclass(frozen=True)
class ReadCursor:
    """Read where the feed, or a snapshot in the making, goes on; answered by ``Cursor``."""


@dataclass(frozen=True)
class ApplyFeed:
    """Commit a page and its cursor, in slices; answered by ``Applied`` or ``NotApplied``."""

    entries: tuple[wire.FeedEntry, ...]
    cursor: str


@dataclass(frozen=True)
class ApplySnapshot:
    """Add a page to the snapshot in the making; answered as ``ApplyFeed``."""

    entries: tuple[wire.FeedEntry, ...]
    cursor: str
    first: bool
    """A new snapshot begins: what an interrupted one left is dropped."""
    last: bool
    """The snapshot takes the place of the rows in use."""


@dataclass(frozen=True)
class ReadIds:
    """Read the ids of events after ``seq``; answered by ``Ids``."""

    log_id: str
    seq: int
    limit: int


@dataclass(frozen=True)
class BeginLog:
    """Go on under a new log, in slices; answered by ``Begun``."""

    from_log: str
    common: int
    """Last place that hub and journal share; what is behind it moves into the new log."""
    reason: str
    """As ``events.LogForked.reason``."""


@dataclass(frozen=True)
class PinHub:
    """Commit the hub this station belongs to, and the key of its receipts; answered by ``Pinned``."""

    hub_id: str
    hub_key: str = ""
    """Empty for a hub that does not sign yet."""


@dataclass(frozen=True)
class SendHello:
    """Call ``wire.HELLO``; answered by ``Replied``, ``Failed`` or ``Barred`` like every call."""

    hello: wire.Hello


@dataclass(frozen=True)
class SendBatch:
    """Call ``wire.EVENTS``."""

    log_id: str
    header: wire.BatchHeader
    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class AskFeed:
    """Call ``wire.FEED``, or ``wire.SNAPSHOT``."""

    cursor: str
    snapshot: bool = False


@dataclass(frozen=True)
class AskMissing:
    """Call ``wire.MISSING``."""

    event_ids: tuple[str, ...]


@dataclass(frozen=True)
class ReadPhoto:
    """Which photo has this hub not said it has? Answered by ``PhotoDue``."""

    hub_epoch: str


@dataclass(frozen=True)
class AskBlob:
    """How much of a photo does the hub have? ``HEAD`` of ``blobs.BLOB``; answered by ``BlobReplied``."""

    sha256: str


@dataclass(frozen=True)
class ReadChunk:
    """Read bytes of a photo from its file, not from the journal; answered by ``Chunk``."""

    sha256: str
    offset: int
    length: int


@dataclass(frozen=True)
class SendChunk:
    """The next bytes of a photo: ``PATCH`` of ``blobs.BLOB``; answered by ``BlobReplied``."""

    sha256: str
    size: int
    offset: int
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class CheckPhoto:
    """The hub says a photo's bytes are not those of its hash: are ours? Answered by ``PhotoChecked``."""

    sha256: str


@dataclass(frozen=True)
class NotePhoto:
    """Commit what is known of a photo; answered by ``PhotoNoted``."""

    sha256: str
    hub_epoch: str
    refused: str = ""
    """Empty: the hub of this epoch has it. Else why it is not sent any more, until a person has looked."""


Request: TypeAlias = SendHello | SendBatch | AskFeed | AskMissing
BlobRequest: TypeAlias = AskBlob | SendChunk
Page: TypeAlias = ApplyFeed | ApplySnapshot
OfPhotos: TypeAlias = ReadPhoto | ReadChunk | CheckPhoto | NotePhoto | BlobRequest
Action: TypeAlias = (
    Request | Wait | ReadHeads | ReadHash | ReadLines | ReadIds | ReadCursor | Page | BeginLog | PinHub | OfPhotos
)


# --- events: what came of it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Elapsed:
    """The time of a wait has come."""


@dataclass(frozen=True)
class Nudged:
    """The journal has something new."""


@dataclass(frozen=True)
class NetworkUp:
    """The network came back or changed."""


@dataclass(frozen=True)
class Heads:
    """``at_hub`` is what the journal remembers of the hub's word: shown until the hub speaks, never acted on."""

    heads: tuple[wire.LogHead, ...]
    heartbeat: wire.Heartbeat | None = None
    at_hub: Mapping[str, int] = field(default_factory=dict)
    run_id: str = ""
    """Id of this start of the station: two machines with one key are told apart by it."""


@dataclass(frozen=True)
class Hash:
    """``None``: the journal has nothing at that place."""

    value: bytes | None


@dataclass(frozen=True)
class Lines:
    """Lines in order, and the hash before the first."""

    previous: bytes
    lines: Sequence[bytes]


@dataclass(frozen=True)
class Ids:
    """In the order of the log."""

    event_ids: Sequence[str]


@dataclass(frozen=True)
class Begun:
    """The new log is the present one."""


@dataclass(frozen=True)
class Cursor:
    """The cursor committed last, of the feed or of a snapshot in the making."""

    cursor: str
    snapshot: bool = False


@dataclass(frozen=True)
class Applied:
    """The page is committed."""


@dataclass(frozen=True)
class NotApplied:
    """The page could not be committed; its cursor was not either."""

    said: Message


@dataclass(frozen=True)
class Pinned:
    """The hub's id is committed."""


@dataclass(frozen=True)
class Replied:
    """A hub answered in our words; ``clock_offset`` is its clock minus ours, ``retry_after`` seconds it asked for."""

    reply: wire.Reply
    clock_offset: float | None = None
    retry_after: float | None = None


@dataclass(frozen=True)
class Failed:
    """No answer, or nobody's we know. Whether the hub acted on the call is not known.

    ``clock_offset``: the hub's clock minus ours, where a wrong clock here is the reason.
    """

    said: Message
    retry_after: float | None = None
    clock_offset: float | None = None


@dataclass(frozen=True)
class Barred:
    """Our own side forbids the call (no token, an address without TLS): somebody has to act."""

    said: Message


@dataclass(frozen=True)
class PhotoDue:
    """The photo to send next; empty when there is none, or photos wait (``paused``: each byte costs here)."""

    sha256: str = ""
    size: int = 0
    paused: bool = False


@dataclass(frozen=True)
class BlobReplied:
    """A hub's answer about a photo; ``place`` where it says how much it has."""

    hub_id: str
    place: blobs.Place | None = None
    code: str = ""
    """Of a refusal: a ``Problem``'s, or one that says the same as the status of an answer without a body."""
    message: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class Chunk:
    """Bytes of a photo; ``None`` when its file cannot be read."""

    data: bytes | None = field(repr=False)


@dataclass(frozen=True)
class PhotoChecked:
    """Whether the photo's file has the bytes that were kept."""

    sound: bool


@dataclass(frozen=True)
class PhotoNoted:
    """What is known of the photo is committed."""


Event: TypeAlias = (
    Elapsed
    | Nudged
    | NetworkUp
    | Heads
    | Hash
    | Lines
    | Ids
    | Begun
    | Cursor
    | Applied
    | NotApplied
    | Pinned
    | Replied
    | PhotoDue
    | BlobReplied
    | Chunk
    | PhotoChecked
    | PhotoNoted
    | Failed
    | Barred
)
