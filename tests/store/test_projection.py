"""Stock movements and shift counts follow the events, forth and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station.domain import events as ev
from rma_station.store.journal import Journal
from tests.store import given
from tests.store.given import RMA, SESSION, WORKER, open_journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path)
    opened.commit([given.opened(), given.identified(), given.graded(), given.placed()])
    yield opened
    opened.close()


def movements(journal: Journal) -> list[tuple[object, ...]]:
    """What the warehouse system would be told."""
    sql = "SELECT lpn, sku, grade, destination, pieces, cause FROM movements ORDER BY number"
    return journal.database.connection.execute(sql).fetchall()


def shift(journal: Journal) -> tuple[object, ...]:
    """The counts of the session."""
    sql = "SELECT parcels, units, held, set_aside, ended_at IS NULL FROM shifts WHERE session_id = ?"
    found: tuple[object, ...] = journal.database.connection.execute(sql, (SESSION,)).fetchone()
    return found


PLACED = ("U00001", "SHIRT", "B", "OUT-1", 1, "unit.placed")


def undo(event_id: str, kind: str) -> ev.Stated:
    """Take back an event of unit 1."""
    return ev.Stated(ev.UndoApplied(event_id, kind, "p-1", "u-1"), given.about(unit="u-1"))


def test_a_placed_unit_is_one_movement(journal: Journal) -> None:
    """With its grade and destination as they were then."""
    assert movements(journal) == [PLACED]


def test_amending_a_placed_unit_reverses_its_movement(journal: Journal) -> None:
    """The reversal has the old grade and place; the next placing is a movement of its own."""
    journal.commit([given.amended()])
    journal.commit([given.placed(destination="REC-1")])

    assert movements(journal) == [
        PLACED,
        ("U00001", "SHIRT", "B", "OUT-1", -1, "unit.amended"),
        ("U00001", "SHIRT", "D", "REC-1", 1, "unit.placed"),
    ]


def test_relabelling_a_placed_unit_reverses_under_the_old_number(journal: Journal) -> None:
    """The warehouse system knows it by that number."""
    relabelled = ev.UnitRelabelled("u-1", "U00002", "U00001")
    journal.commit([ev.Stated(relabelled, given.about(unit="u-1")), given.placed(lpn="U00002")])

    assert [(lpn, pieces) for lpn, _, _, _, pieces, _ in movements(journal)] == [
        ("U00001", 1),
        ("U00001", -1),
        ("U00002", 1),
    ]


@pytest.mark.parametrize("kind", ["unit.graded", "unit.identified"])
def test_undoing_a_placed_unit_reverses_its_movement(journal: Journal, kind: str) -> None:
    """Once, whatever is undone."""
    unit = journal.projection.case(RMA).units["u-1"]
    journal.commit([undo(unit.gradings[0].event_id, kind)])
    journal.commit([undo("e-x", "unit.identified")])

    assert [(pieces, cause) for *_, pieces, cause in movements(journal)] == [(1, "unit.placed"), (-1, "undo.applied")]


def test_moving_a_unit_on_reverses_the_first_place(journal: Journal) -> None:
    """Placed twice in a row at different places; the same place again is no movement."""
    journal.commit([given.placed(), given.placed(destination="OUT-2")])

    assert [(destination, pieces) for _, _, _, destination, pieces, _ in movements(journal)] == [
        ("OUT-1", 1),
        ("OUT-1", -1),
        ("OUT-2", 1),
    ]


def test_a_unit_in_two_cases_moves_once(tmp_path: Path) -> None:
    """An event that touches two cases is one physical thing."""
    journal = open_journal(tmp_path)
    both = ev.Subject((RMA, "RMA-2026-000002"), "p-1", "u-1")
    for item in (given.opened(), given.identified(), given.graded(), given.placed()):
        journal.commit([ev.Stated(item.event, both)], worker_id=WORKER, session_id=SESSION)

    assert movements(journal) == [PLACED]
    assert shift(journal) == (0, 1, 0, 0, 1)
    journal.close()


def test_a_shift_counts_what_came_out_of_it(tmp_path: Path) -> None:
    """Parcels done, units graded, held and set aside; what is taken back counts back."""
    journal = open_journal(tmp_path)

    def commit(*stated: ev.Stated) -> tuple[object, ...]:
        journal.commit(stated, worker_id=WORKER, session_id=SESSION)
        return shift(journal)

    steps = [
        commit(ev.Stated(ev.WorkerSignedIn(WORKER))),
        commit(given.opened(), given.identified("u-1", "L1"), given.graded("u-1")),
        commit(given.identified("u-2", "L2", issue="undeclared"), given.graded("u-2", "C", "hold")),
        commit(given.identified("u-3", "L3"), given.graded("u-3", "C", "hold")),
        commit(given.amended("u-3")),
        commit(undo("e", "unit.identified")),
        commit(given.set_aside()),
        commit(ev.Stated(ev.ParcelResumed("p-1"), given.about())),
        commit(given.done()),
        commit(ev.Stated(ev.UndoApplied("e", "parcel.done", "p-1"), given.about())),
        commit(given.done()),
        commit(ev.Stated(ev.WorkerSignedOut(WORKER, 1, 2))),
    ]

    assert steps == [
        (0, 0, 0, 0, 1),
        (0, 1, 0, 0, 1),
        (0, 2, 1, 0, 1),
        (0, 3, 2, 0, 1),
        (0, 3, 1, 0, 1),
        (0, 2, 1, 0, 1),
        (0, 2, 1, 1, 1),
        (0, 2, 1, 0, 1),
        (1, 2, 1, 0, 1),
        (0, 2, 1, 0, 1),
        (1, 2, 1, 0, 1),
        (1, 2, 1, 0, 0),
    ]
    journal.close()
