"""The person at a bench: what is done next with the goods, as events.

What is still to do travels in the journal's resume point, committed with the events: whoever starts on that journal
goes on from there, also from an older one, and then does again what is not in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.rma import Case
from rma_station.store.photo_files import Kept
from tests.sim.shop import DISPOSITION, Parcel

NEWER = "unit.sniffed"
PICTURED, PARCEL_PICTURED, PICTURED_LATE = 0.4, 0.2, 0.05
"""How many pieces and parcels there are photos of; a late one is of a parcel that is done."""


@dataclass(frozen=True)
class UnitSniffed:
    """An event of the next version: this hub parks it."""

    TYPE: ClassVar[str] = NEWER
    unit_id: str
    smell: str


@dataclass(frozen=True)
class Broken:
    """An event with the type of another and nothing else of it: a dead letter everywhere."""

    TYPE: ClassVar[str] = ev.UnitPlaced.TYPE
    wrong: str


@dataclass
class Todo:
    """What is still to do, and the ids of what is being done; all of it is JSON."""

    steps: list[list[Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """For the resume point."""
        return codec.to_bytes({"steps": self.steps, "ids": self.ids})

    @classmethod
    def of(cls, resume: bytes) -> Todo:
        """Read back."""
        found = codec.from_bytes(resume)
        return cls(found["steps"], found["ids"])


def plan(parcels: Sequence[Parcel], first: int = 0) -> list[list[Any]]:
    """All of a shift; ``first`` is the number of the first parcel among the bench's."""
    steps: list[list[Any]] = []
    for number, parcel in enumerate(parcels, first):
        steps.append(["open", number])
        for piece in range(len(parcel.pieces)):
            steps += [["identify", number, piece], ["grade", number, piece], ["label", number, piece]]
        steps.append(["done", number])
    return steps


def rest_of_parcel(steps: list[list[Any]]) -> list[list[Any]]:
    """Up to the end of the parcel that lies on the bench, nothing if none does."""
    if not steps or steps[0][0] == "open":
        return []
    end = next((at for at, step in enumerate(steps) if step[0] == "done"), len(steps) - 1)
    return steps[: end + 1]


