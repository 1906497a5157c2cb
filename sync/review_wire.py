"""The review between station and hub: what a supervisor sees and decides. Online only; the hub checks role and PIN.

::

    GET   /v1/review                       ``ReviewQueue``
    GET   /v1/review/{case_id}             ``ReviewCase``, in the language of ``wire.LANGUAGE_HEADER``
    POST  /v1/review/{case_id}/decisions   ``Decision`` -> ``DecisionReply``
    POST  /v1/vouch                        ``Vouch`` -> ``DecisionReply``

What they are made of is in ``rma_station.domain.review``, for the screens show it as it is. Rules of ``wire.py`` hold.
Golden files: ``tests/sync/golden``. Source: design rule 10.
"""

from __future__ import annotations

from urllib.parse import quote

from rma_station.domain.record import dataclass, field
from rma_station.domain.review import CasePhoto as CasePhoto  # noqa: PLC0414 - these six are messages of this module
from rma_station.domain.review import Decision as Decision  # noqa: PLC0414
from rma_station.domain.review import EvidenceLine as EvidenceLine  # noqa: PLC0414
from rma_station.domain.review import GradingSeen as GradingSeen  # noqa: PLC0414
from rma_station.domain.review import Paid as Paid  # noqa: PLC0414
from rma_station.domain.review import ReviewItem as ReviewItem  # noqa: PLC0414
from sync import wire

REVIEW_QUEUE = "/v1/review"
REVIEW_CASE = "/v1/review/{case_id}"
REVIEW_DECIDE = "/v1/review/{case_id}/decisions"
VOUCH = "/v1/vouch"


@dataclass(frozen=True)
class ReviewQueue:
    """The queue as the hub has it now."""

    hub: wire.HubHeader
    items: tuple[ReviewItem, ...] = ()


@dataclass(frozen=True)
class ReviewCase:
    """A case with its evidence and the intents that wait."""

    hub: wire.HubHeader
    case_id: str
    kind: str
    deadline_on: str
    intents: tuple[ReviewItem, ...]
    evidence: tuple[EvidenceLine, ...]
    basis: tuple[str, ...]
    """Event ids a decision has to name; it is refused if they have changed."""
    rule: str = ""
    """The policy rule in words, with its id and version, in the language of ``wire.LANGUAGE_HEADER``."""
    graded_by: tuple[str, ...] = ()
    """Workers who graded: none of them may decide."""
    gradings: tuple[GradingSeen, ...] = ()
    """Side by side, each unit followed by the second looks at it."""
    paid: tuple[Paid, ...] = ()
    """What became of the intents that were contradicted late."""
    photos: tuple[CasePhoto, ...] = ()
    """Of the parcels and of all units: where gradings contradict each other, those of both sides."""


@dataclass(frozen=True)
class Vouch:
    """A supervisor stands at a bench and typed a PIN: is it theirs? Only the hub can say.

    Answered by ``DecisionReply``, with the code ``pin``, ``locked`` or ``role``.
    """

    worker_id: str
    pin: str = field(repr=False)


@dataclass(frozen=True)
class DecisionReply:
    """What became of a decision; ``accepted`` is false when the basis changed, with the reason in ``code``.

    ``code``: ``basis_changed own_grading role pin locked state amount reason_missing``, about a grade ``unit grade
    same_grade dangerous money_moving``, or empty; of an accepted one ``second`` when another supervisor has to say the
    same before anything happens, ``late`` when the unit's money had gone before its grade was changed.
    """

    hub: wire.HubHeader
    accepted: bool
    code: str = ""
    message: str = ""
    minutes: int = 0
    """With ``locked``: how long yet; 0 from a hub that does not say."""
    here: bool = False
    """With ``locked``: at this station only, not at the others."""


def review_path(template: str, case_id: str) -> str:
    """``REVIEW_CASE`` or ``REVIEW_DECIDE`` for one case."""
    return template.format(case_id=quote(case_id, safe=""))
