"""The state of a bench between two inputs: who works, which parcel is open, and the one question that is asked.

``Bench`` is that state (its questions are in ``stages.py``), ``Context`` what a step may look at besides, and ``Step``
the result of one. A bench is data: it is committed with the events of its step and read back after a crash, so that the
worker finds the open parcel where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rma_station.domain.book import Book, Fresh
from rma_station.domain.effects import Effect
from rma_station.domain.events import Event, Stated, Subject
from rma_station.domain.flows.stages import Idle, SignedOut, Stage, Units
from rma_station.domain.outcome import Kind, Message, Outcome, Text
from rma_station.domain.record import dataclass, field, replace


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
        """To the question that waited behind this one; without one, to the next unit or parcel."""
        return self.at(self.behind) if self.behind else self.resting()

    def resting(self) -> Bench:
        """To the question a bench rests at: the next unit while a parcel is open, else the next parcel."""
        return self.at(Units() if self.parcel_id else Idle())


UNDO_DEPTH = 20
"""How many steps can be taken back, within one parcel."""


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


def stated(context: Context, event: Event, subject: Subject) -> Stated:
    """An event with an id the flow knows."""
    return Stated(event, subject, context.fresh.uuid())


def can_undo(bench: Bench, fact: Stated, text: Message, rma_id: str | None = None) -> Bench:
    """Remember a step that can be taken back."""
    step = Undoable(fact.event_id, fact.event.TYPE, text, fact.subject.parcel_id, fact.subject.unit_id, rma_id)
    return replace(bench, undo=(*bench.undo, step)[-UNDO_DEPTH:])
