"""The state of a bench between two inputs: who works, which parcel is open, and the one question that is asked.

A state is data: it is committed with the events of its step and read back after a crash, so that the worker finds
the open parcel where it was. Each ``stage`` is one question.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

from rma_station.domain.book import Book, Fresh, UnitHit
from rma_station.domain.effects import Effect
from rma_station.domain.events import Event, Stated, Subject
from rma_station.domain.outcome import Kind, Message, Outcome, Text
from rma_station.domain.record import dataclass, field, replace
from rma_station.domain.rma import Parcel, Unit

# --- stages: one question each ---------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedOut:
    """Whose badge?"""


@dataclass(frozen=True)
class EnterPin:
    """PIN of the worker whose badge was scanned."""

    worker_id: str


@dataclass(frozen=True)
class Idle:
    """Which parcel?"""


@dataclass(frozen=True)
class Find:
    """Which number does it end in? (typed)"""


@dataclass(frozen=True)
class PickRma:
    """Which of these RMAs?"""

    rma_ids: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class ConfirmOrphan:
    """Nothing is known by this code: open it as an unknown parcel?"""

    code: str


@dataclass(frozen=True)
class ConfirmReopen:
    """This parcel is done: open it again?"""

    parcel_id: str


@dataclass(frozen=True)
class Packaging:
    """How is the outer packing?"""


@dataclass(frozen=True)
class Units:
    """Which unit? (or: parcel done)"""


@dataclass(frozen=True)
class LineChoice:
    """A place a unit could belong to."""

    rma_id: str
    line_id: str
    part_sku: str


@dataclass(frozen=True)
class Pending:
    """What is known of a unit whose line is still being asked for."""

    code: str
    how: str
    gtin: str | None = None
    sku: str | None = None
    serial: str | None = None
    lot: str | None = None
    pieces: int = 1


@dataclass(frozen=True)
class PickLine:
    """Which of these lines is it?"""

    choices: tuple[LineChoice, ...]
    pending: Pending


@dataclass(frozen=True)
class ConfirmUndeclared:
    """No product has this code: record it as undeclared?"""

    pending: Pending


@dataclass(frozen=True)
class Grading:
    """The next question of the unit's grading profile."""

    unit_id: str
    category: str
    answers: Mapping[str, str] = field(default_factory=dict)
    amend: bool = False
    grams: int | None = None


@dataclass(frozen=True)
class ConfirmGrade:
    """Is the proposed grade right?"""

    grading: Grading


@dataclass(frozen=True)
class OverrideReason:
    """Why another grade than the proposed one?"""

    grading: Grading
    grade: str


@dataclass(frozen=True)
class Danger:
    """STOP: is the dangerous unit where the instruction says?"""

    grading: Grading


@dataclass(frozen=True)
class Photos:
    """The profile asks for photos of this unit: take them, or say why there are none."""

    unit_id: str
    job_id: str
    """Of its label, which is scanned back afterwards."""
    wanted: int
    role: str


@dataclass(frozen=True)
class ScanBack:
    """Scan the label that came out."""

    unit_id: str
    job_id: str


@dataclass(frozen=True)
class UnitMenu:
    """What shall be done with this unit?"""

    unit_id: str


@dataclass(frozen=True)
class ConfirmDone:
    """Something was not in the parcel: is that so?"""


@dataclass(frozen=True)
class ConfirmSignOut:
    """Sign out?"""


@dataclass(frozen=True)
class AskSupervisor:
    """The list of people is too old: a supervisor's badge lets this worker in."""

    worker_id: str


Stage: TypeAlias = (
    SignedOut
    | EnterPin
    | Idle
    | Find
    | PickRma
    | ConfirmOrphan
    | ConfirmReopen
    | Packaging
    | Units
    | PickLine
    | ConfirmUndeclared
    | Grading
    | ConfirmGrade
    | OverrideReason
    | Danger
    | Photos
    | ScanBack
    | UnitMenu
    | ConfirmDone
    | ConfirmSignOut
    | AskSupervisor
)

# --- the bench -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Undoable:
    """An event that can be taken back, and how to say so."""

    event_id: str
    type: str
    text: Message
    parcel_id: str | None = None
    unit_id: str | None = None
    rma_id: str | None = None
    """Of an RMA that was found inside the open parcel."""


@dataclass(frozen=True)
class LastGrading:
    """The grading "same again" repeats for an equal unit."""

    sku: str
    category: str
    answers: Mapping[str, str]
    grade: str
    override_reason: str | None = None


@dataclass(frozen=True)
class WrongPins:
    """Wrong PINs of one worker at this station since the last right one."""

    count: int = 0
    """In a row, since the last lock."""
    locks: int = 0
    """How often the badge was locked for them."""
    until: int = 0
    """As ``Context.now``: locked till then."""


@dataclass(frozen=True)
class Bench:
    """All a bench remembers between two inputs."""

    stage: Stage = field(default_factory=SignedOut)
    worker_id: str | None = None
    session_id: str | None = None
    parcel_id: str | None = None
    last_unit_id: str | None = None
    last: LastGrading | None = None
    undo: tuple[Undoable, ...] = ()
    behind: Stage | None = None
    """The question that comes back when the one in between (a PIN, the sign-out) is answered."""
    wrong_pins: Mapping[str, WrongPins] = field(default_factory=dict)
    """By worker. Part of the state, so that a restart gives nobody new tries."""
    told_no_place: tuple[str, ...] = ()
    """Units of the parcel in hand of which the worker was told that the hub has no place for them."""

    def at(self, stage: Stage) -> Bench:
        """The same bench with another question."""
        return replace(self, stage=stage, behind=None)

    def asking(self, stage: Stage) -> Bench:
        """A question in between: the present one waits, so that no unit in hand is forgotten."""
        return replace(self, stage=stage, behind=self.behind or self.stage)

    def back(self) -> Bench:
        """To the question that waited, or the one that stands when nothing is asked."""
        return self.at(self.behind) if self.behind else self.resting()

    def resting(self) -> Bench:
        """Back to the question that stands when nothing is asked: the next unit, or the next parcel."""
        return self.at(Units() if self.parcel_id else Idle())


