"""What a scan can mean. Types only; ``scan.interpret`` decides, flows act on it.

A barcode from outside can identify, never command: ``CommandScan`` and ``BadgeScan`` exist only after their keyed
check matched (design rule 9).
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from rma_station.domain.command import Command as Command  # noqa: PLC0414  part of this module for its users
from rma_station.domain.record import dataclass


class Certainty(enum.Enum):
    """How much a shape proves (hardware reference 7.4)."""

    CHECKED = "checked"
    """Prefix or length and a check digit agree."""
    SHAPE = "shape"
    """Only length and characters fit."""


@dataclass(frozen=True)
class TrackingScan:
    """A carrier's parcel number, normalised as the carrier prints it."""

    number: str
    carrier: str
    """``inpost dpd dhl poczta ups fedex gls s10 sscc unknown``."""
    certainty: Certainty


@dataclass(frozen=True)
class ProductScan:
    """A GTIN, perhaps with GS1 attributes."""

    gtin: str
    """14 digits."""
    serial: str | None = None
    lot: str | None = None
    expires_on: str | None = None


@dataclass(frozen=True)
class RmaScan:
    """Our RMA number, as on the customer's own label."""

    rma_id: str


@dataclass(frozen=True)
class LpnScan:
    """A unit's licence plate number with a right check character."""

    lpn: str


@dataclass(frozen=True)
class BadgeScan:
    """A worker's badge whose keyed check matched; whether the worker may work here is the book's answer."""

    worker_id: str


@dataclass(frozen=True)
class CommandScan:
    """A command of this station's own sheet, of an accepted generation."""

    command: Command


@dataclass(frozen=True)
class ChoiceScan:
    """A number of this station's own answer sheet: the same as pressing that number key."""

    number: int
    """1 to 9; 0 is on the sheet too, for places where digits are typed."""


@dataclass(frozen=True)
class GradeScan:
    """A grade A to E of this station's own grade sheet."""

    grade: str


@dataclass(frozen=True)
class TextScan:
    """Plain text that is none of the above: a SKU, an order number, or nothing we know."""

    text: str


@dataclass(frozen=True)
class ForgedScan:
    """Looks like one of our keyed codes but its check does not match, or its generation is void."""

    what: str
    """``badge``, ``command`` or ``lpn``."""
    reason: str
    """``check`` or ``generation``."""


@dataclass(frozen=True)
class DamagedScan:
    """Incomplete or unreadable: shown, never submitted."""

    reason: str
    """``incomplete``, ``overflow``, ``too_long``, ``characters``, ``check_digit``, ``gs1``, ``typed``."""
    shown: str = ""


Simple: TypeAlias = TrackingScan | ProductScan | RmaScan | LpnScan | TextScan


@dataclass(frozen=True)
class AmbiguousScan:
    """Fits several readings; the flow tries those it can use now, in this order, and asks when two remain."""

    readings: tuple[Simple, ...]


Meaning: TypeAlias = (
    TrackingScan
    | ProductScan
    | RmaScan
    | LpnScan
    | BadgeScan
    | CommandScan
    | ChoiceScan
    | GradeScan
    | TextScan
    | ForgedScan
    | DamagedScan
    | AmbiguousScan
)
