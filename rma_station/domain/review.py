"""What a supervisor sees and decides, as plain values shared by wire, desk and screen.

Money is decided online only (design rule 10): offline the screen shows the last ``QueueCopy`` with its age, read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeAlias, TypeVar

from rma_station.domain.record import dataclass, field, replace

T = TypeVar("T")


@dataclass(frozen=True)
class ReviewItem:
    """One held thing in the hub's queue, most urgent first."""

    case_id: str
    intent_key: str
    """Key of the refund intent; empty for an orphan parcel or a mark without money."""
    reason: str
    """Why it is held: code of the policy rule or of the exception."""
    kind: str
    """Kind of the RMA, ``orphan`` for a parcel without one."""
    title: str
    amount_minor: int = 0
    currency: str = "PLN"
    days_left: int | None = None
    """Days to the legal deadline; negative when it has passed."""
    held_at: str = ""
    late_contradiction: bool = False


@dataclass(frozen=True)
class EvidenceLine:
    """One fact of a case for people: when, who, what; already free of customer data."""

    at: str
    who: str
    what: str
    """Text key ``event.<type>`` of the catalogue."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GradingSeen:
    """One grading of a case as a supervisor compares it with another; free of customer data."""

    unit_id: str
    lpn: str
    role: str
    """``counts`` (it fills a slot), ``confirms`` or ``contradicts`` the grading of the unit ``of``, or ``alone``."""
    of: str = ""
    worker_id: str = ""
    station: str = ""
    received_at: str = ""
    """The hub's time: what was first."""
    occurred_at: str = ""
    """The station's time, as its clock stood."""
    corrected_at: str = ""
    """The same by the hub's clock, as far as the station's was off when it last said hello; empty when not known."""
    clock_state: str = ""
    """``ok``, ``suspect`` or ``unset``."""
    grade: str = ""
    disposition: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    override_reason: str = ""
    grams: int | None = None
    photos: int = 0


@dataclass(frozen=True)
class Paid:
    """What became of a refund whose grading was contradicted after the money was on its way."""

    intent_key: str
    state: str
    """As in DESIGN section 4: ``in_flight``, ``succeeded`` and so on."""
    amount_minor: int
    currency: str
    at: str = ""
    """When it was booked, or sent."""
    lost_minor: int = 0
    """Recorded as a loss so far."""


@dataclass(frozen=True)
class CasePhoto:
    """A photo or file that is evidence in a case."""

    sha256: str
    mime: str
    role: str
    """As ``events.PhotoTaken.role``."""
    source: str
    """``camera``, ``folder`` or ``phone``."""
    who: str
    """The worker who took it; empty where nobody is known."""
    lpn: str
    """Of the unit it shows; empty for a photo of the parcel."""
    here: bool
    """Its bytes are at the hub; else they are still at the station."""


@dataclass(frozen=True)
class Decision:
    """A supervisor's word about one intent, or about the grade of one unit.

    ``verdict``: ``approve``, ``decline``, ``adjust`` (with ``deduction_minor``), ``regrade``, ``match`` (orphan, with
    ``rma_id``), ``noted``, or ``grade``: about a unit, with what it is and where it goes from now on.
    """

    intent_key: str
    verdict: str
    worker_id: str
    pin: str = field(repr=False)
    """Never shown, logged or stored at the station."""
    basis: tuple[str, ...]
    reason: str = ""
    deduction_minor: int = 0
    rma_id: str | None = None
    unit_id: str = ""
    """With ``grade``, as the next three; empty with all other verdicts, which a hub that does not know it takes too."""
    grade: str = ""
    disposition: str = ""
    destination: str = ""
    """The place for the label, as the profile of the supervisor's station names it."""


@dataclass(frozen=True)
class CaseFile:
    """A case with its evidence and the intents that wait."""

    case_id: str
    kind: str
    deadline_on: str
    intents: tuple[ReviewItem, ...]
    evidence: tuple[EvidenceLine, ...]
    basis: tuple[str, ...]
    """Event ids, and words for the amounts, that a decision has to name; it is refused if they have changed."""
    rule: str = ""
    """The policy rule in words, with its version."""
    graded_by: tuple[str, ...] = ()
    """Workers who graded: none of them may decide."""
    gradings: tuple[GradingSeen, ...] = ()
    """Side by side, each unit followed by the second looks at it; empty from a hub before protocol 3."""
    paid: tuple[Paid, ...] = ()
    """Of the intents that were contradicted late."""
    photos: tuple[CasePhoto, ...] = ()
    """Of the parcels and of all units: where gradings contradict each other, those of both sides."""


@dataclass(frozen=True)
class Ok(Generic[T]):
    """The hub answered."""

    value: T


@dataclass(frozen=True)
class Offline:
    """The hub did not answer, or something else answered in its place; try again later."""

    detail: str


@dataclass(frozen=True)
class Refused:
    """The hub said no. ``code`` is one of ``sync.review_wire.DecisionReply`` or ``sync.wire.Problem``.

    A lock whose place the hub told is ``locked_here`` or ``locked_everywhere``.
    """

    code: str
    message: str = ""
    minutes: int = 0
    """How long such a lock lasts yet."""


Answer: TypeAlias = Ok[T] | Offline | Refused


@dataclass(frozen=True)
class QueueCopy:
    """The last queue the hub gave us, kept by whoever shows it, so that it can still be read without a network."""

    items: tuple[ReviewItem, ...] = ()
    taken_at: float | None = None
    """Monotonic seconds when the hub gave it; ``None`` when it never did."""
    current: bool = False
    """The last question was answered; only then may anything be decided."""
    problem: str = ""
    """Why it is not current."""

    def after(self, answer: Answer[tuple[ReviewItem, ...]], at: float) -> QueueCopy:
        """The copy after asking the hub once more; an answer that did not come leaves the old items standing."""
        if isinstance(answer, Ok):
            return QueueCopy(answer.value, at, True)
        problem = answer.detail if isinstance(answer, Offline) else answer.message or answer.code
        return replace(self, current=False, problem=problem)

    def age_seconds(self, at: float) -> int | None:
        """Whole seconds since the hub gave it; ``None`` when it never did."""
        return None if self.taken_at is None else max(0, int(at - self.taken_at))
