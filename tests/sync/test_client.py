"""The client, transition by transition: what is asked of whom, in which order, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rma_station.domain.outcome import say
from rma_station.ports import UplinkState, UplinkStatus
from sync import client, wire
from sync.turns import (
    Applied,
    ApplyFeed,
    ApplySnapshot,
    AskFeed,
    AskMissing,
    Barred,
    BeginLog,
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
    ReadIds,
    ReadLines,
    Replied,
    SendBatch,
    SendHello,
    Then,
    Wait,
    Why,
)

HUB = wire.HubHeader("hub-1", "epoch-1", "2026-11-22T10:00:00+00:00", "sample", 1, wire.PROTOCOL)
H3 = bytes([3]) * 32
H2 = bytes([2]) * 32
HEADS = Heads((wire.LogHead("log", 3, H3.hex()),))
NOW = 1000.0


def hello_reply(have: int, have_hash: bytes = b"", *, hub: wire.HubHeader = HUB, advice: str | None = None) -> Replied:
    """The hub has ``log`` up to ``have``."""
    return Replied(wire.HelloReply(hub, (wire.LogKnown("log", have, have_hash.hex()),), advice=advice))


def problem(code: str, *, have: int = 0, hub_hash: str = "", retry_after: float | None = None) -> Replied:
    """A refusal of our hub."""
    refusal = wire.Problem(HUB, code, f"about {code}", have_through=have, at_seq=2, hub_hash=hub_hash)
    return Replied(refusal, retry_after=retry_after)


def refused_log(reason: str, have: int = 0) -> Replied:
    """The hub will not begin or go on with the log."""
    return Replied(wire.HelloReply(HUB, (wire.LogKnown("log", have, H2.hex() if have else "", refused=reason),)))


def lacks(*event_ids: str) -> Replied:
    """The hub lacks these."""
    return Replied(wire.MissingReply(HUB, event_ids))


def ack(through: int) -> Replied:
    """A committed batch."""
    return Replied(wire.EventsReply(HUB, through, 1))


def page(cursor: str, *entries: wire.FeedEntry, more: bool = False) -> Replied:
    """A page of the feed."""
    return Replied(wire.FeedReply(HUB, cursor, entries, more))


ENTRY = wire.FeedEntry(1, "e1", "notice", "n1")
TO_SEND = (HEADS, hello_reply(0))
"""From the start to reading the first lines."""
TO_BATCH = (*TO_SEND, Lines(bytes(32), [b"1", b"2", b"3"]))
"""To the first batch on its way."""
TO_FEED = (HEADS, hello_reply(3, H3), Hash(H3), Cursor("c1"))
"""To a question for the feed after "c1"."""
TO_REST = (*TO_FEED, page("c1"))
"""To rest with all done."""


BATCH = SendBatch("log", wire.BatchHeader(1, bytes(32).hex(), 3), (b"1", b"2", b"3"))
TO_LAST = (HEADS, hello_reply(2, H2), Hash(H2), Lines(H2, [b"3"]))
"""To a batch of the third event."""
FED = (*TO_FEED, page("c2", ENTRY, more=True))
"""To a page that is not the last."""
SNAP = (*TO_FEED, problem("snapshot"))
"""To a snapshot's first page."""
TO_SNAP = (HEADS, hello_reply(3, H3), Hash(H3), Cursor("s1", snapshot=True))
"""To a snapshot's next page, on a later connection."""
PARTING = (HEADS, hello_reply(4, H3))
"""To the first question when the hub is ahead."""
PAGE = [f"e{number}" for number in range(wire.MISSING_IDS)]
OLD_HUB = replace(HUB, protocol_max=1)
CUT = Failed(say("x"))
"""No answer."""
REST = Wait(NOW + 20.0, Why.IDLE)
BACK_OFF = Wait(NOW + 0.5, Why.BACKOFF)
SLOWLY = Wait(NOW + 225.0, Why.BACKOFF)


def lines_after(seq: int) -> ReadLines:
    """The next full batch."""
    return ReadLines("log", seq, 500, 1024 * 1024)


