"""A supervisor changes a grade in the review: the hub says it, the bench learns it, the money follows.

From real benches to the money and back (design section 6, rules 3, 4 and 10; sync reference 2.5).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import feed, hub_identity, ledger, people
from hub.review import decisions
from hub.tables import movements
from rma_station.domain.book import Person
from rma_station.domain.meaning import Command
from rma_station.domain.rma import Unit
from sync import review_wire, wire
from tests.hub.benches import AS_NEW, BOSS, PIN, RMA, WORN, At, House, shop

ANNA, PIOTR = "000001", "000002"
OTHER_BOSS, WORKER = "000902", "000903"
OUTLET = {"grade": "B", "disposition": "outlet", "destination": "OUTLET"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A hub with one return of one shirt, and a second supervisor."""
    made = House(tmp_path)
    with made.database.transaction() as connection:
        for number, role in ((OTHER_BOSS, "supervisor"), (WORKER, "worker")):
            people.put_person(connection, Person(number, "Jan", role), PIN, made.now, os.urandom)
    return made


def unit_of(at: At) -> Unit:
    """The bench's one unit."""
    (unit,) = at.bench.journal.projection.case(RMA).units.values()
    return unit


def labelled(at: At, answers: int) -> None:
    """A parcel with one unit, whose label is scanned back: it lies in its place."""
    at.open()
    at.grade(answers)
    at.bench.scan(unit_of(at).lpn)
    at.press(Command.PARCEL_DONE, Command.YES)
    at.sync()


def change(at: At, seen: review_wire.ReviewCase | None = None, **more: Any) -> str:
    """The supervisor changes the unit's grade to B; the code of the refusal, or ``-``."""
    case = seen or at.file()
    said = {"intent_key": "", "unit_id": case.gradings[0].unit_id, "reason": "rysa jest z fabryki", **OUTLET}
    return at.decide("grade", seen=case, **{**said, **more})


def put(house: House, **values: Any) -> None:
    """The refund as a provider, or its silence, has brought it to."""
    with house.database.transaction() as connection:
        connection.execute(update(ledger.refund_intents).values(**values))


def test_from_the_review_to_the_bench_and_the_money(house: House) -> None:
    """Held for its grade, changed to B at another station: the policy pays, and the bench learns it."""
    at, desk = house.station("bench-1", ANNA), house.station("desk", PIOTR)
    labelled(at, WORN)
    held = house.money()
    said = change(desk)
    proposed = house.money()
    house.pay()
    at.sync()

    unit = unit_of(at)
    assert (held[0][:2], said, proposed) == (("held", "diminished_value"), "-", [("proposed", "", 10000)])
    assert [one[0] for one in house.money()] == ["succeeded"]
    assert [(g.grade, g.worker_id) for g in unit.gradings][1:] == [("B", BOSS)]
    assert (unit.grading and unit.grading.disposition, unit.grading and unit.grading.destination) == (
        "outlet",
        "OUTLET",
    )
    assert (unit.placed_at, unit.label, unit.label_outdated) == (None, "owed", True)
    assert house.graders() == sorted([ANNA, BOSS])


def test_the_label_at_the_bench_opens_the_unit_and_asks_for_a_new_one(house: House) -> None:
    """Scanning the old label proves nothing; the new one goes on, is scanned back, and the unit is at its new place."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    change(at)
    at.sync()
    lpn = unit_of(at).lpn

    opened = at.bench.scan(lpn)
    still = (unit_of(at).label, unit_of(at).placed_at)
    printed = at.press(2)
    back = at.bench.scan(lpn)
    at.sync()

    assert (opened, still) == ("attention:regraded", ("owed", None))
    assert (printed, back) == ("ok:label_again", "ok:label_confirmed")
    assert (unit_of(at).placed_at, unit_of(at).label, unit_of(at).label_outdated) == ("OUTLET", "confirmed", False)


def test_the_stock_movement_is_reversed_at_hub_and_bench(house: House) -> None:
    """As with a bench's own amendment: out of the old place at once, into the new one when the label is scanned."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    change(at)
    at.sync()

    with house.database.transaction() as connection:
        rows = connection.execute(select(movements.c.reverses, movements.c.pieces).order_by(movements.c.seq)).all()
    here = at.bench.journal.database.connection.execute("SELECT pieces, cause, worker_id FROM movements").fetchall()
    assert [bool(row.reverses) for row in rows] == [False, True]
    assert here == [(1, "unit.placed", ANNA), (-1, "unit.amended", BOSS)]


