"""Whatever the network and the hub do, the client sends in order, skips nothing, and greets before it sends."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rma_station.domain.outcome import say
from sync import client, wire
from sync.state import BACKOFF_MOST, RETRY_AFTER_MOST
from sync.turns import (
    Action,
    Applied,
    ApplyFeed,
    ApplySnapshot,
    AskFeed,
    Barred,
    Begun,
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
    Nudged,
    PinHub,
    Pinned,
    ReadCursor,
    ReadHash,
    ReadHeads,
    ReadLines,
    Replied,
    SendBatch,
    SendHello,
    Wait,
    Why,
)

HUB = wire.HubHeader("hub-1", "e1", "2026-11-22T10:00:00+00:00", "sample")


def hash_of(seq: int) -> bytes:
    """The chain of the one log in these tests."""
    return seq.to_bytes(32, "big")


headers = st.builds(
    wire.HubHeader,
    hub_id=st.sampled_from(["hub-1", "hub-1", "hub-1", "hub-2"]),
    hub_epoch=st.sampled_from(["e1", "e1", "e2"]),
    server_time=st.just(""),
    mode=st.sampled_from(["sample", "sample", "sample", "live"]),
    protocol_max=st.integers(1, wire.PROTOCOL),
)
small = st.integers(-1, 12)
hashes = small.map(lambda seq: hash_of(max(seq, 0)).hex()) | st.just("")
hellos = st.builds(
    wire.HelloReply,
    headers,
    st.lists(
        st.builds(
            wire.LogKnown, st.just("log"), small, hashes, refused=st.sampled_from(["", "", "letters", "station"])
        ),
        max_size=2,
    ).map(tuple),
)
acks = st.builds(wire.EventsReply, headers, small, small)
pages = st.builds(
    wire.FeedReply,
    headers,
    st.sampled_from(["", "c1", "c2"]),
    st.lists(st.just(wire.FeedEntry(1, "e", "notice", "n")), max_size=1).map(tuple),
    st.booleans(),
)
lacking = st.builds(wire.MissingReply, headers, st.lists(st.sampled_from(["a", "b", "c"])).map(tuple))
problems = st.builds(
    wire.Problem, headers, st.sampled_from([*wire.PROBLEM_STATUS, "other"]), st.text(max_size=3), small, small, hashes
)
any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(Replied, hellos | acks | pages | lacking | problems, retry_after=st.none() | st.floats(-1, 1e6)),
    st.builds(Failed, st.just(say("x")), st.none() | st.floats(-1, 1e6)),
    st.builds(Hash, st.none() | st.integers(0, 12).map(hash_of)),
    st.builds(Lines, st.integers(0, 12).map(hash_of), st.lists(st.just(b"x"), max_size=2)),
    st.builds(Ids, st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)),
    st.builds(
        Heads,
        st.tuples(st.integers(0, 12), st.booleans()).map(
            lambda end: (wire.LogHead("log", end[0], hash_of(end[0]).hex(), end[1]),)
        ),
    ),
    st.builds(Cursor, st.sampled_from(["", "c1"]), st.booleans()),
    st.sampled_from(
        [Elapsed(), Nudged(), NetworkUp(), Applied(), Begun(), NotApplied(say("x")), Pinned(), Barred(say("x"))]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(any_event, st.floats(0, 400), st.floats(0, 0.999))), st.sampled_from(["", "hub-1"]))
def test_no_event_in_any_order_can_upset_it(given_events: list[tuple[Event, float, float]], hub_id: str) -> None:
    """It never raises, never forgets its hub, and never waits longer than an hour and five minutes."""
    state, now = client.begin("sample", hub_id), 0.0
    for event, passed, chance in given_events:
        now += passed
        before = state.hub_id
        state, action = client.step(state, now, event, chance)
        assert action == state.doing
        assert before in ("", state.hub_id)
        if isinstance(action, Wait):
            assert action.until - now <= RETRY_AFTER_MOST + BACKOFF_MOST


class Journal:
    """A log of numbered lines, answering the client's questions truthfully."""

    def __init__(self) -> None:
        self.last = 3
        self.cursor = ""

    def answer(self, action: Action) -> Event:
        """What the journal says to a question of the client."""
        match action:
            case ReadHeads():
                return Heads((wire.LogHead("log", self.last, hash_of(self.last).hex()),))
            case ReadHash(_, seq):
                return Hash(hash_of(seq) if 0 <= seq <= self.last else None)
            case ReadLines(_, seq, limit, _):
                end = min(self.last, seq + min(limit, 2))
                return Lines(hash_of(seq), [b"%d" % number for number in range(seq + 1, end + 1)])
            case ReadCursor():
                return Cursor(self.cursor)
            case ApplyFeed(_, cursor) | ApplySnapshot(_, cursor):
                self.cursor = cursor
                return Applied()
            case PinHub():
                return Pinned()
            case _:
                raise AssertionError(action)


