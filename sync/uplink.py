"""The thread that talks to the hub: it does what ``client.step`` says and hands the results back in.

The journal belongs to the station thread: every question to it goes through ``call``, and what it answers is in
``journal_answers.py``. Nothing here decides anything about order, retries or refusals; that is ``client.py``.
Implements ``ports.Uplink``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from typing import Protocol, TypeVar

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.ports import Clock, JournalReader, PhotoBytes, Random, UplinkState, UplinkStatus
from sync import client, turns, wire
from sync.journal_answers import ask_journal, batch_in_slices, in_slices, read_file
from sync.network import ways_out
from sync.no_answer import Forbidden, NoAnswer
from sync.state import POLL_SECONDS, Pace
from sync.transport import Answered, BlobAnswer, HubLine

T = TypeVar("T")

LOOK_SECONDS = 2.0
"""How often a waiting uplink looks whether the network changed."""
NOTE_SECONDS = 15.0
"""The hub's word is remembered for the screen at most this often: it costs the station thread a commit."""
STOP_SECONDS = 0.9
NO_HURRY = Pace(256 * 1024)
"""Photos of a day are up in minutes, and a line of 4 Mbit/s has room for others."""

_log = logging.getLogger(__name__)


class Call(Protocol):
    """Runs a function in the station thread, between two inputs."""

    def __call__(self, function: Callable[[], T], /) -> Future[T]:
        """The future of its result."""


_DONE = object()


class _Stopped(Exception):
    """The uplink is told to end while it waits."""


