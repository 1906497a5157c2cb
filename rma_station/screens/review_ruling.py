"""A supervisor's decision while it is being made: which answers it still needs, and what is wrong with one.

Pure: what the station can check is checked here, before the hub is asked; the hub checks everything again.
"""

from __future__ import annotations

from rma_station.domain.money import minor_units
from rma_station.domain.review import CaseFile, Decision, ReviewItem
from rma_station.errors import Malformed

VERDICTS = ("approve", "decline", "adjust", "regrade", "match", "noted")
"""In the order of their number keys."""
REASON_NEEDED = frozenset({"decline", "adjust", "regrade"})
"""Verdicts the hub takes only with a reason."""


def verdicts_for(item: ReviewItem) -> tuple[str, ...]:
    """What can be decided about it: a parcel without an RMA is matched, pieces without money are noted."""
    if item.kind == "orphan" and not item.intent_key:
        return ("match",)
    return tuple(verdict for verdict in VERDICTS if verdict != "match") if item.intent_key else ("noted",)


class Ruling:
    """A decision while it is being made: which answers it still needs, one after the other."""

    def __init__(self, item: ReviewItem, verdict: str) -> None:
        self.item, self.verdict = item, verdict
        steps = {"adjust": ("amount",), "match": ("rma",)}.get(verdict, ())
        self.steps: tuple[str, ...] = (*steps, "reason", "worker", "pin")
        self.given: dict[str, str] = {}

    @property
    def reason_needed(self) -> bool:
        """Whether the hub takes this verdict only with a reason."""
        return self.verdict in REASON_NEEDED

    @property
    def step(self) -> str | None:
        """The answer that is needed next; ``None`` when all are there."""
        return next((step for step in self.steps if step not in self.given), None)

    def problem(self, text: str, case: CaseFile) -> str | None:
        """Text key of what is wrong with an answer, ``None`` when it will do."""
        if self.step == "reason" and self.reason_needed and not text.strip():
            return "review.reason_needed"
        if self.step == "worker" and not (len(text) == 6 and text.isascii() and text.isdigit()):
            return "review.bad_worker"
        if self.step == "worker" and text in case.graded_by:
            return "review.own_grading"
        if self.step == "amount":
            try:
                amount = minor_units(text, self.item.currency)
            except Malformed:
                return "review.bad_amount"
            return None if 0 < amount <= self.item.amount_minor else "review.bad_amount"
        return "review.bad_rma" if self.step == "rma" and not text.strip() else None

    def decision(self, case: CaseFile) -> Decision:
        """What goes to the hub, bound to the events the case was shown with."""
        amount = self.given.get("amount")
        return Decision(
            intent_key=self.item.intent_key,
            verdict=self.verdict,
            worker_id=self.given["worker"],
            pin=self.given["pin"],
            basis=case.basis,
            reason=self.given["reason"].strip(),
            deduction_minor=minor_units(amount, self.item.currency) if amount else 0,
            rma_id=self.given.get("rma", "").strip() or None,
        )
