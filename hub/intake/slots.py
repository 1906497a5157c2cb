"""Slots: which places 1..n of a line the units fill. Only the hub gives them, in the order it receives (pure).

A unit of several pieces (a multi-pack) fills as many places. A bundle's slot has room for ``count`` pieces of each
part; a part fills the first slots that lack it. A unit that finds no room is refused and waits: when a slot is
freed, or the shop raises the quantity, the units that wait get it in the order they came. A unit with the serial
number of one that has its places is that piece once more and gets none (``domain/second_look.py``). What follows from a
set of units therefore depends on their order, not on how they were cut into batches.
"""

from __future__ import annotations

from collections import Counter

from rma_station.domain.events import SlotFreed, SlotGiven, SlotRefused
from rma_station.domain.rma import NOT_COUNTED, Case, Line, Rma, Unit
from rma_station.domain.second_look import same_serial

SlotEvent = SlotGiven | SlotRefused | SlotFreed


def settle(case: Case, rma: Rma) -> list[SlotEvent]:
    """What the hub has to say about the slots of an RMA's case so that every unit has its places, or its refusal.

    Returns:
        Events in the order they are to be applied; none when nothing changed.
    """
    said: list[SlotEvent] = []
    waiting: list[Unit] = []
    counted: list[Unit] = []
    used: dict[tuple[str, str], Counter[int]] = {}
    for unit in case.units.values():
        if unit.rma_id != rma.rma_id or unit.issue in NOT_COUNTED:
            continue
        if unit.taken_back:
            if unit.slots:
                said.append(SlotFreed(unit.unit_id, rma.rma_id, unit.line_id or "", unit.slots))
        elif unit.slots:
            _occupy(unit, rma, used)
            counted.append(unit)
        else:
            waiting.append(unit)
    for unit in waiting:
        line = rma.line(unit.line_id) if unit.line_id else None
        again = any(one.line_id == unit.line_id and same_serial(one, unit) for one in counted)
        places = _room(unit, line, used) if line and not again else None
        if places is not None:
            counted.append(unit)
            said.append(SlotGiven(unit.unit_id, rma.rma_id, unit.line_id or "", places))
        elif not unit.slots_refused:
            said.append(SlotRefused(unit.unit_id, rma.rma_id, unit.line_id or ""))
    return said


def _part(unit: Unit, line: Line) -> tuple[str, int] | None:
    """The part of the line a unit is, and how many pieces of it one slot has room for."""
    sku = unit.part_sku or unit.sku
    for part in line.parts:
        if part.product.sku == sku:
            return part.product.sku, part.count
    return None


def _occupy(unit: Unit, rma: Rma, used: dict[tuple[str, str], Counter[int]]) -> None:
    line = rma.line(unit.line_id) if unit.line_id else None
    found = _part(unit, line) if line else None
    if line is None or found is None:
        return
    sku, count = found
    taken = used.setdefault((line.line_id, sku), Counter())
    left = unit.pieces
    for slot in unit.slots:
        pieces = min(left, max(0, count - taken[slot]))
        taken[slot] += pieces
        left -= pieces


def _room(unit: Unit, line: Line, used: dict[tuple[str, str], Counter[int]]) -> tuple[int, ...] | None:
    found = _part(unit, line)
    if found is None or unit.pieces < 1:
        return None
    sku, count = found
    taken = used.setdefault((line.line_id, sku), Counter())
    if unit.pieces > line.quantity * count - sum(taken.values()):
        return None
    places: list[int] = []
    left = unit.pieces
    for slot in range(1, line.quantity + 1):
        pieces = min(left, count - taken[slot])
        if pieces > 0:
            taken[slot] += pieces
            left -= pieces
            places.append(slot)
        if left == 0:
            break
    return tuple(places)
