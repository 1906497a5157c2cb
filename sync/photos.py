"""How photos go up: after everything else, one call at a time, resumable, at a pace (pure; part of ``client.step``).

::

    ReadPhoto            first of all with a hub of another past: the journal forgets what was there
    ReadPhoto ─> AskBlob ─> ReadChunk ─> SendChunk ─┐     after each chunk the journal's new events come first
                    ^            ^──────────────────┘     the hub's offset says where to go on
                    |            v
                    └──────── NotePhoto                   the hub has it all, or will not have it

Before a photo is sent the hub is asked how much of it is there: that answer decides, not what is remembered. A cut
connection costs at most one chunk, which counts for the pace like one that arrived. What only a person can mend (too
large, not a picture, a damaged file) is noted and not tried again; what may pass (the hub's disk is full, it is busy)
waits and does not hold events up.
Source: sync reference R11, failure rows 13, 41 and 42; ``blobs.py`` for the calls.
"""

from __future__ import annotations

from dataclasses import replace

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from sync import blobs
from sync.state import (
    BACKOFF_FIRST,
    BACKOFF_MOST,
    PHOTO_SECONDS,
    RETRY_AFTER_MOST,
    Going,
    Moment,
    Next,
    Photos,
    State,
    do,
    odd,
    offline,
    refused,
)
from sync.turns import (
    AskBlob,
    BlobReplied,
    BlobRequest,
    CheckPhoto,
    Chunk,
    Event,
    NotePhoto,
    PhotoChecked,
    PhotoDue,
    PhotoNoted,
    ReadChunk,
    ReadHeads,
    ReadPhoto,
    SendChunk,
    Then,
)

LEAST_CHUNK = 16 * 1024
DISPUTES = 5
"""So often in a row the hub may stand elsewhere than we thought before the photo waits."""
FOR_A_PERSON = frozenset({"too_large", "media_type"})
"""Refusals that will be the same the next time."""


def due_at(state: State, photos: Photos) -> float:
    """When something can be done about photos; never with a hub that does not know the calls."""
    return max(photos.due, photos.paced) if state.hub_protocol >= blobs.PROTOCOL else float("inf")


def sent(state: State, at: Moment, chunk: SendChunk) -> State:
    """The call with this chunk is over: its bytes count for the pace, whatever became of them."""
    photos = state.photos
    if photos is None or not photos.pace.bytes_per_second:
        return state
    paced = max(photos.paced, at.now) + len(chunk.data) / photos.pace.bytes_per_second
    return replace(state, photos=replace(photos, paced=paced))


def looked_for(state: State, at: Moment) -> State:
    """Events were sent: one of them may have named a photo."""
    photos = state.photos
    if photos is None or photos.failures:
        return state
    return replace(state, photos=replace(photos, due=min(photos.due, at.now)))


def look(state: State, photos: Photos) -> Next:
    """First of all with a hub whose past is another: what it had before may not make room any more."""
    return do(replace(state, photos=photos), ReadPhoto(state.hub_epoch))


def is_stranger(state: State, photos: Photos) -> bool:
    """Whether the journal has not looked through its photos for this hub's past."""
    return photos.epoch != state.hub_epoch and state.hub_protocol >= blobs.PROTOCOL


def go_on(state: State, photos: Photos) -> Next:
    """The next bytes of the photo on its way, or the next photo."""
    state, going = replace(state, photos=photos), photos.going
    if going is None:
        return do(state, ReadPhoto(state.hub_epoch))
    most = blobs.CALL_BYTES
    if photos.pace.bytes_per_second:
        # On a slow line a chunk is small, so that an event that comes meanwhile waits about a second at most.
        most = min(most, max(LEAST_CHUNK, photos.pace.bytes_per_second))
    return do(state, ReadChunk(going.sha256, going.offset, min(most, going.size - going.offset)))