class Shift:
    """Turns the next step of a ``Todo`` into events. Draws ids from the journal it will be committed to."""

    def __init__(
        self, parcels: Sequence[Parcel], strikes: Callable[[str], bool], chance: random.Random, uuid: Callable[[], str],
        lpn: Callable[[], str], owners: dict[str, str], case: Callable[[str], Case],
        photograph: Callable[[], Kept | None],
    ) -> None:  # fmt: skip
        self._owners, self._case, self._photograph = owners, case, photograph
        self._parcels, self._strikes, self._chance = parcels, strikes, chance
        self._uuid, self._lpn = uuid, lpn

    def next(self, todo: Todo) -> tuple[list[ev.Stated], Todo]:
        """Events of the next step, and what is to do after them."""
        step, *rest = todo.steps
        after = Todo(rest, dict(todo.ids))
        return _STEPS[step[0]](self, after, *step[1:]), after

    def poison(self) -> ev.Stated:
        """Something a hub can make nothing of."""
        if self._chance.random() < 0.5:
            return ev.Stated(Broken("nothing"), event_id=self._uuid())  # type: ignore[arg-type]
        far = ev.Subject(("X" * 100,))
        return ev.Stated(ev.WorkerSignedIn("000001"), far, event_id=self._uuid())

    def newer(self) -> ev.Stated:
        """Something only the next hub understands."""
        return ev.Stated(UnitSniffed("unit", "smoke"), event_id=self._uuid())  # type: ignore[arg-type]

    # --- steps ------------------------------------------------------------------------------------------------------

    def _cases(self, todo: Todo, number: int) -> tuple[str, ...]:
        """As a flow names them: an orphan's returns, once the bench has heard of them, and the parcel itself."""
        parcel, parcel_id = self._parcels[number], todo.ids[f"p{number}"]
        known = self._case(parcel_id).parcels.get(parcel_id)
        return (*(known.rma_ids if known else ()), parcel_id) if parcel.orphan else (parcel.rma_id,)

    def _open(self, todo: Todo, number: int) -> list[ev.Stated]:
        parcel, parcel_id = self._parcels[number], self._uuid()
        todo.ids = {f"p{number}": parcel_id}
        rma_ids = () if parcel.orphan else (parcel.rma_id,)
        self._owners[parcel_id] = parcel.rma_id
        code = f"TRACK{parcel_id[-6:]}" if parcel.orphan else parcel.rma_id
        if self._chance.random() < PARCEL_PICTURED:
            todo.steps.insert(0, ["photo", number, None])
        opened = ev.ParcelOpened(parcel_id, "unknown" if parcel.orphan else "rma", code, rma_ids, parcel.tracking)
        about = ev.Subject(self._cases(todo, number), parcel_id)
        return [ev.Stated(opened, about), ev.Stated(ev.ParcelInspected(parcel_id, "intact"), about)]

    def _about(self, todo: Todo, number: int, piece: int) -> ev.Subject:
        return ev.Subject(self._cases(todo, number), todo.ids[f"p{number}"], todo.ids[f"u{number}.{piece}"])

    def _identify(self, todo: Todo, number: int, piece: int) -> list[ev.Stated]:
        parcel, inside = self._parcels[number], self._parcels[number].pieces[piece]
        unit_id, event_id, lpn, key = self._uuid(), self._uuid(), self._lpn(), f"{number}.{piece}"
        todo.ids |= {f"u{key}": unit_id, f"e{key}": event_id, f"l{key}": lpn}
        where: dict[str, Any] = (
            {"issue": "orphan"} if parcel.orphan else {"rma_id": parcel.rma_id, "line_id": inside.line_id}
        )
        event = ev.UnitIdentified(
            unit_id, todo.ids[f"p{number}"], lpn, inside.sku, "sku", sku=inside.sku, serial=inside.serial, **where
        )
        if self._strikes("undone"):
            todo.steps[:0] = [["undo", number, piece], ["identify", number, piece]]
        if self._chance.random() < PICTURED:
            todo.steps.insert(0, ["photo", number, piece])
        return [ev.Stated(event, self._about(todo, number, piece), event_id=event_id)]

    def _photo(self, todo: Todo, number: int, piece: int | None) -> list[ev.Stated]:
        """The file first, then what it is; without room for the file there is no photo, and the worker is told so."""
        kept, parcel_id = self._photograph(), todo.ids[f"p{number}"]
        if kept is None:
            return []
        unit_id = None if piece is None else todo.ids[f"u{number}.{piece}"]
        about = ev.Subject(self._cases(todo, number), parcel_id, unit_id)
        of = "packaging" if piece is None else "grade"
        taken = ev.PhotoTaken(self._uuid(), parcel_id, kept.sha256, kept.size, "image/jpeg", of, "camera", unit_id)
        return [ev.Stated(taken, about, event_id=self._uuid())]

    def _undo(self, todo: Todo, number: int, piece: int) -> list[ev.Stated]:
        about = self._about(todo, number, piece)
        undone = ev.UndoApplied(
            todo.ids[f"e{number}.{piece}"], ev.UnitIdentified.TYPE, todo.ids[f"p{number}"], about.unit_id
        )
        return [ev.Stated(undone, about)]

    def _grade(self, todo: Todo, number: int, piece: int) -> list[ev.Stated]:
        parcel, inside, about = self._parcels[number], self._parcels[number].pieces[piece], None
        about = self._about(todo, number, piece)
        grade, goes = inside.grade, "hold" if parcel.orphan else DISPOSITION[inside.grade]
        why = "looks worn" if inside.override else None
        event = ev.UnitGraded(
            str(about.unit_id), "default", 1, {}, grade, grade, goes, goes, goes.upper(), override_reason=why
        )
        if self._strikes("amended"):
            todo.steps.insert(0, ["amend", number, piece, self._chance.choice("AC")])
        lpn = todo.ids[f"l{number}.{piece}"]
        return [ev.Stated(event, about), ev.Stated(ev.LabelAsked(self._uuid(), str(about.unit_id), lpn, "unit"), about)]

    def _amend(self, todo: Todo, number: int, piece: int, grade: str) -> list[ev.Stated]:
        about = self._about(todo, number, piece)
        goes = DISPOSITION[grade]
        event = ev.UnitAmended(str(about.unit_id), "default", 1, {}, grade, grade, goes, goes, goes.upper())
        return [ev.Stated(event, about)]

    def _label(self, todo: Todo, number: int, piece: int) -> list[ev.Stated]:
        about, lpn = self._about(todo, number, piece), todo.ids[f"l{number}.{piece}"]
        goes = DISPOSITION[self._parcels[number].pieces[piece].grade].upper()
        confirmed = ev.LabelConfirmed(str(about.unit_id), lpn, "scan_back")
        return [ev.Stated(confirmed, about), ev.Stated(ev.UnitPlaced(str(about.unit_id), lpn, goes), about)]

    def _done(self, todo: Todo, number: int) -> list[ev.Stated]:
        parcel_id, done_id = todo.ids[f"p{number}"], self._uuid()
        todo.ids[f"d{number}"] = done_id
        if self._strikes("reopened after done"):
            todo.steps[:0] = [["reopen", number], ["done", number]]
        elif not self._parcels[number].orphan and self._strikes("contradicted late"):
            piece = self._chance.randrange(len(self._parcels[number].pieces))
            todo.steps.insert(0, ["amend", number, piece, "D"])
            todo.steps.insert(0, ["wait"])
        if self._chance.random() < PICTURED_LATE:
            todo.steps.insert(0, ["photo", number, 0])
        about = ev.Subject(self._cases(todo, number), parcel_id)
        return [ev.Stated(ev.ParcelDone(parcel_id), about, event_id=done_id)]

    def _reopen(self, todo: Todo, number: int) -> list[ev.Stated]:
        parcel_id = todo.ids[f"p{number}"]
        undone = ev.UndoApplied(todo.ids[f"d{number}"], ev.ParcelDone.TYPE, parcel_id)
        return [ev.Stated(undone, ev.Subject(self._cases(todo, number), parcel_id))]

    def _wait(self, todo: Todo) -> list[ev.Stated]:
        """Coffee; long enough for the settle delay, now and then."""
        return []


_STEPS: dict[str, Callable[..., list[ev.Stated]]] = {
    "open": Shift._open,
    "identify": Shift._identify,
    "photo": Shift._photo,
    "undo": Shift._undo,
    "grade": Shift._grade,
    "amend": Shift._amend,
    "label": Shift._label,
    "done": Shift._done,
    "reopen": Shift._reopen,
    "wait": Shift._wait,
}