class Uplink:
    """``ports.Uplink`` over HTTPS.

    Args:
        line: to the hub.
        mode: ``sample`` or ``live``.
        journal: asked only through ``call``.
        call: runs a function in the station thread.
        sink: told of every change of status, from one thread at a time.
        heartbeat: how the station is; called in the station thread before every hello.
        clock: monotonic time.
        random: jitter.
        network: what changes when the network comes back.
        look_seconds: how often ``network`` is asked while waiting.
        photos: the files of the photos, read in the uplink's thread; ``None``: no photos are sent.
        pace: how photos go up.
        metered: whether each byte costs where we are: photos wait then. Asked before every photo.
    """

    def __init__(
        self,
        *,
        line: HubLine,
        mode: str,
        journal: JournalReader,
        call: Call,
        sink: Callable[[UplinkStatus], None],
        heartbeat: Callable[[], wire.Heartbeat],
        clock: Clock,
        random: Random,
        network: Callable[[], frozenset[str]] = ways_out,
        look_seconds: float = LOOK_SECONDS,
        photos: PhotoBytes | None = None,
        pace: Pace = NO_HURRY,
        metered: Callable[[], bool] = lambda: False,
    ) -> None:
        self._line, self._mode, self._journal, self._call = line, mode, journal, call
        self._sink, self._heartbeat, self._clock, self._random = sink, heartbeat, clock, random
        self._network, self._look_seconds = network, look_seconds
        self._photos, self._pace, self._metered = photos, pace, metered
        self._bell = threading.Condition()
        self._nudged = self._came_up = self._stopping = False
        self._told: UplinkStatus | None = None
        self._status: UplinkStatus | None = None
        self._silent = False
        self._telling = threading.Lock()
        line.listen(self._hears_nothing)
        self._noted_at: float | None = None
        self._noted: dict[str, int] = {}
        self._run_id = random.bytes(8).hex()
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def nudge(self) -> None:
        """There is something new to send. Returns at once; any thread may call it."""
        with self._bell:
            self._nudged = True
            self._bell.notify()

    def network_up(self) -> None:
        """The network came back: try at once."""
        with self._bell:
            self._came_up = True
            self._bell.notify()

    def stop(self) -> None:
        """End; waits at most a second. A call that is on its way is left behind: its reply is of no use any more."""
        with self._bell:
            self._stopping = True
            self._bell.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    # --- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            pace = None if self._photos is None else self._pace
            state = client.begin(self._mode, *self._pinned_hub(), pace=pace)
            while not self._stopping:
                self._tell(client.status(state))
                event = self._event_of(state.doing)
                state, action = client.step(state, self._clock.monotonic(), event, self._chance())
                if isinstance(action, turns.Wait) and action.why is turns.Why.IDLE:
                    self._note(state)
        except _Stopped:
            pass
        finally:
            self._line.close()

    def _pinned_hub(self) -> tuple[str, str]:
        while True:
            try:
                return self._ask(lambda: (self._journal.hub_id(), self._journal.hub_key()))
            except _Stopped:
                raise
            except Exception as error:
                _log.warning("the journal does not say which hub it belongs to: %s", clean(str(error)))
                self._rest(turns.Wait(self._clock.monotonic() + POLL_SECONDS, turns.Why.BACKOFF))

    def _event_of(self, action: turns.Action) -> turns.Event:
        """Do it; whatever goes wrong is an event too, so that the thread lives as long as the station."""
        try:
            match action:
                case turns.Wait():
                    return self._rest(action)
                case turns.SendHello() | turns.SendBatch() | turns.AskFeed() | turns.AskMissing():
                    return self._call_hub(action)
                case turns.ApplyFeed() | turns.ApplySnapshot() | turns.BeginLog():
                    steps = in_slices(self._journal, action)
                    while self._ask(lambda: next(steps, _DONE)) is not _DONE:
                        pass
                    return turns.Begun() if isinstance(action, turns.BeginLog) else turns.Applied()
                case turns.ReadLines():
                    return batch_in_slices(self._read_lines, action)
                case turns.AskBlob(sha256):
                    return _blob_replied(self._line.ask_blob(sha256))
                case turns.SendChunk(sha256, size, offset, data):
                    return _blob_replied(self._line.send_blob(sha256, size, offset, data))
                case turns.ReadPhoto() if self._metered():
                    self._ask(lambda: self._of_journal(action))  # it forgets what a hub of another past had
                    return turns.PhotoDue(paused=True)
                case turns.ReadChunk() | turns.CheckPhoto() if self._photos is not None:
                    return read_file(self._photos, action)
                case _:
                    return self._ask(lambda: self._of_journal(action))
        except _Stopped:
            raise
        except NoAnswer as error:
            return turns.Failed(error.said, error.retry_after, error.clock_offset)
        except Forbidden as error:
            return turns.Barred(error.said)
        except Exception as error:
            detail = f"{type(error).__name__}: {clean(str(error))}"
            _log.warning("%s failed: %s", type(action).__name__, detail)
            if isinstance(action, turns.ApplyFeed | turns.ApplySnapshot):
                return turns.NotApplied(say("service.hub.feed", reason=detail))
            return turns.Failed(say("service.hub.defect", reason=detail))

    def _rest(self, wait: turns.Wait) -> turns.Event:
        before = self._network()
        with self._bell:
            while not self._stopping:
                if self._came_up:
                    self._came_up = False
                    return turns.NetworkUp()
                if self._nudged and wait.why is not turns.Why.GATHER:
                    self._nudged = False
                    return turns.Nudged()
                left = wait.until - self._clock.monotonic()
                if left <= 0:
                    return turns.Elapsed()
                self._bell.wait(min(left, self._look_seconds))
                now = self._network()
                if now != before and now:
                    return turns.NetworkUp()
                before = now
        raise _Stopped

    def _call_hub(self, request: turns.Request) -> turns.Event:
        answered: (
            Answered[wire.HelloReply]
            | Answered[wire.EventsReply]
            | Answered[wire.FeedReply]
            | Answered[wire.MissingReply]
        )
        match request:
            case turns.SendHello(hello):
                answered = self._line.call(wire.HelloReply, "POST", wire.HELLO, wire.encode(hello))
            case turns.SendBatch(log_id, header, lines):
                body, path = wire.encode_batch(header, lines), wire.events_path(log_id)
                answered = self._line.call(wire.EventsReply, "POST", path, body, content_type=wire.NDJSON_TYPE)
            case turns.AskFeed(cursor, snapshot):
                answered = self._line.call(wire.FeedReply, "GET", wire.feed_path(cursor, snapshot=snapshot))
            case turns.AskMissing(event_ids):
                asked = wire.encode(wire.MissingQuestion(event_ids))
                answered = self._line.call(wire.MissingReply, "POST", wire.MISSING, asked)
        return turns.Replied(answered.reply, answered.clock_offset, answered.retry_after)

    def _read_lines(self, log_id: str, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[bytes]]:
        return self._ask(lambda: self._journal.lines_after(log_id, seq, limit, max_bytes))

    def _of_journal(self, action: turns.Action) -> turns.Event:
        """Runs in the station thread."""
        if isinstance(action, turns.ReadHeads):
            with self._bell:
                self._nudged = False
        answer = ask_journal(self._journal, action, self._heartbeat)
        return replace(answer, run_id=self._run_id) if isinstance(answer, turns.Heads) else answer

    def _ask(self, function: Callable[[], T]) -> T:
        future = self._call(function)
        while not self._stopping:
            try:
                return future.result(timeout=0.2)
            except FutureTimeout:
                if future.done():  # it ended just now, or its own result is a time-out
                    return future.result()
        future.cancel()
        raise _Stopped

    def _tell(self, status: UplinkStatus) -> None:
        with self._telling:
            self._status, self._silent = status, False
            self._tell_now(status)

    def _hears_nothing(self, silent: bool) -> None:
        """The line says so from beside a call, whose end this thread waits for."""
        with self._telling:
            self._silent = silent
            if self._status is not None:
                self._tell_now(self._status)

    def _tell_now(self, status: UplinkStatus) -> None:
        if self._silent and status.state is UplinkState.ONLINE:
            status = replace(status, state=UplinkState.SILENT, notes=(say("service.hub.waiting"), *status.notes))
        if status != self._told:
            self._told = status
            self._sink(status)

    def _note(self, state: client.State) -> None:
        """Let the journal remember the hub's word, so that the unsent count is right before the next first contact."""
        now, have, receipts = self._clock.monotonic(), dict(state.have), state.receipts
        if have == self._noted or (self._noted_at is not None and now - self._noted_at < NOTE_SECONDS):
            return
        self._noted_at = now

        def write() -> None:
            for log_id, seq in have.items():
                if self._noted.get(log_id) != seq:
                    receipt = receipts.get(log_id)
                    self._journal.note_at_hub(log_id, seq, wire.encode(receipt).decode() if receipt else "")

        try:
            self._ask(write)
            self._noted = have
        except _Stopped:
            raise
        except Exception as error:
            _log.warning("the hub's word was not remembered: %s", clean(str(error)))

    def _chance(self) -> float:
        return int.from_bytes(self._random.bytes(4), "big") / 2**32


def _blob_replied(answer: BlobAnswer) -> turns.BlobReplied:
    return turns.BlobReplied(answer.hub_id, answer.place, answer.code, answer.message, answer.retry_after)
