"""The hub's feed committed in slices of at most 20 ms, so that no scan waits for it; snapshots swapped in whole.

A page of the feed is a few short transactions, its cursor committed with the last: a crash in between means that the
same entries come again, which changes nothing. A snapshot (the hub does not know our cursor any more: its past is
another) is built beside the rows in use over as many pages and connections as it takes. Its last page ends with: what
the hub no longer says is taken back from our units, the tables change places by renaming, the cursor is the
snapshot's. Source: sync reference 2.3, D4.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.changed import changed
from rma_station.domain.fold import Fact
from rma_station.errors import StorageFull
from rma_station.ports import Clock
from rma_station.store import reference, snapshot
from rma_station.store.journal import Journal
from rma_station.store.projection import ToFold
from rma_station.store.reference import FeedRow

_SLOT_FACTS = (ev.SlotGiven, ev.SlotRefused, ev.SlotFreed)
_FACTS_IN_A_SLICE = 200


def snapshot_cursor(journal: Journal) -> str | None:
    """Where the snapshot in the making goes on; ``None`` when none is being made."""
    with journal.database.reading() as connection:
        found = connection.execute("SELECT snapshot_cursor FROM present").fetchone()[0]
    return None if found is None else str(found)


def feed_slices(journal: Journal, clock: Clock, rows: Sequence[FeedRow], cursor: str, pepper: bytes) -> Iterator[int]:
    """Commit a page of the feed; yields how many entries are done. See ``StoredReader.feed_slices``."""
    _refuse_without_room(journal, rows)
    batch, done = reference.read_slice(rows, 0, clock, pepper)
    while done < len(rows):
        _write(journal, batch)
        yield done
        batch, done = reference.read_slice(rows, done, clock, pepper)
    _write(journal, batch, "UPDATE present SET feed_cursor = ?", cursor)
    yield done


def snapshot_slices(
    journal: Journal,
    clock: Clock,
    rows: Sequence[FeedRow],
    cursor: str,
    pepper: bytes,
    *,
    first: bool,
    last: bool,
    applied: Callable[[], None],
) -> Iterator[int]:
    """Commit a page of a snapshot; yields how many entries are done. See ``StoredReader.snapshot_slices``.

    ``applied`` is called once, as soon as its rows are in use.
    """
    _refuse_without_room(journal, rows)
    if first:
        yield from snapshot.leftovers(journal.database)
        with journal.database.transaction() as connection:
            snapshot.begin(connection)
    done = 0
    while done < len(rows):
        batch, done = reference.read_slice(rows, done, clock, pepper)
        _write(journal, batch, suffix=snapshot.NEXT)
        yield done
    if not last:
        with journal.database.transaction() as connection:
            connection.execute("UPDATE present SET snapshot_cursor = ?", (cursor,))
        return
    yield from _taken_back(journal)
    with journal.database.transaction() as connection:
        snapshot.swap(connection)
        connection.execute("UPDATE present SET feed_cursor = ?, snapshot_cursor = NULL", (cursor,))
    applied()
    yield done
    yield from snapshot.leftovers(journal.database)


def _refuse_without_room(journal: Journal, rows: Sequence[FeedRow]) -> None:
    if journal.short_of_room and rows:
        raise StorageFull(f"The disk of {journal.database.folder} is full: the feed waits until there is room.")


def _write(
    journal: Journal, batch: reference.Batch, cursor_sql: str = "", cursor: str = "", *, suffix: str = ""
) -> None:
    projection, database = journal.projection, journal.database
    with database.reading() as connection:
        known = _known(connection, [event_id for event_id, _, _, _ in batch.facts])
        number = connection.execute("SELECT snapshot FROM present").fetchone()[0]
    staged = projection.stage(reference.to_fold(batch, known, projection.case))
    with database.transaction() as connection:
        batch.write(connection, number, suffix)
        staged.write(connection)
        if cursor_sql:
            connection.execute(cursor_sql, (cursor,))
    projection.accept(staged)


def _known(connection: sqlite3.Connection, event_ids: Sequence[str]) -> set[str]:
    query = "SELECT 1 FROM facts WHERE event_id = ?"
    return {event_id for event_id in event_ids if connection.execute(query, (event_id,)).fetchone()}


# --- what the hub no longer says -------------------------------------------------------------------------


def _taken_back(journal: Journal) -> Iterator[int]:
    """Forget facts the snapshot did not name; their units get the slots that the remaining facts give them.

    A hub that was put back to an older state gives slots anew, perhaps others. Every transaction is a whole one: after
    a crash, the facts that are still there lead to the rest of the work.
    """
    yield from _matches_taken_back(journal)
    yield from _grades_taken_back(journal)
    gone: dict[str, list[str]] = {}
    emptied: dict[str, ToFold] = {}
    for rows in _pages(journal, named=False):
        for event_id, body, _ in rows:
            fold = _of_slots(body)
            unit_id = _unit_of(fold)
            gone.setdefault(unit_id, []).append(event_id)
            if fold is not None:
                emptied[unit_id] = fold
        yield 0
    if not gone:
        return
    remaining: dict[str, list[tuple[int, ToFold]]] = {}
    for rows in _pages(journal, named=True):
        for _, body, seq in rows:
            fold = _of_slots(body)
            if fold is not None and _unit_of(fold) in gone:
                remaining.setdefault(_unit_of(fold), []).append((seq, fold))
        yield 0
    for unit_id, event_ids in gone.items():
        kept = [fold for _, fold in sorted(remaining.get(unit_id, ()), key=lambda one: one[0])]
        _fold_anew(journal, event_ids, [_without_slots(emptied[unit_id]), *kept] if unit_id in emptied else [])
        yield 0


def _matches_taken_back(journal: Journal) -> Iterator[int]:
    """Make orphans again of parcels, and their units, that the hub's past as it is now never matched."""
    gone: dict[tuple[str, str], tuple[str, ToFold]] = {}
    for rows in _pages(journal, named=False):
        for event_id, body, _ in rows:
            for key, fold in _of_match(body):
                gone[key] = event_id, fold
        yield 0
    if not gone:
        return
    for rows in _pages(journal, named=True):
        for _, body, _ in rows:
            for key, _ in _of_match(body):
                gone.pop(key, None)
        yield 0
    for (parcel_id, rma_id), (event_id, fold) in gone.items():
        undone = ev.UndoApplied(event_id, ev.ParcelOpened.TYPE, parcel_id, rma_id=rma_id)
        _fold_anew(journal, [event_id], [changed(fold, fact=Fact(event_id, undone))])
        yield 0