def test_a_lower_grade_takes_a_queued_refund_back(house: House) -> None:
    """Frozen and not sent: it is held for a person again, who is not the one that changed the grade."""
    at = house.station("bench-1", ANNA)
    labelled(at, AS_NEW)
    house.later(minutes=11)
    queued = house.money()
    said = change(at, grade="D", disposition="recycle", destination="ODPADY")

    assert (queued, said) == ([("queued", "", 10000)], "-")
    assert house.money() == [("held", "diminished_value", 10000)]
    assert at.decide("approve") == "own_grading"
    assert at.decide("approve", worker_id=OTHER_BOSS) == "-"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "in_flight", "attempts": 1},
        {"state": "unknown", "attempts": 1},
        {"state": "queued", "attempts": 1},
        {"state": "needs_human", "attempts": 1, "reason": "unclear"},
    ],
)
def test_nothing_is_changed_while_nobody_knows_whether_the_money_went(house: House, values: dict[str, Any]) -> None:
    """Design rule 3: refused while the first is in flight or unknown."""
    at = house.station("bench-1", ANNA)
    labelled(at, AS_NEW)
    put(house, **values)

    assert change(at) == "money_moving"
    assert [(one.grade, one.worker_id) for one in at.file().gradings] == [("A", ANNA)]


@pytest.mark.failure(24)
def test_after_the_refund_it_is_a_late_contradiction_and_no_money_moves(house: House) -> None:
    """Sync reference 2.5: an exception for a person, nothing automatic; the answer says so."""
    at = house.station("bench-1", ANNA)
    labelled(at, AS_NEW)
    house.pay()
    case = at.file()
    given = {"unit_id": case.gradings[0].unit_id, "reason": "plama", "grade": "D"}
    decision = review_wire.Decision(
        "", "grade", BOSS, PIN, case.basis, disposition="recycle", destination="ODPADY", **given
    )
    with house.database.transaction() as connection:
        reply = decisions.decide(connection, RMA, decision, house.now, house.hub.propose)

    assert (reply.accepted, reply.code) == (True, "late")
    assert house.money() == [("succeeded", "", 10000)]
    assert at.queue() == {RMA: "late_contradiction"}


@pytest.mark.parametrize("waited", [0, 11])
def test_a_difference_that_has_not_left_waits_for_a_person_again(house: House, waited: int) -> None:
    """A supervisor gave more back for another grade; what is frozen of it is taken back like any other refund."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    key = at.file().intents[0].intent_key
    more = {"worker_id": OTHER_BOSS, "reason": "mniej", "intent_key": key}
    assert at.decide("adjust", deduction_minor=3000, **more) == "-"
    house.pay()
    assert at.decide("adjust", deduction_minor=1000, **more) == "-"
    if waited:
        house.later(minutes=waited)
    before = sorted(house.money())
    assert change(at, grade="D", disposition="recycle", destination="ODPADY") == "-"
    house.later(minutes=11)

    assert before == [("queued" if waited else "approved", "", 2000), ("succeeded", "", 7000)]
    assert sorted(house.money()) == [("held", "late_contradiction", 2000), ("succeeded", "", 7000)]
    with house.database.transaction() as connection:
        assert connection.scalar(select(ledger.order_money.c.committed_minor)) == 7000


def test_after_a_decline_a_person_looks_again(house: House) -> None:
    """The no was said about another grade; nothing went, and nothing goes by itself."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    at.decide("decline", reason="zużyte", worker_id=OTHER_BOSS)

    assert change(at) == "-"
    assert [one[0] for one in house.money()] == ["declined"]
    assert at.queue() == {RMA: "late_contradiction"}


