"""The closing table: how much was done, how fast, and where the money is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rma_station.demo import expected
from rma_station.demo.audit import Found, money_text
from rma_station.demo.expected import Money
from rma_station.demo.stories import Story
from rma_station.demo.worker import Worker


def write(worker: Worker, stories: Sequence[Story], found: Found, kept: Path | None = None) -> None:
    """Write it; everything in it has been checked. ``kept``: the folder that stays."""
    transcript, ledger = worker.transcript, worker.ledger
    say = transcript.either
    returns = sum(len(one.returns) for one in stories)
    units = sum(unit.pieces for unit in ledger.live)
    transcript.heading(say("Zgadza się.", "It adds up."))
    rows = [
        (say("zwroty", "returns"), str(returns)),
        (say("paczki", "parcels"), str(len(ledger.parcels))),
        (say("sztuki", "units"), f"{units} ({len(ledger.live)} {say('etykiet w obiegu', 'labels in use')})"),
        (say("etykiety", "labels"), say(f"{ledger.labels} z drukarki", f"{ledger.labels} from the printer")),
        (say("skany", "scans"), str(ledger.scans)),
        (say("zdarzenia", "events"), say(f"{found.events} (stanowisko = centrala)", f"{found.events} (station = hub)")),
    ]
    paid = {money.subject + str(money.slot) + money.payment_id for money in found.paid}
    after = [_now(money, paid) for money in found.money]
    for (state, currency), (count, amount) in expected.sums(after).items():
        rows.append((f"{transcript.state(state)} {currency}", f"{count:>4} {money_text(amount, currency):>16}"))
    seconds = max(worker.worked_seconds, 0.001)
    rate = f"{ledger.scans / seconds:.1f} {say('skanu/s', 'scans/s')}"
    rows.append((say("czas pracy", "time at the bench"), f"{seconds:.1f} s, {rate}"))
    rows.append((say("czas całości", "time in all"), f"{transcript.seconds:.1f} s"))
    if kept is not None:
        rows.append((say("wszystko jest w", "everything is kept in"), str(kept)))
    for name, value in rows:
        transcript.plain(f"  {name:<28} {value}")


def _now(money: Money, paid: set[str]) -> Money:
    key = money.subject + str(money.slot) + money.payment_id
    state = "succeeded" if key in paid else money.state
    return Money(
        money.case_id, money.subject, money.slot, money.payment_id, money.amount_minor, money.currency, state, ""
    )
