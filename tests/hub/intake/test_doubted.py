"""Unsent refunds that rest on a station in quarantine wait for a person; money on its way is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub import acts
from hub.intake import quarantine
from hub.ledger import order_money, refund_intents, refund_steps
from hub.shop.document import OrderGiven, PaymentGiven
from rma_station.domain import events as ev
from rma_station.domain.rma import AnnouncedParcel
from tests.hub.benches import AS_NEW, BOSS, House, shop
from tests.hub.build import Log, send
from tests.hub.money_world import world

pytestmark = pytest.mark.failure(48)
ANNA, PIOTR = "000001", "000002"
HELD, PROPOSED, QUEUED = (("held", "doubted", 10000), ("proposed", "", 10000), ("queued", "", 10000))
WHY = "its program was a mix of two versions"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A hub with one return of one shirt."""
    return House(tmp_path)


def received(house: House, name: str = "bench-1", worker: str = ANNA) -> None:
    """A bench receives the shirt as new."""
    bench = house.station(name, worker)
    bench.receive(AS_NEW)
    bench.sync()


def flood(house: House, name: str = "bench-1") -> None:
    """A station goes mad under a log of its own."""
    log = Log(f"log-mad-{name}")
    for number in range(quarantine.LETTERS):
        log.put(b"nonsense %d" % number)
    send(house.database, log, station=name, now=house.now, propose=house.hub.propose)


def release(house: House, name: str = "bench-1") -> int:
    """A person believes it again."""
    with house.database.transaction() as connection:
        return quarantine.release(connection, name, WHY, "root", house.now)


def committed(house: House) -> int:
    """What the order's refunds are counted at."""
    with house.database.transaction() as connection:
        return connection.scalar(select(order_money.c.committed_minor)) or 0


def set_intents(house: House, **values: object) -> None:
    """What a provider's answer would have brought about."""
    with house.database.transaction() as connection:
        connection.execute(update(refund_intents).values(**values))


def test_a_refund_proposed_before_the_flood_is_held_and_goes_on_when_the_station_is_released(house: House) -> None:
    """Not paid in between, however long it takes; who held it and who let it go is kept with why."""
    received(house)
    flood(house)
    held = house.money()
    house.pay()
    waiting = house.money()
    count = release(house)
    released = house.money()
    house.pay()

    assert (held, waiting, count, released) == ([HELD], [HELD], 1, [PROPOSED])
    assert house.money() == [("succeeded", "", 10000)]
    with house.database.transaction() as connection:
        rows = connection.execute(select(refund_steps).order_by(refund_steps.c.step_id)).all()
        kept = [(act["what"], act["by"], act["result"]) for act in acts.listed(connection)]
    assert [(row.state, row.by, row.detail) for row in rows if row.detail] == [
        ("held", "hub", "in quarantine: bench-1"),
        ("proposed", "root", f"believed again: {WHY}"),
    ]
    assert kept == [
        ("release", "root", f"{WHY} (refunds that go on: 1)"),
        ("quarantine", "hub", "50 dead letters within an hour; refunds held: 1"),
    ]


def test_another_stations_refund_is_not_held(house: House) -> None:
    """It rests on nothing the mad station said."""
    house.station("bench-1", ANNA)
    received(house, "bench-2", PIOTR)
    flood(house)
    house.pay()

    assert house.money() == [("succeeded", "", 10000)]


def test_a_queued_refund_is_taken_back_and_counted_once_again_later(house: House) -> None:
    """What was committed for it is free while a person looks."""
    received(house)
    house.later(minutes=11)
    before = house.money(), committed(house)
    flood(house)
    held = house.money(), committed(house)
    release(house)
    house.later(minutes=1)

    assert (before, held) == (([QUEUED], 10000), ([HELD], 0))
    assert (house.money(), committed(house)) == ([QUEUED], 10000)


@pytest.mark.parametrize(
    ("state", "attempts"), [("in_flight", 1), ("unknown", 1), ("succeeded", 1), ("queued", 1), ("needs_human", 1)]
)
def test_what_was_sent_is_never_touched(house: House, state: str, attempts: int) -> None:
    """A hold would say that no money left, and nobody knows that: looking up goes on."""
    received(house)
    house.later(minutes=11)
    set_intents(house, state=state, attempts=attempts)
    flood(house)
    house.later(minutes=11)

    assert (house.money(), committed(house)) == ([(state, "", 10000)], 10000)


def test_a_supervisor_may_decide_while_the_station_is_in_quarantine(house: House) -> None:
    """The hold is not put back over what was decided with the flood known."""
    received(house)
    flood(house)
    bench = house.station("bench-2", PIOTR)

    assert (bench.queue(), bench.decide("approve")) == ({"RMA-2026-000001": "doubted"}, "-")
    house.pay()
    assert house.money() == [("succeeded", "", 10000)]


def test_what_a_supervisor_approved_before_the_flood_waits_and_stays_theirs(house: House) -> None:
    """They did not know what is known now; released, it is approved as they said."""
    house.tell(shop(kind="complaint"))
    received(house)
    approved = house.station("bench-2", PIOTR).decide("approve")
    house.now = house.now.replace(microsecond=1)
    flood(house)
    held = house.money()
    release(house)
    with house.database.transaction() as connection:
        decided_by = connection.scalar(select(refund_intents.c.decided_by))

    assert (approved, held) == ("-", [HELD])
    assert (house.money(), decided_by) == ([("approved", "", 10000)], BOSS)


def test_a_refund_asked_for_during_the_quarantine_on_facts_from_before_is_held_too(house: House) -> None:
    """The shop says more of the order meanwhile, and the policy would approve it."""
    by_card = OrderGiven("Z-1", (PaymentGiven("P1", "gift_card", 10000, refundable=False),), pieces=1)
    house.tell(replace(shop(), orders=(by_card,)))
    received(house)
    flood(house)
    before = house.money()
    house.tell(shop())
    house.later(minutes=1)

    assert (before, house.money()) == ([("held", "not_refundable", 10000)], [HELD])
    assert release(house) == 1


def test_each_refund_waits_for_its_own_station(tmp_path: Path) -> None:
    """Two pieces of one line, received at two benches that both went mad."""
    house = House(tmp_path)
    parcels = tuple(AnnouncedParcel(f"parcel-{name}", f"62777701234567890123456{name}", "dpd") for name in "78")
    house.tell(shop(2, parcels=parcels))
    for name, worker, tracking in (("bench-1", ANNA, parcels[0]), ("bench-2", PIOTR, parcels[1])):
        bench = house.station(name, worker)
        bench.receive(AS_NEW, code=tracking.tracking or "")
        bench.sync()
    flood(house)
    one = house.money()
    flood(house, "bench-2")
    both = house.money()

    assert (sorted(one), both) == ([HELD, PROPOSED], [HELD, HELD])
    assert release(house, "bench-2") == 1
    assert sorted(house.money()) == [HELD, PROPOSED]
    assert release(house) == 1


def test_photos_that_are_missing_hold_it_whatever_becomes_of_the_station() -> None:
    """The policy looks again as it would without the quarantine; releasing the station lets no rule be skipped."""
    town = world()
    town.receive("u1", [1])
    town.done()
    with town.database.transaction() as connection:
        connection.execute(update(refund_intents).values(state="held", reason="doubted"))
    photo = ev.PhotoTaken("ph1", "p1", "a" * 64, 10, "image/jpeg", "grade", "camera", "u1")
    town.happen("RMA-2026-000001", photo)

    assert town.states() == [("held", "photos")]
