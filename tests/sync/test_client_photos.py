"""Photos go up last, one call at a time; the hub's offset decides, and no fault loses or doubles one."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rma_station.domain.outcome import say
from sync import blobs, client, wire
from sync.photos import DISPUTES, LEAST_CHUNK
from sync.state import BACKOFF_MOST, PHOTO_SECONDS, RETRY_AFTER_MOST, Going, Pace, Photos, State
from sync.turns import (
    Action,
    AskBlob,
    AskFeed,
    Barred,
    BlobReplied,
    CheckPhoto,
    Chunk,
    Elapsed,
    Event,
    Failed,
    Heads,
    NotePhoto,
    Nudged,
    PhotoChecked,
    PhotoDue,
    PhotoNoted,
    ReadChunk,
    ReadHeads,
    ReadPhoto,
    Replied,
    SendBatch,
    SendChunk,
    SendHello,
    Then,
    Wait,
    Why,
)
from tests.sync import test_client_properties as plain

HUB = replace(plain.HUB, protocol_max=blobs.PROTOCOL)
SHA = "ab" * 32
NOW = 100.0
MORE = ReadHeads(Then.SEND)


def online(**changes: object) -> State:
    """A connection on which all events are sent, the feed is read and a photo may go."""
    photos = Photos(Pace(), epoch=HUB.hub_epoch, **changes)  # type: ignore[arg-type]
    return replace(
        client.begin("sample", HUB.hub_id, pace=Pace()),
        hub_epoch=HUB.hub_epoch,
        hub_protocol=blobs.PROTOCOL,
        hello_due=NOW + 60,
        feed_due=NOW + 20,
        photos=photos,
    )


def after(doing: Action, event: Event, state: State | None = None, chance: float = 0.5) -> tuple[State, Action]:
    """One step, the action being done."""
    given_state = online(going=Going(SHA, 1000)) if state is None else state
    return client.step(replace(given_state, doing=doing), NOW, event, chance)


def said(code: str = "", offset: int | None = None, *, complete: bool = False, retry: float | None = None) -> Event:
    """The hub's word about a photo."""
    place = None if offset is None else blobs.Place(offset, complete)
    return BlobReplied(HUB.hub_id, place, code, f"about {code}", retry)


CHUNK = SendChunk(SHA, 1000, 400, b"x" * 600)


@pytest.mark.parametrize(
    ("doing", "event", "action"),
    [
        (ReadPhoto("e1"), PhotoDue(SHA, 1000), AskBlob(SHA)),
        (ReadPhoto("e1"), PhotoDue(), MORE),
        (ReadPhoto("e1"), PhotoDue(SHA, 1000, paused=True), MORE),
        (AskBlob(SHA), said("not_here"), ReadChunk(SHA, 0, 1000)),
        (AskBlob(SHA), said(offset=400), ReadChunk(SHA, 400, 600)),
        (AskBlob(SHA), said(offset=1000), ReadChunk(SHA, 1000, 0)),
        (AskBlob(SHA), said(offset=1000, complete=True), NotePhoto(SHA, "e1")),
        (ReadChunk(SHA, 0, 1000), Chunk(b"abc"), SendChunk(SHA, 1000, 0, b"abc")),
        (ReadChunk(SHA, 0, 1000), Chunk(None), NotePhoto(SHA, "e1", "gone")),
        (ReadChunk(SHA, 0, 1000), Chunk(b""), NotePhoto(SHA, "e1", "damaged")),
        (CHUNK, said(offset=1000), MORE),
        (CHUNK, said(offset=1000, complete=True), NotePhoto(SHA, "e1")),
        (CHUNK, said("offset", 200), MORE),
        (CHUNK, said("hash"), CheckPhoto(SHA)),
        (CHUNK, said("too_large"), NotePhoto(SHA, "e1", "too_large")),
        (CHUNK, said("media_type"), NotePhoto(SHA, "e1", "media_type")),
        (replace(CHUNK, offset=0, data=b"\xff\xd8\xff\xe0"), said("media_type"), MORE),
        (CheckPhoto(SHA), PhotoChecked(sound=False), NotePhoto(SHA, "e1", "damaged")),
        (CheckPhoto(SHA), PhotoChecked(sound=True), MORE),
        (NotePhoto(SHA, "e1"), PhotoNoted(), MORE),
        (AskBlob(SHA), said("full"), MORE),
        (AskBlob(SHA), said("busy", retry=30.0), MORE),
        (AskBlob(SHA), said("unauthorised"), Wait(NOW + 225.0, Why.BACKOFF)),
        (AskBlob(SHA), BlobReplied("hub-2", blobs.Place(1000, True)), Wait(NOW + 0.5, Why.BACKOFF)),
        (AskBlob(SHA), Failed(say("x")), Wait(NOW + 0.5, Why.BACKOFF)),
        (AskBlob(SHA), PhotoNoted(), Wait(NOW + 0.5, Why.BACKOFF)),
    ],
)
def test_what_follows_what(doing: Action, event: Event, action: Action) -> None:
    """Every answer about a photo, and an answer that does not fit."""
    assert after(doing, event)[1] == action


