"""Every row of the conflict policy, from two real benches to the money and back (sync reference 2.5).

Row 24 of the failure matrix: two stations grade the same piece and agree, disagree, or one is late.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from hub import cases, policy_file, refunds
from hub.money import losses
from hub.shop.document import LineGiven
from rma_station.domain.meaning import Command
from rma_station.domain.rma import AnnouncedParcel
from tests.fakes import NOON, StandingClock
from tests.hub.benches import AS_NEW, PARCEL, RMA, SHIRT, TRACKING, WORN, At, House, shop
from tests.services.bench import answer

ANNA, PIOTR = "000001", "000002"
OTHER = "627777012345678901234568"
"""Tracking number of a second parcel."""
DAY = 86400.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A hub with one return of one shirt."""
    return House(tmp_path)


def two_benches(house: House) -> tuple[At, At]:
    """Anna at the first, Piotr at the second; both know the return, neither has scanned anything."""
    return house.station("bench-1", ANNA), house.station("bench-2", PIOTR)


def graded_again(at: At, answers: int) -> None:
    """The label of the bench's one unit opens it again, and every question gets this answer."""
    (unit,) = at.bench.journal.projection.case(RMA).units.values()
    at.bench.scan(unit.lpn)
    at.bench.scan(unit.lpn)
    at.press(1, *[answers] * 4, Command.YES)


@pytest.mark.failure(24)
def test_a_the_same_item_twice_at_one_station_amends(house: House) -> None:
    """The label opens its unit, the questions come again; one unit, two gradings, nothing paid twice."""
    one = house.station("bench-1", ANNA)
    one.receive(AS_NEW)
    one.sync()
    before = house.money()
    graded_again(one, WORN)
    one.sync()

    assert before == [("proposed", "", 10000)]
    assert one.bench.types().count("unit.amended") == 1
    assert house.money() == [("held", "diminished_value", 10000)]
    assert [role for role, _, _ in one.roles()] == ["counts"]


@pytest.mark.failure(24)
@pytest.mark.parametrize("first", [0, 1])
def test_b_two_stations_of_one_mind_confirm_each_other(house: House, first: int) -> None:
    """Both gradings are kept, the one the hub received first counts, one refund goes out by itself."""
    benches = two_benches(house)
    for bench in benches:
        bench.receive(AS_NEW)
    benches[first].sync()
    benches[1 - first].sync()
    benches[first].sync()
    house.pay()

    names = ["bench-1", "bench-2"]
    assert benches[0].roles() == [("counts", "A", names[first]), ("confirms", "A", names[1 - first])]
    with house.database.transaction() as connection:
        seen = cases.view(connection, RMA)
    assert seen is not None
    assert [(unit.confirmed_by, unit.held) for unit in seen.units] == [(2, ""), (1, "second_look")]
    assert house.money() == [("succeeded", "", 10000)]
    assert benches[0].queue() == {}
    assert (benches[first].slots(), benches[1 - first].slots()) == ([(1,)], [()])


@pytest.mark.failure(24)
def test_b_a_late_confirmation_contradicts_nothing(house: House) -> None:
    """The second bench was offline for a day; the refund is out, and stays right."""
    one, two = two_benches(house)
    two.receive(AS_NEW)
    one.receive(AS_NEW)
    one.sync()
    house.pay()
    house.later(days=1)
    two.sync()

    assert house.money() == [("succeeded", "", 10000)]
    assert (one.queue(), [role for role, _, _ in one.roles()]) == ({}, ["counts", "confirms"])


@pytest.mark.failure(24)
@pytest.mark.parametrize("queued", [False, True])
def test_c_two_stations_of_two_minds_hold_the_refund(house: House, queued: bool) -> None:
    """Proposed or already queued: it is taken back, and a supervisor sees both gradings side by side."""
    one, two = two_benches(house)
    one.receive(AS_NEW)
    two.receive(WORN)
    one.sync()
    house.later(minutes=11 if queued else 5)
    before = house.money()
    two.sync()
    held = house.money()
    house.later(hours=1)

    assert before == [("queued" if queued else "proposed", "", 10000)]
    assert held == house.money() == [("held", "conflict", 10000)]
    assert one.queue() == {RMA: "conflict"}
    assert one.roles() == [("counts", "A", "bench-1"), ("contradicts", "C", "bench-2")]
    assert set(one.file().graded_by) == {ANNA, PIOTR}
    assert one.decide("approve") == "-"
    house.pay()
    assert house.money() == [("succeeded", "", 10000)]


