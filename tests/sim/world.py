"""A world in one thread of time: stations, a hub, providers, a network, supervisors, and a seed that decides all.

The parts are the product's own: journals in their files, ``sync.client.step`` and the wire's bytes, ``hub.ingest``, the
feed, proposals, the worker over money, decisions. Made here are time, chance, the network, the deaths of processes, the
disks that are copied and put back, providers and people. What is real and what is not: ``docs/simulator.md``.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.sim import disasters, faults, shop
from tests.sim.bench import Bench
from tests.sim.central import Central
from tests.sim.desk import Desk
from tests.sim.evidence import Evidence
from tests.sim.operator import Operator
from tests.sim.promises import Promises
from tests.sim.providers import Provider, providers

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BAD = 420.0
"""Seconds with faults."""
REST = 3 * 3600.0
"""After them everything has to be at rest within this: four new logs of one station take an hour (``parting``)."""


NIGHTS = 3
"""A supervisor may approve in the morning what was held over night: that is paid in the next one."""


@dataclass(frozen=True)
class Plan:
    """What a world is made of; an ablation changes it before anything happens."""

    stations: tuple[int, int] = (3, 6)
    items: tuple[int, int] = (14, 25)
    kinds: frozenset[str] | None = None
    """Faults it has; ``None``: some of all, as the seed decides."""
    times: float = 1.0
    """So many times as often."""
    night: timedelta = timedelta(days=2)
    """After it every refund is paid, held or with a person: a look-up that fails is repeated for a day."""


ORDINARY = Plan()


class World:
    """The scheduler; clock, chance, faults and the record of what happened."""

    def __init__(
        self, seed: int, folder: Path, plan: Plan = ORDINARY, prepare: Callable[[World], None] = lambda _: None
    ) -> None:
        self.seed, self.folder, self.plan = seed, folder, plan
        self.chance = random.Random(seed)
        self.now, self.calm = 0.0, False
        self.struck: Counter[str] = Counter()
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.ties = itertools.count()
        self.trace: list[str] | None = None
        self.digest = hashlib.sha256()
        self.rates = self._rates()
        self.promises = Promises()
        self.owners: dict[str, str] = {}
        """Orphan parcels, and where they belong."""
        self.goods = shop.goods(self.chance, self.chance.randint(*plan.items))
        self.providers: dict[str, Provider] = providers(self)
        self.evidence = Evidence(self)
        self.hub = Central(self)
        self.stations: list[Bench] = []
        self.bench_kind: type[Bench] = Bench
        prepare(self)
        count = self.chance.randint(*plan.stations)
        work = shop.share_out(self.chance, self.goods, count)
        for number, parcels in enumerate(work, 1):
            self.stations.append(self.bench_kind(self, f"bench-{number}", folder / f"bench-{number}", parcels))
        self.desk = Desk(self)
        self.operator = Operator(self)
        disasters.schedule(self)

    def _rates(self) -> dict[str, float]:
        """Which faults this world has, and how often: each kind is in about half of all worlds."""
        given, rates = self.plan.kinds, {}
        for kind, most in {**faults.RATES, **faults.DISASTERS}.items():
            there = self.chance.random() < 0.5 if given is None else kind in given
            rates[kind] = self.plan.times * self.chance.uniform(most / 10, most) if there else 0.0
        return rates

    # --- the scheduler ----------------------------------------------------------------------------------------------

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self.queue, (self.now + seconds, next(self.ties), action))

    def run(self, until: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let things happen in their order."""
        while self.queue and self.queue[0][0] <= until:
            self.now, _, action = heapq.heappop(self.queue)
            action()
            if enough():
                return
        self.now = max(self.now, until)

    def strikes(self, kind: str) -> bool:
        """Whether a fault of this kind happens now; none do once the world is calm."""
        rate = self.rates[kind]
        struck = rate > 0 and not self.calm and self.chance.random() < rate
        if struck:
            self.note("fault", kind)
            self.struck[kind] += 1
        return struck

    def happened(self, kind: str) -> None:
        """Count what came of other faults."""
        self.struck[kind] += 1
        self.note("fault", kind)

    def note(self, who: str, what: str) -> None:
        """A line of the trace."""
        line = f"{self.now:12.3f}  {who:<10} {what}"
        self.digest.update(line.encode())
        if self.trace is not None:
            self.trace.append(line)

    # --- clock and chance of the hub and of everybody without one of their own ----------------------------------------

    @property
    def time(self) -> datetime:
        """True time."""
        return START + timedelta(seconds=self.now)

    def bytes(self, count: int) -> bytes:
        """``ports.Random``."""
        return self.chance.randbytes(count)

    # --- a bad day, then a calm one -----------------------------------------------------------------------------------

    def live(self) -> World:
        """From the first scan to the last refund."""
        self.run(BAD)
        self.calm = True
        self.note("world", "calm")
        self.hub.come_back()
        for station in self.stations:
            station.network_up()
        self._come_to_rest()
        self.operator.finish()
        self._come_to_rest()
        for _ in range(NIGHTS):
            self._pay()
            self._come_to_rest()
            if not self.hub.money_moves():
                break
        return self

    def _pay(self) -> None:
        """At night: the benches are off, the hub works on."""
        for station in self.stations:
            station.close()
        self.hub.kept.read_again(self.time)
        until = self.now + self.plan.night.total_seconds()
        while self.now < until and (self.hub.working or self.hub.money_moves()):
            self.run(min(until, max(self.now + 60, self.hub.next_money())))
            self.hub.work_once()
        for station in self.stations:
            station.start_again()

    def _come_to_rest(self) -> None:
        """All is scanned and sent, and what the hub told of it has come down the feed.

        A hub that forgot what it had confirmed is found out by the next hello only, so everybody says one first.
        """
        begun = looked = self.now
        for station in self.stations:
            station.network_up()

        def quiet() -> bool:
            nonlocal looked
            if self.now - looked < 1 or not all(
                station.idle and station.greeted_since(begun) for station in self.stations
            ):
                return False
            looked = self.now
            return all(station.at_rest for station in self.stations)

        self.run(begun + REST, quiet)

    def close(self) -> None:
        """Give the files back and end the threads."""
        self.operator.close()
        self.hub.close()
        for station in self.stations:
            station.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
