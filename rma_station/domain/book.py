"""``Book``: what a flow may look up. A Protocol, so that the domain stays pure; the station's store implements it.

Reads are local, answer in well under a millisecond, and never touch the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rma_station.domain.grading import Profile
from rma_station.domain.record import dataclass
from rma_station.domain.rma import AnnouncedParcel, Case, Parcel, Product, Rma, Unit


@dataclass(frozen=True)
class Person:
    """A worker as the hub's feed describes them. Sample people are fictitious."""

    worker_id: str
    """Six digits."""
    name: str
    role: str
    """``worker``, ``supervisor`` or ``administrator``."""
    active: bool = True
    language: str = "pl"
    pin_hash: str | None = None
    """Verifier for signing in at the station, where a PIN is configured."""


@dataclass(frozen=True)
class ParcelHit:
    """A parcel number that was announced, or that went out and comes back."""

    announced: AnnouncedParcel
    rma_ids: tuple[str, ...]


@dataclass(frozen=True)
class UnitHit:
    """A unit found by an LPN (its own or a void one)."""

    unit: Unit
    case_id: str
    void: bool


@dataclass(frozen=True)
class FilledElsewhere:
    """Places of a line that a unit of another bench fills, as the hub has said."""

    unit_id: str
    line_id: str
    slots: tuple[int, ...]
    station: str = ""
    """Name of that bench; empty when the hub did not say."""
    parcel_id: str = ""
    """The parcel it came in; empty when the hub did not say."""


@dataclass(frozen=True)
class Waiting:
    """Work that was put off."""

    labels_owed: int
    parcels_set_aside: int


class Book(Protocol):
    """Lookups in the local copy of reference data and in what this station has seen."""

    def person(self, worker_id: str) -> Person | None:
        """A worker on the feed's list."""

    def rma(self, rma_id: str) -> Rma | None:
        """An announced RMA."""

    def rmas_of_order(self, order_id: str) -> Sequence[Rma]:
        """All RMAs of an order."""

    def rmas_ending(self, digits: str) -> Sequence[Rma]:
        """RMAs whose number, order number or a tracking number ends in these digits (at most 10)."""

    def rmas_expecting(self, sku: str, serial: str | None = None) -> Sequence[Rma]:
        """RMAs of which a piece of this product has not come yet (at most 10, the highest number first).

        Args:
            sku: of the product; it may be part of a bundle.
            serial: only RMAs in which the piece with this serial number was sold.
        """

    def parcel_by_tracking(self, number: str) -> ParcelHit | None:
        """An announced parcel, or an outbound one that comes back."""

    def parcel(self, parcel_id: str) -> Parcel | None:
        """A parcel this station has opened."""

    def parcel_opened_with(self, code: str) -> Parcel | None:
        """The last parcel this station opened with this code or tracking number."""

    def parcels_set_aside(self) -> Sequence[Parcel]:
        """Parcels set aside at this station, oldest first."""

    def product_by_gtin(self, gtin: str) -> Sequence[Product]:
        """Products with this GTIN-14, also as a multi-pack."""

    def product(self, sku: str) -> Product | None:
        """A product by SKU."""

    def case(self, case_id: str) -> Case:
        """What is known of a case; empty when nothing is."""

    def filled_elsewhere(self, rma_id: str) -> Sequence[FilledElsewhere]:
        """What units that are not on this station fill of an RMA, as far as the hub has told."""

    def unit(self, unit_id: str) -> UnitHit | None:
        """A unit this station has identified."""

    def unit_by_lpn(self, lpn: str) -> UnitHit | None:
        """A unit this station has labelled."""

    def units_owing_label(self) -> Sequence[Unit]:
        """Units whose label is owed, oldest first."""

    def waiting(self) -> Waiting:
        """How much waits here; asked after every scan, so it must not look at each of them."""

    def profile(self, category: str) -> Profile:
        """The grading profile of a category; ``default`` when there is none."""


class Fresh(Protocol):
    """New ids for a flow; their source of randomness and the LPN counter are the station's."""

    def uuid(self) -> str:
        """A UUIDv7."""

    def lpn(self) -> str:
        """The next LPN of this log."""