@pytest.mark.failure(24)
def test_c_the_second_bench_looks_again_and_agrees(house: House) -> None:
    """Its amendment ends the conflict; the refund goes the usual way."""
    one, two = two_benches(house)
    one.receive(AS_NEW)
    two.receive(WORN)
    one.sync()
    two.sync()
    graded_again(two, AS_NEW)
    two.sync()

    assert house.money() == [("proposed", "", 10000)]
    assert [role for role, _, _ in one.roles()] == ["counts", "confirms"]


@pytest.mark.failure(24)
def test_b_whoever_looked_again_and_agreed_is_one_of_the_graders(house: House) -> None:
    """Also when the refund is out: none of them may confirm the bank's file it is in (four eyes)."""
    one, two = two_benches(house)
    one.receive(AS_NEW)
    two.receive(AS_NEW)
    one.sync()
    house.pay()
    before = house.graders()
    two.sync()

    assert (before, house.graders()) == ([ANNA], sorted([ANNA, PIOTR]))
    assert house.money() == [("succeeded", "", 10000)]


@pytest.mark.failure(24)
def test_d_a_contradiction_after_the_refund_changes_nothing_by_itself(house: House) -> None:
    """A supervisor sees what was paid and both sides, and what is lost is on record only by their word."""
    one, two = two_benches(house)
    one.receive(AS_NEW)
    two.receive(WORN)
    one.sync()
    house.pay()
    two.sync()
    house.later(days=2)

    seen = one.file()
    assert house.money() == [("succeeded", "", 10000)]
    assert one.queue() == {RMA: "late_contradiction"}
    assert [role for role, _, _ in one.roles()] == ["counts", "contradicts"]
    assert [(paid.state, paid.amount_minor, paid.lost_minor) for paid in seen.paid] == [("succeeded", 10000, 0)]
    with house.database.transaction() as connection:
        waiting = losses.report(connection)
    assert one.decide("adjust", deduction_minor=4000, reason="plama") == "-"
    with house.database.transaction() as connection:
        settled = losses.report(connection)
    assert [(row["state"], row["paid_minor"], row["lost_minor"]) for row in waiting] == [("open", 10000, None)]
    assert [(row["state"], row["paid_minor"], row["lost_minor"]) for row in settled] == [("recorded", 10000, 4000)]
    assert (house.money(), one.queue()) == ([("succeeded", "", 10000)], {})


@pytest.mark.failure(24)
def test_e_slots_are_given_in_the_order_of_the_hub_and_the_surplus_is_held(house: House) -> None:
    """Two of a line of two come at one bench, a third in another parcel at another: it is nobody's slot."""
    house.tell(shop(2, parcels=(AnnouncedParcel(PARCEL, TRACKING, "dpd"), AnnouncedParcel("p-2", OTHER, "dpd"))))
    one, two = two_benches(house)
    one.receive(AS_NEW, AS_NEW)
    two.receive(WORN, code=OTHER)
    one.sync()
    two.sync()
    one.sync()
    two.sync()
    house.pay()

    assert (one.slots(), two.slots()) == ([(1,), (2,)], [()])
    assert [(state, amount) for state, _, amount in house.money()] == [("succeeded", 10000), ("succeeded", 10000)]
    assert (one.queue(), [role for role, _, _ in one.roles()]) == ({RMA: "surplus"}, ["counts", "counts", "alone"])
    assert (one.decide("noted"), one.queue()) == ("-", {})


@pytest.mark.failure(24)
def test_e_one_more_than_the_line_has_waits_for_a_person(house: House) -> None:
    """It is held without money until a supervisor has noted it."""
    one = house.station("bench-1", ANNA)
    one.receive(AS_NEW, AS_NEW)
    one.sync()
    house.pay()

    assert house.money() == [("succeeded", "", 10000)]
    assert one.queue() == {RMA: "over_receipt"}
    assert [role for role, _, _ in one.roles()] == ["counts", "alone"]
    assert one.decide("noted") == "-"
    assert one.queue() == {}
    assert one.decide("noted", intent_key="") == "state"


