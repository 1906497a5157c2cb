"""Fakes that work: a book in memory that folds the very events a journal would, ids that count, clocks that stand."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rma_station.domain import events as ev
from rma_station.domain.book import FilledElsewhere, ParcelHit, Person, UnitHit, Waiting
from rma_station.domain.fold import Fact, fold_over
from rma_station.domain.grading import Profile, read_profile
from rma_station.domain.rma import Case, Parcel, ParcelState, Product, Rma, Unit, expects
from rma_station.ports import JournalReader

PROFILES = Path(__file__).parent.parent / "rma_station" / "data" / "profiles"


def shipped_profiles() -> dict[str, Profile]:
    """The grading profiles that come with the product."""
    profiles = [read_profile(tomllib.loads(file.read_text("utf-8"))) for file in sorted(PROFILES.glob("*.toml"))]
    return {profile.code: profile for profile in profiles}


def take_feed(reader: JournalReader, entries: Sequence[object], cursor: str) -> None:
    """Commit a page of the feed, slice after slice."""
    for _ in reader.feed_slices(entries, cursor):
        continue


NOON = 1795521600.0
"""2026-11-24T12:00:00Z."""


@dataclass
class StandingClock:
    """``ports.Clock`` whose time moves only when it is told to."""

    wall: float = NOON
    mono: float = 1000.0

    def monotonic(self) -> float:
        """Seconds since a start."""
        return self.mono

    def unix(self) -> float:
        """Seconds since 1970."""
        return self.wall

    def forward(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self.wall += seconds
        self.mono += seconds


@dataclass
class CountingRandom:
    """``ports.Random``: bytes that differ from call to call and are the same in every run."""

    seed: str = "seed"
    count: int = 0

    def bytes(self, count: int) -> bytes:
        """So many bytes."""
        self.count += 1
        return hashlib.shake_128(f"{self.seed}/{self.count}".encode()).digest(count)


@dataclass
class CountingFresh:
    """Ids that count up, so that a test can say them."""

    ids: int = 0
    lpns: int = 0

    def uuid(self) -> str:
        """``id-1``, ``id-2`` and so on."""
        self.ids += 1
        return f"id-{self.ids}"

    def lpn(self) -> str:
        """``LPN1``, ``LPN2`` and so on."""
        self.lpns += 1
        return f"LPN{self.lpns}"


@dataclass
class MemoryBook:
    """``domain.book.Book`` over dictionaries; ``apply`` folds events as the journal's projections do."""

    rmas: dict[str, Rma] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=shipped_profiles)
    cases: dict[str, Case] = field(default_factory=dict)
    elsewhere: dict[str, Sequence[FilledElsewhere]] = field(default_factory=dict)
    events: list[ev.Stated] = field(default_factory=list)

    def apply(self, facts: Iterable[ev.Stated], worker_id: str | None = None) -> None:
        """Commit events."""
        for fact in facts:
            self.events.append(fact)
            folded = Fact(fact.event_id, fact.event, worker_id, "2026-11-22T10:00:00.000Z")
            self.cases.update(fold_over({case_id: self.case(case_id) for case_id in fact.subject.case_ids}, folded))

    def person(self, worker_id: str) -> Person | None:
        return self.people.get(worker_id)

    def rma(self, rma_id: str) -> Rma | None:
        return self.rmas.get(rma_id)

    def rmas_of_order(self, order_id: str) -> Sequence[Rma]:
        return [rma for rma in self.rmas.values() if rma.order_id == order_id]

    def rmas_ending(self, digits: str) -> Sequence[Rma]:
        def numbers(rma: Rma) -> list[str]:
            return [rma.rma_id, rma.order_id, *(parcel.tracking for parcel in rma.parcels)]

        return [rma for rma in self.rmas.values() if any(number.endswith(digits) for number in numbers(rma))]

    def rmas_expecting(self, sku: str, serial: str | None = None) -> Sequence[Rma]:
        found = sorted(self.rmas.values(), key=lambda rma: rma.rma_id, reverse=True)
        return [rma for rma in found if expects(rma, self.case(rma.rma_id), sku, serial)][:10]

    def parcel_by_tracking(self, number: str) -> ParcelHit | None:
        hits = [(rma, parcel) for rma in self.rmas.values() for parcel in rma.parcels if parcel.tracking == number]
        return ParcelHit(hits[0][1], tuple(rma.rma_id for rma, _ in hits)) if hits else None

    def _parcels(self) -> list[Parcel]:
        return [parcel for case in self.cases.values() for parcel in case.parcels.values()]

    def parcel(self, parcel_id: str) -> Parcel | None:
        return next((parcel for parcel in self._parcels() if parcel.parcel_id == parcel_id), None)

    def parcel_opened_with(self, code: str) -> Parcel | None:
        return next((parcel for parcel in self._parcels() if code in (parcel.code, parcel.tracking)), None)

    def parcels_set_aside(self) -> Sequence[Parcel]:
        return [parcel for parcel in self._parcels() if parcel.state is ParcelState.SET_ASIDE]

    def product_by_gtin(self, gtin: str) -> Sequence[Product]:
        return [product for product in self.products.values() if gtin in product.gtins or gtin in product.packs]

    def product(self, sku: str) -> Product | None:
        return self.products.get(sku)

    def case(self, case_id: str) -> Case:
        return self.cases.get(case_id, Case(case_id))

    def filled_elsewhere(self, rma_id: str) -> Sequence[FilledElsewhere]:
        return self.elsewhere.get(rma_id, ())

    def _units(self) -> list[tuple[Unit, str]]:
        return [(unit, case.case_id) for case in self.cases.values() for unit in case.units.values()]

    def unit(self, unit_id: str) -> UnitHit | None:
        hits = [UnitHit(unit, case, False) for unit, case in self._units() if unit.unit_id == unit_id]
        return min(hits, key=lambda hit: hit.case_id != hit.unit.rma_id, default=None)

    def unit_by_lpn(self, lpn: str) -> UnitHit | None:
        hits = [
            UnitHit(unit, case, lpn != unit.lpn)
            for unit, case in self._units()
            if lpn == unit.lpn or lpn in unit.void_lpns
        ]
        return min(hits, key=lambda hit: hit.case_id != hit.unit.rma_id, default=None)

    def units_owing_label(self) -> Sequence[Unit]:
        owing = {unit.unit_id: unit for unit, _ in self._units() if unit.label == "owed" and not unit.taken_back}
        return list(owing.values())

    def waiting(self) -> Waiting:
        return Waiting(len(self.units_owing_label()), len(self.parcels_set_aside()))

    def profile(self, category: str) -> Profile:
        return self.profiles.get(category, self.profiles["default"])


TODAY = date(2026, 11, 22)
