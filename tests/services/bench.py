"""A station over a real journal in a temporary folder, with a clock that stands and randomness that counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from rma_station.domain import codec, codes
from rma_station.domain.book import Person
from rma_station.domain.flows.state import Rules
from rma_station.domain.rma import Product, Rma
from rma_station.domain.scan import ScanRules
from rma_station.ports import RawScan
from rma_station.services.handled import Handled
from rma_station.services.station import Identity, Station
from rma_station.store.book import StoredBook
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from tests.fakes import CountingRandom, StandingClock, shipped_profiles, take_feed
from tests.flows.bench import PRODUCTS


@dataclass(frozen=True)
class Row:
    """A feed entry as the store takes it."""

    seq: int
    entry_id: str
    kind: str
    key: str
    body: codec.JsonValue


PEOPLE = (Person("000001", "Anna", "worker"), Person("000002", "Piotr", "worker", language="en"))
RULES = ScanRules(
    rma_pattern=re.compile(r"RMA-\d{4}-\d{6}"),
    order_pattern=re.compile(r"[A-Z]{1,4}-?\d{4,10}"),
    station="bench-1",
    badge_key=bytes(32),
    command_key=b"c" * 32,
    generation=1,
)


@dataclass
class ServiceBench:
    """A station; ``reopen`` is what a crash and a restart do."""

    folder: Path
    rmas: tuple[Rma, ...] = ()
    rules: Rules = field(default_factory=Rules)
    clock: StandingClock = field(default_factory=StandingClock)
    random: CountingRandom = field(default_factory=CountingRandom)
    tz: str = "UTC"

    def __post_init__(self) -> None:
        self.open()
        rows = [Row(0, f"r{n}", "rma", rma.rma_id, codec.encode(rma)) for n, rma in enumerate(self.rmas)]
        rows += [Row(0, p.sku, "product", p.sku, codec.encode(p)) for p in self._products()]
        rows += [Row(0, person.worker_id, "person", person.worker_id, codec.encode(person)) for person in PEOPLE]
        take_feed(self.reader, rows, "c1")

    def _products(self) -> tuple[Product, ...]:
        return PRODUCTS

    def open(self) -> None:
        """Open the journal and a station on it."""
        self.journal = Journal.open(
            self.folder,
            station="bench-1",
            mode="sample",
            app_version="0.1.0",
            clock=self.clock,
            random=self.random,
            tz=self.tz,
        )
        self.book = StoredBook(self.journal, shipped_profiles())
        self.reader = StoredReader(self.journal, self.clock)
        self.station = Station(
            Identity("bench-1", "sample"), self.journal, self.book, self.clock, scan_rules=RULES, rules=self.rules,
            heard_at=self.reader.heard_at(),
        )  # fmt: skip

    def reopen(self) -> None:
        """As after a crash: nothing is said goodbye to."""
        self.journal.database.close()
        self.open()

    def scan(self, code: str, device: str = "scanner") -> str:
        """A scan of a text; returns ``kind:key`` of the answer. A second passes before it."""
        self.clock.forward(1)
        return self.scan_now(code, device)

    def scan_now(self, code: str, device: str = "scanner") -> str:
        """A scan without any time passing."""
        return answer(self.station.handle(RawScan(device, code.encode(), self.clock.monotonic())))

    def badge(self, worker_id: str = "000001") -> str:
        """A genuine badge."""
        return self.scan(codes.badge(worker_id, RULES.badge_key))

    def types(self) -> list[str]:
        """Types of all events in the present log."""
        head = self.journal.last_seq
        _, lines = self.reader.lines_after(self.journal.log_id, 0, head, 10_000_000)
        return [codec.from_bytes(line)["type"] for line in lines]


def answer(handled: Handled) -> str:
    """``kind:key`` of an answer, empty when there was none."""
    outcome = handled.update.outcome if handled.update else None
    if outcome is None:
        return ""
    key = getattr(outcome.message, "key", "data")
    return f"{outcome.kind.value}:{str(key).removeprefix('flow.')}"
