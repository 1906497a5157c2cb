"""A new journal made of the events that were found: their logs, what follows from them, and what is no event.

What is whole from a log's beginning stays its log; the rest follows under a new log whose first event says why. Cases
and units are folded anew; print jobs, pictures and what the hub sent are taken over as far as they can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact
from rma_station.domain.identifiers import uuid7
from rma_station.domain.record import dataclass
from rma_station.errors import Malformed
from rma_station.ports import Clock, Random
from rma_station.store import chain, driver, relog, swap, wreck
from rma_station.store.clock_state import ClockState, iso
from rma_station.store.database import Database, connect
from rma_station.store.photo_files import FOLDER, PhotoFiles
from rma_station.store.projection import Projection, ToFold
from rma_station.store.relog import LOG_BITS
from rma_station.store.wreck import FoundLog, KeptEvent

REASON = "salvage"
"""As ``LogForked.reason``."""
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
_PHOTO = "INSERT OR IGNORE INTO photos (sha256, size, taken_at, here) VALUES (?,?,?,?)"


@dataclass(frozen=True)
class Birth:
    """Where the event that begins the new log is born."""

    station: str
    mode: str
    app_version: str
    tz: str = "UTC"


def rebuild(
    folder: Path,
    work: Path,
    logs: Sequence[FoundLog],
    birth: Birth,
    *,
    key: bytes | None,
    clock: Clock,
    random: Random,
) -> str:
    """Make the new journal, verify every event of it, and leave it beside the old one under ``swap.NEW``.

    Args:
        folder: the data folder, with the photos.
        work: where it is made, with a copy of the old one.
        logs: what was found.
        birth: for the new log.
        key: of an encrypted journal, the new one's as well.
        clock: for the event's time and for the slices of checking.
        random: for ids and the salt.

    Returns:
        The id of the log the station goes on under.

    Raises:
        StorageFull, StorageFailed: there is no new journal.
    """
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
    return log_id


def _identity(path: Path, key: bytes | None, logs: Sequence[FoundLog], birth: Birth) -> tuple[str, str, str]:
    """Station, mode and first day: of the table, of the first event that says it, or as the configuration has it."""
    for station, mode, created_at in wreck.table(path, key, "identity", ("station", "mode", "created_at")):
        if isinstance(station, str) and mode in ("sample", "live") and isinstance(created_at, str):
            return station, str(mode), created_at
    for event in (read(kept) for log in logs for kept in log.kept[:1]):
        if event is not None and isinstance(event[0].event, (ev.LogOpened, ev.LogForked)):
            return event[0].event.station, event[0].event.mode, event[0].occurred_at
    return birth.station, birth.mode, ""


def _first_event(logs: Sequence[FoundLog], log_id: str, birth: Birth, clock: Clock, random: Random) -> en.Sealed:
    last = next((log for log in reversed(logs) if log.is_open), logs[-1])
    event = ev.LogForked(birth.station, birth.mode, last.log_id, last.whole, REASON)
    boot_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
    born = en.Birth(log_id, boot_id, birth.app_version, birth.tz)
    state = ClockState(clock.unix(), clock.monotonic()).at(clock.unix(), clock.monotonic())
    when = iso(clock.unix()), int(clock.monotonic() * 1000), state
    event_id = uuid7(int(clock.unix() * 1000), random.bytes(10))
    return relog.first_line(event, born, when, event_id, random.bytes(16))


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
    found = read(kept)
    if found is None:
        return None
    fact, envelope = found
    return ToFold(fact, ev.Subject.of(envelope.subject).case_ids, envelope.session_id)


def read(kept: KeptEvent) -> tuple[Fact, en.Envelope] | None:
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
            found = read(one)
            if found is not None:
                yield found[0]
