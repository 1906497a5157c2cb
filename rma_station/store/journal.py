"""The journal: events committed with all that follows from them, in one transaction, before anybody is told.

``Journal.open`` takes the file and checks it; ``commit`` is the hot path of the station. What a commit writes:
the lines with their place in the hash chain, the projections, print jobs, the flow's resume point and the LPN
counter. Memory follows the disk: nothing here changes until the transaction is through.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from rma_station.domain import codes
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.effects import Printable
from rma_station.domain.fold import Fact
from rma_station.domain.identifiers import uuid7
from rma_station.domain.print_jobs import JobState, Step
from rma_station.errors import Refused, StorageFull
from rma_station.ports import Clock, Random
from rma_station.store import chain, jobs, relog
from rma_station.store.ballast import BALLAST, MARGIN, SIZE, Ballast, is_closing, no_room
from rma_station.store.bodies import write_body, write_event
from rma_station.store.clock_state import ClockState, StationTime, iso, unix_of
from rma_station.store.database import Database, no_journal, open_database
from rma_station.store.fresh import FreshIds
from rma_station.store.opening import Opening, begin_or_make_room, find
from rma_station.store.photos import Photos
from rma_station.store.projection import Projection, ToFold
from rma_station.store.relog import LOG_BITS

ROOM = SIZE + MARGIN
"""Bytes of pictures that go, if the hub has them, when the disk is full."""

_EVENT = "INSERT INTO events (place, event_id, hash, line) VALUES (?,?,?,?)"
_PRESENT = "UPDATE present SET resume = coalesce(?, resume), lpn_counter = ? WHERE id = 1"

MakeLpn = Callable[[str, int], str]
"""``(log_id, counter) -> LPN``; ``domain.codes`` has the real one."""


class Journal:
    """The station's journal. One thread uses it at a time; ``open`` makes one."""

    def __init__(
        self,
        database: Database,
        *,
        log: int,
        log_id: str,
        head: tuple[int, bytes],
        app_version: str,
        clock: Clock,
        random: Random,
        make_lpn: MakeLpn,
        mode: str,
        tz: str,
    ) -> None:
        self.database = database
        self.ballast = Ballast(database.folder / BALLAST)
        self.projection = Projection(database.connection)
        self.photos = Photos(database)
        self.mode = mode
        self.read_only = False
        """A newer version of this program wrote it: it is shown and sent, and nothing is written."""
        self.boot_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
        self.opening = Opening(created=False, unclean=False, checked=0, events=head[0])
        self._app_version, self._tz = app_version, tz
        self._zone: tzinfo = UTC if tz == "UTC" else ZoneInfo(tz)
        self._use(log, log_id, head)
        self._clock, self._random = clock, random
        self._make_lpn = make_lpn
        row = database.connection.execute("SELECT resume, lpn_counter FROM present").fetchone()
        self._resume: bytes = bytes(row[0])
        self._lpn_counter = self._lpn_saved = int(row[1])
        newest = chain.time_at(database.connection, self._log_base | self._seq)
        self._clock_state = ClockState(clock.unix(), clock.monotonic(), newest)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        station: str,
        mode: Literal["sample", "live"],
        app_version: str,
        clock: Clock,
        random: Random,
        make_lpn: MakeLpn = codes.lpn,
        tz: str = "UTC",
        key: bytes | None = None,
        read_only: bool = False,
    ) -> Journal:
        """Open the journal of a data folder, or begin a new one with ``log.opened``.

        Checks the file after an unclean stop, and always the last 1,000 events; print jobs that were being sent
        become ``unknown``. With ``read_only`` nothing is written: what is there can be shown and sent.

        Raises:
            StationHeld: another process has it.
            ModeMismatch: it was begun in the other mode.
            JournalDamaged: the file or its chain does not verify.
            StorageFull, StorageFailed, Refused: as ``open_database``.
            NoJournal: nothing was ever begun in it, and ``read_only`` begins nothing.
        """
        started = iso(clock.unix())
        holder = f"station {station}, started {started}"
        database = open_database(folder, holder=holder, key=key, create=not read_only, read_only=read_only)
        try:
            with database.reading():
                found = find(database, mode, lambda: uuid7(int(clock.unix() * 1000), random.bytes(10)))
                if read_only and found.created:
                    raise no_journal(folder)  # a power cut right after the file was made: nobody has begun it
                if not read_only:
                    begin_or_make_room(database, station, mode, found, iso(clock.unix()))
                journal = cls(
                    database, log=found.log, log_id=found.log_id, head=found.head, app_version=app_version,
                    clock=clock, random=random, make_lpn=make_lpn, mode=mode, tz=tz,
                )  # fmt: skip
                journal.read_only = read_only
                created = found.created and not read_only
                if created:
                    journal.commit([ev.Stated(ev.LogOpened(station, mode))])
                    for _ in journal.photos.adopt(started):  # of a journal that is no more
                        pass
                if not read_only:
                    journal.ballast.lay()
                journal.opening = Opening(created, found.unclean, found.checked, journal.last_seq)
                return journal
        except BaseException:
            database.close()
            raise

    def _use(self, log: int, log_id: str, head: tuple[int, bytes]) -> None:
        """From now on events are appended to this log."""
        self.log_id = log_id
        self._log_base = log << LOG_BITS
        self._seq, self._hash = head
        self._birth = en.Birth(log_id, self.boot_id, self._app_version, self._tz)

    def begin_log(self, from_log: str, common: int, reason: str) -> Iterator[int]:
        """Go on under a new log, in slices; see ``relog.py``. Yields how many events the new log has.

        Args:
            from_log: the log the hub has another history of, usually the present one.
            common: the last place of it that both histories share; everything behind it goes into the new log.
            reason: as ``LogForked.reason``.

        Raises:
            Refused: there is no such log or place.
            StorageFull, StorageFailed: the present log stays what it was.
        """
        yield from relog.leftovers(self.database)
        log_id, now = self.draw_uuid(), iso(self._clock.unix())
        new = relog.NewLog(self.database, self._clock, log_id=log_id, from_log=from_log, common=common, opened_at=now)
        event = ev.LogForked(relog.station_of(self.database), self.mode, from_log, common, reason)
        birth = en.Birth(log_id, self.boot_id, self._app_version, self._tz)
        when = now, int(self._clock.monotonic() * 1000), self.clock_word()
        first = relog.first_line(event, birth, when, self.draw_uuid(), self._random.bytes(16))
        # Where two histories were found this journal may be the older one, and its pictures newer than its rows.
        yield from new.make(first, self.photos.adopt(now))
        self._use(new.number, log_id, (new.seq, new.hash))
        self._lpn_counter = self._lpn_saved = 0

    # --- the hot path ------------------------------------------------------------------------------------

    def commit(
        self,
        stated: Sequence[ev.Stated],
        *,
        worker_id: str | None = None,
        session_id: str | None = None,
        resume: bytes | None = None,
        jobs: Sequence[Printable] = (),
        marks: Sequence[jobs.JobMark] = (),
    ) -> list[en.Sealed]:
        """Make events and all that follows from them durable, in one transaction.

        Args:
            stated: what happened, in order; may be empty.
            worker_id: who did it.
            session_id: of the worker's shift.
            resume: the flow's state to go on from after a crash; ``None`` leaves the stored one, ``b""`` clears it.
            jobs: labels to print; their rows are ``queued`` with the events.
            marks: print jobs that these events settle.

        Returns:
            The lines with their hashes; one more at their head when the log has to say something of the clock.

        Raises:
            StorageFull: nothing was kept, and no picture the hub has was left to make room. The ballast was let go:
                from now on only closing words are accepted (set aside, sign-out, labels), until there is room again.
            StorageFailed, JournalDamaged: nothing was kept.
        """
        if not self.ballast.in_place:
            self._refuse_without_room(stated)
        try:
            return self._commit(stated, worker_id, session_id, resume=resume, labels=jobs, marks=marks)
        except StorageFull:
            if self.photos.make_room(ROOM):
                with contextlib.suppress(StorageFull):
                    return self._commit(stated, worker_id, session_id, resume=resume, labels=jobs, marks=marks)
            self.ballast.let_go()
            if not is_closing(stated):
                raise
            return self._commit(stated, worker_id, session_id, resume=resume, labels=jobs, marks=marks)

    def _commit(
        self,
        stated: Sequence[ev.Stated],
        worker_id: str | None,
        session_id: str | None,
        *,
        resume: bytes | None,
        labels: Sequence[Printable],
        marks: Sequence[jobs.JobMark],
    ) -> list[en.Sealed]:
        unix, monotonic = self._clock.unix(), self._clock.monotonic()
        occurred_at, unix_ms = iso(unix), int(unix * 1000)
        seq, previous = self._seq, self._hash
        state, adjustment = self._clock_state.at(unix, monotonic), None
        if seq:  # the first event of a log is the log's own
            adjustment = self._clock_state.adjustment(unix, monotonic)
        if adjustment is not None:
            stated = (ev.Stated(ev.ClockAdjusted(adjustment.cause, adjustment.seconds)), *stated)
        said = self._birth.said(occurred_at, int(monotonic * 1000), state, worker_id, session_id)
        drawn = self._random.bytes(26 * len(stated))
        sealed, rows, facts = [], [], []
        subject, about = None, ""
        for item in stated:
            seq += 1
            salt, for_id, drawn = drawn[:16], drawn[16:26], drawn[26:]
            event = item.event
            if item.subject is not subject:
                subject, about = item.subject, en.subject_text(write_body(item.subject.as_mapping()))
            event_id = item.event_id or uuid7(unix_ms, for_id)
            what, payload = (event.TYPE, ev.SCHEMA), write_event(event)
            entry = self._birth.seal(event_id, seq, what, said, about, payload, salt, previous)
            previous = entry.hash
            sealed.append(entry)
            rows.append((self._log_base | seq, event_id, previous, entry.line))
            facts.append(ToFold(Fact(event_id, event, worker_id, occurred_at), subject.case_ids, session_id))
        lpn_counter = self._lpn_counter
        with self.database.transaction() as connection:
            staged = self.projection.stage(facts)
            connection.executemany(_EVENT, rows)
            staged.write(connection)
            self.photos.add(connection, stated, occurred_at)
            if labels:
                jobs.queue(connection, labels, occurred_at)
            if marks:
                jobs.mark(connection, marks, occurred_at)
            if resume is not None or lpn_counter != self._lpn_saved:
                connection.execute(_PRESENT, (resume, lpn_counter))
        self._seq, self._hash, self._lpn_saved = seq, previous, lpn_counter
        if resume is not None:
            self._resume = resume
        self.projection.accept(staged)
        if adjustment is not None:
            self._clock_state.told(adjustment)
        return sealed

    # --- what the station asks --------------------------------------------------------------------------

    @property
    def last_seq(self) -> int:
        """Sequence of the newest event of the present log."""
        return self._seq

    @property
    def head_hash(self) -> bytes:
        """The chain's hash after the newest event."""
        return self._hash

    @property
    def resume_point(self) -> bytes:
        """The flow's state that was committed last; empty when there is none."""
        return self._resume

    @property
    def short_of_room(self) -> bool:
        """The ballast is gone: only closing words are accepted."""
        return not self.ballast.in_place

    def fresh(self) -> FreshIds:
        """New ids for a flow (``domain.book.Fresh``); an LPN drawn is committed with the events that use it."""
        return FreshIds(self)

    def heard_from_hub(self, offset: float) -> None:
        """The hub's clock minus ours, in seconds: decides whether our times are believed. News of it are committed.

        Raises:
            StorageFull, StorageFailed: nothing was kept; the next commit says it.
        """
        unix, monotonic = self._clock.unix(), self._clock.monotonic()
        self._clock_state.heard_from_hub(unix, monotonic, offset)
        if self._clock_state.adjustment(unix, monotonic) is not None:
            self.commit(())

    def time(self) -> StationTime:
        """What time it is, as far as this station knows."""
        return self._clock_state.time(self._clock.unix(), self._clock.monotonic(), self._zone)

    def age(self, line: bytes) -> float:
        """Seconds since an event of this journal, never negative: by the monotonic clock when it is of this start.

        Args:
            line: as it is stored.
        """
        monotonic = self._clock.monotonic()
        if chain.text_of(line, "boot_id") == self.boot_id:
            milliseconds = line.partition(b'"mono_ms":')[2].partition(b",")[0]
            return max(0.0, monotonic - int(milliseconds) / 1000)
        return max(0.0, self._clock_state.believed(self._clock.unix(), monotonic) - unix_of(chain.occurred_at(line)))

    def clock_word(self) -> str:
        """``ok``, ``suspect`` or ``unset``, for the heartbeat."""
        return self._clock_state.at(self._clock.unix(), self._clock.monotonic())

    def wall_clock(self) -> str:
        """The wall clock as it stands, right or wrong, ISO 8601."""
        return iso(self._clock.unix())

    def jobs_open(self) -> list[jobs.PrintJob]:
        """Print jobs that are queued, being sent or unknown, oldest first."""
        with self.database.reading() as connection:
            return jobs.open_jobs(connection)

    def job(self, job_id: str) -> jobs.PrintJob | None:
        """One print job, as it is now."""
        with self.database.reading() as connection:
            return jobs.job(connection, job_id)

    def job_of(self, label: Printable) -> jobs.PrintJob | None:
        """The print job that is of the same thing, by its key."""
        with self.database.reading() as connection:
            return jobs.job_of(connection, label)

    def start_job(self, job_id: str) -> None:
        """Make durable that a job's first byte is about to leave.

        Raises:
            Refused: it is not one that may be sent: nothing must leave.
            StorageFull, StorageFailed: nothing was kept.
        """
        self.mark_job(job_id, Step.START)
        found = self.job(job_id)
        if found is None or found.state != JobState.SENDING.value:
            raise Refused(f"print job {job_id} is {found.state if found else 'not known'} and cannot be sent.")

    def mark_job(self, job_id: str, step: Step, *, printer: str = "", detail: str = "") -> None:
        """Make a print job's step durable by itself: ``START`` before the first byte goes out.

        Raises:
            StorageFull, StorageFailed: nothing was kept.
        """
        self.commit((), marks=[jobs.JobMark(job_id, step, printer, detail)])

    def scrub(self) -> Iterator[chain.Scrubbed]:
        """Verify every event of every log in slices of at most 20 ms; see ``chain.scrub``."""
        return chain.scrub(self.database, self._clock)

    def sweep_photos(self) -> Iterator[int]:
        """Remove old files of pictures that no event names, in slices; see ``Photos.sweep``."""
        return self.photos.sweep(self._clock.unix())

    def log_ids(self) -> list[str]:
        """Every log of this journal, the present one last: labels of all of them are out there."""
        with self.database.reading() as connection:
            return relog.log_ids(connection)

    def close(self) -> None:
        """Stop cleanly: the next start needs no ``quick_check``."""
        try:
            if not self.read_only:
                with self.database.transaction() as connection:
                    connection.execute("UPDATE present SET clean = 1")
        finally:
            self.database.close()

    def draw_uuid(self) -> str:
        """A UUIDv7 of now."""
        return uuid7(int(self._clock.unix() * 1000), self._random.bytes(10))

    def draw_lpn(self) -> str:
        """The next LPN of this log."""
        self._lpn_counter += 1
        return self._make_lpn(self.log_id, self._lpn_counter)

    def _refuse_without_room(self, stated: Sequence[ev.Stated]) -> None:
        if not stated or is_closing(stated) or self.ballast.lay():
            return
        if not self.photos.make_room(ROOM) or not self.ballast.lay():
            raise no_room(self.database.folder)
