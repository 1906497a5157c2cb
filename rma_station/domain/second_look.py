"""Two benches had the same piece: the grading the hub received first is in force, the other one is a second look.

A line has as many slots as pieces were sold. A unit that finds no free slot is surplus, unless another bench filled
the slot and nothing says that it is another piece: the same serial number, or the same parcel (or parcels of which
nobody knows a number). Then both gradings are kept and compared. When they are of one class the first is confirmed;
when not, a person decides. Source: sync reference 2.5.
"""

from __future__ import annotations

from rma_station.domain.record import dataclass
from rma_station.domain.rma import NOT_COUNTED, Case, Unit


@dataclass(frozen=True)
class SecondLook:
    """A unit that fills no slot because it is, as far as anybody can tell, a piece another bench has counted."""

    unit_id: str
    of: str
    """The unit that fills the slot."""
    agrees: bool | None
    """Both gradings are of one class; ``None`` while one of the two is missing."""


def second_looks(case: Case) -> tuple[SecondLook, ...]:
    """All second looks of a case, in the order of their units.

    Pieces of a line are alike, so equal serial numbers are matched first, then equal classes, then what is left.
    """
    filled = [unit for unit in case.live_units if unit.slots and unit.log_id]
    later = [unit for unit in case.live_units if unit.slots_refused and unit.log_id and unit.issue not in NOT_COUNTED]
    if not later:
        return ()
    found: dict[str, SecondLook] = {}
    taken: set[tuple[str, str]] = set()
    for wish in (same_serial, _one_class, _anything):
        for unit in later:
            for first in filled if unit.unit_id not in found else ():
                place = first.unit_id, unit.log_id
                if place not in taken and wish(first, unit) and _may_be_same(case, first, unit):
                    found[unit.unit_id] = SecondLook(unit.unit_id, first.unit_id, agree(first, unit))
                    taken.add(place)
                    break
    return tuple(found[unit.unit_id] for unit in later if unit.unit_id in found)


def confirmed_by(case: Case, unit_id: str) -> int:
    """How many gradings say the same of a unit, its own one counted; 0 while it is not graded."""
    agreeing = sum(look.agrees is True for look in second_looks(case) if look.of == unit_id)
    return 1 + agreeing if case.units[unit_id].gradings else 0


def agree(first: Unit, second: Unit) -> bool | None:
    """Whether two gradings are of one class: the same grade, and both dangerous or neither."""
    one, other = first.grading, second.grading
    if one is None or other is None:
        return None
    return (one.grade, one.dangerous) == (other.grade, other.dangerous)


def same_serial(first: Unit, second: Unit) -> bool:
    """Whether two units of a product carry one serial number: then they are one piece."""
    same_product = (first.part_sku or first.sku) == (second.part_sku or second.sku)
    return first.serial is not None and first.serial == second.serial and same_product


def _one_class(first: Unit, second: Unit) -> bool:
    return agree(first, second) is True


def _anything(first: Unit, second: Unit) -> bool:
    return True


def _may_be_same(case: Case, first: Unit, second: Unit) -> bool:
    if first.log_id == second.log_id or (first.line_id, first.pieces) != (second.line_id, second.pieces):
        return False
    if (first.part_sku or first.sku) != (second.part_sku or second.sku):
        return False
    if first.serial is not None and second.serial is not None:
        return first.serial == second.serial
    if first.parcel_id == second.parcel_id:
        return True
    parcels = (case.parcels.get(first.parcel_id), case.parcels.get(second.parcel_id))
    tracking = {parcel.tracking if parcel else None for parcel in parcels}
    return len(tracking) == 1
