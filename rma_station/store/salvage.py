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

from rma_station.domain import events as ev
from rma_station.domain.outcome import say
from rma_station.domain.record import dataclass
from rma_station.errors import (
    HubUnreachable,
    JournalDamaged,
    Refused,
    StationError,
    StorageFailed,
    StorageFull,
)
from rma_station.ports import Clock, Random
from rma_station.store import chain, rebuild, swap, wreck
from rma_station.store.database import Database, connect, hold
from rma_station.store.rebuild import Birth
from rma_station.store.wreck import FoundLog

WORK = "salvage.work"
REPORT = "salvage.txt"
UNSURE = "unverified.ndjson"
AskHub = Callable[[str, str, int, int | None], Iterable[tuple[int, bytes, bytes]]]
"""``(hub id, log id, first, last)`` -> ``(place, hash, line)`` of what the hub has there; ``last`` may be open."""


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
        log_id = rebuild.rebuild(folder, work, logs, birth, key=key, clock=clock, random=random)
        lost = tuple((log.log_id, first, last) for log in logs for first, last in _spans(log.lost))
        count = sum(len(log.kept) for log in logs)
        saved = Saved(count, lost, aside, log_id, from_hub=len(_ids(logs) - _ids(read)), unasked=unasked)
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
    salvaged = {event.from_log for event in _beginnings(logs) if event.reason == rebuild.REASON}
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
        found = rebuild.read(log.kept[0]) if log.kept else None
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