def test_a_unit_of_a_matched_orphan_is_changed_in_both_its_cases(house: House) -> None:
    """The orphan's case and the return's tell of one piece, at the hub and at the bench."""
    at = house.station("bench-1", ANNA)
    at.bench.scan("UNKNOWN-77")
    at.press(Command.YES, 1)
    at.grade(WORN)
    at.press(Command.PARCEL_DONE, Command.YES)
    at.sync()
    (orphan,) = at.queue()
    matched = at.decide("match", orphan, rma_id=RMA)
    at.sync()
    said = change(at)
    at.sync()

    cases = [at.bench.journal.projection.case(one).units for one in (orphan, RMA)]
    here = [[grading.grade for unit in units.values() for grading in unit.gradings] for units in cases]
    hub = [[seen.grade for seen in at.file(one).gradings] for one in (orphan, RMA)]
    assert (matched, said) == ("-", "-")
    assert (here, hub) == ([["C", "B"], ["C", "B"]], [["B"], ["B"]])


def test_nobody_comes_round_four_eyes_by_the_orphans_case(house: House) -> None:
    """Whoever graded in the return is refused there, and so by the way of a parcel that was matched to it."""
    house.tell(shop(2))
    at = house.station("bench-1", ANNA)
    at.receive(WORN)
    at.bench.scan("UNKNOWN-77")
    at.press(Command.YES, 1)
    at.grade(WORN)
    at.press(Command.PARCEL_DONE, Command.YES)
    at.sync()
    (orphan,) = [case_id for case_id, reason in at.queue().items() if reason == "orphan"]
    (lost,) = at.file(orphan).gradings
    (other,) = at.file().gradings
    assert at.decide("match", orphan, rma_id=RMA, worker_id=OTHER_BOSS) == "-"
    assert change(at, unit_id=other.unit_id) == "-"

    def changed_in(case_id: str, worker_id: str) -> str:
        given = {"intent_key": "", "unit_id": lost.unit_id, "reason": "rysa", "worker_id": worker_id, **OUTLET}
        return at.decide("grade", case_id, **given)

    assert (changed_in(RMA, BOSS), changed_in(orphan, BOSS)) == ("own_grading", "own_grading")
    assert changed_in(orphan, OTHER_BOSS) == "-"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pin": "000000"}, "pin"),
        ({"worker_id": WORKER}, "role"),
        ({"reason": " "}, "reason_missing"),
        ({"unit_id": "nobody"}, "unit"),
        ({"unit_id": ""}, "unit"),
        ({"grade": "F"}, "grade"),
        ({"disposition": "moon"}, "grade"),
        ({"destination": "  "}, "grade"),
        ({"grade": "C", "disposition": "outlet"}, "same_grade"),
        ({"intent_key": "somebody-elses"}, "state"),
    ],
)
def test_what_cannot_be_is_refused_by_name(house: House, given: dict[str, Any], code: str) -> None:
    """Nothing of it is written."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    before = at.file()

    if code == "same_grade":
        given = {"grade": before.gradings[0].grade, "disposition": before.gradings[0].disposition}
    assert change(at, **given) == code
    assert replace(at.file(), hub=before.hub) == before


def test_nobody_changes_what_they_graded(house: House) -> None:
    """Also not a second time what they changed in the review: somebody else looks then."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)

    assert change(at) == "-"
    assert change(at, grade="A", disposition="restock", destination="A") == "own_grading"
    assert change(at, worker_id=OTHER_BOSS, grade="A", disposition="restock", destination="A") == "-"