@pytest.mark.failure(24)
def test_e_a_piece_counted_at_two_benches_fills_no_second_slot_by_itself(house: House) -> None:
    """Line of two, one piece in the parcel: both benches graded it. The second slot is not paid without a person."""
    house.tell(shop(2))
    one, two = two_benches(house)
    one.receive(AS_NEW)
    two.receive(AS_NEW)
    one.sync()
    two.sync()
    house.pay()

    assert {(state, reason) for state, reason, _ in house.money()} == {("held", "marked")}


@pytest.mark.failure(24)
def test_f_an_item_of_nobodys_return_waits_at_the_desk(house: House) -> None:
    """An unknown parcel is stored and graded, and refunds nothing."""
    one = house.station("bench-1", ANNA)
    one.bench.scan("STRAY0000012345")
    one.press(Command.YES, 1)
    one.grade(AS_NEW)
    one.press(Command.PARCEL_DONE, Command.YES)
    one.sync()

    assert (list(one.queue().values()), house.money()) == (["orphan"], [])


@pytest.mark.failure(24)
def test_g_a_decision_is_void_when_a_grading_was_on_its_way(house: House) -> None:
    """The supervisor saw one grading; the other bench's arrived before the decision did. Back to the queue."""
    one, two = two_benches(house)
    one.receive(WORN)
    two.receive(AS_NEW)
    one.sync()
    seen = one.file()
    two.sync()

    assert one.decide("approve", seen=seen) == "basis_changed"
    assert house.money() == [("held", "conflict", 10000)]
    assert one.queue() == {RMA: "conflict"}
    assert one.decide("decline", reason="zużycie") == "-"


@pytest.mark.failure(24)
def test_g_a_regrade_that_agrees_decides_anew(house: House) -> None:
    """Asked for and done at another bench: it is not held for the re-grade any more."""
    one, two = two_benches(house)
    one.receive(WORN)
    one.sync()
    asked = one.decide("regrade", reason="zdjęcie nieostre")
    two.receive(WORN)
    held = house.money()
    two.sync()

    assert (asked, held) == ("-", [("held", "regrade", 10000)])
    assert house.money() == [("held", "diminished_value", 10000)]
    assert [role for role, _, _ in one.roles()] == ["counts", "confirms"]


@pytest.mark.failure(24, 37)
@pytest.mark.parametrize(
    ("change", "money"),
    [
        ({"cancelled": True}, [("held", "cancelled", 10000)]),
        ({"kind": "complaint"}, [("held", "complaint", 10000)]),
        ({"lines": (LineGiven("L9", "SHIRT", 1, 0),)}, []),
    ],
)
def test_h_what_the_shop_changed_meanwhile_counts(house: House, change: dict[str, object], money: object) -> None:
    """The bench was offline and graded by its old copy: the grade is kept, money follows the shop's present word."""
    one = house.station("bench-1", ANNA)
    house.tell(shop(1, **change))
    one.receive(AS_NEW)
    one.sync()

    assert house.money() == money
    assert [grade for _, grade, _ in one.roles()] == ["A"]


@pytest.mark.failure(24, 37)
def test_h_a_return_cancelled_after_its_grading_is_taken_back(house: House) -> None:
    """While nothing is paid; and the other way round when the shop changes its mind."""
    one = house.station("bench-1", ANNA)
    one.receive(AS_NEW)
    one.sync()
    house.later(minutes=11)
    before = house.money()
    house.tell(shop(1, cancelled=True))
    held = house.money()
    house.tell(shop(1))

    assert before == [("queued", "", 10000)]
    assert held == [("held", "cancelled", 10000)]
    assert house.money() == [("proposed", "", 10000)]


