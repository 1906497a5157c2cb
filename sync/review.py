"""The supervisor's desk at the hub: the queue, a case, a decision. Implements ``ports.ReviewDesk``.

Every call blocks and answers with a value; run it in a worker thread. The hub checks role, PIN, four eyes and the
basis (design rule 10); nothing is decided or kept here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from rma_station import errors
from rma_station.domain.clean import clean
from rma_station.domain.review import Answer, CaseFile, Decision, Offline, Ok, Refused, ReviewItem
from sync import blobs, review_wire, wire
from sync.no_answer import NoAnswer
from sync.transport import HubLine

T = TypeVar(
    "T", review_wire.ReviewQueue, review_wire.ReviewCase, review_wire.DecisionReply, wire.ClaimReply, blobs.UploadPage
)


class ReviewDesk:
    """A line of its own to the hub.

    Args:
        line: to the hub.
        mode: ``sample`` or ``live``.
        hub_id: gives the hub this station belongs to; empty before first contact, and then nothing is believed.
    """

    def __init__(self, line: HubLine, mode: str, hub_id: Callable[[], str]) -> None:
        self._line, self._mode, self._hub_id = line, mode, hub_id

    def queue(self) -> Answer[tuple[ReviewItem, ...]]:
        """What is held, most urgent first."""
        answer = self._ask(review_wire.ReviewQueue, "GET", review_wire.REVIEW_QUEUE)
        return Ok(answer.value.items) if isinstance(answer, Ok) else answer

    def case(self, case_id: str, language: str) -> Answer[CaseFile]:
        """One case with its evidence, its rule in the reader's language."""
        path = review_wire.review_path(review_wire.REVIEW_CASE, case_id)
        answer = self._ask(review_wire.ReviewCase, "GET", path, language=language)
        if not isinstance(answer, Ok):
            return answer
        case = answer.value
        return Ok(
            CaseFile(
                case.case_id,
                case.kind,
                case.deadline_on,
                intents=case.intents,
                evidence=case.evidence,
                basis=case.basis,
                rule=case.rule,
                graded_by=case.graded_by,
                gradings=case.gradings,
                paid=case.paid,
                photos=case.photos,
            )
        )

    def decide(self, case_id: str, decision: Decision) -> Answer[str]:
        """Hand in a decision; after ``Offline`` look at the case again first: the hub may have taken it."""
        path = review_wire.review_path(review_wire.REVIEW_DECIDE, case_id)
        return _accepted(self._ask(review_wire.DecisionReply, "POST", path, wire.encode(decision)))

    def vouch(self, worker_id: str, pin: str) -> Answer[str]:
        """Ask whether a supervisor's PIN is theirs. Wrong ones are counted at the hub."""
        answer = self._ask(
            review_wire.DecisionReply, "POST", review_wire.VOUCH, wire.encode(review_wire.Vouch(worker_id, pin))
        )
        return _accepted(answer)

    def phone_page(self, asked: blobs.UploadAsked) -> Answer[blobs.UploadPage]:
        """A page on which a phone takes photos; ``Refused`` ``no_public_url`` where no phone would trust the hub."""
        return self._ask(blobs.UploadPage, "POST", blobs.UPLOADS, wire.encode(asked))

    def claim(self, claim: wire.Claim) -> Answer[tuple[str, ...]]:
        """Say what is in hand here, or that nothing is, and learn which other stations said the same."""
        answer = self._ask(wire.ClaimReply, "POST", wire.CLAIMS, wire.encode(claim))
        return Ok(answer.value.stations) if isinstance(answer, Ok) else answer

    def photo(self, sha256: str) -> Answer[bytes]:
        """The bytes of a photo; ``Refused`` ``not_here`` when they have not come to the hub yet."""
        try:
            data = self._line.get_blob(sha256)
        except NoAnswer as error:
            return Offline(str(error))
        except (errors.Refused, ValueError) as error:
            return Refused("station", str(error))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            return Refused("not_here", sha256[:16])
        return Ok(data)

    def _ask(self, kind: type[T], method: str, path: str, body: bytes = b"", language: str = "") -> Answer[T]:
        try:
            reply = self._line.call(kind, method, path, body, language=language).reply
        except NoAnswer as error:
            return Offline(str(error))
        except errors.Refused as error:
            return Refused("station", str(error))
        try:
            pinned = self._hub_id()
        except Exception as error:
            return Offline(
                f"this station does not say which hub is its own ({type(error).__name__}: {clean(str(error))})"
            )
        if reply.hub.hub_id != pinned:
            return Offline(
                f"{clean(reply.hub.hub_id, 40)} answers, which is not this station's hub ({pinned or 'none yet'})"
            )
        if reply.hub.mode != self._mode:
            return Refused("mode", f"this station is in mode {self._mode}, the hub in mode {clean(reply.hub.mode, 20)}")
        if isinstance(reply, wire.Problem):
            message = clean(reply.message, 300)
            return Offline(message) if reply.code == "busy" else Refused(clean(reply.code, 40), message)
        return Ok(reply)


def _accepted(answer: Answer[review_wire.DecisionReply]) -> Answer[str]:
    if not isinstance(answer, Ok):
        return answer
    message, word = clean(answer.value.message, 300), clean(answer.value.code, 40)
    if answer.value.accepted:
        return Ok(word or message)
    if word == "locked" and answer.value.minutes > 0:
        return Refused("locked_here" if answer.value.here else "locked_everywhere", message, answer.value.minutes)
    return Refused(word, message)