@pytest.mark.failure(26)
@pytest.mark.parametrize("paused", [False, True])
def test_a_hub_with_another_past_is_looked_for_photos_before_anything_else(paused: bool) -> None:
    """A full disk would remove what only its old past had; the events that are due come right after."""
    state, action = client.step(replace(online(), hub_epoch="e2", doing=MORE), NOW, Heads(()), 0.5)
    state, after_it = client.step(state, NOW, PhotoDue(SHA, 1000, paused=paused), 0.5)
    _, then = client.step(state, NOW, Heads(()), 0.5)

    assert (action, after_it, then) == (ReadPhoto("e2"), MORE, ReadPhoto("e2"))


@pytest.mark.failure(41)
def test_the_offset_the_hub_names_is_gone_on_from() -> None:
    """Also after a chunk of which we thought otherwise."""
    state, _ = after(CHUNK, said("offset", 200))

    assert state.photos is not None
    assert (state.photos.going, state.photos.due) == (Going(SHA, 1000, 200, 1), NOW)


def test_a_hub_that_disputes_every_offset_is_left_alone_for_a_while() -> None:
    """Nothing turns in a circle without waiting."""
    state, _ = after(CHUNK, said("offset", 200), online(going=Going(SHA, 1000, 0, DISPUTES - 1)))

    assert state.photos is not None
    assert (state.photos.going, state.photos.due, state.photos.failures) == (None, NOW + 0.5, 1)


@pytest.mark.parametrize(("code", "retry", "due"), [("full", None, 0.5), ("busy", 30.0, 30.5), ("hash", None, 0.5)])
def test_what_may_pass_holds_photos_up_and_nothing_else(code: str, retry: float | None, due: float) -> None:
    """The connection stays, and people see why."""
    state, _ = after(CheckPhoto(SHA), PhotoChecked(True)) if code == "hash" else after(CHUNK, said(code, retry=retry))

    assert state.photos is not None
    assert (state.photos.due, state.hub_epoch) == (NOW + due, HUB.hub_epoch)
    assert client.status(replace(state, uplink=client.UplinkState.ONLINE)).notes[0].key == "service.hub.photos_wait"


def test_a_photo_the_hub_will_not_have_is_told_and_the_next_one_goes() -> None:
    """The note stays when others have gone up."""
    state, _ = after(NotePhoto(SHA, "e1", "too_large"), PhotoNoted())
    state, _ = after(NotePhoto(SHA, "e1"), PhotoNoted(), state)

    told = client.status(replace(state, uplink=client.UplinkState.ONLINE)).notes
    assert told == (say("service.hub.photo", reason="too_large"),)
    assert client.step(replace(state, doing=MORE), NOW, Heads(()), 0.5)[1] == ReadPhoto("e1")


def test_a_hub_of_an_older_protocol_is_never_asked() -> None:
    """It would not know the calls; photos stay here."""
    state = replace(online(), hub_protocol=2, doing=MORE)

    assert client.step(state, NOW, Heads(()), 0.5)[1] == Wait(NOW + 20, Why.IDLE)


def test_a_station_without_photos_never_asks_for_one() -> None:
    """``begin`` without a pace, as it was before."""
    state = replace(online(), photos=None, doing=MORE)

    assert client.step(state, NOW, Heads(()), 0.5)[1] == Wait(NOW + 20, Why.IDLE)


def test_new_events_go_before_the_next_chunk() -> None:
    """After every call about a photo the journal is looked at."""
    state = replace(online(going=Going(SHA, 1000, 400)), have={"log": 3}, doing=MORE)
    heads = Heads((wire.LogHead("log", 4, "00"),))

    assert client.step(state, NOW, heads, 0.5)[1] == client.ReadLines("log", 3, wire.BATCH_EVENTS, wire.BATCH_BYTES)


