"""A refund worker as a process of its own that the kernel stops once, at the worst moment, and its bookings.

``python -m tests.faults.paying_process before|after``: stopped (SIGSTOP) right before its time is read for the send, or
by the provider when it has booked. Says ``stopping``, and in the end a JSON line with states, bookings and calls.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.connectors.provider import Booked, Capabilities, Refund
from hub.money.sending import LEASE
from hub.refunds import tick
from tests.hub.fake_provider import FakeProvider
from tests.hub.money.test_refunds_tick import queued

TIMEOUT = timedelta(seconds=0.2)
LEASE_SECONDS = LEASE * TIMEOUT.total_seconds()


@dataclass
class Moment:
    """The one at which the process is stopped."""

    where: str
    visits: list[str] = field(default_factory=list)

    def here(self, where: str) -> None:
        """Stop, the first time at the right place."""
        self.visits.append(where)
        if where == self.where and self.visits.count(where) == 1:
            print("stopping", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)


class SlowAnswer(FakeProvider):
    """Books, and its answer may come after a sleep of ours."""

    moment: Moment

    def refund(self, refund: Refund) -> Booked:
        """Book once a call."""
        self.calls += 1
        self.booked.append((refund.key, refund.amount_minor, self.now()))
        self.moment.here("after")
        return Booked(f"B{len(self.booked)}", refund.amount_minor)


def main(where: str) -> None:
    """Tick until the refund has ended."""
    shop, begun, moment = queued(), time.monotonic(), Moment(where)
    noon = shop.now

    def now() -> datetime:
        return noon + timedelta(seconds=time.monotonic() - begun)

    def clock() -> datetime:
        moment.here("before")
        return now()

    quick = Capabilities("none", "by_ref", timeout=TIMEOUT, lookup_lag=TIMEOUT)
    provider = SlowAnswer(now, capabilities=quick)
    provider.moment = moment
    ends = time.monotonic() + 30
    while time.monotonic() < ends and {state for state, _ in shop.states()} & {"queued", "in_flight", "unknown"}:
        tick(shop.database, now(), provider, clock=clock)
        time.sleep(0.02)
    states = [state for state, _ in shop.states()]
    print(json.dumps({"states": states, "bookings": len(provider.booked), "tries": moment.visits.count("before")}))


if __name__ == "__main__":
    main(sys.argv[1])
