"""The worker's own notebook: what was really done, written by the hands that did it; the audit compares with it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ParcelDone:
    """One physical parcel on the bench."""

    returns: tuple[int, ...]
    """Numbers of the returns in it; empty for an orphan."""
    packaging: str = "intact"
    weight: str = ""
    """The station's verdict, as the demo expects it: ``match light heavy not_compared``, empty when not weighed."""
    done: bool = False


@dataclass
class UnitDone:
    """One physical piece (or multi-pack)."""

    parcel: ParcelDone
    number: int | None
    """Of its return; ``None`` for undeclared goods."""
    sku: str
    pieces: int = 1
    serial: str | None = None
    issue: str = ""
    grade: str = ""
    disposition: str = ""
    overridden: bool = False
    dangerous: bool = False
    taken_back: bool = False
    lpn: str = ""
    void: list[str] = field(default_factory=list)
    attempts: int = 0
    """Labels asked for under its present number."""
    placed: bool = False


@dataclass
class Ledger:
    """What the demo itself did and saw, to be compared with what the hub says in the end."""

    parcels: list[ParcelDone] = field(default_factory=list)
    units: list[UnitDone] = field(default_factory=list)
    labels: int = 0
    """Labels that had to come out of the printer."""
    decoded: int = 0
    """Of them read from their picture."""
    scans: int = 0

    @property
    def live(self) -> list[UnitDone]:
        """Units that were not taken back."""
        return [unit for unit in self.units if not unit.taken_back]
