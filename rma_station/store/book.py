"""``domain.book.Book`` over the station's database: what a flow may look up, in well under a millisecond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert
from rma_station.domain.book import FilledElsewhere, ParcelHit, Person, UnitHit, Waiting
from rma_station.domain.grading import Profile
from rma_station.domain.identifiers import derived_uuid
from rma_station.domain.record import dataclass
from rma_station.domain.rma import AnnouncedParcel, Case, Parcel, Product, Rma, Unit, expects
from rma_station.domain.tracking import aliases, recognise
from rma_station.store.journal import Journal
from rma_station.store.projection import read_parcel, read_unit
from rma_station.store.reference import read_fact, reversed_tail

MOST_HITS = 10
"""Rows a search by the last digits, or by a unit, gives at most."""
MOST_READ = 300
"""RMAs that name a product and are looked at; the oldest have come long ago."""
DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class ShiftCounts:
    """What one worker did in one session."""

    parcels: int = 0
    units: int = 0
    held: int = 0
    set_aside: int = 0


class StoredBook:
    """Lookups in the local copy of reference data and in what this station has seen.

    Args:
        journal: whose database it reads; on the station thread.
        profiles: grading profiles by category; one is called ``default``.
    """

    def __init__(self, journal: Journal, profiles: Mapping[str, Profile]) -> None:
        self._connection = journal.database.connection
        self._reading = journal.database.reading
        self._projection = journal.projection
        self._profiles = profiles

    def person(self, worker_id: str) -> Person | None:
        """A worker on the feed's list."""
        body = self._body("person", worker_id)
        return None if body is None else codec.decode(Person, codec.from_bytes(body.encode()))

    def rma(self, rma_id: str) -> Rma | None:
        """An announced RMA."""
        body = self._body("rma", rma_id)
        return None if body is None else _rma(body)

    def rmas_of_order(self, order_id: str) -> Sequence[Rma]:
        """All RMAs of an order."""
        return self._rmas(self._keys("order", [order_id]))

    def rmas_ending(self, digits: str) -> Sequence[Rma]:
        """RMAs whose number, order number or a tracking number ends in these characters (at most 10)."""
        start = reversed_tail(digits)
        if not start:
            return ()
        rows = self._rows(
            "SELECT DISTINCT key FROM lookups WHERE name = 'ending' AND value >= ? AND value < ? ORDER BY key LIMIT ?",
            (start, start + "~", MOST_HITS),
        )
        return self._rmas([row[0] for row in rows])

    def rmas_expecting(self, sku: str, serial: str | None = None) -> Sequence[Rma]:
        """RMAs of which a piece of this product has not come yet (at most 10, the highest number first).

        There is no index by product: a worker asks for this now and then, and 5,000 RMAs are read in some 20 ms.
        """
        named = codec.to_text(serial or sku)
        rows = self._rows(
            "SELECT body FROM reference WHERE kind = 'rma' AND instr(body, ?) > 0 ORDER BY key DESC LIMIT ?",
            (named, MOST_READ),
        )
        rmas = (_rma(str(row[0])) for row in rows)
        found = (rma for rma in rmas if expects(rma, self.case(rma.rma_id), sku, serial))
        return tuple(islice(found, MOST_HITS))

    def parcel_by_tracking(self, number: str) -> ParcelHit | None:
        """An announced parcel, or an outbound one that comes back."""
        names = aliases(number)
        rmas = self._rmas(self._keys("tracking", names))
        if rmas:
            announced = next((parcel for rma in rmas for parcel in rma.parcels if _is_named(parcel, names)), None)
            if announced is not None:
                return ParcelHit(announced, tuple(rma.rma_id for rma in rmas))
        rmas = self._rmas(self._keys("outbound", names))
        if not rmas:
            return None
        tracking = rmas[0].outbound_tracking or number
        readings = recognise(tracking)
        carrier = readings[0].carrier if readings else "unknown"
        back = AnnouncedParcel(derived_uuid("outbound", tracking), tracking, carrier, "in_transit")
        return ParcelHit(back, tuple(rma.rma_id for rma in rmas))

    def parcel(self, parcel_id: str) -> Parcel | None:
        """A parcel this station has opened."""
        return self._parcel("SELECT body FROM parcels WHERE parcel_id = ? LIMIT 1", (parcel_id,))

    def parcel_opened_with(self, code: str) -> Parcel | None:
        """The last parcel this station opened with this code or tracking number."""
        found = self._rows(
            "SELECT max(number) FROM (SELECT number FROM parcels WHERE code = ?1 "
            "UNION ALL SELECT number FROM parcels WHERE tracking = ?1)",
            (code,),
        )[0][0]
        return None if found is None else self._parcel("SELECT body FROM parcels WHERE number = ?", (found,))

    def parcels_set_aside(self) -> Sequence[Parcel]:
        """Parcels set aside at this station, oldest first."""
        rows = self._rows("SELECT body FROM parcels WHERE state = 'set_aside' ORDER BY number", ())
        return tuple({parcel.parcel_id: parcel for parcel in map(read_parcel, rows)}.values())

    def product_by_gtin(self, gtin: str) -> Sequence[Product]:
        """Products with this GTIN-14, also as a multi-pack."""
        products = (self.product(sku) for sku in self._keys("gtin", [gtin]))
        return tuple(product for product in products if product is not None)

    def product(self, sku: str) -> Product | None:
        """A product by SKU."""
        body = self._body("product", sku)
        return None if body is None else codec.decode(Product, codec.from_bytes(body.encode()))

    def case(self, case_id: str) -> Case:
        """What is known of a case; empty when nothing is."""
        with self._reading():
            return self._projection.case(case_id)

    def filled_elsewhere(self, rma_id: str) -> Sequence[FilledElsewhere]:
        """What units that are not on this station fill of an RMA, as far as the hub has told."""
        here = self.case(rma_id).units
        query = "SELECT body FROM facts WHERE event_id IN (SELECT key FROM lookups WHERE name = ? AND value = ?)"
        found: dict[str, FilledElsewhere] = {}
        for (text,) in self._rows(f"{query} ORDER BY seq", ("filled", rma_id)):
            body = codec.from_bytes(text.encode())
            fold = read_fact(body)[1]
            event = fold.fact.event if fold is not None else None
            if isinstance(event, ev.SlotFreed):
                found.pop(event.unit_id, None)
            elif isinstance(event, ev.SlotGiven) and event.unit_id not in here:
                station, parcel_id = (_text(body, name) for name in ("station", "parcel_id"))
                found[event.unit_id] = FilledElsewhere(event.unit_id, event.line_id, event.slots, station, parcel_id)
        return tuple(found.values())

    def unit(self, unit_id: str) -> UnitHit | None:
        """A unit this station has identified."""
        return self._unit(self._rows("SELECT case_id, unit_id, 0 FROM units WHERE unit_id = ?", (unit_id,)))

    def unit_by_lpn(self, lpn: str) -> UnitHit | None:
        """A unit this station has labelled, under its present or a void LPN."""
        return self._unit(self._rows("SELECT case_id, unit_id, void FROM lpns WHERE lpn = ?", (lpn,)))

    def units_owing_label(self) -> Sequence[Unit]:
        """Units whose label is owed, oldest first."""
        rows = self._rows("SELECT body FROM units WHERE owed = 1 ORDER BY number", ())
        return tuple({unit.unit_id: unit for unit in map(read_unit, rows)}.values())

    def waiting(self) -> Waiting:
        """How much waits here, counted by SQLite without reading any of it."""
        ((owed, aside),) = self._rows(
            "SELECT (SELECT count(*) FROM units WHERE owed = 1), "
            "(SELECT count(DISTINCT parcel_id) FROM parcels WHERE state = 'set_aside')",
            (),
        )
        return Waiting(owed, aside)

    def profile(self, category: str) -> Profile:
        """The grading profile of a category; ``default`` when there is none."""
        return self._profiles.get(category) or self._profiles[DEFAULT_PROFILE]

    def profiles(self) -> Sequence[Profile]:
        """All grading profiles."""
        return tuple(self._profiles.values())

    def setting(self, key: str) -> codec.JsonValue:
        """A setting from the feed; ``None`` when the hub has sent none."""
        body = self._body("settings", key)
        return None if body is None else codec.from_bytes(body.encode())

    def alerts(self) -> Sequence[Alert]:
        """What the hub wants people to know now."""
        rows = self._rows("SELECT body FROM reference WHERE kind = 'alert' ORDER BY key", ())
        return tuple(codec.decode(Alert, codec.from_bytes(row[0].encode())) for row in rows)

    def people(self) -> Sequence[Person]:
        """All workers on the feed's list, by id."""
        rows = self._rows("SELECT body FROM reference WHERE kind = 'person' ORDER BY key", ())
        return tuple(codec.decode(Person, codec.from_bytes(row[0].encode())) for row in rows)

    def rmas(self) -> Sequence[Rma]:
        """All announced RMAs by number, for the sample bench's list of what can be scanned."""
        return tuple(_rma(row[0]) for row in self._rows("SELECT body FROM reference WHERE kind='rma' ORDER BY key", ()))

    def shift(self, session_id: str | None) -> ShiftCounts:
        """What a session has done so far; zeros when it has done nothing."""
        rows = self._rows("SELECT parcels, units, held, set_aside FROM shifts WHERE session_id = ?", (session_id,))
        return ShiftCounts(*rows[0]) if rows else ShiftCounts()

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return connection.execute(sql, tuple(values)).fetchall()

    def _body(self, kind: str, key: str) -> str | None:
        rows = self._rows("SELECT body FROM reference WHERE kind = ? AND key = ?", (kind, key))
        return str(rows[0][0]) if rows else None

    def _keys(self, name: str, values: Sequence[str]) -> list[str]:
        marks = ",".join("?" * len(values))
        rows = self._rows(
            f"SELECT DISTINCT key FROM lookups WHERE name = ? AND value IN ({marks}) ORDER BY key",
            (name, *values),
        )
        return [str(row[0]) for row in rows]

    def _rmas(self, keys: Sequence[str]) -> tuple[Rma, ...]:
        found = (self.rma(key) for key in keys)
        return tuple(rma for rma in found if rma is not None)

    def _unit(self, rows: Sequence[tuple[Any, ...]]) -> UnitHit | None:
        hits = []
        for case_id, unit_id, void in rows:
            unit = self.case(case_id).units.get(unit_id)
            if unit is not None:
                hits.append(UnitHit(unit, case_id, bool(void)))
        # A unit of a parcel with several RMAs belongs first to the case of its own RMA.
        return min(hits, key=lambda hit: (hit.unit.taken_back, hit.case_id != hit.unit.rma_id), default=None)

    def _parcel(self, sql: str, values: Sequence[object]) -> Parcel | None:
        rows = self._rows(sql, values)
        return read_parcel([str(rows[0][0])]) if rows else None


@lru_cache(maxsize=256)
def _rma(body: str) -> Rma:
    """Values are frozen, so that the same body may give the same RMA."""
    return codec.decode(Rma, codec.from_bytes(body.encode()))


def _is_named(parcel: AnnouncedParcel, names: Sequence[str]) -> bool:
    return not set(aliases(parcel.tracking, parcel.carrier)).isdisjoint(names)


def _text(body: codec.JsonValue, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
