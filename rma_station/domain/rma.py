"""Orders, RMAs, parcels and units, and the **case** they add up to; ``fold.py`` says what each event makes of it.

A case is one RMA with all parcels and units seen for it, or one orphan parcel. Custody and counters live here;
money lives at the hub (``hub/refunds.py``). Advised data comes from the shop through the hub; the rest is folded
from events. The counters ``advised >= received >= graded`` are derived, never stored; an event that breaks one is
kept and leaves a ``Mark`` for the supervisor.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date

from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass, field
from rma_station.errors import Malformed

# --- advised: what the shop announced --------------------------------------------------------------------


class RmaKind(enum.Enum):
    """Why there is a return at all (design section 4); only withdrawals and b2b can be refunded without a person."""

    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"
    UNDELIVERED = "undelivered"
    EXCHANGE = "exchange"
    B2B = "b2b"


@dataclass(frozen=True)
class Product:
    """What the catalogue knows of a SKU. ``packs`` maps a multi-pack's GTIN to its number of pieces."""

    sku: str
    name: str
    gtins: tuple[str, ...] = ()
    """GTIN-14, zero padded."""
    packs: Mapping[str, int] = field(default_factory=dict)
    category: str = "default"
    """Names the grading profile."""
    unit_grams: int | None = None
    serialised: bool = False


@dataclass(frozen=True)
class Part:
    """A product inside a line: one for a plain line, several for a bundle (``count`` pieces for each bundle)."""

    product: Product
    count: int = 1


@dataclass(frozen=True)
class Line:
    """Something to come back: ``quantity`` pieces (or bundles) of one SKU."""

    line_id: str
    sku: str
    name: str
    quantity: int
    parts: tuple[Part, ...]
    reason: str = "unknown"
    """The customer's reason code; never a grade."""
    serials: tuple[str, ...] = ()
    """Serial numbers that were sold on this line, where known."""
    paid_minor: int | None = None
    """Paid for the whole line, minor units; hub only."""


@dataclass(frozen=True)
class AnnouncedParcel:
    """A parcel the carrier or the customer announced."""

    parcel_id: str
    tracking: str
    carrier: str
    status: str = "announced"
    """``announced`` or ``in_transit``."""


@dataclass(frozen=True)
class Rma:
    """The authorisation to return lines of an order."""

    rma_id: str
    """The RMA number: what the customer's label carries."""
    kind: RmaKind
    order_id: str
    lines: tuple[Line, ...]
    parcels: tuple[AnnouncedParcel, ...] = ()
    received_on: str = ""
    """Date (ISO, UTC) the customer's declaration was received: the legal clock starts here."""
    deadline_on: str = ""
    """Date (ISO) by which the refund, or the answer to a complaint, is due."""
    currency: str = "PLN"
    outbound_tracking: str | None = None
    """Of the shipment that went out: when it comes back it is an undelivered return."""
    cancelled: bool = False
    """The shop has taken it back; hub only. What comes all the same is received and graded, a person decides."""

    def line(self, line_id: str) -> Line | None:
        """The line with this id, if it is one of this RMA."""
        return next((line for line in self.lines if line.line_id == line_id), None)


MOST_PIECES = 1_000_000
"""Of one line, over all its parts. More is a mistake in the shop's data, and a bench would count for minutes."""


def refuse_unsound(rma: Rma) -> None:
    """Refuse an RMA with quantities, amounts or dates that cannot be computed with: at a bench a worker would wait.

    Raises:
        Malformed: names the field.
    """
    for name, text in (("received_on", rma.received_on), ("deadline_on", rma.deadline_on)):
        try:
            date.fromisoformat(text or "2026-01-01")
        except ValueError:
            raise Malformed(f"{name}: {clean(text, 40)!r} is not a date such as 2026-11-22") from None
    for line in rma.lines:
        where = f"line {clean(line.line_id, 40)}"
        if line.quantity < 1 or not line.parts or any(part.count < 1 for part in line.parts):
            raise Malformed(f"{where}: quantity and the count of every part are at least 1")
        if line.quantity * sum(part.count for part in line.parts) > MOST_PIECES:
            raise Malformed(f"{where}: more than {MOST_PIECES} pieces")
        for part in line.parts:
            refuse_unsound_product(part.product)


