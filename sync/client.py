"""The station's side of sync as a pure machine: ``step(state, now, event, chance) -> (state, action)``.

There is exactly one action at a time; whoever runs the machine (``uplink.py``, the simulator) does it and hands its
result in as the next event. Time and chance are arguments, so a seed repeats a run.

::

    ReadHeads ─> SendHello ─> ReadHash… ─┐   the hub's answer says where sending starts (design rule 5)
        ^  ^                             v
        |  |  ┌──────────────> ReadLines ─> SendBatch ─┐   until every log is at the hub
        |  |  |                          ^─────────────┘
        |  |  |                          v
        |  |  └── ReadHeads <── ApplyFeed <── AskFeed <── ReadCursor   a page, then new events first; or ApplySnapshot
        |  |                             v
        |  └── a minute passed ─────── Wait (IDLE) ── nudge ─> Wait (GATHER) ─> ReadHeads ─> …
        └───── Wait (BACKOFF) <── whatever fails: the connection is over, the next one starts with hello

A connection begins with a hello and ends with the first failure. A reply from another hub, in another mode, or no
reply of ours at all changes nothing but the status. A fork (the hub has another history than this journal) stops
everything but the hello: here a new log is begun and events are re-sent once that is built. Source: sync reference
2.3, 2.4 (R2, R3, R5, R8), 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Message, say
from rma_station.ports import UplinkState, UplinkStatus
from sync import wire
from sync.turns import (
    Action,
    Applied,
    ApplyFeed,
    ApplySnapshot,
    AskFeed,
    Barred,
    Cursor,
    Elapsed,
    Event,
    Failed,
    Hash,
    Heads,
    Lines,
    NetworkUp,
    NotApplied,
    Nudged,
    PinHub,
    Pinned,
    ReadCursor,
    ReadHash,
    ReadHeads,
    ReadLines,
    Replied,
    Request,
    SendBatch,
    SendHello,
    Then,
    Wait,
    Why,
)

BACKOFF_FIRST = 1.0
BACKOFF_MOST = 300.0
"""Seconds; the wait after the n-th failure in a row is a random part of the smaller of these, doubled n times."""
RETRY_AFTER_MOST = 3600.0
REFUSED_SECONDS = 300.0
HELLO_SECONDS = 60.0
"""The heartbeat rides in hello."""
POLL_SECONDS = 20.0
"""Between looks at the feed when nothing is sent."""
GATHER_SECONDS = 0.5
"""After a nudge, so that the events of one scan travel together."""


# --- state ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """All the machine knows. ``doing`` is the action whose result comes next."""

    mode: str
    hub_id: str
    """Pinned; empty before first contact."""
    doing: Action
    uplink: UplinkState = UplinkState.CONNECTING
    why: Message | None = None
    """Why there is no connection."""
    forked: bool = False
    hub_epoch: str = ""
    """Of this connection; empty without one."""
    heads: tuple[wire.LogHead, ...] = ()
    have: Mapping[str, int] = field(default_factory=dict)
    """Last word of the hub for each log; only that of this connection is acted on."""
    to_check: tuple[wire.LogKnown, ...] = ()
    greeting: wire.HelloReply | None = None
    """A hello reply that waits for the hub's id to be pinned."""
    gapped: bool = False
    """The last batch was answered by a gap."""
    shrink: int = 1
    """Batches are this many times smaller than allowed, after ``too_large``."""
    failures: int = 0
    not_before: float = 0.0
    """The hub asked to be left alone until then."""
    retry_at: float = 0.0
    hello_due: float = 0.0
    feed_due: float = 0.0
    feed_more: bool = False
    feed_problem: Message | None = None
    advice: Message | None = None
    behind_since: float | None = None
    """Monotonic time since which there was always something unsent, as far as this run has seen."""
    clock_offset: float | None = None

    @property
    def unsent(self) -> int:
        """Events the hub has not said it has."""
        return sum(max(0, head.last_seq - self.have.get(head.log_id, 0)) for head in self.heads)


def begin(mode: str, hub_id: str) -> State:
    """The machine at start; its first action is ``state.doing``.

    Args:
        mode: ``sample`` or ``live``.
        hub_id: the pinned hub, empty before first contact.
    """
    return State(mode, hub_id, ReadHeads(Then.HELLO))


