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
        |  |                     photos (photos.py): one call, then new events first
        |  |                             v
        |  └── a minute passed ─────── Wait (IDLE) ── nudge ─> Wait (GATHER) ─> ReadHeads ─> …
        └───── Wait (BACKOFF) <── whatever fails: the connection is over, the next one starts with hello

A connection begins with a hello and ends with the first failure. A reply from another hub, in another mode, without
the hub's own signature for what was sent, or no reply of ours at all changes nothing but the status. When the hub has
another history than this journal the station goes on under a new log (``parting.py``). Source: sync reference 2.3, 2.4
(R2, R3, R5, R8), 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rma_station.domain.clean import clean
from rma_station.domain.envelope import hash_after
from rma_station.domain.outcome import say
from rma_station.ports import UplinkState
from sync import photos, wire
from sync.parting import begun, ids_read, missing_told, part
from sync.receipt import PUBLIC_KEY, is_genuine
from sync.state import (
    GATHER_SECONDS,
    HELLO_SECONDS,
    POLL_SECONDS,
    Moment,
    Next,
    State,
    begin,
    do,
    odd,
    offline,
    refused,
    rest,
    status,
)
from sync.turns import (
    Applied,
    ApplyFeed,
    ApplySnapshot,
    AskBlob,
    AskFeed,
    AskMissing,
    Barred,
    BeginLog,
    Begun,
    CheckPhoto,
    Cursor,
    Elapsed,
    Event,
    Failed,
    Hash,
    Heads,
    Ids,
    Lines,
    NetworkUp,
    NotApplied,
    NotePhoto,
    Nudged,
    PinHub,
    Pinned,
    ReadChunk,
    ReadCursor,
    ReadHash,
    ReadHeads,
    ReadIds,
    ReadLines,
    ReadPhoto,
    Replied,
    Request,
    SendBatch,
    SendChunk,
    SendHello,
    Then,
    Wait,
    Why,
)
from sync.versions import RECEIPTS

__all__ = ["State", "begin", "status", "step"]


def step(state: State, now: float, event: Event, chance: float) -> Next:
    """The state after ``event``, and what to do next. Total: what does not fit ends the connection.

    Args:
        state: what ``begin`` or the last step returned.
        now: monotonic seconds.
        event: the result of ``state.doing``.
        chance: random, from 0 up to but not including 1.
    """
    at = Moment(now, chance)
    if isinstance(state.doing, SendChunk):
        state = photos.sent(state, at, state.doing)
    match state.doing, event:
        case _, Failed(why, retry_after, clock_offset):
            known = state.clock_offset if clock_offset is None else clock_offset
            return offline(replace(state, clock_offset=known), at, why, retry_after)
        case _, Barred(why):
            after, action = offline(state, at, why)
            return replace(after, uplink=UplinkState.REFUSED), action
        case Wait() as wait, Elapsed() | Nudged() | NetworkUp():
            return _woken(state, at, wait, event)
        case ReadHeads(then), Heads() as read:
            return _heads_read(state, at, then, read)
        case PinHub(hub_id, hub_key), Pinned() if state.greeting is not None:
            return _welcomed(replace(state, hub_id=hub_id, hub_key=hub_key), at, state.greeting)
        case ReadHash(), Hash(value):
            return _hash_read(state, at, value)
        case ReadLines() as asked, Lines(previous, lines):
            return _lines_read(state, at, asked, previous, lines)
        case ReadIds(), Ids(event_ids) if state.parting is not None:
            return ids_read(state, state.parting, event_ids)
        case BeginLog(), Begun() if state.parting is not None:
            return begun(state, at, state.parting)
        case ReadCursor(), Cursor(cursor, snapshot):
            return do(state, AskFeed(cursor, snapshot))
        case ApplyFeed() | ApplySnapshot(), Applied():
            return _page_done(replace(state, feed_problem=None, failures=0), at)
        case ApplyFeed() | ApplySnapshot(), NotApplied(why):
            return _page_done(replace(state, feed_problem=why, feed_more=False), at)
        case (SendHello() | SendBatch() | AskFeed() | AskMissing()) as request, Replied() as replied:
            return _replied(state, at, request, replied)
        case ReadPhoto() | AskBlob() | ReadChunk() | SendChunk() | CheckPhoto() | NotePhoto(), _ if state.photos:
            return photos.step(state, state.photos, at, event)
    return offline(state, at, odd(f"{type(event).__name__}, {type(state.doing).__name__}"))


