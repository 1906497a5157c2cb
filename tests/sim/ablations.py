"""Rules taken out of the product, one at a time: the auditor has to find each, or it would be too weak.

An ablation says which faults it needs to do harm, and by which complaint it is found, or by whose refusal.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from hub import feed, rounds
from hub.evidence import blobs
from hub.intake import refusals
from hub.ledger import refund_intents
from hub.money import planning, sending
from hub.tables import feed as feed_table
from rma_station.domain import events as ev
from rma_station.store import reference
from rma_station.store.reader import StoredReader
from rma_station.store.relog import LOG_BITS
from sync import turns, wire
from sync.state import Pace
from tests.sim.bench import Bench
from tests.sim.shift import Todo
from tests.sim.world import World

Prepare = Callable[[World], None]
JOURNAL_DAMAGED = "journal_damaged"
"""Found by the journal before any auditor: it refuses to open."""


@dataclass(frozen=True)
class Ablation:
    """A rule that is missing."""

    name: str
    kinds: tuple[str, ...]
    found_by: frozenset[str]
    apply: Callable[[pytest.MonkeyPatch], Prepare]
    first: int = 0
    """The day to begin with, where only some do harm."""

    def __str__(self) -> str:
        return self.name


def _benches(kind: type[Bench]) -> Callable[[pytest.MonkeyPatch], Prepare]:
    def prepare(world: World) -> None:
        world.bench_kind = kind

    return lambda _: prepare


# --- stations ---------------------------------------------------------------------------------------------------------


class _DeletesOnAck(Bench):
    """Gives up what the hub has confirmed."""

    def replied(self, turn: int, reply: wire.Reply) -> None:
        super().replied(turn, reply)
        if isinstance(reply, wire.EventsReply) and self.up:
            place = 1 << LOG_BITS | reply.accepted_through
            with self.journal.database.transaction() as connection:
                connection.execute("DELETE FROM events WHERE place < ?", (place,))


class _TrustsItsMemory(Bench):
    """What was confirmed once is at the hub for ever."""

    best = 0

    def replied(self, turn: int, reply: wire.Reply) -> None:
        if isinstance(reply, wire.EventsReply):
            self.best = max(self.best, reply.accepted_through)
        if isinstance(reply, wire.HelloReply) and reply.logs and self.up:
            log = reply.logs[0]
            have = min(max(self.best, log.have_through), self.journal.last_seq)
            own = self.reader.hash_at(log.log_id, have) or b""
            reply = replace(reply, logs=(replace(log, have_through=have, hash_at_have=own.hex()),))
        super().replied(turn, reply)


class _BlindToForks(Bench):
    """Takes any history of its log for its own."""

    def replied(self, turn: int, reply: wire.Reply) -> None:
        if isinstance(reply, wire.HelloReply) and self.up:
            ends = {head.log_id: head.seq for head in self.reader.log_heads()}
            logs = []
            for log in reply.logs:
                have = min(log.have_through, ends.get(log.log_id, 0))
                own = self.reader.hash_at(log.log_id, have) or b""
                logs.append(replace(log, have_through=have, hash_at_have=own.hex()))
            reply = replace(reply, logs=tuple(logs))
        super().replied(turn, reply)


def _no_forks(patch: pytest.MonkeyPatch) -> Prepare:
    """The hub dedupes by log and place alone."""
    patch.setattr(refusals, "fork", lambda *_: None)
    refusal = refusals.refusal

    def blind(*given: Any) -> wire.Problem | None:
        problem = refusal(*given)
        return None if problem is not None and problem.code == "fork" else problem

    patch.setattr(refusals, "refusal", blind)
    return _benches(_BlindToForks)(patch)


class _Skipping(StoredReader):
    """Commits the cursor without all entries."""

    _count = itertools.count()

    def feed_slices(self, entries: Sequence[object], cursor: str) -> Any:
        return super().feed_slices([entry for entry in entries if next(self._count) % 4], cursor)


class _SkipsEntries(Bench):
    reader_of = _Skipping


class _BeepsFirst(Bench):
    """Says "saved", then commits."""

    def _save(self, said: list[ev.Stated], todo: Todo) -> None:
        promise = f"a beep at {self.label} at {self.world.now}"
        self.world.promises.saved(self.label, promise, b"")
        super()._save(said, todo)
        del self.world.promises.lines[promise]


class _LosesItsLastCommit(Bench):
    """``synchronous=OFF``, and the power goes."""

    def stop(self) -> None:
        if self.up and not self.world.calm:
            with self.journal.database.transaction() as connection:
                connection.execute("DELETE FROM events WHERE place = (SELECT max(place) FROM events)")
        super().stop()


class _RemovesWhatItSent(Bench):
    """A photo makes room once its last bytes have left."""

    def call(self, turn: int, request: turns.Request | turns.BlobRequest) -> None:
        if isinstance(request, turns.SendChunk) and request.offset + len(request.data) == request.size:
            photos = self.journal.photos
            photos.share = 0
            photos.note_at_hub(request.sha256, self.state.hub_epoch)
            photos.counts()
        super().call(turn, request)


class _SendsSlowly(Bench):
    """A byte of a photo in a second."""

    def start(self) -> None:
        self.pace = Pace(1)
        super().start()


def _deaf_to_the_review(patch: pytest.MonkeyPatch) -> Prepare:
    """A bench keeps its own grade, whatever a supervisor has changed it to."""
    heard = reference.to_fold

    def own(*given: Any) -> Any:
        return [fold for fold in heard(*given) if not isinstance(fold.fact.event, ev.UnitAmended)]

    patch.setattr(reference, "to_fold", own)
    return lambda _: None


# --- the hub ----------------------------------------------------------------------------------------------------------


def _forgetful(world: World) -> None:
    """It answers before a commit that then does not come."""
    world.hub.forgetful = True


def _trusting(patch: pytest.MonkeyPatch) -> Prepare:
    benches = _benches(_TrustsItsMemory)(patch)

    def prepare(world: World) -> None:
        benches(world)
        _forgetful(world)

    return prepare


def _bare_cursor(patch: pytest.MonkeyPatch) -> Prepare:
    """A number alone."""
    patch.setattr(feed, "_is_here", lambda *_: True)
    return lambda _: None


def _no_tail(patch: pytest.MonkeyPatch) -> Prepare:
    """Epoch and number: a feed that has grown past the cursor again looks like the old one."""

    def here(connection: Connection, seq: int, entry_id: str) -> bool:
        return seq == 0 or connection.scalar(select(feed_table.c.seq).where(feed_table.c.seq == seq)) is not None

    patch.setattr(feed, "_is_here", here)
    return lambda _: None


def _trusts_its_record(patch: pytest.MonkeyPatch) -> Prepare:
    """What a database that was put back says of files is true."""
    patch.setattr(blobs.restores, "began", lambda _: None)
    return lambda _: None


# --- money ------------------------------------------------------------------------------------------------------------


def _blind_to_photos(patch: pytest.MonkeyPatch) -> Prepare:
    """Takes photos that are said for photos that are here."""
    patch.setattr(planning, "_pictured", lambda *_: True)
    return _benches(_SendsSlowly)(patch)


def _random_keys(patch: pytest.MonkeyPatch) -> Prepare:
    """A new key each time somebody asks."""
    numbers = itertools.count()
    patch.setattr(planning, "refund_key", lambda *_: str(uuid.uuid5(uuid.NAMESPACE_URL, str(next(numbers)))))
    return lambda _: None


def _sends_again_unasked(patch: pytest.MonkeyPatch) -> Prepare:
    """From ``unknown`` straight back to ``queued``."""

    def due(connection: Connection, now: Any, provider: Any) -> list[str]:
        unknown = refund_intents.c.state == "unknown"
        connection.execute(update(refund_intents).where(unknown).values(state="queued", next_check_at=None))
        return []

    patch.setattr(sending, "_due", due)
    return lambda _: None


def _impatient(_: pytest.MonkeyPatch) -> Prepare:
    """Believes that a provider's list is always of now."""

    def prepare(world: World) -> None:
        for provider in world.providers.values():
            provider.capabilities = replace(provider.capabilities, lookup_lag=timedelta(0))
            provider.true_lag = timedelta(hours=1)

    return prepare