class Hub:
    """Takes batches as the protocol says; can forget its newest events and come back as another epoch."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.header = HUB

    def answer(self, action: Action) -> wire.Reply:
        """What the hub says to a call."""
        have = len(self.lines)
        match action:
            case SendHello():
                return wire.HelloReply(self.header, (wire.LogKnown("log", have, hash_of(have).hex()),))
            case AskFeed():
                return wire.FeedReply(self.header, "c1")
            case SendBatch(_, header, lines):
                if header.first_seq > have + 1:
                    return wire.Problem(self.header, "gap", "", have, hub_hash=hash_of(have).hex())
                assert header.previous_hash == hash_of(header.first_seq - 1).hex()
                self.lines[header.first_seq - 1 :] = [*lines, *self.lines[header.first_seq - 1 + len(lines) :]]
                return wire.EventsReply(self.header, header.first_seq - 1 + len(lines), len(lines))
        raise AssertionError(action)

    def restore(self, kept: int) -> None:
        """Go back to an older state, announced by a new epoch."""
        self.lines = self.lines[:kept]
        self.header = replace(self.header, hub_epoch=self.header.hub_epoch + "'")


fates = st.sampled_from(["ok", "ok", "lost_request", "lost_reply", "busy", "portal", "restore", "new_event"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(fates, st.floats(0, 0.999)), max_size=60), st.integers(0, 3))
def test_in_order_without_gaps_and_never_without_a_hello(faults: list[tuple[str, float]], kept: int) -> None:
    """With lost requests, lost replies, busy and restored hubs; and when the faults stop, everything arrives."""
    journal, hub, state, now = Journal(), Hub(), client.begin("sample", ""), 0.0
    greeted = False
    told = 0  # what this connection's hub said it has
    for fate, chance in [*faults, *[("ok", 0.5)] * 60]:
        action = state.doing
        if isinstance(action, Wait):
            greeted = greeted and action.why is not Why.BACKOFF
            now = action.until
            event: Event = Elapsed()
            if fate == "new_event":
                journal.last += 1
                event = Nudged()
            elif fate == "restore":
                hub.restore(kept)
        elif isinstance(action, SendHello | SendBatch | AskFeed):
            if isinstance(action, SendBatch):
                assert greeted
                assert action.header.first_seq == told + 1
                assert action.lines == tuple(b"%d" % (told + 1 + n) for n in range(action.header.count))
            reply = None if fate == "lost_request" else hub.answer(action)
            if reply is None or fate in ("lost_reply", "portal"):
                event = Failed(say(fate))
            elif fate == "busy":
                event = Replied(wire.Problem(hub.header, "busy", ""), retry_after=2.0)
            else:
                event = Replied(reply)
                if isinstance(reply, wire.HelloReply):
                    greeted, told = True, reply.logs[0].have_through
                elif isinstance(reply, wire.EventsReply):
                    told = reply.accepted_through
                elif isinstance(reply, wire.Problem):
                    told = reply.have_through
        else:
            event = journal.answer(action)
        state, _ = client.step(state, now, event, chance)

    assert hub.lines == [b"%d" % seq for seq in range(1, journal.last + 1)]
    assert state.parted == ()