def refuse_unsound_product(product: Product) -> None:
    """Raises ``Malformed`` when a pack has no pieces or a piece no weight (an unknown weight is ``None``)."""
    weightless = product.unit_grams is not None and product.unit_grams < 1
    if weightless or any(pieces < 1 for pieces in product.packs.values()):
        raise Malformed(f"product {clean(product.sku, 40)}: packs have pieces and a known weight is not 0")


# --- folded: what happened -------------------------------------------------------------------------------


class ParcelState(enum.Enum):
    """Where a parcel is in its life."""

    OPEN = "open"
    SET_ASIDE = "set_aside"
    DONE = "done"


class Custody(enum.Enum):
    """Where a unit is (advised and in transit are states of a slot without a unit)."""

    RECEIVED = "received"
    GRADED = "graded"
    PLACED = "placed"
    TAKEN_BACK = "taken_back"
    """Its identification was undone: it never counts."""


@dataclass(frozen=True)
class Grading:
    """One grading of a unit as it was committed; the last one is in force."""

    event_id: str
    worker_id: str | None
    grade: str
    disposition: str
    destination: str
    profile: str
    profile_version: int
    answers: Mapping[str, str]
    proposed_grade: str
    proposed_disposition: str
    override_reason: str | None = None
    dangerous: bool = False
    amended: bool = False
    changes: str = ""
    """As ``UnitAmended.changes``: it rests on that grading, and is undone with it."""


@dataclass(frozen=True)
class Photo:
    """A picture that was taken, named by the hash of its bytes, which are kept elsewhere."""

    photo_id: str
    event_id: str
    sha256: str
    size: int
    mime: str
    role: str
    source: str
    worker_id: str | None = None
    """``None`` where nobody is known: a phone's."""


@dataclass(frozen=True)
class Unit:
    """One physical piece and all that is known of it."""

    unit_id: str
    parcel_id: str
    lpn: str
    identified_by: str
    """Event id of its identification."""
    rma_id: str | None = None
    line_id: str | None = None
    sku: str | None = None
    part_sku: str | None = None
    gtin: str | None = None
    serial: str | None = None
    lot: str | None = None
    pieces: int = 1
    issue: str | None = None
    slots: tuple[int, ...] = ()
    slots_refused: bool = False
    gradings: tuple[Grading, ...] = ()
    label: str = "none"
    """``none``, ``asked``, ``sent``, ``confirmed`` or ``owed``."""
    label_attempts: int = 0
    """How often a label with the present LPN was asked for."""
    label_job: str | None = None
    """Print job of the label that was asked for last; ``None`` when there is none for the present LPN."""
    label_outdated: bool = False
    """The label on it shows a grade and a place that a supervisor has changed since; scanning it proves nothing."""
    void_lpns: tuple[str, ...] = ()
    placed_at: str | None = None
    """Destination it was placed at."""
    taken_back: bool = False
    log_id: str = ""
    """Where it was identified, as ``Fact.log_id``."""
    photos: tuple[Photo, ...] = ()
    photos_skipped: str | None = None
    """Why it has fewer photos than its profile asks for, as ``PhotoSkipped.reason``; ``None``: it was not said."""
    photos_wanted: int = 0
    """So many were asked for when the worker went on without."""

    @property
    def pictures(self) -> int:
        """How many different pictures there are of it; the same one taken twice counts once."""
        return len({photo.sha256 for photo in self.photos})

    @property
    def grading(self) -> Grading | None:
        """The grading in force."""
        return self.gradings[-1] if self.gradings else None

    @property
    def custody(self) -> Custody:
        """Derived from what happened."""
        if self.taken_back:
            return Custody.TAKEN_BACK
        if self.placed_at:
            return Custody.PLACED
        return Custody.GRADED if self.gradings else Custody.RECEIVED