@pytest.mark.failure(37)
def test_a_policy_that_changes_while_events_travel_never_pays_twice(house: House) -> None:
    """Every decision keeps its version; what is paid stays paid under its key, whatever the new one says."""
    one, two = two_benches(house)
    one.receive(AS_NEW)
    one.sync()
    house.pay()
    stricter = replace(policy_file.shipped(), version=99, rules=policy_file.shipped().rules[-1:])
    house.hub.propose = refunds.proposing(stricter)
    two.receive(AS_NEW)
    two.sync()
    house.tell(shop(1, received_on="2026-11-21"))

    assert house.money() == [("succeeded", "", 10000)]


@pytest.mark.failure(24)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order_of_arrival_comes_to_the_same_money(house: House, order: tuple[int, ...]) -> None:
    """Three benches, one of another mind: held, once, whoever is received first."""
    benches = [house.station(f"bench-{n}", ANNA) for n in range(3)]
    for bench, answers in zip(benches, (AS_NEW, WORN, AS_NEW), strict=True):
        bench.receive(answers)
    for which in order:
        benches[which].sync()

    assert house.money() == [("held", "conflict", 10000)]
    assert sorted(role for role, _, _ in benches[0].roles()).count("counts") == 1


@pytest.mark.failure(21, 24)
def test_the_hub_says_when_it_was_by_its_own_clock(house: House) -> None:
    """A bench 400 days ahead: its times are evidence, corrected by what its clock said at hello; order is the hub's."""
    one = house.station("bench-1", ANNA, StandingClock(wall=NOON + 400 * DAY))
    two = house.station("bench-2", PIOTR)
    one.receive(AS_NEW)
    two.receive(WORN)
    one.sync()
    two.sync()

    first, second = one.file().gradings
    assert (first.station, first.occurred_at[:10], first.corrected_at[:10]) == ("bench-1", "2027-12-29", "2026-11-24")
    assert (second.station, second.occurred_at[:10], second.clock_state) == ("bench-2", "2026-11-24", "ok")
    assert house.money() == [("held", "conflict", 10000)]


@pytest.mark.failure(21)
@pytest.mark.parametrize("wall", [0.0, NOON - 400 * DAY, NOON + 400 * DAY])
def test_the_settle_delay_and_the_deadline_are_the_hubs(house: House, wall: float) -> None:
    """Whatever a station's clock says, ten minutes are ten of the hub's, and days are counted from its today."""
    one = house.station("bench-1", ANNA, StandingClock(wall=wall))
    one.receive(WORN)
    one.sync()
    days = [item.days_left for item in one.file().intents]
    assert one.decide("approve") == "-"
    house.later(minutes=9)
    early = house.money()
    house.later(minutes=2)

    assert days == [10]
    assert (early[0][0], house.money()[0][0]) == ("approved", "queued")


def test_a_second_bench_online_is_told_and_misses_nothing_that_lies_before_it(house: House) -> None:
    """The hub refuses its unit a place while the parcel is in hand: told once, held, and not called missing."""
    one = house.station("bench-1", ANNA)
    one.receive(AS_NEW)
    one.sync()
    two = house.station("bench-2", PIOTR)

    opened = two.open()
    two.bench.scan(SHIRT)
    two.sync()
    told = [answer(two.bench.station.refresh()) for _ in range(2)]
    two.press(*[AS_NEW] * 4, Command.YES, Command.LABEL_OWED)
    done = two.press(Command.PARCEL_DONE)

    parcel = two.bench.book.parcel(PARCEL)
    (unit,) = two.bench.book.case(RMA).live_units
    assert (opened, told) == ("attention:parcel_received_at", ["attention:no_place", ""])
    assert (done, parcel.not_in_parcel if parcel else None) == ("ok:parcel_done", ())
    assert (unit.slots_refused, unit.grading.disposition if unit.grading else "") == (True, "hold")


def test_the_evidence_says_which_profile_each_grading_was_asked_by(house: House) -> None:
    """At its moment and by its worker: so a station knows in whose words its answers are."""
    one, other = house.station("bench-1", ANNA), house.station("bench-2", PIOTR)
    for bench, answers in ((one, AS_NEW), (other, WORN)):
        bench.receive(answers)
        bench.sync()
    seen = one.file()

    asked = {(line.at, line.who): line.values["profile"] for line in seen.evidence if line.what == "event.unit.graded"}
    assert [asked[each.corrected_at or each.occurred_at, each.worker_id] for each in seen.gradings] == ["apparel"] * 2