def status(state: State) -> UplinkStatus:
    """What people are shown."""
    notes = (state.feed_problem, state.advice) if state.uplink is UplinkState.ONLINE else (state.why,)
    return UplinkStatus(state.uplink, tuple(filter(None, notes)), state.unsent, state.clock_offset)


Next: TypeAlias = tuple[State, Action]


class _Moment(NamedTuple):
    """Time and chance of one step."""

    now: float
    chance: float


def step(state: State, now: float, event: Event, chance: float) -> Next:
    """The state after ``event``, and what to do next. Total: what does not fit ends the connection.

    Args:
        state: what ``begin`` or the last step returned.
        now: monotonic seconds.
        event: the result of ``state.doing``.
        chance: random, from 0 up to but not including 1.
    """
    at = _Moment(now, chance)
    match state.doing, event:
        case _, Failed(why, retry_after):
            return _offline(state, at, why, retry_after)
        case _, Barred(why):
            after, action = _offline(state, at, why)
            return replace(after, uplink=UplinkState.REFUSED), action
        case Wait() as wait, Elapsed() | Nudged() | NetworkUp():
            return _woken(state, at, wait, event)
        case ReadHeads(then), Heads() as read:
            return _heads_read(state, at, then, read)
        case PinHub(hub_id), Pinned() if state.greeting is not None:
            return _welcomed(replace(state, hub_id=hub_id), at, state.greeting)
        case ReadHash(), Hash(value):
            return _hash_read(state, at, value)
        case ReadLines() as asked, Lines(previous, lines):
            return _lines_read(state, at, asked, previous, lines)
        case ReadCursor(), Cursor(cursor, snapshot):
            return _do(state, AskFeed(cursor, snapshot))
        case ApplyFeed() | ApplySnapshot(), Applied():
            return _page_done(replace(state, feed_problem=None, failures=0), at)
        case ApplyFeed() | ApplySnapshot(), NotApplied(why):
            return _page_done(replace(state, feed_problem=why, feed_more=False), at)
        case (SendHello() | SendBatch() | AskFeed()) as request, Replied() as replied:
            return _replied(state, at, request, replied)
    return _offline(state, at, _odd(f"{type(event).__name__}, {type(state.doing).__name__}"))


def _odd(reason: str) -> Message:
    """Something that a working hub and a working station never say to each other."""
    return say("service.hub.odd", reason=reason)


def _do(state: State, action: Action) -> Next:
    return replace(state, doing=action), action


def _wait(state: State, until: float, why: Why) -> Next:
    return _do(state, Wait(until, why))


# --- waiting ----------------------------------------------------------------------------------------------------------


def _offline(state: State, at: _Moment, why: Message, retry_after: float | None = None) -> Next:
    """The connection is over: wait a random part of the back-off, longer where the hub asked for it."""
    most = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(state.failures, 20))
    asked = min(max(retry_after or 0.0, 0.0), RETRY_AFTER_MOST)
    return _apart(
        replace(
            state, failures=state.failures + 1, not_before=at.now + asked, uplink=UplinkState.OFFLINE, forked=False
        ),
        at.now + asked + at.chance * most,
        why,
    )


def _refused(state: State, at: _Moment, why: Message) -> Next:
    """The hub answers but will not have us: ask again slowly, somebody may have mended it."""
    until = at.now + REFUSED_SECONDS * (0.5 + 0.5 * at.chance)
    return _apart(replace(state, uplink=UplinkState.REFUSED, not_before=at.now, forked=False), until, why)


def _forked(state: State, at: _Moment, log_id: str, seq: int) -> Next:
    """Hub and journal tell different stories: nothing is sent, a person has to look."""
    after, action = _refused(state, at, say("service.hub.forked", log=clean(log_id, 40), seq=seq))
    return replace(after, forked=True), action


def _apart(state: State, until: float, why: Message) -> Next:
    left = replace(state, why=why, hub_epoch="", greeting=None, to_check=(), gapped=False, retry_at=until)
    return _wait(left, until, Why.BACKOFF)


def _woken(state: State, at: _Moment, wait: Wait, event: Event) -> Next:
    if wait.why is Why.BACKOFF:
        if isinstance(event, Nudged):
            return _do(state, ReadHeads(Then.COUNT))
        if isinstance(event, NetworkUp):
            state = replace(state, failures=0, retry_at=state.not_before)
        if at.now < state.retry_at:
            return _wait(state, state.retry_at, Why.BACKOFF)
        return _do(state, ReadHeads(Then.HELLO))
    if isinstance(event, NetworkUp):
        return _do(state, ReadHeads(Then.HELLO))
    if isinstance(event, Nudged) and wait.why is Why.IDLE:
        return _wait(state, at.now + GATHER_SECONDS, Why.GATHER)
    if at.now < wait.until:
        return _do(state, wait)
    return _do(state, ReadHeads(Then.SEND)) if wait.why is Why.GATHER else _next(state, at)