def _no_lease(_: pytest.MonkeyPatch) -> Prepare:
    """Sends whenever it wakes."""

    def prepare(world: World) -> None:
        def round_of(database: Any, ways: Any, clock: Any) -> None:
            begun = world.time

            def careless() -> Any:
                clock()
                return begun

            rounds.work(database, begun, ways, policy=world.hub.policy, clock=careless)

        world.hub.round = round_of  # type: ignore[method-assign]

    return prepare


_CALLS = ("call lost", "reply lost", "call doubled")
_SILENT = ("hub silently put back",)
_BACK = (*_SILENT, "hub restored")
_EARS = frozenset({"fact_missed", "decision_missed", "reference_differs", "slots_differ"})
ABLATIONS = (
    Ablation("deletes on ack", _SILENT, frozenset({"event_lost", JOURNAL_DAMAGED}), _benches(_DeletesOnAck)),
    Ablation("trusts its own ack", ("hub died before commit",), frozenset({"event_lost"}), _trusting, first=8),
    Ablation("sees no forks", ("card cloned", "station put back"), frozenset({"event_lost"}), _no_forks),
    Ablation("skips feed entries", _CALLS, _EARS, _benches(_SkipsEntries)),
    Ablation(
        "beeps before the commit", ("station died before commit",), frozenset({"event_lost"}), _benches(_BeepsFirst)
    ),
    Ablation(
        "loses its last commit",
        ("station died after commit",),
        frozenset({"event_lost"}),
        _benches(_LosesItsLastCommit),
    ),
    Ablation(
        "removes what it sent",
        ("chunk lost", "hub died between chunk and note"),
        frozenset({"photo_evicted"}),
        _benches(_RemovesWhatItSent),
    ),
    Ablation(
        "trusts its record of files",
        ("hub restored", "hub's photo lost", "hub's photo damaged"),
        frozenset({"photo_untold"}),
        _trusts_its_record,
    ),
    Ablation(
        "pays without photos", ("chunk lost", "hub's disk full"), frozenset({"paid_without_photo"}), _blind_to_photos
    ),
    Ablation("deaf to the review", ("contradicted late",), frozenset({"grade_differs"}), _deaf_to_the_review),
    Ablation("cursor without past", _SILENT, _EARS, _bare_cursor),
    Ablation("cursor without tail", _SILENT, _EARS, _no_tail, first=20),
    Ablation("random refund keys", _BACK, frozenset({"refunded_twice"}), _random_keys, first=13),
    Ablation(
        "sends again unasked", ("provider silent after booking",), frozenset({"refunded_twice"}), _sends_again_unasked
    ),
    Ablation(
        "does not wait out the lag", ("provider silent after booking",), frozenset({"refunded_twice"}), _impatient
    ),
    Ablation("ignores its lease", ("worker slept",), frozenset({"refunded_twice"}), _no_lease),
)
