"""The gradings of a unit in the order that counts, and what a change of the last one means for its label and place.

A bench's gradings stand in the order of its log. One that a supervisor changed in the review is said by the hub and
comes down the feed later, perhaps after the bench has graded once more: it stands right behind the grading it changes,
so that station and hub come to the same one in force (sync reference R9).
"""

from __future__ import annotations

from rma_station.domain.changed import changed
from rma_station.domain.rma import Grading, Unit


def changed_in_review(unit: Unit, grading: Grading) -> Unit:
    """The unit with a grading the hub said; without the grading it changes, which was undone meanwhile, as before."""
    places = [number for number, one in enumerate(unit.gradings, 1) if one.event_id == grading.changes]
    if not places:
        return unit
    place = places[0]
    placed = changed(unit, gradings=(*unit.gradings[:place], grading, *unit.gradings[place:]))
    return _label_outdated(placed) if placed.grading is grading else placed


def undone(unit: Unit, event_id: str) -> Unit:
    """The unit without a grading and without what was changed of it in the review."""
    gone, of_review = {event_id}, False
    for one in unit.gradings:
        if one.event_id in gone or one.changes in gone:
            gone.add(one.event_id)
            of_review = of_review or bool(one.changes)
    left = tuple(one for one in unit.gradings if one.event_id not in gone)
    if left[-1:] == unit.gradings[-1:]:
        return changed(unit, gradings=left)  # what is in force, and with it place and label, is as it was
    kept = changed(unit, gradings=left, placed_at=None)
    # A label may have been printed by the changed grade: it is as wrong now as the one before it was.
    return _label_outdated(kept) if of_review else kept


def _label_outdated(unit: Unit) -> Unit:
    """Where it lies and what its label says is no longer what is in force; the label is owed, where there is one."""
    outdated = unit.label != "none"
    return changed(unit, placed_at=None, label="owed" if outdated else unit.label, label_outdated=outdated)