def _next(state: State, at: _Moment) -> Next:
    """Events before anything else, then the heartbeat, then the feed, then rest."""
    for head in state.heads:
        have = state.have[head.log_id]
        if have < head.last_seq:
            limit, size = wire.BATCH_EVENTS // state.shrink, wire.BATCH_BYTES // state.shrink
            return _do(state, ReadLines(head.log_id, have, max(1, limit), size))
    if state.hello_due <= at.now:
        return _do(state, ReadHeads(Then.HELLO))
    if state.feed_due <= at.now:
        return _do(state, ReadCursor())
    return _wait(state, min(state.hello_due, state.feed_due), Why.IDLE)


# --- the journal's answers --------------------------------------------------------------------------------------------


def _heads_read(state: State, at: _Moment, then: Then, read: Heads) -> Next:
    state = replace(state, heads=read.heads, have={**read.at_hub, **state.have})
    state = _counted(state, at)
    if then is Then.COUNT:
        return _wait(state, state.retry_at, Why.BACKOFF)
    if then is Then.SEND and all(head.log_id in state.have for head in read.heads):
        return _next(state, at)
    heartbeat = read.heartbeat
    if heartbeat is not None:
        # The journal knows how old its events are, also from before this start; we know what the hub said just now.
        behind = 0 if state.behind_since is None else int(at.now - state.behind_since)
        oldest = max(behind, heartbeat.oldest_unsent_seconds) if state.unsent else 0
        heartbeat = replace(heartbeat, unsent=state.unsent, oldest_unsent_seconds=oldest)
    return _do(state, SendHello(wire.Hello(state.mode, read.heads, wire.PROTOCOL, heartbeat)))


def _counted(state: State, at: _Moment) -> State:
    if not state.unsent:
        return replace(state, behind_since=None)
    return replace(state, behind_since=at.now if state.behind_since is None else state.behind_since)


def _hash_read(state: State, at: _Moment, value: bytes | None) -> Next:
    known, *rest = state.to_check
    if value is None or value.hex() != known.hash_at_have.lower():
        return _forked(state, at, known.log_id, known.have_through)
    return _check(replace(state, to_check=tuple(rest)), at)


def _check(state: State, at: _Moment) -> Next:
    """Look up our hash wherever the hub told us its own; then the connection is good for sending."""
    if state.to_check:
        return _do(state, ReadHash(state.to_check[0].log_id, state.to_check[0].have_through))
    return _next(replace(_counted(state, at), uplink=UplinkState.ONLINE, why=None, forked=False), at)


def _lines_read(state: State, at: _Moment, asked: ReadLines, previous: bytes, lines: Sequence[bytes]) -> Next:
    if not lines:
        return _offline(state, at, _odd(f"{asked.log_id} {asked.seq}: -"))
    batch = tuple(lines[: asked.limit])
    header = wire.BatchHeader(asked.seq + 1, previous.hex(), len(batch))
    return _do(state, SendBatch(asked.log_id, header, batch))


# --- the hub's answers ------------------------------------------------------------------------------------------------


def _replied(state: State, at: _Moment, request: Request, replied: Replied) -> Next:
    reply, hub = replied.reply, replied.reply.hub
    if state.hub_id and hub.hub_id != state.hub_id:
        return _offline(state, at, say("service.hub.other", hub=clean(hub.hub_id, 40), ours=state.hub_id))
    if hub.mode != state.mode:
        return _refused(state, at, say("service.hub.mode", ours=state.mode, theirs=clean(hub.mode, 20)))
    if isinstance(reply, wire.Problem):
        return _problem(state, at, request, reply, replied.retry_after)
    if not isinstance(request, SendHello) and hub.hub_epoch != state.hub_epoch:
        return _offline(state, at, say("service.hub.restored"))
    match request, reply:
        case SendHello(), wire.HelloReply():
            state = replace(state, greeting=reply, clock_offset=replied.clock_offset)
            return _welcomed(state, at, reply) if state.hub_id else _do(state, PinHub(hub.hub_id))
        case SendBatch() as batch, wire.EventsReply(accepted_through=through):
            return _accepted(state, at, batch, through)
        case AskFeed(cursor, snapshot), wire.FeedReply():
            state = replace(state, feed_more=reply.more and reply.cursor != cursor)
            if snapshot and reply.more and not state.feed_more:
                return _offline(state, at, _odd("snapshot: more, but no further"))
            if snapshot:
                return _do(state, ApplySnapshot(reply.entries, reply.cursor, first=not cursor, last=not reply.more))
            if reply.entries or reply.cursor != cursor:
                return _do(state, ApplyFeed(reply.entries, reply.cursor))
            return _page_done(replace(state, failures=0), at)
    return _offline(state, at, _odd(f"{type(reply).__name__}, {type(request).__name__}"))


