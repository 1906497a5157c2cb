"""What the hub's raw lines say of units, parcels and logs, counted by hand: no projection of the product is used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from hub.tables import events
from rma_station.domain import envelope as en
from tests.sim.shop import GOOD


@dataclass
class Piece:
    """One unit as its events tell it."""

    unit_id: str
    parcel_id: str
    rma_id: str | None
    line_id: str | None
    issue: str | None
    serial: str | None
    log_id: str
    """Under which it came to the hub."""
    grades: list[tuple[str, str, str | None]] = field(default_factory=list)
    """``(event id, grade, disposition unless it was overridden)``, in the order of receipt."""
    undone: bool = False
    slots: tuple[int, ...] = ()
    once_clean: set[int] = field(default_factory=set)
    """Slots it filled while it could be refunded without a person."""
    graders: dict[str, str] = field(default_factory=dict)
    """Event id of a grading to who gave it."""
    graded_late: bool = False
    """Its first grading came after a later one: it was driven again."""
    pictures: list[str] = field(default_factory=list)
    """SHA-256 of its photos."""

    @property
    def counts(self) -> bool:
        """Fills a slot if there is one."""
        return not self.undone and self.issue is None and self.line_id is not None

    def clean(self, done: set[str]) -> bool:
        """Graded as good as new, by the book, in a parcel that is done."""
        if self.undone or not self.grades or self.parcel_id not in done:
            return False
        _, grade, goes = self.grades[-1]
        return goes is not None and GOOD.get(grade) == goes


@dataclass
class Counted:
    """All of it."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    """Parcels."""
    cases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Case to the logs that touched it."""
    joined: list[tuple[str, str]] = field(default_factory=list)
    """Orphan's case and the return it was matched to: what is doubtful in the one is doubtful in the other."""
    of_parcels: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """SHA-256 of the photos of a parcel itself."""
    on_time: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Parcel to those of its photos, and of its pieces', that were said before it was done for the first time."""
    ever_done: set[str] = field(default_factory=set)
    through: int = 0
    """The hub's number of the last line."""
    parents: dict[str, str] = field(default_factory=dict)
    """Log to the one it goes on from."""

    def pictures_of(self, piece: Piece) -> list[str]:
        """What a refund for it rests on."""
        return [*piece.pictures, *self.of_parcels.get(piece.parcel_id, ())]

    def families(self) -> dict[str, str]:
        """Log to the first of its family."""
        found = {}
        for log in {*self.parents, *self.parents.values()}:
            first, seen = log, {log}
            while first in self.parents and self.parents[first] not in seen:
                first = self.parents[first]
                seen.add(first)
            found[log] = first
        return found

    def serial_doubtful(self, piece: Piece) -> bool:
        """Whether the serial number of a piece is on another unit of its return that does not simply confirm it."""
        if not piece.serial:
            return False
        families = self.families()
        joined = {orphan for orphan, rma_id in self.joined if rma_id == piece.rma_id}
        units = [
            one
            for one in self.pieces.values()
            if one.serial == piece.serial
            and (one.rma_id == piece.rma_id or (not one.rma_id and one.parcel_id in joined))
        ]
        benches = {families.get(unit.log_id, unit.log_id) for unit in units}
        live = [unit for unit in units if not unit.undone]
        grades = {unit.grades[-1][1] if unit.grades and unit.issue is None else None for unit in live}
        alone = len(benches) == 1 and len(live) <= 1
        agree = len(live) == len(units) == len(benches) and len(grades) == 1
        return not (alone or agree)

    def contested(self) -> set[str]:
        """Cases a person has to look at: two logs of one family touched them, so that a piece may be counted twice, or
        a first grading came after a later one.
        """
        families, found = self.families(), set()
        for case_id, logs in self.cases.items():
            of = [families[log] for log in logs if log in families]
            if len(of) != len(set(of)):
                found.add(case_id)
        found |= {piece.rma_id for piece in self.pieces.values() if piece.graded_late and piece.rma_id}
        return found | {rma_id for orphan, rma_id in self.joined if orphan in found}


def count(connection: Connection) -> Counted:
    """Read every line the hub has, in the order it came."""
    counted = Counted()
    go_on(connection, counted)
    return counted


def go_on(connection: Connection, counted: Counted) -> None:
    """Read what came since."""
    query = select(events.c.number, events.c.line, events.c.log_id).where(events.c.number > counted.through)
    for number, line, log_id in connection.execute(query.order_by(events.c.number)):
        counted.through = number
        _take(counted, en.open_line(bytes(line), en.GENESIS), log_id)


def _take(counted: Counted, entry: en.Entry, log_id: str) -> None:
    of, kind = entry.payload, entry.envelope.type
    for case_id in entry.envelope.subject.get("case_ids", "").split():
        counted.cases[case_id].add(log_id)
    piece = counted.pieces.get(of.get("unit_id", ""))
    match kind:
        case "log.forked":
            counted.parents[log_id] = of["from_log"]
        case "parcel.matched":
            counted.joined.append((of["parcel_id"], of["rma_id"]))
        case "parcel.done":
            counted.done.add(of["parcel_id"])
            counted.ever_done.add(of["parcel_id"])
        case "photo.taken":
            (piece.pictures if piece else counted.of_parcels[of["parcel_id"]]).append(of["sha256"])
            if of["parcel_id"] not in counted.ever_done:
                counted.on_time[of["parcel_id"]].add(of["sha256"])
        case "unit.identified":
            where = of.get("rma_id"), of.get("line_id"), of.get("issue")
            piece = Piece(of["unit_id"], of["parcel_id"], *where, of.get("serial"), log_id)
            counted.pieces[piece.unit_id] = piece
        case "undo.applied" if of["undone_type"] == "parcel.done":
            counted.done.discard(of["parcel_id"])
        case "undo.applied" if piece:
            piece.undone = True
        case "unit.graded" | "unit.amended" if piece:
            goes = None if of.get("override_reason") else of["disposition"]
            piece.graded_late |= kind == "unit.graded" and bool(piece.grades)
            piece.grades.append((entry.envelope.event_id, of["grade"], goes))
            piece.graders[entry.envelope.event_id] = str(entry.envelope.worker_id)
        case "slot.given" if piece:
            piece.slots = tuple(of["slots"])
        case "slot.refused" | "slot.freed" if piece:
            piece.slots = ()
        case "unit.matched" if piece:
            piece.rma_id, piece.line_id, piece.issue = of["rma_id"], of["line_id"], None
    for one in counted.pieces.values() if kind.startswith("parcel") else [piece] if piece else []:
        if one.slots and one.clean(counted.done):
            one.once_clean.update(one.slots)
