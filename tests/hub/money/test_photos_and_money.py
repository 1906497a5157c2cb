"""Money that waits for photos: held under the policy's own row, looked at again when the last one arrives."""

from __future__ import annotations

import dataclasses

import pytest

from hub import refunds, store
from hub.evidence import photos
from hub.evidence.blobs import Blob, arrived
from hub.ledger import refund_intents
from hub.policy import Policy
from hub.policy_file import shipped
from rma_station.domain import events as ev
from tests.hub import money_world
from tests.hub.build import NOW, RMA, Log, accepted, announce, new_hub, send
from tests.hub.money_world import World, amended, world

ONE, TWO = "1a" * 32, "2b" * 32


def taken(sha256: str, unit_id: str | None = "u1", photo_id: str = "") -> ev.PhotoTaken:
    """A photo of the unit, or of its parcel."""
    return ev.PhotoTaken(photo_id or sha256[:4], "p1", sha256, 1000, "image/jpeg", "grade", "camera", unit_id)


def arrive(at: World, *hashes: str) -> None:
    """The bytes of these photos are whole, and the hub proposes again."""
    row = {"size": 1000, "mime": "image/jpeg", "source": "bench-1", "complete_at": at.now}
    with at.database.transaction() as connection:
        store.upsert(connection, photos.blobs, [{"sha256": sha256, **row} for sha256 in hashes])
    at.propose(RMA)


def received(*happened: ev.Event, policy: Policy | None = None) -> World:
    """One unit in good condition, these events, and the parcel done."""
    at = world(policy=policy or shipped())
    at.receive("u1", [1])
    at.happen(RMA, *happened)
    at.done()
    return at


def test_a_unit_without_photos_waits_for_none() -> None:
    """A house that takes no photos notices nothing of them."""
    assert received().states() == [("proposed", "")]


@pytest.mark.parametrize("unit_id", ["u1", None])
def test_money_waits_for_the_photos_of_a_unit_and_its_parcel(unit_id: str | None) -> None:
    """Released with a settle delay of its own when the last one is here."""
    at = received(taken(ONE), taken(TWO, unit_id))
    assert at.states() == [("held", "photos")]

    arrive(at, ONE)
    assert at.states() == [("held", "photos")]
    at.pass_time(minutes=30)
    arrive(at, TWO)
    assert at.states() == [("proposed", "")]
    assert at.queue() == []

    at.pass_time(minutes=10)
    assert (len(at.queue()), at.states()) == (1, [("queued", "")])


def test_photos_of_another_unit_hold_nothing() -> None:
    """Each slot waits for its own."""
    at = received(taken(ONE, "u9"))

    assert at.states() == [("held", "marked")]  # u9 is nobody: that is what the mark says, and not the photos


def test_a_policy_without_the_row_waits_for_nothing() -> None:
    """It is the house that demands photos."""
    rows = tuple(rule for rule in shipped().rules if rule.id != "photos")
    at = received(taken(ONE), policy=dataclasses.replace(shipped(), rules=rows))

    assert at.states() == [("proposed", "")]
    arrive(at, ONE)
    assert at.states() == [("proposed", "")]


def test_a_photo_that_was_skipped_is_for_a_person() -> None:
    """The grading profile asks for it: nothing that arrives later says what the worker did not show."""
    at = received(taken(ONE), ev.PhotoSkipped("p1", "u1", "no_camera", 2, 1))
    arrive(at, ONE)

    assert at.states() == [("held", "photos")]


def test_a_photo_said_within_the_settle_delay_holds_the_money() -> None:
    """Nothing is frozen yet."""
    at = received()
    at.happen(RMA, taken(ONE))

    assert at.states() == [("held", "photos")]


def test_a_photo_said_after_the_money_was_sent_is_no_contradiction() -> None:
    """It changes nothing: a photo is evidence, no new fact about the goods."""
    at = received()
    at.pass_time(minutes=10)
    at.queue()
    at.happen(RMA, taken(ONE))
    arrive(at, ONE)

    assert [(row["state"], row["late_at"], row["photos_complete"]) for row in at.intents()] == [("queued", None, True)]


def test_a_late_contradiction_is_still_one_while_photos_are_waited_for() -> None:
    """The two have nothing to do with each other."""
    at = received()
    at.pass_time(minutes=10)
    at.queue()
    with at.database.transaction() as connection:
        connection.execute(refund_intents.update().values(state="succeeded", attempts=1))
    at.happen(RMA, taken(ONE), amended("u1", "D"))

    (row,) = at.intents()
    assert (row["state"], row["late_at"] is not None) == ("succeeded", True)


def test_what_a_person_decided_stays_decided() -> None:
    """Approved in spite of a photo that is not here: its arrival changes nothing."""
    at = received(taken(ONE))
    with at.database.transaction() as connection:
        connection.execute(refund_intents.update().values(state="approved", decided_by="000201"))
    arrive(at, ONE)

    assert [(row["state"], row["decided_by"]) for row in at.intents()] == [("approved", "000201")]


def test_what_a_person_holds_stays_held() -> None:
    """A re-grade was asked for: photos do not release it."""
    at = received(taken(ONE))
    with at.database.transaction() as connection:
        connection.execute(refund_intents.update().values(reason="regrade"))
    arrive(at, ONE)

    assert at.states() == [("held", "regrade")]


def test_photos_that_arrive_show_the_next_reason() -> None:
    """Worn goods: with all evidence there, it is a question of value."""
    at = world()
    at.receive("u1", [1], grade="C")
    at.happen(RMA, taken(ONE))
    at.done()
    assert at.states() == [("held", "photos")]

    arrive(at, ONE)
    assert at.states() == [("held", "diminished_value")]


def test_the_last_blob_lets_the_money_go() -> None:
    """From the batch of a station to the bytes of its photo, in the hub's own tables."""
    database = new_hub()
    world(database=database)
    announce(database, money_world.rma())
    log = Log()
    log.parcel("p1", RMA)
    log.unit("u1", "p1")
    log.grade("u1")
    log.say(taken(ONE), RMA, unit_id="u1")
    log.done("p1")
    assert accepted(send(database, log, propose=refunds.propose)) == 5

    def states() -> list[tuple[str, str]]:
        with database.transaction() as connection:
            query = refund_intents.select()
            return [(row.state, row.reason) for row in connection.execute(query)]

    before = states()
    for _ in range(2):
        with database.transaction() as connection:
            arrived(connection, Blob(ONE, 1000, "image/jpeg", "bench-1"), NOW, refunds.propose)

    assert (before, states()) == ([("held", "photos")], [("proposed", "")])
