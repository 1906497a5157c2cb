"""All the sync client knows, and the steps every part of it takes: do, wait, give up for now.

``client.py`` decides what comes next; ``parting.py`` what to do when hub and journal tell different stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from rma_station.domain.outcome import Message, say
from rma_station.ports import UplinkState, UplinkStatus
from sync import wire
from sync.turns import Action, ReadHeads, Then, Wait, Why

BACKOFF_FIRST = 1.0
"""Longest wait in seconds after a first failure, doubled with each further one; a random part of it is waited."""
BACKOFF_MOST = 300.0
"""Seconds up to which ``BACKOFF_FIRST`` is doubled."""
RETRY_AFTER_MOST = 3600.0
"""Seconds that a hub may ask to be left alone; it is not believed to mean more."""
REFUSED_SECONDS = 300.0
"""Longest wait in seconds after the hub has refused this station: it is asked again slowly."""
HELLO_SECONDS = 60.0
"""Between two hellos of a connection; each carries the station's heartbeat."""
POLL_SECONDS = 20.0
"""Between two looks at the feed when nothing is sent."""
PHOTO_SECONDS = 20.0
"""Between looks for photos that wait, when none is being sent; new ones are looked for after their events."""
GATHER_SECONDS = 0.5
"""Seconds to wait after a nudge, so that the events of one scan travel together."""


@dataclass(frozen=True)
class Parting:
    """Hub and journal have different histories of a log, and the hub is being asked how far they are the same."""

    log_id: str
    reason: str
    """As ``events.LogForked.reason``."""
    common: int = 0
    """The hub has every event up to here."""
    asked: tuple[str, ...] = ()
    """Ids of the events behind it that the hub is asked for."""


@dataclass(frozen=True)
class Pace:
    """How photos go up."""

    bytes_per_second: int = 0
    """At most, on average; 0: as fast as the line allows."""


@dataclass(frozen=True)
class Going:
    """A photo on its way, on this connection."""

    sha256: str
    size: int
    offset: int = 0
    disputes: int = 0
    """How often in a row the hub had more or less of it than we thought."""


@dataclass(frozen=True)
class Photos:
    """What the machine knows of photos; the hub is asked before a photo is sent, whatever is remembered."""

    pace: Pace
    going: Going | None = None
    due: float = 0.0
    """When something is next to be done about photos (monotonic)."""
    paced: float = 0.0
    """When bytes of a photo may leave again, at the configured pace (monotonic)."""
    failures: int = 0
    """How often in a row a photo had to wait."""
    waits: Message | None = None
    """Why photos wait at present; it passes by itself."""
    told: Message | None = None
    """Why the last photo that the hub refused will not go up, for a person to read."""
    epoch: str = ""
    """The hub's epoch for which the journal has looked through its photos and forgotten what an earlier one had."""


@dataclass(frozen=True)
class State:
    """All the machine knows. ``doing`` is the action whose result comes next."""

    mode: str
    hub_id: str
    """Pinned; empty before first contact."""
    doing: Action
    hub_key: str = ""
    """Of the hub's receipts, pinned; empty before first contact with a hub that signs."""
    uplink: UplinkState = UplinkState.CONNECTING
    why: Message | None = None
    """Why there is no connection."""
    hub_epoch: str = ""
    """The hub's epoch on this connection; empty without a connection."""
    hub_protocol: int = 1
    """The newest protocol that the hub of this connection speaks."""
    heads: tuple[wire.LogHead, ...] = ()
    have: Mapping[str, int] = field(default_factory=dict)
    """Last word of the hub for each log; only that of this connection is acted on."""
    receipts: Mapping[str, wire.Receipt] = field(default_factory=dict)
    """The newest genuine receipt of each log: evidence, never acted on."""
    to_check: tuple[wire.LogKnown, ...] = ()
    """Logs whose hash at the hub's place is still to be compared with the journal's, before anything is sent."""
    greeting: wire.HelloReply | None = None
    """A hello reply that waits for the hub's id to be pinned."""
    parting: Parting | None = None
    parted: tuple[float, ...] = ()
    """When new logs were begun (monotonic): too many within an hour stop the station's sending."""
    sound: frozenset[str] = frozenset()
    """Closed logs whose events are all at the hub of this connection, though it has another history of them."""
    gapped: bool = False
    """The last batch was answered by a gap."""
    shrink: int = 1
    """Batches are this many times smaller than allowed, after ``too_large``."""
    failures: int = 0
    not_before: float = 0.0
    """Until when the hub asked to be left alone (monotonic)."""
    retry_at: float = 0.0
    """When the next connection is tried, unless the network comes up before (monotonic)."""
    hello_due: float = 0.0
    feed_due: float = 0.0
    feed_more: bool = False
    """Another page of the feed follows: it is asked for at once."""
    feed_problem: Message | None = None
    """Why the feed does not get on, though events do."""
    advice: Message | None = None
    """That this station should be upgraded, where the hub says so."""
    gone_on: Message | None = None
    """A new log was begun, and why."""
    behind_since: float | None = None
    """Monotonic time since which there was always something unsent, as far as this run has seen."""
    clock_offset: float | None = None
    photos: Photos | None = None
    """``None`` where this station sends no photos."""

    @property
    def unsent(self) -> int:
        """Events the hub has not said it has."""
        sent = (head for head in self.heads if head.log_id not in self.sound)
        return sum(max(0, head.last_seq - self.have.get(head.log_id, 0)) for head in sent)

    def head(self, log_id: str) -> wire.LogHead:
        """Where a log of the journal ends."""
        return next(head for head in self.heads if head.log_id == log_id)


