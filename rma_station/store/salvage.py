"""A damaged journal is saved: every event that verifies goes into a new one, under the id it was born with.

What the file lost and the hub has comes back from there, if it can be asked, and has to verify like everything else.
What is whole from a log's beginning stays its log, closed at its end; everything behind the damage follows under a new
log that says why (sync reference R5, failure row 4). The hub takes what it lacks and knows the rest by the ids; people
are told by ``log.forked``. Print jobs, pictures and what the hub sent are taken over as far as they can be read, and
the feed is read again from its beginning. The damaged files are kept aside, untouched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact
from rma_station.domain.identifiers import uuid7
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass, replace
from rma_station.errors import (
    HubUnreachable,
    JournalDamaged,
    Malformed,
    Refused,
    StationError,
    StorageFailed,
    StorageFull,
)
from rma_station.ports import Clock, Random
from rma_station.store import chain, driver, swap, wreck
from rma_station.store.clock_state import ClockState, iso
from rma_station.store.database import Database, connect, hold
from rma_station.store.photo_files import FOLDER, PhotoFiles
from rma_station.store.projection import Projection, ToFold
from rma_station.store.relog import LOG_BITS
from rma_station.store.wreck import FoundLog, KeptEvent

REASON = "salvage"
"""As ``LogForked.reason``."""
WORK = "salvage.work"
REPORT = "salvage.txt"
UNSURE = "unverified.ndjson"
_BATCH = 200
_COPIED = {
    "reference": ("kind", "key", "body"),
    "lookups": ("name", "value", "kind", "key"),
    "print_jobs": (
        "number", "job_id", "unit_id", "state", "attempts", "printer", "detail", "changed_at", "label", "key",
    ),
    "photos": ("number", "sha256", "size", "taken_at", "at_hub", "refused", "here"),
}  # fmt: skip
"""Tables that are not made of events, taken over row by row; of an older schema, those that have these columns."""
AskHub = Callable[[str, str, int, int | None], Iterable[tuple[int, bytes, bytes]]]
"""``(hub id, log id, first, last)`` -> ``(place, hash, line)`` of what the hub has there; ``last`` may be open."""
_PHOTO = "INSERT OR IGNORE INTO photos (sha256, size, taken_at, here) VALUES (?,?,?,?)"


@dataclass(frozen=True)
class Birth:
    """Where the event that begins the new log is born."""

    station: str
    mode: str
    app_version: str
    tz: str = "UTC"


@dataclass(frozen=True)
class Saved:
    """What a salvage brought over, and what it could not."""

    kept: int
    """Events that verify, all of them in the new journal."""
    lost: tuple[tuple[str, int, int], ...]
    """``(log id, first, last)`` of the places that could not be read or do not verify."""
    aside: Path
    """Where the damaged files are."""
    log_id: str
    """The log the station goes on under."""
    from_hub: int = 0
    """How many of those kept the file had lost, and the hub had."""
    unasked: StationError | None = None
    """Why the hub could not be asked."""

    @property
    def lost_count(self) -> int:
        """How many events that is."""
        return sum(last - first + 1 for _, first, last in self.lost)


def salvage(
    folder: Path,
    birth: Birth,
    *,
    key: bytes | None,
    clock: Clock,
    random: Random,
    stamp: str,
    force: bool = False,
    ask_hub: AskHub | None = None,
) -> Saved:
    """Save what verifies of a damaged journal.

    Args:
        folder: the data folder; no station runs on it.
        birth: for the new log.
        key: of an encrypted journal.
        clock: for the event's time and for the slices of checking.
        random: for ids and the salt.
        stamp: makes the name of the folder the damaged files are kept in.
        force: also when every check passes: something may have been wrong that they do not see.
        ask_hub: asks the hub for events of this station; may raise ``HubUnreachable`` and ``Refused``.

    Raises:
        StationHeld, NoJournal: there is nothing to save, or it is in use.
        Refused: the journal verifies, or nothing of it can be read; it is left as it is.
        StorageFull: as above; it takes three times the journal's room.
        StorageFailed: the message says whether the journal is what it was.
    """
    aside = folder / f"damaged-{stamp}"
    lock = hold(folder, "rma-station salvage", create=False)
    work = folder / WORK
    try:
        swap.finish(folder)
        swap.drop_new(folder)
        shutil.rmtree(work, ignore_errors=True)
        raw = [file for ending in swap.BESIDE[:2] if (file := folder / (swap.FILE + ending)).exists()]
        _refuse_without_room(folder, sum(file.stat().st_size for file in raw))
        work.mkdir(mode=0o700)
        for file in raw:
            shutil.copyfile(file, work / file.name)
        if not force and _is_sound(work, key, clock):
            raise Refused(
                f"{folder / swap.FILE} verifies, every event of it. Nothing was changed.",
                say("stopped.verifies", path=str(folder / swap.FILE)),
            )
        read = wreck.read(work / swap.FILE, key, raw)
        logs, unasked = _with_the_hubs(read, work / swap.FILE, key, ask_hub)
        if not any(log.kept for log in logs):
            raise Refused(
                f"nothing in {folder / swap.FILE} verifies. Keep it for somebody who saves data, and start on an "
                "empty data folder; the hub has what was sent.",
                say("stopped.nothing_verifies", path=str(folder / swap.FILE)),
            )
        saved = _build(folder, work, logs, birth, key=key, clock=clock, random=random, aside=aside)
        saved = replace(saved, from_hub=len(_ids(logs) - _ids(read)), unasked=unasked)
        # Before the swap: afterwards the journal verifies, and no second run would write it.
        _report(saved, logs)
        swap.put_in_place(folder, aside)
    except OSError as error:
        raise swap.failed(folder, aside, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)
    return saved


def _with_the_hubs(
    logs: list[FoundLog], path: Path, key: bytes | None, ask_hub: AskHub | None
) -> tuple[list[FoundLog], StationError | None]:
    """The logs with what the hub has of them, and why it could not be asked for all of it."""
    found = [hub_id for (hub_id,) in wreck.table(path, key, "present", ("hub_id",)) if isinstance(hub_id, str)]
    hub_id = next(filter(None, found), "")
    if ask_hub is None or (found and not hub_id):
        return logs, None  # it never met one
    if not hub_id:
        words = "what can be read of the journal does not say which hub is its own"
        return logs, Refused(words, say("stopped.hub_forgotten"))
    more: dict[str, list[tuple[int, bytes, bytes]]] = {}
    unasked: StationError | None = None
    salvaged = {event.from_log for event in _beginnings(logs) if event.reason == REASON}
    try:
        for log in logs:
            # Behind the end of a log that was closed for another reason the hub has what somebody else did.
            behind = [(log.last + 1, None)] if log.is_open else []
            behind = [((log.ends_at or 0) + 1, None)] if log.log_id in salvaged else behind
            for first, last in (*_spans(log.lost), *behind):
                more.setdefault(log.log_id, []).extend(ask_hub(hub_id, log.log_id, first, last))
    except (HubUnreachable, Refused) as error:
        unasked = error
    return wreck.completed(logs, more) if any(more.values()) else logs, unasked


def _beginnings(logs: Sequence[FoundLog]) -> Iterator[ev.LogForked]:
    for log in logs:
        found = _read(log.kept[0]) if log.kept else None
        if found is not None and isinstance(found[0].event, ev.LogForked):
            yield found[0].event


def _ids(logs: Sequence[FoundLog]) -> set[str]:
    return {one.event_id for log in logs for one in log.kept}


def _refuse_without_room(folder: Path, size: int) -> None:
    free, needed = shutil.disk_usage(folder).free, 3 * size
    if free < needed:
        raise StorageFull(
            f"saving takes {needed // 1_000_000 + 1} MB on the disk of {folder}, and {free // 1_000_000} MB are free. "
            "Copy the whole data folder to a larger disk and run it there with --data.",
            say(
                "stopped.no_room_to_save",
                needed=needed // 1_000_000 + 1,
                free=free // 1_000_000,
                folder=str(folder),
            ),
        )


def _is_sound(work: Path, key: bytes | None, clock: Clock) -> bool:
    # On the copy's copy: looking may already change a damaged file.
    trial = work / "trial"
    shutil.copytree(work, trial)
    try:
        database = Database(trial, connect(trial, key), -1, key)
        try:
            chain.quick_check(database)
            for _ in chain.scrub(database, clock):
                continue
        finally:
            database.close()
    except (JournalDamaged, Refused, StorageFailed):
        return False
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return True


# --- the new journal -------------------------------------------------------------------------------------


def _build(
    folder: Path,
    work: Path,
    logs: Sequence[FoundLog],
    birth: Birth,
    *,
    key: bytes | None,
    clock: Clock,
    random: Random,
    aside: Path,
) -> Saved:
    made = work / "new"
    made.mkdir(mode=0o700)
    database = Database(made, connect(made, key), -1, key)
    try:
        station, mode, created_at = _identity(work / swap.FILE, key, logs, birth)
        now = iso(clock.unix())
        log_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
        with database.transaction() as connection:
            connection.execute("INSERT INTO identity VALUES (1, ?, ?, ?)", (station, mode, created_at or now))
            connection.execute("INSERT INTO present (id) VALUES (1)")
        _write_logs(database, logs, (log_id, now), _first_event(logs, log_id, birth, clock, random))
        _fold_all(database, logs)
        _take_over(database, work / swap.FILE, key)
        _photos(database, logs, folder)
        chain.quick_check(database)
        for _ in chain.scrub(database, clock):
            continue
    finally:
        database.close()
    (made / swap.FILE).rename(folder / swap.NEW)
    swap.sync(folder / swap.NEW)
    lost = tuple((log.log_id, first, last) for log in logs for first, last in _spans(log.lost))
    return Saved(sum(len(log.kept) for log in logs), lost, aside, log_id)


def _identity(path: Path, key: bytes | None, logs: Sequence[FoundLog], birth: Birth) -> tuple[str, str, str]:
    """Station, mode and first day: of the table, of the first event that says it, or as the configuration has it."""
    for station, mode, created_at in wreck.table(path, key, "identity", ("station", "mode", "created_at")):
        if isinstance(station, str) and mode in ("sample", "live") and isinstance(created_at, str):
            return station, str(mode), created_at
    for event in (_read(kept) for log in logs for kept in log.kept[:1]):
        if event is not None and isinstance(event[0].event, (ev.LogOpened, ev.LogForked)):
            return event[0].event.station, event[0].event.mode, event[0].occurred_at
    return birth.station, birth.mode, ""


def _first_event(logs: Sequence[FoundLog], log_id: str, birth: Birth, clock: Clock, random: Random) -> en.Sealed:
    last = next((log for log in reversed(logs) if log.is_open), logs[-1])
    event = ev.LogForked(birth.station, birth.mode, last.log_id, last.whole, REASON)
    boot_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
    born = en.Birth(log_id, boot_id, birth.app_version, birth.tz)
    state = ClockState(clock.unix(), clock.monotonic()).at(clock.unix(), clock.monotonic())
    said = born.said(iso(clock.unix()), int(clock.monotonic() * 1000), state, None, None)
    event_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
    payload, salt = codec.write(event).encode(), random.bytes(16)
    return born.seal(event_id, 1, (event.TYPE, ev.SCHEMA), said, "", payload, salt, en.GENESIS)


def _write_logs(database: Database, logs: Sequence[FoundLog], new: tuple[str, str], first: en.Sealed) -> None:
    """What is whole stays where it was; the rest follows the event that says why, in the order it was."""
    number = max(log.number for log in logs) + 1
    with database.transaction() as connection:
        for log in logs:
            connection.execute(
                "INSERT INTO logs (number, log_id, opened_at, state, ends_at) VALUES (?,?,?,'closed',?)",
                (log.number, log.log_id, new[1], log.whole),
            )
        connection.execute("INSERT INTO logs (number, log_id, opened_at) VALUES (?,?,?)", (number, *new))
    rows = [(log.number << LOG_BITS | one.seq, one) for log in logs for one in log.kept if one.seq <= log.whole]
    _insert(database, ((place, one.event_id, one.hash, one.line) for place, one in rows))
    previous, seq = first.hash, 1
    moved: list[tuple[int, str, bytes, bytes]] = [(number << LOG_BITS | 1, first.event_id, first.hash, first.line)]
    for one in (one for log in logs for one in log.kept if one.seq > log.whole):
        seq += 1
        previous = en.chain_hash(previous, en.split(one.line)[0])
        moved.append((number << LOG_BITS | seq, one.event_id, previous, one.line))
    _insert(database, moved)


def _insert(database: Database, rows: Iterable[tuple[int, str, bytes, bytes]]) -> None:
    with database.transaction() as connection:
        connection.executemany("INSERT INTO events (place, event_id, hash, line) VALUES (?,?,?,?)", rows)


def _fold_all(database: Database, logs: Sequence[FoundLog]) -> None:
    """Cases, units, parcels, movements and shifts, made anew of what was kept."""
    projection = Projection(database.connection)
    facts = [to_fold for log in logs for one in log.kept if (to_fold := _to_fold(one)) is not None]
    for start in range(0, len(facts), _BATCH):
        staged = projection.stage(facts[start : start + _BATCH])
        with database.transaction() as connection:
            staged.write(connection)
        projection.accept(staged)


def _to_fold(kept: KeptEvent) -> ToFold | None:
    found = _read(kept)
    if found is None:
        return None
    fact, envelope = found
    return ToFold(fact, ev.Subject.of(envelope.subject).case_ids, envelope.session_id)


def _read(kept: KeptEvent) -> tuple[Fact, en.Envelope] | None:
    """The event of a line; ``None`` when it was erased, or a newer version wrote it."""
    try:
        head, _, payload = en.split(kept.line)
        envelope = codec.decode(en.Envelope, codec.from_bytes(head))
        if not payload:
            return None
        event = ev.read(envelope.type, envelope.schema, codec.from_bytes(payload))
    except (Malformed, ev.UnknownEvent):
        return None
    return Fact(envelope.event_id, event, envelope.worker_id, envelope.occurred_at), envelope


def _take_over(database: Database, path: Path, key: bytes | None) -> None:
    for name, columns in _COPIED.items():
        rows = wreck.table(path, key, name, columns)
        marks = ",".join("?" * len(columns))
        sql = f"INSERT OR IGNORE INTO {name} ({', '.join(columns)}) VALUES ({marks})"
        with database.transaction() as connection:
            for row in rows:
                try:
                    connection.execute(sql, row)
                except driver.errors():  # a row that does not fit any more
                    continue
    for hub_id, heard_at in wreck.table(path, key, "present", ("hub_id", "heard_at")):
        with database.transaction() as connection:
            connection.execute("UPDATE present SET hub_id = ?, heard_at = ?", (hub_id, heard_at))
    for (hub_key,) in wreck.table(path, key, "present", ("hub_key",)):
        with database.transaction() as connection:
            connection.execute("UPDATE present SET hub_key = ?", (hub_key,))


def _photos(database: Database, logs: Sequence[FoundLog], folder: Path) -> None:
    """Pictures whose row could not be read: the hub is asked about each before it goes up."""
    files = PhotoFiles(folder / FOLDER)
    rows = [
        (fact.event.sha256, fact.event.size, fact.occurred_at, int(files.read(fact.event.sha256) is not None))
        for fact in _facts(logs)
        if isinstance(fact.event, ev.PhotoTaken) and fact.event.source != "phone"
    ]
    with database.transaction() as connection:
        connection.executemany(_PHOTO, rows)


def _facts(logs: Sequence[FoundLog]) -> Iterator[Fact]:
    for log in logs:
        for one in log.kept:
            found = _read(one)
            if found is not None:
                yield found[0]


# --- for people ------------------------------------------------------------------------------------------


def _spans(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = previous = None
    for place in places:
        if first is None or previous is None or place != previous + 1:
            if first is not None and previous is not None:
                yield first, previous
            first = place
        previous = place
    if first is not None and previous is not None:
        yield first, previous


def _report(saved: Saved, logs: Sequence[FoundLog]) -> None:
    saved.aside.mkdir(mode=0o700)
    lines = [f"{saved.kept} events verify and are kept; the station goes on under log {saved.log_id}."]
    lines += [f"log {log_id}: {first} to {last} cannot be read or do not verify" for log_id, first, last in saved.lost]
    _write(saved.aside / REPORT, "\n".join(lines).encode() + b"\n")
    unsure = [line for log in logs for line in log.unsure]
    if unsure:
        _write(saved.aside / UNSURE, b"".join(line + b"\n" for line in unsure))


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
