"""A refund worker over a hub's database on a disk, to be killed at any moment; the provider's bookings are a file.

``python -m tests.faults.refunding_process FOLDER PIECES``: makes the database with so many refunds queued when it is
not there yet. Says ``asked KEY`` before and ``booked KEY`` after each booking, and in the end a JSON line with the
states.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hub import store
from hub.connectors.provider import Absent, Booked, Capabilities, Found, Refund
from hub.metadata import metadata
from hub.money.queueing import queue_due
from hub.policy_file import shipped
from hub.refunds import tick
from tests.hub.money_world import NOON, World, line, rma, world

TIMEOUT = timedelta(seconds=0.1)
LAG = timedelta(seconds=0.2)
OPEN = {"proposed", "queued", "in_flight", "unknown"}


@dataclass
class Bank:
    """Books whatever it is asked to, as often as it is asked, and shows it only after its lag."""

    file: Path
    name: str = "bank"
    means: frozenset[str] = frozenset({"transfer"})
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities("none", "by_ref", timeout=TIMEOUT, lookup_lag=LAG)
    )

    def objection(self, refund: Refund) -> str:
        """None."""
        return ""

    def refund(self, refund: Refund) -> Booked:
        """A moment before, a line on the disk, a moment after."""
        print("asked", refund.key, flush=True)
        time.sleep(0.01)
        with self.file.open("a") as out:
            out.write(json.dumps([refund.key, refund.amount_minor, time.time()]) + "\n")
            out.flush()
            os.fsync(out.fileno())
        print("booked", refund.key, flush=True)
        time.sleep(0.01)
        return Booked(refund.key[:8], refund.amount_minor)

    def lookup(self, refund: Refund) -> Found | Absent:
        """What was booked before the lag."""
        for key, amount, at in self.bookings():
            if key == refund.key and time.time() - at >= LAG.total_seconds() * 0.9:
                return Found(key[:8], amount)
        return Absent()

    def bookings(self) -> Iterator[tuple[str, int, float]]:
        """All of them; the last line of a process that was killed may be cut off: it booked nothing."""
        for text in self.file.read_text().splitlines(keepends=True) if self.file.exists() else ():
            if text.endswith("\n"):
                key, amount, at = json.loads(text)
                yield key, amount, at


def queued(folder: Path, pieces: int) -> World:
    """A world on the disk, with its refunds waiting to be sent."""
    database = store.open_database(folder / "hub.sqlite3")
    metadata.create_all(database.engine)
    shop = world(
        rma(line(quantity=pieces, paid=100 * pieces)), payments=(("P1", "transfer", 100 * pieces),), database=database
    )
    shop.receive("u1", list(range(1, pieces + 1)), pieces=pieces)
    shop.done()
    shop.pass_time(minutes=10)
    with database.transaction() as connection:
        queue_due(connection, shop.now, shipped())
    return shop


def main(folder: Path, pieces: int) -> None:
    """Tick until every refund has ended."""
    begun = folder / "begun"
    if begun.exists():
        shop = World({}, database=store.open_database(folder / "hub.sqlite3"))
    else:
        shop = queued(folder, pieces)
        begun.write_text(str(time.time()))
    noon = NOON + timedelta(minutes=10)
    start = float(begun.read_text())

    def now() -> datetime:
        return noon + timedelta(seconds=time.time() - start)

    bank = Bank(folder / "bookings")
    print("ready", flush=True)
    ends = time.monotonic() + 60
    while time.monotonic() < ends and {state for state, _ in shop.states()} & OPEN:
        tick(shop.database, now(), bank, clock=now)
        time.sleep(0.02)
    print(json.dumps([state for state, _ in shop.states()]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