def _welcomed(state: State, at: _Moment, reply: wire.HelloReply) -> Next:
    """The hub's word of every log decides where sending starts; a story of its own stops us."""
    known = {log.log_id: log for log in reply.logs}
    have: dict[str, int] = {}
    to_check = []
    for head in state.heads:
        log = known.get(head.log_id, wire.LogKnown(head.log_id, 0, ""))
        have[head.log_id] = log.have_through
        if not 0 <= log.have_through <= head.last_seq:
            return _forked(replace(state, have=have), at, head.log_id, log.have_through)
        if log.have_through > 0:
            to_check.append(log)
    old = reply.advice == "upgrade" or reply.hub.protocol_min > wire.PROTOCOL
    advice = say("service.hub.upgrade") if old else None
    return _check(
        replace(
            state,
            have=have,
            to_check=tuple(to_check),
            hub_epoch=reply.hub.hub_epoch,
            greeting=None,
            gapped=False,
            shrink=1,
            advice=advice,
            hello_due=at.now + HELLO_SECONDS,
        ),
        at,
    )


def _accepted(state: State, at: _Moment, batch: SendBatch, through: int) -> Next:
    last = batch.header.first_seq + batch.header.count - 1
    if through != last:
        return _offline(state, at, _odd(f"{last}: {through}"))
    state = replace(
        state, have={**state.have, batch.log_id: last}, failures=0, gapped=False, feed_due=min(state.feed_due, at.now)
    )
    return _next(_counted(state, at), at)


def _page_done(state: State, at: _Moment) -> Next:
    if state.feed_more:
        return _do(replace(state, feed_due=at.now), ReadHeads(Then.SEND))
    return _next(replace(state, feed_due=at.now + POLL_SECONDS * (0.75 + 0.5 * at.chance)), at)


def _problem(state: State, at: _Moment, request: Request, problem: wire.Problem, retry_after: float | None) -> Next:
    message = clean(problem.message)
    match problem.code, request:
        case "unauthorised", _:
            return _refused(state, at, say("service.hub.unauthorised", reason=message))
        case "mode" | "protocol" | "malformed", _:
            return _refused(state, at, say("service.hub.refuses", code=problem.code, reason=message))
        case "fork", SendBatch(log_id):
            return _forked(state, at, log_id, problem.at_seq)
        case "gap", SendBatch() as batch:
            return _gap(state, at, batch, problem)
        case "too_large", SendBatch(_, header) if header.count > 1:
            return _next(replace(state, shrink=state.shrink * 2), at)
        case "too_large", SendBatch(log_id, header):
            return _refused(state, at, say("service.hub.too_large", log=log_id, seq=header.first_seq))
        case "snapshot", AskFeed(cursor) if cursor:
            return _do(state, AskFeed("", snapshot=True))
    why = say("service.hub.says", code=clean(problem.code, 40), reason=message)
    return _offline(state, at, why, retry_after)


def _gap(state: State, at: _Moment, batch: SendBatch, problem: wire.Problem) -> Next:
    """Go on from where the hub says it is; a gap after a gap is a quarrel, which a new hello settles."""
    have = problem.have_through
    last = next(head.last_seq for head in state.heads if head.log_id == batch.log_id)
    if have > last:
        return _forked(state, at, batch.log_id, have)
    if state.gapped or have < 0 or have == batch.header.first_seq - 1:
        return _offline(state, at, _odd(f"{have}: gap"))
    check = (wire.LogKnown(batch.log_id, have, problem.hub_hash),) if have and problem.hub_hash else ()
    return _check(replace(state, have={**state.have, batch.log_id: have}, gapped=True, to_check=check), at)
