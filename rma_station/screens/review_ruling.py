"""A supervisor's decision while it is being made: which answers it still needs, and what is wrong with one.

Pure: what the station can check is checked here, before the hub is asked; the hub checks everything again.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.money import minor_units
from rma_station.domain.review import CaseFile, Decision, ReviewItem
from rma_station.errors import Malformed
from rma_station.screens.review_grade import Gradable, offered, words
from rma_station.screens.review_words import Reader

VERDICTS = ("approve", "decline", "adjust", "regrade", "match", "noted", "grade")
"""In the order of their number keys."""
REASON_NEEDED = frozenset({"decline", "adjust", "regrade", "grade"})
"""Verdicts the hub takes only with a reason."""


def verdicts_for(item: ReviewItem) -> tuple[str, ...]:
    """What can be decided about it: a parcel without an RMA is matched, pieces without money are noted or regraded."""
    if item.kind == "orphan" and not item.intent_key:
        return ("match",)
    return tuple(verdict for verdict in VERDICTS if verdict != "match") if item.intent_key else ("noted", "grade")


class Ruling:
    """A decision while it is being made: which answers it still needs, one after the other.

    Args:
        item: what is decided.
        verdict: one of ``VERDICTS``.
        units: with ``grade``, at least one whose grade can be changed.
    """

    def __init__(self, item: ReviewItem, verdict: str, units: Sequence[Gradable] = ()) -> None:
        self.item, self.verdict, self.units = item, verdict, units
        which = ("unit",) if len(units) > 1 else ()
        of_verdict: dict[str, tuple[str, ...]] = {"adjust": ("amount",), "match": ("rma",)}
        of_verdict["grade"] = (*which, "grade", "disposition")
        steps = of_verdict.get(verdict, ())
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

    @property
    def unit(self) -> Gradable | None:
        """The unit whose grade is changed."""
        named = (one for one in self.units if one.seen.unit_id == self.given.get("unit"))
        return next(named, self.units[0] if self.units else None)

    @property
    def choices(self) -> tuple[str, ...]:
        """What the number keys stand for now; empty where something is typed."""
        return offered(self.step or "", self.units, self.unit) if self.unit else ()

    @property
    def proposed(self) -> str:
        """The disposition that Enter takes; empty while another question stands."""
        return self.unit.proposed(self.given["grade"]) if self.unit and self.step == "disposition" else ""

    def words(self, reader: Reader) -> list[str]:
        """The choices in words, each with its number key."""
        return words(self.step or "", self.units, self.unit, reader) if self.unit and self.choices else []

    def meant(self, text: str) -> str:
        """What a typed answer stands for: a number for its choice, nothing for the proposal."""
        choices = self.choices
        if not choices:
            return text
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(choices):
            return choices[int(text) - 1]
        return "" if text else self.proposed

    def labelled(self, scan: str) -> str:
        """The unit whose label was scanned while it is asked which; empty for every other scan."""
        named = (one.seen.unit_id for one in self.units if one.seen.lpn and scan.endswith(one.seen.lpn))
        return next(named, "") if self.step == "unit" else ""

    def problem(self, text: str, case: CaseFile) -> str | None:
        """Text key of what is wrong with an answer, ``None`` when it will do."""
        if self.choices:
            return self._no_choice(text)
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

    def _no_choice(self, text: str) -> str | None:
        if text not in self.choices:
            return "review.bad_choice"
        unit = self.unit
        as_before = unit and (unit.seen.grade, unit.seen.disposition) == (self.given.get("grade"), text)
        return "review.same_grade" if as_before else None

    def decision(self, case: CaseFile) -> Decision:
        """What goes to the hub, bound to the events the case was shown with."""
        amount = self.given.get("amount")
        unit = self.unit
        if self.verdict == "grade" and unit is not None:
            return Decision(
                intent_key="",
                verdict=self.verdict,
                worker_id=self.given["worker"],
                pin=self.given["pin"],
                basis=case.basis,
                reason=self.given["reason"].strip(),
                unit_id=unit.seen.unit_id,
                grade=self.given["grade"],
                disposition=self.given["disposition"],
                destination=unit.profile.destinations[self.given["disposition"]],
            )
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
