"""What the events make of cases, units, movements and shifts: folded in memory, written in the events' transaction.

Only what an event touched is written: one row a unit and one a parcel, so that the cost of a commit does not grow
with its case. ``stage`` changes nothing; ``Staged.write`` puts the rows into the open transaction, and ``accept``
makes them the truth in memory after the commit.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.fold import Fact, fold, fold_over
from rma_station.domain.record import dataclass
from rma_station.domain.rma import Case, Mark, Parcel, ParcelState, Unit
from rma_station.store.bodies import write_body

HOT_CASES = 16
"""Cases kept in memory; the least recently used one goes first. A bench works on one or two at a time, a large one
takes 50 kB, and loading it again less than a millisecond."""

_PARCEL = (
    "INSERT INTO parcels (case_id, parcel_id, state, code, tracking, opened_at, body) VALUES (?,?,?,?,?,?,?) "
    "ON CONFLICT (parcel_id, case_id) DO UPDATE SET state=excluded.state, body=excluded.body"
)
_UNIT = (
    "INSERT INTO units (case_id, unit_id, parcel_id, label, owed, body) VALUES (?,?,?,?,?,?) "
    "ON CONFLICT (case_id, unit_id) DO UPDATE SET label=excluded.label, owed=excluded.owed, body=excluded.body"
)
_LPN = (
    "INSERT INTO lpns (lpn, case_id, unit_id, void) VALUES (?,?,?,?) "
    "ON CONFLICT (lpn, case_id) DO UPDATE SET unit_id=excluded.unit_id, void=excluded.void"
)
_CASE = "INSERT INTO cases (case_id, marks) VALUES (?,?) ON CONFLICT (case_id) DO UPDATE SET marks=excluded.marks"
_MOVEMENT = (
    "INSERT INTO movements (event_id, at, unit_id, lpn, sku, rma_id, grade, disposition, destination, pieces, cause, "
    "worker_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)
_SHIFT = (
    "INSERT INTO shifts (session_id, worker_id, started_at, last_at, ended_at, parcels, units, held, set_aside) "
    "VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (session_id) DO UPDATE SET last_at=excluded.last_at, "
    "ended_at=coalesce(excluded.ended_at, ended_at), parcels=parcels+excluded.parcels, units=units+excluded.units, "
    "held=held+excluded.held, set_aside=set_aside+excluded.set_aside"
)


@dataclass(frozen=True)
class ToFold:
    """One event with the cases it touches."""

    fact: Fact
    case_ids: tuple[str, ...]
    session_id: str | None = None
    own: bool = True
    """False for what the hub said: it counts for no shift, and moves stock only by taking a unit from its place."""


class Staged:
    """Rows that wait for their transaction; every commit makes one."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.parcels: dict[tuple[str, str], Parcel] = {}
        self.units: dict[tuple[str, str], Unit] = {}
        self.lpns: list[tuple[str, str, str, int]] = []
        self.marks: dict[str, tuple[Mark, ...]] = {}
        self.movements: list[tuple[object, ...]] = []
        self.shifts: list[tuple[object, ...]] = []
        self.gone_parcels: list[tuple[str, str]] = []
        """``(case_id, parcel_id)`` that are no longer of their case."""
        self.gone_units: list[tuple[str, str]] = []

    def write(self, connection: sqlite3.Connection) -> None:
        """Write all rows into the transaction that is open."""
        if self.marks:
            connection.executemany(_CASE, [(case_id, codec.write(marks)) for case_id, marks in self.marks.items()])
        # First out, then in: what comes and goes in one commit is there at its end when it is in ``parcels``.
        if self.gone_parcels:
            connection.executemany("DELETE FROM parcels WHERE case_id = ? AND parcel_id = ?", self.gone_parcels)
        if self.gone_units:
            connection.executemany("DELETE FROM units WHERE case_id = ? AND unit_id = ?", self.gone_units)
            connection.executemany("DELETE FROM lpns WHERE case_id = ? AND unit_id = ?", self.gone_units)
        if self.parcels:
            connection.executemany(_PARCEL, [_parcel_row(case_id, p) for (case_id, _), p in self.parcels.items()])
        if self.units:
            connection.executemany(_UNIT, [_unit_row(case_id, unit) for (case_id, _), unit in self.units.items()])
        if self.lpns:
            connection.executemany(_LPN, self.lpns)
        if self.movements:
            connection.executemany(_MOVEMENT, self.movements)
        if self.shifts:
            connection.executemany(_SHIFT, self.shifts)