@pytest.mark.failure(24)
def test_a_grading_on_its_way_makes_it_void(house: House) -> None:
    """The supervisor saw another one."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    seen = at.file()
    again(at, AS_NEW)
    at.sync()

    assert change(at, seen) == "basis_changed"


def again(at: At, answers: int) -> None:
    """The label opens the unit, and every question gets this answer."""
    at.bench.scan(unit_of(at).lpn)
    at.press(1, *[answers] * 4, Command.YES, Command.LABEL_OWED)


@pytest.mark.failure(24)
def test_station_and_hub_come_to_one_grade_when_the_bench_graded_meanwhile(house: House) -> None:
    """Offline, the bench graded again; its grading is received last and counts, here and there."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    assert change(at) == "-"
    again(at, AS_NEW)
    at.sync()

    unit = unit_of(at)
    assert [one.grade for one in unit.gradings] == ["C", "B", "A"]
    assert [(one.grade, one.worker_id) for one in at.file().gradings] == [("A", ANNA)]
    assert unit.label_outdated is False


@pytest.mark.failure(24)
def test_a_second_look_brought_into_line_ends_the_conflict(house: House) -> None:
    """Two benches of two minds: the supervisor says which grade it is, and the policy decides over it."""
    one, two = house.station("bench-1", ANNA), house.station("bench-2", PIOTR)
    for bench, answers in ((one, AS_NEW), (two, WORN)):
        bench.receive(answers)
        bench.sync()
    contradicting = next(seen for seen in one.file().gradings if seen.role == "contradicts")
    held = house.money()
    said = change(one, unit_id=contradicting.unit_id, grade="A", disposition="restock", destination="R1")
    two.sync()

    assert (held, said) == ([("held", "conflict", 10000)], "-")
    assert house.money() == [("proposed", "", 10000)]
    assert [grading.grade for grading in unit_of(two).gradings] == ["C", "A"]


def test_it_stands_in_the_hubs_own_log_and_in_the_evidence(house: House) -> None:
    """An event like any other, sealed and sent down the feed, with who said it."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    change(at)

    (seen,) = at.file().gradings
    evidence = [line for line in at.file().evidence if line.what == "event.unit.amended"]
    assert (seen.grade, seen.worker_id, seen.station) == ("B", BOSS, "hub")
    assert [(line.who, line.values["grade"]) for line in evidence] == [(BOSS, "B")]
    with house.database.transaction() as connection:
        query = select(ledger.decisions).where(ledger.decisions.c.verdict == "grade")
        (row,) = connection.execute(query).mappings().all()
        assert hub_identity.identity(connection).mode == "sample"
    assert (row["reason"], row["inputs"]["unit_id"]) == ("rysa jest z fabryki", seen.unit_id)


@pytest.mark.failure(18)
def test_an_older_station_takes_it_for_an_amendment(house: House) -> None:
    """Protocols 1 and 2 refuse unknown fields of an event: they are told the same without the new one."""
    at = house.station("bench-1", ANNA)
    labelled(at, WORN)
    change(at)

    def payload(protocol: int) -> Any:
        with house.database.transaction() as connection:
            page = feed.page(connection, "", 500, house.now, protocol)
        assert not isinstance(page, wire.Problem)
        (entry,) = [one for one in page.entries if one.kind == "fact" and one.body["type"] == "unit.amended"]
        return entry.body["payload"]

    assert ["changes" in payload(protocol) for protocol in (1, 2, 3)] == [False, False, True]
    assert payload(1)["grade"] == "B"


def test_a_unit_without_money_is_changed_too(house: House) -> None:
    """One piece too many: no refund follows it, its place does."""
    house.tell(shop())
    at = house.station("bench-1", ANNA)
    at.receive(AS_NEW, AS_NEW)
    at.sync()
    alone = next(seen for seen in at.file().gradings if seen.role == "alone")

    assert change(at, unit_id=alone.unit_id) == "-"
    assert [one[0] for one in house.money()] == ["proposed"]
