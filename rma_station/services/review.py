"""``ReviewDesk``: the supervisor's queue as the review screen sees it. The hub decides; this only asks it.

The attributes are those of ``sync.wire``'s review messages, written as Protocols because screens do not know ``sync``.
Every method returns at once; a future ends in the answer, or in ``HubUnreachable`` or ``Refused``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol


class Held(Protocol):
    """One held thing (``sync.wire.ReviewItem``)."""

    @property
    def case_id(self) -> str:
        """The RMA, or the parcel of an orphan."""

    @property
    def intent_key(self) -> str:
        """The refund intent; empty for something without money."""

    @property
    def reason(self) -> str:
        """Code of the rule or exception that holds it; its words are the text ``hold.<reason>``."""

    @property
    def kind(self) -> str:
        """Kind of the RMA, or ``orphan``."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def amount_minor(self) -> int:
        """What would be refunded, in minor units."""

    @property
    def currency(self) -> str:
        """ISO 4217."""

    @property
    def days_left(self) -> int | None:
        """Days to the legal deadline; negative when it has passed."""

    @property
    def late_contradiction(self) -> bool:
        """The bench said something else after the refund was queued."""


class Evidence(Protocol):
    """One fact of a case (``sync.wire.EvidenceLine``)."""

    @property
    def at(self) -> str:
        """When."""

    @property
    def who(self) -> str:
        """Worker id or name."""

    @property
    def what(self) -> str:
        """Text key ``event.<type>``."""

    @property
    def values(self) -> Mapping[str, str]:
        """Values of that text."""


class CaseFile(Protocol):
    """A case with its evidence (``sync.wire.ReviewCase``)."""

    @property
    def case_id(self) -> str:
        """The case."""

    @property
    def kind(self) -> str:
        """Kind of the RMA."""

    @property
    def deadline_on(self) -> str:
        """ISO date."""

    @property
    def intents(self) -> Sequence[Held]:
        """What waits for a word."""

    @property
    def evidence(self) -> Sequence[Evidence]:
        """Oldest first."""

    @property
    def basis(self) -> Sequence[str]:
        """Event ids a decision is based on."""

    @property
    def rule(self) -> str:
        """The policy rule in words, with its version."""

    @property
    def graded_by(self) -> Sequence[str]:
        """Workers who graded; none of them may decide."""


class Queue(Protocol):
    """The queue, live or as it was last seen."""

    @property
    def items(self) -> Sequence[Held]:
        """Most urgent first."""

    @property
    def age_seconds(self) -> float | None:
        """How old an offline copy is; ``None`` when the hub has just answered. A copy is read-only."""


class Answer(Protocol):
    """What became of a decision (``sync.wire.DecisionReply``)."""

    @property
    def accepted(self) -> bool:
        """The hub has recorded it."""

    @property
    def code(self) -> str:
        """Why not: ``basis_changed own_grading role pin locked state amount reason_missing``."""

    @property
    def message(self) -> str:
        """The hub's own words."""


@dataclass(frozen=True)
class Ruling:
    """A supervisor's word, as the screen collected it; the fields of ``sync.wire.Decision`` with its case."""

    case_id: str
    intent_key: str
    verdict: str
    """``approve decline adjust regrade match noted``."""
    worker_id: str
    pin: str
    basis: tuple[str, ...]
    reason: str = ""
    deduction_minor: int = 0
    rma_id: str | None = None


class ReviewDesk(Protocol):
    """Asks the hub, off the worker's way."""

    def queue(self) -> Future[Queue]:
        """The queue; without the hub the last copy with its age."""

    def case(self, case_id: str) -> Future[CaseFile]:
        """One case with its evidence."""

    def decide(self, ruling: Ruling) -> Future[Answer]:
        """Say a word about an intent; the hub checks role, PIN, four eyes and the basis."""