def _grades_taken_back(journal: Journal) -> Iterator[int]:
    """A grade that was never changed, in the hub's past as it is now, is the bench's own again."""
    gone: list[tuple[str, ToFold]] = []
    for rows in _pages(journal, named=False):
        for event_id, body, _ in rows:
            fold = reference.read_fact(codec.from_bytes(body.encode()))[1]
            if fold is not None and isinstance(fold.fact.event, ev.UnitAmended):
                gone.append((event_id, fold))
        yield 0
    for event_id, fold in gone:
        undone = ev.UndoApplied(event_id, ev.UnitAmended.TYPE, unit_id=_unit_of(fold))
        # Also where a match of the orphan it was said of has brought it since.
        cases = tuple(dict.fromkeys((*fold.case_ids, *_cases_of(journal, _unit_of(fold)))))
        _fold_anew(journal, [event_id], [changed(fold, fact=Fact(event_id, undone), case_ids=cases)])
        yield 0


def _cases_of(journal: Journal, unit_id: str) -> list[str]:
    with journal.database.reading() as connection:
        rows = connection.execute("SELECT case_id FROM units WHERE unit_id = ? ORDER BY number", (unit_id,)).fetchall()
    return [str(row[0]) for row in rows]


def _of_match(body: str) -> list[tuple[tuple[str, str], ToFold]]:
    fold = reference.read_fact(codec.from_bytes(body.encode()))[1]
    event = fold.fact.event if fold is not None else None
    return [((event.parcel_id, event.rma_id), fold)] if fold and isinstance(event, ev.ParcelMatched) else []


def _pages(journal: Journal, *, named: bool) -> Iterator[list[tuple[str, str, int]]]:
    """Facts the present snapshot names, or does not: ``(event_id, body, seq)`` in pages."""
    query = (
        "SELECT event_id, body, seq FROM facts WHERE event_id > ? AND (snapshot = (SELECT snapshot FROM present)) = ? "
        "ORDER BY event_id LIMIT ?"
    )
    after = ""
    while True:
        with journal.database.reading() as connection:
            rows = connection.execute(query, (after, named, _FACTS_IN_A_SLICE)).fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _of_slots(body: str) -> ToFold | None:
    fold = reference.read_fact(codec.from_bytes(body.encode()))[1]
    return fold if fold is not None and isinstance(fold.fact.event, _SLOT_FACTS) else None


def _unit_of(fold: ToFold | None) -> str:
    return str(getattr(fold.fact.event, "unit_id", "")) if fold else ""


def _without_slots(fold: ToFold) -> ToFold:
    """The unit as before the hub said anything of its slots."""
    event = fold.fact.event
    nothing = ev.SlotGiven(_unit_of(fold), getattr(event, "rma_id", ""), getattr(event, "line_id", ""), ())
    return changed(fold, fact=Fact(fold.fact.event_id, nothing))


def _fold_anew(journal: Journal, event_ids: Sequence[str], folds: Sequence[ToFold]) -> None:
    projection = journal.projection
    here = [(fold, reference.cases_here(fold, projection.case)) for fold in folds]
    staged = projection.stage(changed(fold, case_ids=cases) for fold, cases in here if cases)
    with journal.database.transaction() as connection:
        staged.write(connection)
        connection.executemany("DELETE FROM facts WHERE event_id = ?", [(event_id,) for event_id in event_ids])
    projection.accept(staged)