# --- waiting ----------------------------------------------------------------------------------------------------------


def _woken(state: State, at: Moment, wait: Wait, event: Event) -> Next:
    if wait.why is Why.BACKOFF:
        if isinstance(event, Nudged):
            return do(state, ReadHeads(Then.COUNT))
        if isinstance(event, NetworkUp):
            state = replace(state, failures=0, retry_at=state.not_before)
        if at.now < state.retry_at:
            return rest(state, state.retry_at, Why.BACKOFF)
        return do(state, ReadHeads(Then.HELLO))
    if isinstance(event, NetworkUp):
        return do(state, ReadHeads(Then.HELLO))
    if isinstance(event, Nudged) and wait.why is Why.IDLE:
        return rest(state, at.now + GATHER_SECONDS, Why.GATHER)
    if at.now < wait.until:
        return do(state, wait)
    return do(state, ReadHeads(Then.SEND)) if wait.why is Why.GATHER else _next(state, at)


def _next(state: State, at: Moment) -> Next:
    """Events before anything else, then the heartbeat, then the feed, then photos, then rest."""
    if state.photos is not None and photos.is_stranger(state, state.photos):
        return photos.look(state, state.photos)
    for head in state.heads:
        have = state.have[head.log_id]
        if have < head.last_seq and head.log_id not in state.sound:
            limit, size = wire.BATCH_EVENTS // state.shrink, wire.BATCH_BYTES // state.shrink
            return do(state, ReadLines(head.log_id, have, max(1, limit), size))
    if state.hello_due <= at.now:
        return do(state, ReadHeads(Then.HELLO))
    if state.feed_due <= at.now:
        return do(state, ReadCursor())
    if state.photos is not None and photos.due_at(state, state.photos) <= at.now:
        return photos.go_on(state, state.photos)
    photos_at = (photos.due_at(state, state.photos),) if state.photos else ()
    return rest(state, min(state.hello_due, state.feed_due, *photos_at), Why.IDLE)


# --- the journal's answers --------------------------------------------------------------------------------------------


def _heads_read(state: State, at: Moment, then: Then, read: Heads) -> Next:
    state = replace(state, heads=read.heads, have={**read.at_hub, **state.have})
    state = _counted(state, at)
    if then is Then.COUNT:
        return rest(state, state.retry_at, Why.BACKOFF)
    if then is Then.SEND and all(head.log_id in state.have for head in read.heads):
        return _next(state, at)
    heartbeat = read.heartbeat
    if heartbeat is not None:
        # The journal knows how old its events are, also from before this start; we know what the hub said just now.
        behind = 0 if state.behind_since is None else int(at.now - state.behind_since)
        oldest = max(behind, heartbeat.oldest_unsent_seconds) if state.unsent else 0
        heartbeat = replace(heartbeat, unsent=state.unsent, oldest_unsent_seconds=oldest)
    heads = tuple(replace(head, elsewhere=True) if head.log_id in state.sound else head for head in read.heads)
    return do(state, SendHello(wire.Hello(state.mode, heads, wire.PROTOCOL, heartbeat, read.run_id)))


def _counted(state: State, at: Moment) -> State:
    if not state.unsent:
        return replace(state, behind_since=None)
    return replace(state, behind_since=at.now if state.behind_since is None else state.behind_since)


def _hash_read(state: State, at: Moment, value: bytes | None) -> Next:
    known, *rest = state.to_check
    if value is None or value.hex() != known.hash_at_have.lower():
        return part(state, at, known.log_id, "other")
    return _check(replace(state, to_check=tuple(rest)), at)


def _check(state: State, at: Moment) -> Next:
    """Look up our hash wherever the hub told us its own; then the connection is good for sending."""
    if state.to_check:
        return do(state, ReadHash(state.to_check[0].log_id, state.to_check[0].have_through))
    return _next(replace(_counted(state, at), uplink=UplinkState.ONLINE, why=None), at)