class Projection:
    """The folded cases: hot ones in memory, the rest loaded when asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._hot: OrderedDict[str, Case] = OrderedDict()

    def case(self, case_id: str) -> Case:
        """What is known of a case; empty when nothing is."""
        case = self._hot.get(case_id)
        if case is None:
            case = self._load(case_id)
            self._keep(case)
        else:
            self._hot.move_to_end(case_id)
        return case

    def stage(self, facts: Iterable[ToFold]) -> Staged:
        """Fold events over the cases they touch, without changing anything yet."""
        staged = Staged()
        for given in facts:
            if len(given.case_ids) == 1:  # as nearly all: nothing of one case can be another's
                before = staged.cases.get(given.case_ids[0]) or self.case(given.case_ids[0])
                _stage_case(staged, before, fold(before, given.fact), given, counted=False)
            else:
                self._stage_cases(staged, given)
            if given.own and isinstance(given.fact.event, (ev.WorkerSignedIn, ev.WorkerSignedOut)):
                _stage_session(staged, given)
        return staged

    def _stage_cases(self, staged: Staged, given: ToFold) -> None:
        """The cases of an event of several: what happened is counted once."""
        counted = False
        cases = {case_id: staged.cases.get(case_id) or self.case(case_id) for case_id in given.case_ids}
        for case_id, after in fold_over(cases, given.fact).items():
            _stage_case(staged, cases[case_id], after, given, counted=counted)
            counted = counted or after is not cases[case_id]

    def accept(self, staged: Staged) -> None:
        """The transaction is committed: the folded cases are the truth now."""
        for case in staged.cases.values():
            self._keep(case)

    def _keep(self, case: Case) -> None:
        self._hot[case.case_id] = case
        self._hot.move_to_end(case.case_id)
        if len(self._hot) > HOT_CASES:
            self._hot.popitem(last=False)

    def _load(self, case_id: str) -> Case:
        row = self._connection.execute("SELECT marks FROM cases WHERE case_id = ?", (case_id,)).fetchone()
        if row is None:
            return Case(case_id)
        parcels = self._connection.execute("SELECT body FROM parcels WHERE case_id = ? ORDER BY number", (case_id,))
        units = self._connection.execute("SELECT body FROM units WHERE case_id = ? ORDER BY number", (case_id,))
        return Case(
            case_id,
            {parcel.parcel_id: parcel for parcel in map(read_parcel, parcels)},
            {unit.unit_id: unit for unit in map(read_unit, units)},
            tuple(codec.decode(Mark, item) for item in codec.from_bytes(row[0].encode())),
        )


def read_parcel(row: Sequence[str]) -> Parcel:
    """The parcel of a row whose first column is ``body``."""
    return codec.decode(Parcel, codec.from_bytes(row[0].encode()))


def read_unit(row: Sequence[str]) -> Unit:
    """The unit of a row whose first column is ``body``."""
    return codec.decode(Unit, codec.from_bytes(row[0].encode()))


def _parcel_row(case_id: str, parcel: Parcel) -> tuple[object, ...]:
    body = write_body(parcel)
    state = parcel.state.value
    return case_id, parcel.parcel_id, state, parcel.code, parcel.tracking, parcel.opened_at, body


def _unit_row(case_id: str, unit: Unit) -> tuple[object, ...]:
    owed = unit.label == "owed" and not unit.taken_back
    return case_id, unit.unit_id, unit.parcel_id, unit.label, owed, write_body(unit)


def _stage_case(staged: Staged, before: Case, after: Case, given: ToFold, *, counted: bool) -> None:
    if after is before:
        return
    case_id, event = after.case_id, given.fact.event
    staged.cases[case_id] = after
    if after.marks is not before.marks or not (before.parcels or before.units or before.marks):
        staged.marks[case_id] = after.marks
    old_parcel = parcel = None
    if after.parcels is not before.parcels:
        parcel_id = getattr(event, "parcel_id", None) or ""
        old_parcel, parcel = before.parcels.get(parcel_id), after.parcels.get(parcel_id)
        if parcel is not None and parcel is not old_parcel:
            staged.parcels[case_id, parcel_id] = parcel
    old_unit = unit = None
    if after.units is not before.units:
        unit_id = getattr(event, "unit_id", None) or ""
        old_unit, unit = before.units.get(unit_id), after.units.get(unit_id)
        if unit is not None and unit is not old_unit:
            staged.units[case_id, unit_id] = unit
            _stage_lpns(staged, case_id, old_unit, unit)
            if not counted and (given.own or _taken_from_its_place(old_unit, event)):
                _stage_movements(staged, old_unit, unit, given.fact)
    if len(given.case_ids) > 1 and isinstance(event, _MOVING_IN):
        _stage_whole(staged, before, after)
    if given.session_id and not counted:
        _stage_shift(staged, (old_parcel, parcel), (old_unit, unit), given)


def _taken_from_its_place(unit: Unit | None, event: ev.Event) -> bool:
    """What the hub says moves no stock, but for a grade that a supervisor changed, or that was never changed."""
    return unit is not None and isinstance(event, (ev.UnitAmended, ev.UndoApplied))


_MOVING_IN = (ev.ParcelOpened, ev.ParcelMatched, ev.UnitMatched, ev.UndoApplied)
"""Events that can bring parcels and units into a case, or take them out, beyond the one they name."""


def _stage_whole(staged: Staged, before: Case, after: Case) -> None:
    """Rows of all that differs: an RMA was found inside an orphan parcel, or is not in it after all."""
    for parcel_id in before.parcels.keys() - after.parcels.keys():
        staged.parcels.pop((after.case_id, parcel_id), None)
        staged.gone_parcels.append((after.case_id, parcel_id))
    for parcel_id, parcel in after.parcels.items():
        if before.parcels.get(parcel_id) is not parcel:
            staged.parcels[after.case_id, parcel_id] = parcel
    for unit_id in before.units.keys() - after.units.keys():
        staged.units.pop((after.case_id, unit_id), None)
        staged.gone_units.append((after.case_id, unit_id))
    for unit_id, unit in after.units.items():
        old = before.units.get(unit_id)
        if old is not unit:
            staged.units[after.case_id, unit_id] = unit
            staged.lpns += [(lpn, after.case_id, unit_id, 1) for lpn in unit.void_lpns if old is None]
            _stage_lpns(staged, after.case_id, old, unit)


def _stage_lpns(staged: Staged, case_id: str, old: Unit | None, unit: Unit) -> None:
    if old is None or old.lpn != unit.lpn:
        staged.lpns.append((unit.lpn, case_id, unit.unit_id, 0))
    if unit.void_lpns and (old is None or old.void_lpns != unit.void_lpns):
        staged.lpns.append((unit.void_lpns[-1], case_id, unit.unit_id, 1))


def _stage_movements(staged: Staged, old: Unit | None, unit: Unit, fact: Fact) -> None:
    cause = fact.event.TYPE
    if old is not None and old.placed_at and (unit.placed_at != old.placed_at or unit.taken_back != old.taken_back):
        staged.movements.append(_movement(old, fact, -old.pieces, cause))
    now_there = unit.placed_at and not unit.taken_back
    if now_there and (old is None or unit.placed_at != old.placed_at):
        staged.movements.append(_movement(unit, fact, unit.pieces, cause))


def _movement(unit: Unit, fact: Fact, pieces: int, cause: str) -> tuple[object, ...]:
    grading = unit.grading
    grade, disposition = (grading.grade, grading.disposition) if grading else ("", "")
    sku = unit.part_sku or unit.sku
    what = (unit.unit_id, unit.lpn, sku, unit.rma_id, grade, disposition, unit.placed_at)
    return fact.event_id, fact.occurred_at, *what, pieces, cause, fact.worker_id


def _stage_shift(
    staged: Staged,
    parcels: tuple[Parcel | None, Parcel | None],
    units: tuple[Unit | None, Unit | None],
    given: ToFold,
) -> None:
    done = set_aside = graded = held = 0
    (old_parcel, parcel), (old_unit, unit) = parcels, units
    if parcel is not old_parcel:
        done = _is(parcel, ParcelState.DONE) - _is(old_parcel, ParcelState.DONE)
        set_aside = _is(parcel, ParcelState.SET_ASIDE) - _is(old_parcel, ParcelState.SET_ASIDE)
    if not _alike_in_a_shift(old_unit, unit):
        graded = _is_graded(unit) - _is_graded(old_unit)
        held = _is_held(unit) - _is_held(old_unit)
    if done or set_aside or graded or held:
        staged.shifts.append(_shift_row(given, (done, graded, held, set_aside)))


def _stage_session(staged: Staged, given: ToFold) -> None:
    if given.session_id:
        staged.shifts.append(_shift_row(given, (0, 0, 0, 0)))


def _shift_row(given: ToFold, counts: tuple[int, int, int, int]) -> tuple[object, ...]:
    at = given.fact.occurred_at
    ended = at if isinstance(given.fact.event, ev.WorkerSignedOut) else None
    return given.session_id, given.fact.worker_id or "", at, at, ended, *counts


def _is(parcel: Parcel | None, state: ParcelState) -> bool:
    return parcel is not None and parcel.state is state


def _alike_in_a_shift(old: Unit | None, unit: Unit | None) -> bool:
    """Nothing of the unit that a shift counts was touched; most events only move a label on."""
    if old is None or unit is None:
        return old is unit
    return old.gradings is unit.gradings and old.issue is unit.issue and old.taken_back is unit.taken_back


def _is_graded(unit: Unit | None) -> bool:
    return unit is not None and bool(unit.gradings) and not unit.taken_back


def _is_held(unit: Unit | None) -> bool:
    if unit is None or unit.taken_back:
        return False
    return unit.issue is not None or (unit.grading is not None and unit.grading.disposition in ("hold", "quarantine"))