def begin(mode: str, hub_id: str, hub_key: str = "", *, pace: Pace | None = None) -> State:
    """The machine at start; its first action is ``state.doing``.

    Args:
        mode: ``sample`` or ``live``.
        hub_id: the pinned hub, empty before first contact.
        hub_key: the pinned key of its receipts, empty before it has shown one.
        pace: how photos go up; ``None``: not at all.
    """
    return State(mode, hub_id, ReadHeads(Then.HELLO), hub_key, photos=None if pace is None else Photos(pace))


def status(state: State) -> UplinkStatus:
    """What the screens show of the line: its state, notes in words, and how much is unsent."""
    online = state.uplink is UplinkState.ONLINE
    of_photos = (state.photos.waits, state.photos.told) if state.photos else ()
    notes = (state.feed_problem, state.advice, state.gone_on, *of_photos) if online else (state.why, state.gone_on)
    return UplinkStatus(state.uplink, tuple(filter(None, notes)), state.unsent, state.clock_offset)


Next: TypeAlias = tuple[State, Action]


class Moment(NamedTuple):
    """Time and chance of one step."""

    now: float
    chance: float


def do(state: State, action: Action) -> Next:
    """The end of a step: whoever runs the machine does this action next."""
    return replace(state, doing=action), action


def rest(state: State, until: float, why: Why) -> Next:
    """The end of a step with nothing to do: wait until a moment, unless something happens before."""
    return do(state, Wait(until, why))


def odd(reason: str) -> Message:
    """The reason for a reply or an event that should never come: a defect on one side or the other."""
    return say("service.hub.odd", reason=reason)


def offline(state: State, at: Moment, why: Message, retry_after: float | None = None) -> Next:
    """The connection is over: wait a random part of the back-off, longer where the hub asked for it."""
    most = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(state.failures, 20))
    asked = min(max(retry_after or 0.0, 0.0), RETRY_AFTER_MOST)
    left = replace(state, failures=state.failures + 1, not_before=at.now + asked, uplink=UplinkState.OFFLINE)
    return _apart(left, at.now + asked + at.chance * most, why)


def refused(state: State, at: Moment, why: Message) -> Next:
    """The hub answers but will not have us: ask again slowly, somebody may have mended it."""
    until = at.now + REFUSED_SECONDS * (0.5 + 0.5 * at.chance)
    return _apart(replace(state, uplink=UplinkState.REFUSED, not_before=at.now), until, why)


def _apart(state: State, until: float, why: Message) -> Next:
    left = replace(
        state,
        why=why,
        hub_epoch="",
        greeting=None,
        to_check=(),
        parting=None,
        sound=frozenset(),
        gapped=False,
        retry_at=until,
        photos=replace(state.photos, going=None) if state.photos else None,
    )
    return rest(left, until, Why.BACKOFF)