def run(*events: Event, hub_id: str = "hub-1", now: float = NOW, chance: float = 0.5) -> client.State:
    """The state after these events, all at one moment."""
    state = client.begin("sample", hub_id)
    for event in events:
        state, action = client.step(state, now, event, chance)
        assert action == state.doing
    return state


def test_every_connection_begins_with_hello() -> None:
    """Heads are read, then the hub is asked what it has."""
    assert [run().doing, run(HEADS).doing] == [
        ReadHeads(Then.HELLO),
        SendHello(wire.Hello("sample", HEADS.heads, wire.PROTOCOL)),
    ]


@pytest.mark.parametrize(
    ("name", "events", "action"),
    [
        ("a hub without the log gets all of it", TO_SEND, lines_after(0)),
        ("a log the hub does not name is at 0", (HEADS, Replied(wire.HelloReply(HUB, ()))), lines_after(0)),
        ("what the hub has is first compared", (HEADS, hello_reply(2, H2)), ReadHash("log", 2)),
        ("then sending starts after it", (HEADS, hello_reply(2, H2), Hash(H2)), lines_after(2)),
        ("nothing unsent: the feed", (HEADS, hello_reply(3, H3), Hash(H3)), ReadCursor()),
        ("the journal's lines go as they are", TO_BATCH, BATCH),
        ("a prefix is followed by the rest", (*TO_SEND, Lines(bytes(32), [b"1"]), ack(1)), lines_after(1)),
        ("events before the feed", (*TO_BATCH, ack(3)), ReadCursor()),
        ("the committed cursor is asked for", TO_FEED, AskFeed("c1")),
        ("an empty page changes nothing", TO_REST, REST),
        ("a page is committed", (*TO_FEED, page("c2", ENTRY)), ApplyFeed((ENTRY,), "c2")),
        ("a cursor that moved without entries is committed too", (*TO_FEED, page("c2")), ApplyFeed((), "c2")),
        ("a cursor that no address takes is not kept", (*TO_FEED, page("c" * 1001, ENTRY)), BACK_OFF),
        ("after the last page it rests", (*TO_FEED, page("c2", ENTRY), Applied()), REST),
        ("between pages new events go first", (*FED, Applied()), ReadHeads(Then.SEND)),
        ("then the next page", (*FED, Applied(), HEADS), ReadCursor()),
        ("more that does not move is the end", (*TO_FEED, page("c1", more=True)), REST),
        ("a page that could not be stored waits for the next look", (*FED, NotApplied(say("x", reason="full"))), REST),
        ("a cursor the hub does not know: a snapshot", (*TO_FEED, problem("snapshot")), AskFeed("", snapshot=True)),
        ("its first page begins anew", (*SNAP, page("s1", more=True)), ApplySnapshot((), "s1", True, False)),
        ("it goes on where it was", TO_SNAP, AskFeed("s1", snapshot=True)),
        ("its last page swaps it in", (*TO_SNAP, page("s2", ENTRY)), ApplySnapshot((ENTRY,), "s2", False, True)),
        ("also when it is empty", (*TO_SNAP, page("s1")), ApplySnapshot((), "s1", False, True)),
        ("new events go before its next page", (*TO_SNAP, page("s2", more=True), Applied()), ReadHeads(Then.SEND)),
        ("one that does not get on: back off", (*TO_SNAP, page("s1", more=True)), BACK_OFF),
        ("its own cursor unknown: anew", (*TO_SNAP, problem("snapshot")), AskFeed("", snapshot=True)),
        ("a hub without any feed: back off", (*TO_FEED, problem("snapshot"), problem("snapshot")), BACK_OFF),
        ("a nudge gathers for a moment", (*TO_REST, Nudged()), Wait(NOW + 0.5, Why.GATHER)),
        ("a second nudge does not lengthen it", (*TO_REST, Nudged(), Nudged()), Wait(NOW + 0.5, Why.GATHER)),
        ("too early is too early", (*TO_REST, Elapsed()), REST),
        ("another network: greet anew", (*TO_REST, NetworkUp()), ReadHeads(Then.HELLO)),
        ("a gap: from where the hub is", (*TO_LAST, problem("gap", have=1)), lines_after(1)),
        ("a gap with a hash is compared", (*TO_LAST, problem("gap", have=1, hub_hash="aa")), ReadHash("log", 1)),
        ("a gap where none was: back off", (*TO_BATCH, problem("gap", have=0)), BACK_OFF),
        ("too large: half of it", (*TO_BATCH, problem("too_large")), ReadLines("log", 0, 250, 512 * 1024)),
        ("an answer for another place: ask again", (*TO_BATCH, ack(2)), BACK_OFF),
        ("a journal without the lines it promised: back off", (*TO_SEND, Lines(bytes(32), [])), BACK_OFF),
        ("no answer: back off", (*TO_BATCH, Failed(say("x", reason="timed out"))), BACK_OFF),
        ("an answer to nothing: back off", (*TO_REST, ack(3)), BACK_OFF),
        ("after the wait: hello again", (CUT, Elapsed()), BACK_OFF),
        ("a nudge while waiting only counts", (CUT, Nudged()), ReadHeads(Then.COUNT)),
        ("and the wait goes on", (CUT, Nudged(), HEADS), BACK_OFF),
        ("the network came back: at once", (CUT, NetworkUp()), ReadHeads(Then.HELLO)),
        ("but not before the hub wants us", (Failed(say("x"), 30.0), NetworkUp()), Wait(NOW + 30.0, Why.BACKOFF)),
    ],
    ids=lambda value: value.replace(" ", "-").replace(",", "").replace(":", "") if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_done_next(name: str, events: tuple[Event, ...], action: object) -> None:
    """One row for each transition of the machine: state, event, the action that follows."""
    assert run(*events).doing == action


IDS = ReadIds("log", 0, wire.MISSING_IDS)
"""The first question of a parting."""


@pytest.mark.parametrize(
    ("name", "events", "action"),
    [
        ("hub is ahead", (HEADS, hello_reply(4, H3)), IDS),
        ("another hash", (HEADS, hello_reply(2, H2), Hash(H3)), IDS),
        ("nothing there", (HEADS, hello_reply(2, H2), Hash(None)), IDS),
        ("fork reply", (*TO_BATCH, problem("fork")), IDS),
        ("gap beyond the end", (*TO_BATCH, problem("gap", have=9)), IDS),
        ("the hub is asked for what is there", (*PARTING, Ids(["a", "b", "c"])), AskMissing(("a", "b", "c"))),
        ("they part before the first it lacks", (*PARTING, Ids(["a", "b"]), lacks("b")), BeginLog("log", 1, "behind")),
        ("it lacks nothing", (*PARTING, Ids(["a", "b"]), lacks()), BeginLog("log", 2, "behind")),
        ("there is nothing", (*PARTING, Ids([])), BeginLog("log", 0, "behind")),
        ("a full page without a gap: the next one", (*PARTING, Ids(PAGE), lacks()), ReadIds("log", 1000, 1000)),
        ("a gap in it", (*PARTING, Ids(PAGE), lacks(), Ids(["x"]), lacks("x")), BeginLog("log", 10**3, "behind")),
        ("a hub that cannot be asked gets all", (HEADS, hello_reply(4, H3, hub=OLD_HUB)), BeginLog("log", 0, "behind")),
        ("letters that are taken: all of it", (HEADS, refused_log("letters")), BeginLog("log", 0, "letters")),
        ("letters at the first batch", (*TO_BATCH, problem("letters")), BeginLog("log", 0, "letters")),
        ("the log of another station", (HEADS, refused_log("station", 2)), IDS),
        ("the new log greets the hub", (*PARTING, Ids([]), Begun()), ReadHeads(Then.HELLO)),
        ("a log that cannot be made: back off", (*PARTING, Ids([]), CUT), BACK_OFF),
        ("a reply of nonsense", (HEADS, hello_reply(-1)), BACK_OFF),
    ],
    ids=lambda value: value.replace(" ", "-").replace(",", "").replace(":", "") if isinstance(value, str) else "",
)  # fmt: skip
def test_another_history_leads_to_a_new_log(name: str, events: tuple[Event, ...], action: object) -> None:
    """One row for each transition, from the hub's refusal to the new log."""
    assert run(*events).doing == action


def test_people_are_told_that_a_new_log_was_begun() -> None:
    """Quietly, while work goes on."""
    new = Heads((wire.LogHead("new", 1, H2.hex()),))
    state = run(*PARTING, Ids([]), Begun(), new, Replied(wire.HelloReply(HUB, ())), Lines(bytes(32), [b"1"]), ack(1))

    assert client.status(state).notes == (say("service.hub.gone_on", reason="behind", log="log"),)


def test_after_three_new_logs_in_an_hour_a_person_has_to_look() -> None:
    """A hub that tells another story each time must not fill the disk; an hour later it is tried again."""
    state, again = run(), (HEADS, hello_reply(4, H3), Ids([]), Begun())
    for event in (*again, *again, *again, *again[:2]):
        state, _ = client.step(state, NOW, event, 0.5)
    shown = client.status(state)
    for event in (Elapsed(), *again[:2]):
        state, _ = client.step(state, NOW + 3601, event, 0.5)

    assert (shown.state, shown.notes[0].key) == (UplinkState.REFUSED, "service.hub.forked")
    assert state.doing == IDS


@pytest.mark.parametrize(
    ("name", "have", "events", "action"),
    [
        ("what is behind its end is somebody else's", 9, (), ReadCursor()),
        ("it is sent as far as it is ours", 1, (Hash(H2),), ReadLines("old", 1, 500, 1024 * 1024)),
        ("another history of it: is anything missing", 2, (Hash(H3),), ReadIds("old", 0, wire.MISSING_IDS)),
        ("nothing is: greet again", 2, (Hash(H3), Ids(["a"]), lacks()), ReadHeads(Then.HELLO)),
        ("something is: a new log", 2, (Hash(H3), Ids(["a"]), lacks("a")), BeginLog("old", 0, "other")),
    ],
)
def test_a_closed_log_is_ours_up_to_its_end(name: str, have: int, events: tuple[Event, ...], action: object) -> None:
    """The hub may have been put back to before it was closed, and another card may go on under it."""
    heads = Heads((wire.LogHead("old", 2, H2.hex(), closed=True),))
    reply = Replied(wire.HelloReply(HUB, (wire.LogKnown("old", have, H2.hex()),)))

    assert run(heads, reply, *events).doing == action


def test_a_closed_log_that_is_whole_elsewhere_is_not_asked_for_twice() -> None:
    """Within one connection."""
    heads = Heads((wire.LogHead("old", 2, H2.hex(), closed=True),))
    reply = Replied(wire.HelloReply(HUB, (wire.LogKnown("old", 2, H2.hex()),)))

    assert run(heads, reply, Hash(H3), Ids(["a"]), lacks(), heads, reply).doing == ReadCursor()


def test_a_closed_log_that_is_whole_elsewhere_is_not_sent() -> None:
    """A hub with another and shorter history of it would call it a fork again, and so on without end."""
    heads = Heads((wire.LogHead("old", 3, H3.hex(), closed=True),))
    reply = Replied(wire.HelloReply(HUB, (wire.LogKnown("old", 2, H2.hex()),)))
    state = run(heads, reply, Hash(H3), Ids(["a"]), lacks(), heads, reply)

    assert (state.doing, state.unsent, state.uplink) == (ReadCursor(), 0, UplinkState.ONLINE)


@pytest.mark.parametrize("code", ["unauthorised", "mode", "protocol", "malformed"])
def test_a_refusal_is_told_and_asked_again_slowly(code: str) -> None:
    """Somebody has to act; the station goes on working meanwhile."""
    state = run(HEADS, problem(code))

    assert (client.status(state).state, state.doing) == (UplinkState.REFUSED, SLOWLY)
    assert [note.values["reason"] for note in client.status(state).notes] == [f"about {code}"]


def test_another_hub_is_offline_and_never_believed() -> None:
    """Its word of the log is not even looked at."""
    state = run(HEADS, hello_reply(3, H3, hub=replace(HUB, hub_id="hub-2")))

    assert (client.status(state).state, state.have) == (UplinkState.OFFLINE, {})
    assert client.status(state).notes == (say("service.hub.other", hub="hub-2", ours="hub-1"),)


def test_sample_and_live_never_mix() -> None:
    """A hub in another mode is refused, and not pinned either."""
    state = run(HEADS, hello_reply(0, hub=replace(HUB, mode="live")), hub_id="")

    assert (client.status(state).state, state.hub_id, state.doing) == (
        UplinkState.REFUSED,
        "",
        SLOWLY,
    )


def test_the_first_hub_is_pinned_before_anything_is_sent() -> None:
    """Its id is committed first; then the hello's answer counts."""
    pinning = run(HEADS, hello_reply(0), hub_id="")
    pinned = run(HEADS, hello_reply(0), Pinned(), hub_id="")

    assert (pinning.doing, pinned.hub_id, pinned.doing) == (PinHub("hub-1"), "hub-1", lines_after(0))


def test_a_hub_restored_between_two_calls_is_greeted_again() -> None:
    """Another epoch in a reply ends the connection; what it said before no longer counts."""
    state = run(*TO_BATCH, Replied(wire.EventsReply(replace(HUB, hub_epoch="epoch-2"), 3, 3)))

    assert (state.doing, state.have) == (BACK_OFF, {"log": 0})


def test_old_logs_are_sent_before_the_current_one() -> None:
    """In the order the journal names them."""
    heads = Heads((wire.LogHead("old", 1, H2.hex()), wire.LogHead("log", 3, H3.hex())))

    state = run(heads, hello_reply(0), Lines(bytes(32), [b"1"]), ack(1))

    assert state.doing == lines_after(0)


def test_a_log_the_hub_has_not_spoken_of_needs_a_hello() -> None:
    """A new log appears while connected."""
    heads = Heads((*HEADS.heads, wire.LogHead("new", 1, H2.hex())))

    state = run(*FED, Applied(), heads)

    assert state.doing == SendHello(wire.Hello("sample", heads.heads, wire.PROTOCOL))


def test_a_batch_never_grows_over_the_limit() -> None:
    """Even when the journal gives more than it was asked for."""
    state = run(*TO_SEND, Lines(bytes(32), [b"x"] * 600))

    assert isinstance(state.doing, SendBatch)
    assert (state.doing.header.count, len(state.doing.lines)) == (500, 500)


def test_the_hubs_word_counts_again_after_every_failure() -> None:
    """A hub that was restored and has less gets the rest again: our own ack is forgotten."""
    state = run(*TO_BATCH, ack(3), Failed(say("x", reason="connection reset")))
    for event in (Elapsed(), HEADS, hello_reply(1, H2), Hash(H2)):
        state, _ = client.step(state, NOW + 10, event, 0.5)

    assert state.doing == lines_after(1)


@pytest.mark.failure(9, 14)
def test_waits_double_up_to_five_minutes_and_start_anew_after_success() -> None:
    """Full jitter: a random part of 1 s, 2 s, 4 s ... 300 s."""
    state, waits = client.begin("sample", "hub-1"), []
    for _ in range(12):
        state, action = client.step(state, NOW, Failed(say("x", reason="no route")), 0.5)
        assert isinstance(action, Wait)
        waits.append(action.until - NOW)
    for event in (NetworkUp(), *TO_BATCH, ack(3), Failed(say("x", reason="no route"))):
        state, action = client.step(state, NOW, event, 0.5)
    assert isinstance(action, Wait)

    assert (waits, action.until - NOW) == ([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 150, 150, 150], 0.5)


def test_a_hello_alone_does_not_start_the_waits_anew() -> None:
    """A hub that greets and then fails would otherwise be called every second."""
    state = run(CUT, CUT, NetworkUp(), HEADS)
    state = replace(state, failures=4)
    state, action = client.step(state, NOW, hello_reply(0), 0.5)
    state, action = client.step(state, NOW, Failed(say("x", reason="500")), 0.5)

    assert action == Wait(NOW + 8.0, Why.BACKOFF)


@pytest.mark.failure(14)
@pytest.mark.parametrize(("asked", "until"), [(30.0, 30.5), (-5.0, 0.5), (1e9, 3600.5)])
def test_retry_after_is_honoured_within_an_hour(asked: float, until: float) -> None:
    """With jitter on top, so that a hundred stations do not return together."""
    assert run(*TO_BATCH, problem("busy", retry_after=asked)).doing == Wait(NOW + until, Why.BACKOFF)


def test_the_heartbeat_counts_what_is_unsent_and_since_when() -> None:
    """The hub re-exports both; before its first word the journal's memory is shown."""
    state = client.begin("sample", "hub-1")
    remembered = replace(HEADS, at_hub={"log": 1})
    state, _ = client.step(state, NOW, remembered, 0.5)
    state, _ = client.step(state, NOW, CUT, 0.5)
    state, _ = client.step(state, NOW + 61, Elapsed(), 0.5)
    state, action = client.step(state, NOW + 61, replace(HEADS, heartbeat=wire.Heartbeat("0.1.0")), 0.5)

    assert isinstance(action, SendHello)
    assert action.hello.heartbeat == wire.Heartbeat("0.1.0", unsent=2, oldest_unsent_seconds=61)


@pytest.mark.parametrize(("sent", "age"), [(1, 90000), (3, 0)])
def test_the_journals_own_age_of_the_oldest_counts_while_something_is_unsent(sent: int, age: int) -> None:
    """It survives a restart; but once the hub has everything, nothing is old."""
    beat = wire.Heartbeat("0.1.0", unsent=9, oldest_unsent_seconds=90000)
    state = run(replace(HEADS, heartbeat=beat, at_hub={"log": sent}))

    assert isinstance(state.doing, SendHello)
    assert state.doing.hello.heartbeat == wire.Heartbeat("0.1.0", unsent=3 - sent, oldest_unsent_seconds=age)


def test_a_minute_later_the_heartbeat_rides_in_another_hello() -> None:
    """Also when the feed was looked at in between."""
    state = run(*TO_REST)
    state, _ = client.step(state, NOW + 60, Elapsed(), 0.5)

    assert state.doing == ReadHeads(Then.HELLO)


def test_people_see_whether_there_is_a_hub_and_what_is_unsent() -> None:
    """Connecting, online with nothing unsent, offline with the reason and the unsent counted."""
    offline = run(HEADS, Failed(say("x", reason="no route")))

    assert [client.status(run()), client.status(run(*TO_REST)), client.status(offline)] == [
        UplinkStatus(UplinkState.CONNECTING),
        UplinkStatus(UplinkState.ONLINE),
        UplinkStatus(UplinkState.OFFLINE, (say("x", reason="no route"),), 3),
    ]


def test_advice_and_feed_trouble_are_shown_while_online() -> None:
    """An old station goes on sending (R8) and says that it should be upgraded."""
    state = run(
        HEADS,
        hello_reply(3, H3, advice="upgrade"),
        Hash(H3),
        Cursor(""),
        page("c", ENTRY),
        NotApplied(say("x", reason="disk full")),
    )
    shown = client.status(state)

    assert (shown.state, shown.notes) == (
        UplinkState.ONLINE,
        (say("x", reason="disk full"), say("service.hub.upgrade")),
    )


def test_our_own_bar_is_a_refusal_that_is_tried_again_soon() -> None:
    """The token file may appear a second after the start."""
    state = run(HEADS, Barred(say("x", reason="no token file")))

    assert (client.status(state), state.doing) == (
        UplinkStatus(UplinkState.REFUSED, (say("x", reason="no token file"),), 3),
        BACK_OFF,
    )