def test_on_a_slow_line_chunks_are_small_and_far_apart() -> None:
    """A second's worth of bytes, then a second of rest."""
    slow = replace(online(), photos=Photos(Pace(20_000), Going(SHA, 100_000), epoch=HUB.hub_epoch))
    state, _ = after(SendChunk(SHA, 100_000, 0, b"x" * 20_000), said(offset=20_000), slow)
    state, action = client.step(state, NOW, Heads(()), 0.5)
    _, resumed = client.step(state, NOW + 1.0, Elapsed(), 0.5)

    assert (action, resumed) == (Wait(NOW + 1.0, Why.IDLE), ReadChunk(SHA, 20_000, 20_000))
    slowest = replace(online(), photos=Photos(Pace(1), Going(SHA, 100_000), epoch=HUB.hub_epoch), doing=MORE)
    assert client.step(slowest, NOW, Heads(()), 0.5)[1] == ReadChunk(SHA, 0, LEAST_CHUNK)


@pytest.mark.failure(41)
@pytest.mark.parametrize(
    "event",
    [Failed(say("cut")), Barred(say("barred")), BlobReplied("hub-2", blobs.Place(0)), PhotoNoted(), said("busy")],
    ids=["cut", "barred", "another hub", "odd", "busy"],
)
def test_a_chunk_that_was_sent_counts_for_the_pace_whatever_became_of_it(event: Event) -> None:
    """A line that cuts every call is not given more bytes than one that works."""
    slow = replace(online(), photos=Photos(Pace(20_000), Going(SHA, 100_000)))
    state, _ = after(SendChunk(SHA, 100_000, 0, b"x" * 20_000), event, slow, chance=0.0)

    assert state.photos is not None
    assert state.photos.paced == NOW + 1.0


# --- whatever happens ------------------------------------------------------------------------------------

places = st.none() | st.builds(blobs.Place, st.integers(0, 12), st.booleans())
codes = st.sampled_from(["", "", "not_here", "offset", "hash", "full", "too_large", "media_type", "busy", "http_500"])
photo_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(PhotoDue, st.sampled_from(["", SHA]), st.integers(0, 12), st.booleans()),
    st.builds(BlobReplied, st.sampled_from(["hub-1", "hub-1", "hub-2"]), places, codes, st.text(max_size=3)),
    st.builds(Chunk, st.none() | st.binary(max_size=3)),
    st.builds(PhotoChecked, st.booleans()),
    st.just(PhotoNoted()),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(plain.any_event | photo_events | photo_events, st.floats(0, 400), st.floats(0, 0.999))),
    st.sampled_from(["", "hub-1"]),
    st.sampled_from([0, 1, 100_000]),
)
def test_no_event_in_any_order_can_upset_it(
    given_events: list[tuple[Event, float, float]], hub_id: str, rate: int
) -> None:
    """As without photos: it never raises, and it never waits longer than an hour and five minutes."""
    state, now = client.begin("sample", hub_id, pace=Pace(rate)), 0.0
    for event, passed, chance in given_events:
        now += passed
        state, action = client.step(state, now, event, chance)
        assert action == state.doing
        if isinstance(action, Wait):
            assert action.until - now <= RETRY_AFTER_MOST + BACKOFF_MOST


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(photo_events, st.floats(0, 0.999)), min_size=40, max_size=40))
def test_nothing_about_photos_turns_without_waiting(answers: list[tuple[Event, float]]) -> None:
    """A hub that answers every call in the most useless way is asked less and less often."""
    state, asked = replace(online(), doing=MORE), 0
    for answer, chance in answers:
        action = state.doing
        if isinstance(action, Wait):
            return
        event: Event = answer
        if isinstance(action, ReadHeads):
            event = Heads(())
        elif isinstance(action, ReadPhoto):
            event = PhotoDue(SHA, 12)
        elif isinstance(action, ReadChunk):
            event = Chunk(b"x" * min(3, action.length))
        elif isinstance(action, NotePhoto):
            return  # settled: it is not asked for again
        asked += isinstance(action, SendChunk | AskBlob)
        state, _ = client.step(state, NOW, event, chance)
    raise AssertionError(f"{asked} calls and no end")


class BlobHub(plain.Hub):
    """A hub that takes photos too, as ``blobs.py`` says."""

    def __init__(self) -> None:
        super().__init__()
        self.header = HUB
        self.parts: dict[str, bytes] = {}
        self.whole: dict[str, bytes] = {}
        self.damage = False

    def blob(self, action: Action) -> BlobReplied:
        """What the hub says to a call about a photo."""
        assert isinstance(action, AskBlob | SendChunk)
        hub_id, sha256 = self.header.hub_id, action.sha256
        if sha256 in self.whole:
            return BlobReplied(hub_id, blobs.Place(len(self.whole[sha256]), True))
        part = self.parts.get(sha256)
        if isinstance(action, AskBlob):
            return BlobReplied(hub_id, code="not_here") if part is None else BlobReplied(hub_id, blobs.Place(len(part)))
        part = part or b""
        if action.offset != len(part):
            return BlobReplied(hub_id, blobs.Place(len(part)), "offset")
        part += b"?" * len(action.data) if self.damage else action.data
        self.damage = False
        if len(part) < action.size:
            self.parts[sha256] = part
            return BlobReplied(hub_id, blobs.Place(len(part)))
        self.parts.pop(sha256, None)
        if hashlib.sha256(part).hexdigest() != sha256:
            return BlobReplied(hub_id, code="hash")
        self.whole[sha256] = part
        return BlobReplied(hub_id, blobs.Place(len(part), True))

    def restore(self, kept: int) -> None:
        """Photos that came later are gone, too."""
        super().restore(kept)
        self.whole = dict(list(self.whole.items())[:kept])
        self.parts = {}


