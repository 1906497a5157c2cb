"""A supervisor changes the grade of a unit in the review: an event of the hub's own log, which goes down the feed.

The unit's bench folds it as the hub does: another grade, another place, a label that shows neither and is owed. What
follows for the money follows as after a bench's own amendment: the policy decides anew while nothing is frozen, a
queued refund is taken back, and one that has gone is a late contradiction that changes nothing by itself. While it is
not certain whether money went, the grade stands (design rules 3 and 4, sync reference 2.5).

Whoever changed a grade is one of the graders from then on: somebody else decides about the money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, and_, or_, select

from hub import hub_identity, ingest
from hub.intake import hub_log, projection
from hub.ledger import refund_intents
from hub.money.shares import line_subject
from hub.review.desk import graders_of
from hub.review.matter import UNCERTAIN, Matter, Said, nothing_booked
from hub.tables import event_cases, events
from rma_station.domain import events as ev
from rma_station.domain.clean import clean
from rma_station.domain.grading import DISPOSITIONS, GRADES
from rma_station.domain.rma import Case, Unit
from rma_station.domain.second_look import second_looks
from sync import review_wire

LATE = "late"
"""Word of an accepted change whose money had gone before."""


def change(matter: Matter, propose: ingest.Propose) -> Said:
    """Change the grade of ``decision.unit_id``, in the caller's transaction.

    Args:
        matter: role, PIN, basis, four eyes in its case and the reason are checked already.
        propose: what money follows.

    Returns:
        Refused with ``unit``, ``grade``, ``same_grade``, ``dangerous``, ``own_grading`` (another case of the unit) or
        ``money_moving``; accepted with the word ``late`` where money had gone.
    """
    connection, decision = matter.connection, matter.decision
    unit = matter.case.units.get(decision.unit_id)
    said = _refusal(unit, decision)
    if unit is None or said.code:
        return said
    known = _cases_of(connection, matter.case.case_id, unit)
    work = projection.load(connection, known)
    known = [case_id for case_id in known if unit.unit_id in work.cases[case_id].units]
    if any(matter.by in graders_of(work.cases[case_id]) for case_id in known):
        return Said("own_grading", "whoever graded in a case of this unit does not decide about it")
    if any(_uncertain(row) for row in _intents(connection, work.cases.values(), unit.unit_id)):
        return Said("money_moving", "it is not certain whether the money of this unit went; wait until it is")
    identity = hub_identity.identity(connection)
    stated = ev.Stated(_event(unit, decision), ev.Subject(tuple(known), unit.parcel_id, unit.unit_id))
    (fact,) = hub_log.append(connection, identity, [stated], matter.now, matter.by)
    projection.apply(work, fact, known, matter.now)
    ingest.finish(connection, identity, work, matter.now, propose)
    money = _intents(connection, work.cases.values(), unit.unit_id)
    late = any(row["late_at"] is not None and row["state"] == "succeeded" for row in money)
    return Said("", f"grade {decision.grade}", LATE if late else "")


def _refusal(unit: Unit | None, decision: review_wire.Decision) -> Said:
    if unit is None or unit.taken_back or unit.grading is None:
        return Said("unit", "there is no such graded unit in this case")
    known = decision.grade in GRADES and decision.disposition in DISPOSITIONS and _place(decision)
    if not known:
        return Said("grade", f"a grade is one of {' '.join(GRADES)}, a disposition one of {' '.join(DISPOSITIONS)}")
    before = unit.grading
    if before.dangerous:
        return Said("dangerous", "a dangerous unit stays in quarantine; it is graded again at a bench")
    if (before.grade, before.disposition) == (decision.grade, decision.disposition):
        return Said("same_grade", "this is the grade and the disposition it has")
    return Said()


def _place(decision: review_wire.Decision) -> str:
    return clean(decision.destination, 80).strip()


def _event(unit: Unit, decision: review_wire.Decision) -> ev.UnitAmended:
    """The answers stay the worker's: nobody has looked at the goods again."""
    assert unit.grading is not None
    before = unit.grading
    return ev.UnitAmended(
        unit_id=unit.unit_id,
        profile=before.profile,
        profile_version=before.profile_version,
        answers=before.answers,
        proposed_grade=before.proposed_grade,
        grade=decision.grade,
        proposed_disposition=before.proposed_disposition,
        disposition=decision.disposition,
        destination=_place(decision),
        changes=before.event_id,
    )


def _cases_of(connection: Connection, case_id: str, unit: Unit) -> list[str]:
    """The cases that know a unit: an orphan's and its RMA's both do."""
    of_event = select(events.c.number).where(events.c.event_id == unit.identified_by).scalar_subquery()
    query = select(event_cases.c.case_id).where(event_cases.c.number == of_event).order_by(event_cases.c.case_id)
    return list(dict.fromkeys((case_id, *connection.scalars(query))))


def _intents(connection: Connection, cases: Iterable[Case], unit_id: str) -> Sequence[RowMapping]:
    """The money of a unit: of the places it fills, or of those of the piece it is a second look at."""
    places = set()
    for case in cases:
        filling = {look.of for look in second_looks(case) if look.unit_id == unit_id} | {unit_id}
        for unit in (case.units[one] for one in filling if one in case.units):
            subject = line_subject(unit.rma_id or "", unit.line_id or "")
            places |= {(subject, slot) for slot in unit.slots}
    table = refund_intents
    wanted = [and_(table.c.subject == subject, table.c.slot == slot) for subject, slot in sorted(places)]
    if not wanted:
        return ()
    return connection.execute(select(table).where(or_(*wanted)).with_for_update()).mappings().all()


def _uncertain(row: RowMapping) -> bool:
    """In flight, unknown, on its way to be sent once more, or stopped in the middle."""
    state = row["state"]
    again = state == "queued" and row["attempts"] > 0
    return state in UNCERTAIN or again or (state == "needs_human" and not nothing_booked(row))