def _lines_read(state: State, at: Moment, asked: ReadLines, previous: bytes, lines: Sequence[bytes]) -> Next:
    if not lines:
        return offline(state, at, odd(f"{asked.log_id} {asked.seq}: -"))
    batch = tuple(lines[: asked.limit])
    header = wire.BatchHeader(asked.seq + 1, previous.hex(), len(batch))
    return do(state, SendBatch(asked.log_id, header, batch))


# --- the hub's answers ------------------------------------------------------------------------------------------------


def _replied(state: State, at: Moment, request: Request, replied: Replied) -> Next:
    reply, hub = replied.reply, replied.reply.hub
    if state.hub_id and hub.hub_id != state.hub_id:
        return offline(state, at, say("service.hub.other", hub=clean(hub.hub_id, 40), ours=state.hub_id))
    if hub.mode != state.mode:
        return refused(state, at, say("service.hub.mode", ours=state.mode, theirs=clean(hub.mode, 20)))
    if isinstance(reply, wire.Problem):
        return _problem(state, at, request, reply, replied.retry_after)
    if not isinstance(request, SendHello) and hub.hub_epoch != state.hub_epoch:
        return offline(state, at, say("service.hub.restored"))
    match request, reply:
        case SendHello(), wire.HelloReply():
            return _greeted(replace(state, greeting=reply, clock_offset=replied.clock_offset), at, reply)
        case SendBatch() as batch, wire.EventsReply():
            return _accepted(state, at, batch, reply)
        case AskMissing(), wire.MissingReply(missing=missing) if state.parting is not None:
            return missing_told(state, state.parting, missing)
        case AskFeed(), wire.FeedReply(cursor=given) if len(given) > wire.CURSOR_LENGTH:
            # It would be kept and asked with for ever, and no address is so long.
            return offline(state, at, odd(f"cursor: {len(given)}"))
        case AskFeed(cursor, snapshot), wire.FeedReply():
            state = replace(state, feed_more=reply.more and reply.cursor != cursor)
            if snapshot and reply.more and not state.feed_more:
                return offline(state, at, odd("snapshot: more, but no further"))
            if snapshot:
                return do(state, ApplySnapshot(reply.entries, reply.cursor, first=not cursor, last=not reply.more))
            if reply.entries or reply.cursor != cursor:
                return do(state, ApplyFeed(reply.entries, reply.cursor))
            return _page_done(replace(state, failures=0), at)
    return offline(state, at, odd(f"{type(reply).__name__}, {type(request).__name__}"))


def _greeted(state: State, at: Moment, reply: wire.HelloReply) -> Next:
    """The hub's id and key are pinned before anything is sent; another key is another hub, whatever it calls itself."""
    hub, shown = reply.hub, reply.hub_key
    if shown and not PUBLIC_KEY.fullmatch(shown):
        return offline(state, at, odd("hub_key"))
    if not state.hub_id or (shown and not state.hub_key):
        return do(state, PinHub(hub.hub_id, shown))
    if state.hub_key and shown != state.hub_key and hub.protocol_max >= RECEIPTS:
        return offline(state, at, say("service.hub.other_key", shown=shown[:16], ours=state.hub_key[:16]))
    return _welcomed(state, at, reply)


def _welcomed(state: State, at: Moment, reply: wire.HelloReply) -> Next:
    """The hub's word of every log decides where sending starts; where it tells another story, a new log begins."""
    known = {log.log_id: log for log in reply.logs}
    told = [known.get(head.log_id, wire.LogKnown(head.log_id, 0, "")) for head in state.heads]
    old = reply.advice == "upgrade" or reply.hub.protocol_min > wire.PROTOCOL
    state = replace(
        state,
        have={log.log_id: log.have_through for log in told},
        to_check=tuple(log for log in told if _is_to_check(state, log)),
        hub_epoch=reply.hub.hub_epoch,
        hub_protocol=reply.hub.protocol_max,
        greeting=None,
        gapped=False,
        shrink=1,
        advice=say("service.hub.upgrade") if old else None,
        hello_due=at.now + HELLO_SECONDS,
    )
    for head, log in zip(state.heads, told, strict=True):
        if log.have_through < 0:
            return offline(state, at, odd(f"{clean(head.log_id, 40)}: {log.have_through}"))
        if log.refused and not (head.closed and log.have_through >= head.last_seq) and head.log_id not in state.sound:
            return part(state, at, head.log_id, "letters" if log.refused == "letters" else "station")
        if log.have_through > head.last_seq and not head.closed:
            return part(state, at, head.log_id, "behind")
    return _check(state, at)