class Shelf:
    """The station's photos, as ``store/photos.py`` answers."""

    def __init__(self, count: int) -> None:
        data = [bytes([65 + number]) * (LEAST_CHUNK * 2 + number) for number in range(count)]
        self.files = {hashlib.sha256(one).hexdigest(): one for one in data}
        self.at_hub: dict[str, str] = {}

    def answer(self, action: Action) -> Event:
        """To what the client asks of files and rows."""
        match action:
            case ReadPhoto(epoch):
                due = [sha256 for sha256 in self.files if self.at_hub.get(sha256) != epoch]
                return PhotoDue(due[0], len(self.files[due[0]])) if due else PhotoDue()
            case ReadChunk(sha256, offset, length):
                return Chunk(self.files[sha256][offset : offset + length])
            case CheckPhoto():
                return PhotoChecked(sound=True)
            case NotePhoto(sha256, epoch, refused):
                assert not refused
                self.at_hub[sha256] = epoch
                return PhotoNoted()
        raise AssertionError(action)


fates = st.sampled_from(["ok", "ok", "ok", "lost_request", "lost_reply", "busy", "damage", "restore", "new_event"])


@pytest.mark.failure(13, 41)
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(fates, st.floats(0, 0.999)), max_size=80),
    st.integers(0, 3),
    st.sampled_from([0, LEAST_CHUNK]),
)
@example([*[("ok", 0.0)] * 13, ("lost_request", 0.0)], 0, LEAST_CHUNK)
@example([("ok", 0.0), ("lost_request", 0.0), *[("ok", 0.0)] * 18, ("lost_request", 0.0)], 0, LEAST_CHUNK)
def test_with_any_faults_every_photo_arrives_whole_and_events_first(
    faults: list[tuple[str, float]], kept: int, rate: int
) -> None:
    """Cut calls, damaged bytes, a full or restored hub; no bytes of a photo leave while events wait, nor too fast."""
    journal, hub, shelf = plain.Journal(), BlobHub(), Shelf(3)
    state, now, sent, seen = client.begin("sample", "", pace=Pace(rate)), 0.0, 0, 0
    for fate, chance in [*faults, *[("ok", 0.5)] * 150]:
        action = state.doing
        event: Event
        if isinstance(action, Wait):
            now, event = action.until, Elapsed()
            if fate == "new_event":
                journal.last += 1
                event = Nudged()
            elif fate == "restore":
                hub.restore(kept)
        elif isinstance(action, AskBlob | SendChunk):
            if isinstance(action, SendChunk):
                assert len(hub.lines) >= seen or hub.header.hub_epoch != state.hub_epoch
                sent += len(action.data)
                assert not rate or sent <= rate * now + LEAST_CHUNK
            hub.damage = fate == "damage"
            reply = None if fate == "lost_request" else hub.blob(action)
            if reply is None or fate == "lost_reply":
                event = Failed(say(fate))
            else:
                event = BlobReplied(HUB.hub_id, code="busy", retry_after=2.0) if fate == "busy" else reply
        elif isinstance(action, SendHello | SendBatch | AskFeed):
            answer = None if fate == "lost_request" else hub.answer(action)
            event = Failed(say(fate)) if answer is None or fate == "lost_reply" else Replied(answer)
        elif isinstance(action, ReadPhoto | ReadChunk | CheckPhoto | NotePhoto):
            event = shelf.answer(action)
        else:
            event = journal.answer(action)
            seen = journal.last if isinstance(action, ReadHeads) else seen
        state, _ = client.step(state, now, event, chance)

    assert hub.whole == shelf.files
    assert hub.lines == [b"%d" % seq for seq in range(1, journal.last + 1)]
    assert set(shelf.at_hub.values()) == {hub.header.hub_epoch}


def test_metered_or_without_photos_it_looks_again_later() -> None:
    """Every twenty seconds, and whenever events were sent."""
    state, _ = after(ReadPhoto("e1"), PhotoDue(paused=True))

    assert state.photos is not None
    assert state.photos.due == NOW + PHOTO_SECONDS
