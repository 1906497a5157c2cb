"""The supervisor's desk: decides about what is held, over the hub's API for reviews, with role, PIN and basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rma_station.demo import expected
from rma_station.demo.doubt import must_equal
from rma_station.demo.expected import Money
from rma_station.demo.worker import Worker

EWA, EWA_PIN = "000201", "201201"
ADAM, ADAM_PIN = "000202", "202202"
OLA, OLA_PIN = "000101", "1111"
"""People of the sample shop: two supervisors and a worker."""


@dataclass(frozen=True)
class Case:
    """What the supervisor is going to say about a return."""

    verdict: str
    pl: str
    en: str
    deduction_minor: int = 0


DECISIONS: Mapping[int, Case] = {
    8: Case("approve", "obejrzane, bez uwag", "looked at, nothing to say"),
    21: Case("approve", "wada towaru, zwrot w całości", "a fault of the goods, paid back in full"),
    31: Case("decline", "zerwana plomba higieniczna", "the hygiene seal is broken"),
    34: Case("adjust", "ślady używania", "traces of use", deduction_minor=1500),
}
"""By number of the return."""


def decide(worker: Worker, money: list[Money]) -> list[Money]:
    """Decide what ``DECISIONS`` says; the refunds as they have to stand then.

    Raises:
        DoesNotAddUp: the hub's answer is another one than the rules want.
    """
    after: list[Money] = []
    for one in money:
        number = next(n for n, rma in worker.shop.returns.items() if rma.rma_id == one.case_id)
        verdict = DECISIONS.get(number)
        # what stands beside it in the case was approved by the policy already
        after.append(_decided(worker, number, one, verdict) if verdict and one.state == "held" else one)
    goods = [one for one in after if one.subject.startswith("line/")]
    return expected.with_delivery(worker.shop, goods)


def _decided(worker: Worker, number: int, one: Money, case: Case) -> Money:
    path = f"/v1/review/{one.case_id}"
    file = worker.stage.get_hub(path)
    (key,) = [item["intent_key"] for item in file["intents"] if item.get("reason") == one.reason]
    say = worker.transcript.either
    asked = {"intent_key": key, "verdict": case.verdict, "basis": file["basis"], "reason": say(case.pl, case.en)}
    asked |= {"deduction_minor": case.deduction_minor, "rma_id": None}
    _refused(worker, path, asked, number)
    told = worker.stage.post_hub(f"{path}/decisions", {**asked, "worker_id": EWA, "pin": EWA_PIN})
    must_equal(f"decision about {one.case_id}: {told.get('message')}", True, told["accepted"])
    what = say(*WORDS[case.verdict])
    worker.transcript.step("desk", f"{one.case_id}  {what}: {say(case.pl, case.en)}")
    if case.verdict == "decline":
        return replace(one, state="declined", reason="")
    order = worker.shop.orders[worker.shop.returns[number].order_id]
    means = next(payment.means for payment in order.payments if payment.payment_id == one.payment_id)
    state, reason = expected.way_back(order, means)
    return replace(one, state=state, reason=reason, amount_minor=one.amount_minor - case.deduction_minor)


WORDS = {"approve": ("zgoda", "approved"), "decline": ("odmowa", "declined"), "adjust": ("potrącenie", "deduction")}


def _refused(worker: Worker, path: str, asked: dict[str, Any], number: int) -> None:
    """Everybody who must not decide is refused: a worker, a wrong PIN, an old basis, whoever graded it."""
    tries = [
        ("role", {"worker_id": OLA, "pin": OLA_PIN}),
        ("pin", {"worker_id": EWA, "pin": "000000"}),
        ("basis_changed", {"worker_id": EWA, "pin": EWA_PIN, "basis": asked["basis"][:-1]}),
    ]
    if ADAM in worker.graders.get(number, ()):
        tries.append(("own_grading", {"worker_id": ADAM, "pin": ADAM_PIN}))
    for code, different in tries:
        told = worker.stage.post_hub(f"{path}/decisions", {**asked, **different})
        must_equal(
            f"decision about return {number} that has to be refused", (False, code), (told["accepted"], told["code"])
        )