def _is_to_check(state: State, log: wire.LogKnown) -> bool:
    """Whether the hub's hash can be compared: behind the end of a closed log the hub has somebody else's events."""
    return 0 < log.have_through <= state.head(log.log_id).last_seq and log.log_id not in state.sound


def _accepted(state: State, at: Moment, batch: SendBatch, reply: wire.EventsReply) -> Next:
    last = batch.header.first_seq + batch.header.count - 1
    if reply.accepted_through != last:
        return offline(state, at, odd(f"{last}: {reply.accepted_through}"))
    if state.hub_key and state.hub_protocol >= RECEIPTS:
        if reply.receipt is None or not _is_for(reply.receipt, batch, last, state.hub_key):
            return offline(state, at, say("service.hub.receipt"))
        state = replace(state, receipts={**state.receipts, batch.log_id: reply.receipt})
    state = replace(
        state, have={**state.have, batch.log_id: last}, failures=0, gapped=False, feed_due=min(state.feed_due, at.now)
    )
    return _next(photos.looked_for(_counted(state, at), at), at)


def _is_for(receipt: wire.Receipt, batch: SendBatch, last: int, hub_key: str) -> bool:
    """Whether the hub signed for exactly what was sent."""
    here = hash_after(bytes.fromhex(batch.header.previous_hash), batch.lines).hex()
    return (receipt.log_id, receipt.seq, receipt.hash) == (batch.log_id, last, here) and is_genuine(receipt, hub_key)


def _page_done(state: State, at: Moment) -> Next:
    if state.feed_more:
        return do(replace(state, feed_due=at.now), ReadHeads(Then.SEND))
    return _next(replace(state, feed_due=at.now + POLL_SECONDS * (0.75 + 0.5 * at.chance)), at)


def _problem(state: State, at: Moment, request: Request, problem: wire.Problem, retry_after: float | None) -> Next:
    message = clean(problem.message)
    match problem.code, request:
        case "revoked", _:
            return refused(state, at, say("service.hub.revoked", reason=message))
        case "clock", _:
            return refused(state, at, say("service.hub.signed_when", reason=message))
        case "unauthorised", _:
            return refused(state, at, say("service.hub.unauthorised", reason=message))
        case "mode" | "protocol" | "malformed", _:
            return refused(state, at, say("service.hub.refuses", code=problem.code, reason=message))
        case "fork", SendBatch(log_id):
            return part(state, at, log_id, "other")
        case "letters", SendBatch(log_id):
            return part(state, at, log_id, "letters")
        case "gap", SendBatch() as batch:
            return _gap(state, at, batch, problem)
        case "too_large", SendBatch(_, header) if header.count > 1:
            return _next(replace(state, shrink=state.shrink * 2), at)
        case "too_large", SendBatch(log_id, header):
            return refused(state, at, say("service.hub.too_large", log=log_id, seq=header.first_seq))
        case "snapshot", AskFeed(cursor) if cursor:
            return do(state, AskFeed("", snapshot=True))
    why = say("service.hub.says", code=clean(problem.code, 40), reason=message)
    return offline(state, at, why, retry_after)


def _gap(state: State, at: Moment, batch: SendBatch, problem: wire.Problem) -> Next:
    """Go on from where the hub says it is; a gap after a gap is a quarrel, which a new hello settles."""
    have = problem.have_through
    if have > state.head(batch.log_id).last_seq:
        return part(state, at, batch.log_id, "behind")
    if state.gapped or have < 0 or have == batch.header.first_seq - 1:
        return offline(state, at, odd(f"{have}: gap"))
    check = (wire.LogKnown(batch.log_id, have, problem.hub_hash),) if have and problem.hub_hash else ()
    return _check(replace(state, have={**state.have, batch.log_id: have}, gapped=True, to_check=check), at)