UNDO_DEPTH = 20
"""So many steps back, within one parcel."""


@dataclass(frozen=True)
class Rules:
    """How this bench behaves (``[rules]`` of the configuration)."""

    scan_back: bool = True
    badge_pin: bool = False
    weight_tolerance_grams: int = 30
    packaging_grams: int = 0
    roll_prefixes: tuple[str, ...] = ()
    """What the numbers of this site's pre-printed label rolls begin with."""
    offline_days: int = 30
    """Days without the hub after which the list of people is too old; 0: never."""
    ask_supervisor: bool = False
    """Then a supervisor's badge lets workers in; otherwise their sign-in is marked."""
    cameras: tuple[str, ...] = ()
    """How photos are taken here: ``camera``, ``folder`` (a picture that appears there) or ``phone``."""


@dataclass(frozen=True)
class Context:
    """What a step may look at besides state and input."""

    book: Book
    fresh: Fresh
    today: date
    rules: Rules = field(default_factory=Rules)
    now: int = 0
    """Seconds that never jump nor go back while the station runs, about as many as since 1970."""
    offline_days: int = 0
    """Whole days since the station heard from the hub."""
    clock: str = "ok"
    """Whether ``today`` can be believed: ``hub``, ``ok``, ``suspect`` or ``unset``."""


@dataclass(frozen=True)
class Step:
    """The result of one input: the new state, what happened, what the worker is told, what is to be done."""

    bench: Bench
    outcome: Outcome | None
    events: tuple[Stated, ...] = ()
    effects: tuple[Effect, ...] = ()


# --- small words the flows share -------------------------------------------------------------------------


def ok(
    bench: Bench, message: Text, *events: Stated, effects: tuple[Effect, ...] = (), detail: Text | None = None
) -> Step:
    """It is done, and saved."""
    return Step(bench, Outcome(Kind.OK, message, detail), events, effects)


def attention(
    bench: Bench, message: Text, *events: Stated, effects: tuple[Effect, ...] = (), detail: Text | None = None
) -> Step:
    """It is done or asked, and the worker should look."""
    return Step(bench, Outcome(Kind.ATTENTION, message, detail), events, effects)


def stop(bench: Bench, message: Text, *events: Stated, detail: Text | None = None) -> Step:
    """It was not accepted, or nobody may go on like this."""
    return Step(bench, Outcome(Kind.STOP, message, detail), events)


def ready(bench: Bench, message: Text, *events: Stated, effects: tuple[Effect, ...] = ()) -> Step:
    """A question, nothing else."""
    return Step(bench, Outcome(Kind.READY, message), events, effects)


def cases_of(parcel: Parcel, context: Context) -> tuple[str, ...]:
    """The cases a parcel's events belong to: its RMAs, and itself when it is or was an orphan."""
    orphan = not parcel.rma_ids or parcel.parcel_id in context.book.case(parcel.parcel_id).parcels
    return (*parcel.rma_ids, parcel.parcel_id) if orphan else parcel.rma_ids


def about(context: Context, parcel_id: str | None, unit_id: str | None = None) -> Subject:
    """The subject of an event: a unit's own case, or all cases of its parcel."""
    parcel = context.book.parcel(parcel_id) if parcel_id else None
    cases = cases_of(parcel, context) if parcel else ((parcel_id,) if parcel_id else ())
    return Subject(cases, parcel_id, unit_id)


def of_unit(context: Context, hit: UnitHit) -> Subject:
    """The subject of an event about a unit: its own case, and the others that know it when it came in an orphan."""
    unit = hit.unit
    cases: tuple[str, ...] = (hit.case_id,)
    if unit.unit_id in context.book.case(unit.parcel_id).units:
        parcel = context.book.parcel(unit.parcel_id)
        every = cases_of(parcel, context) if parcel else ()
        known = (case_id for case_id in every if unit.unit_id in context.book.case(case_id).units)
        cases = tuple(dict.fromkeys((hit.case_id, *known)))
    return Subject(cases, unit.parcel_id, unit.unit_id)


def units_of(parcel: Parcel, context: Context) -> tuple[Unit, ...]:
    """Live units that came out of a parcel, each once, though the cases of an orphan and its RMA both know it."""
    found: dict[str, Unit] = {}
    for case_id in cases_of(parcel, context):
        for unit in context.book.case(case_id).units_in(parcel.parcel_id):
            found.setdefault(unit.unit_id, unit)
    return tuple(found.values())


def stated(context: Context, event: Event, subject: Subject) -> Stated:
    """An event with an id the flow knows."""
    return Stated(event, subject, context.fresh.uuid())


def can_undo(bench: Bench, fact: Stated, text: Message, rma_id: str | None = None) -> Bench:
    """Remember a step that can be taken back."""
    step = Undoable(fact.event_id, fact.event.TYPE, text, fact.subject.parcel_id, fact.subject.unit_id, rma_id)
    return replace(bench, undo=(*bench.undo, step)[-UNDO_DEPTH:])