@dataclass(frozen=True)
class Parcel:
    """One package on a bench."""

    parcel_id: str
    state: ParcelState = ParcelState.OPEN
    worker_id: str | None = None
    tracking: str | None = None
    carrier: str | None = None
    code: str = ""
    rma_ids: tuple[str, ...] = ()
    packaging: str | None = None
    grams: int | None = None
    weight_verdict: str | None = None
    expected_grams: int | None = None
    weight_raw: str = ""
    """The scale's own bytes, hexadecimal: evidence also for an RMA that is found inside later."""
    weight_device: str = ""
    not_in_parcel: tuple[ev.Absent, ...] = ()
    log_id: str = ""
    """Where it was opened last, as ``Fact.log_id``."""
    again_at: tuple[str, ...] = ()
    """Logs in which it was opened once more when it was done already: a second look, which does not reopen it."""
    opened_at: str = ""
    done_at: str | None = None
    """Device time of ``parcel.done``: evidence, the hub uses its own."""
    photos: tuple[Photo, ...] = ()
    """Of the parcel itself; those of a unit are with the unit."""


@dataclass(frozen=True)
class Mark:
    """An event that broke a guard: stored, shown to the supervisor, never refused."""

    event_id: str
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Missing:
    """Pieces of a line that were advised and did not come."""

    pieces: int
    why: str
    """``all_parcels_done`` or ``waited``."""


@dataclass(frozen=True)
class Case:
    """One RMA, or one orphan parcel, as the events tell it."""

    case_id: str
    parcels: Mapping[str, Parcel] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    missing: Mapping[str, Missing] = field(default_factory=dict)
    """By line: what the hub says did not come. Only it can: a bench sees one parcel."""

    @property
    def live_units(self) -> tuple[Unit, ...]:
        """Units that count: identified and not taken back."""
        return tuple(unit for unit in self.units.values() if not unit.taken_back)

    def units_in(self, parcel_id: str) -> tuple[Unit, ...]:
        """Live units that came out of one parcel."""
        return tuple(unit for unit in self.live_units if unit.parcel_id == parcel_id)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """Every photo of the case that was not taken back: of its parcels, then of its live units."""
        of_parcels = [photo for parcel in self.parcels.values() for photo in parcel.photos]
        return (*of_parcels, *(photo for unit in self.live_units for photo in unit.photos))


@dataclass(frozen=True)
class Counters:
    """Pieces of one line: ``advised >= received >= graded`` or there is a mark."""

    advised: int
    received: int
    graded: int


@dataclass(frozen=True)
class PartPieces:
    """Pieces of one part of a line."""

    received: int
    graded: int


def pieces_of(case: Case, line: Line, part: Part, parcel_id: str | None = None) -> PartPieces:
    """Pieces of a line's part that came, and how many of them are graded; what fills no slot does not count.

    Args:
        case: the RMA's.
        line: one of its lines.
        part: one of the line's parts.
        parcel_id: of the parcel in hand: what lies in it is in it, whatever the hub says about its slots.
    """
    units = [
        unit
        for unit in case.live_units
        if unit.line_id == line.line_id
        and unit.rma_id in (case.case_id, None)
        and (not unit.slots_refused or unit.parcel_id == parcel_id)
        and unit.issue not in NOT_COUNTED
        and (unit.part_sku or unit.sku) == part.product.sku
    ]
    return PartPieces(sum(unit.pieces for unit in units), sum(unit.pieces for unit in units if unit.gradings))


def line_counters(case: Case, line: Line, parcel_id: str | None = None) -> Counters:
    """Received and graded pieces of a line; ``parcel_id`` as in ``pieces_of``.

    For a bundle a piece is a whole bundle: the scarcest part decides.
    """
    of_parts = [(pieces_of(case, line, part, parcel_id), part.count) for part in line.parts]
    received = min((pieces.received // count for pieces, count in of_parts), default=0)
    graded = min((pieces.graded // count for pieces, count in of_parts), default=0)
    return Counters(line.quantity, received, graded)


def expects(rma: Rma, case: Case, sku: str, serial: str | None = None) -> bool:
    """Whether a piece of this product has not come yet; with a serial number: of a line it was sold in."""
    return any(
        part.product.sku == sku and pieces_of(case, line, part).received < line.quantity * part.count
        for line in rma.lines
        if serial is None or serial in line.serials
        for part in line.parts
    )


NOT_COUNTED = frozenset({"undeclared", "over_receipt", "orphan"})
"""Issues of units that fill no slot; a wrong serial does fill one, and is held."""