def step(state: State, photos: Photos, at: Moment, event: Event) -> Next:
    """The result of an action about photos; one that does not fit ends the connection."""
    match state.doing, event:
        case ReadPhoto(epoch), PhotoDue() if photos.epoch != epoch:
            return _events_first(state, replace(photos, epoch=epoch, going=None, due=at.now))
        case ReadPhoto(), PhotoDue(sha256, _, paused) if paused or not sha256:
            return _events_first(state, replace(photos, going=None, due=at.now + PHOTO_SECONDS))
        case ReadPhoto(), PhotoDue(sha256, size):
            return do(replace(state, photos=replace(photos, going=Going(sha256, size))), AskBlob(sha256))
        case ReadChunk(), Chunk(data) if photos.going is not None:
            return _read(state, photos.going, data)
        case (AskBlob() | SendChunk()) as request, BlobReplied() as replied if photos.going is not None:
            if replied.hub_id != state.hub_id:
                other = say("service.hub.other", hub=clean(replied.hub_id, 40), ours=state.hub_id)
                return offline(state, at, other)
            return _replied(state, photos, photos.going, at, request, replied)
        case CheckPhoto(sha256), PhotoChecked(sound):
            if not sound:
                return do(state, NotePhoto(sha256, state.hub_epoch, "damaged"))
            return _later(state, photos, at, BlobReplied(state.hub_id, code="hash"))
        case NotePhoto(_, _, why), PhotoNoted():
            told = say("service.hub.photo", reason=clean(why, 40)) if why else photos.told
            return _events_first(state, replace(photos, going=None, due=at.now, failures=0, waits=None, told=told))
    return offline(state, at, odd(f"{type(event).__name__}, {type(state.doing).__name__}"))


def _read(state: State, going: Going, data: bytes | None) -> Next:
    if data is None or (not data and going.offset < going.size):
        return do(state, NotePhoto(going.sha256, state.hub_epoch, "gone" if data is None else "damaged"))
    return do(state, SendChunk(going.sha256, going.size, going.offset, data))


def _replied(
    state: State, photos: Photos, going: Going, at: Moment, request: BlobRequest, replied: BlobReplied
) -> Next:
    """The hub's word about a photo."""
    state, place = replace(state, photos=photos), replied.place
    match replied.code, request:
        case "", _ if place is not None and place.complete:
            return do(state, NotePhoto(going.sha256, state.hub_epoch))
        case "not_here", AskBlob():
            return go_on(state, replace(photos, going=replace(going, offset=0)))
        case "", AskBlob() if place is not None and place.offset <= going.size:
            return go_on(state, replace(photos, going=replace(going, offset=place.offset)))
        case "", SendChunk(_, _, offset, data) if data and place is not None and place.offset == offset + len(data):
            onward = replace(going, offset=place.offset, disputes=0)
            return _events_first(state, replace(photos, going=onward, failures=0, due=at.now, waits=None))
        case (("" | "offset"), SendChunk()) if place is not None and place.offset <= going.size:
            elsewhere = replace(going, offset=place.offset, disputes=going.disputes + 1)
            if elsewhere.disputes < DISPUTES:
                return _events_first(state, replace(photos, going=elsewhere, due=at.now))
        case "hash", SendChunk():
            return do(state, CheckPhoto(going.sha256))
        case "media_type", SendChunk(offset=0, data=data) if blobs.media_type(data):
            # A picture left here; what came there was another thing. Its hash would say so too, had it gone on.
            return _later(state, photos, at, replied)
        case "unauthorised", _:
            return refused(state, at, say("service.hub.unauthorised", reason=clean(replied.message)))
        case code, _ if code in FOR_A_PERSON:
            return do(state, NotePhoto(going.sha256, state.hub_epoch, code))
    return _later(state, photos, at, replied)


def _later(state: State, photos: Photos, at: Moment, replied: BlobReplied) -> Next:
    """Photos wait; events do not."""
    most = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(photos.failures, 20))
    asked = min(max(replied.retry_after or 0.0, 0.0), RETRY_AFTER_MOST)
    why = say("service.hub.photos_wait", code=clean(replied.code, 40) or "?", reason=clean(replied.message))
    due = at.now + asked + at.chance * most
    return _events_first(state, replace(photos, going=None, due=due, failures=photos.failures + 1, waits=why))


def _events_first(state: State, photos: Photos) -> Next:
    return do(replace(state, photos=photos), ReadHeads(Then.SEND))
