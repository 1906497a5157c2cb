"""Only the hub gives slots, in the order it receives."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub import hub_identity, store
from hub.intake import slots
from hub.review import desk
from hub.tables import feed
from rma_station.domain import events as ev
from rma_station.domain import rma as rm
from tests.hub.build import NOW, RMA, Log, accepted, an_rma, announce, case_of, new_hub, plain_line, send


def unit(unit_id: str, **changes: object) -> rm.Unit:
    """A unit of line L1."""
    made = rm.Unit(unit_id, "p-1", f"R{unit_id}", f"e-{unit_id}", RMA, "L1", "SHIRT")
    return replace(made, **changes)  # type: ignore[arg-type]


def a_case(*units: rm.Unit) -> rm.Case:
    """A case with these units, in the order they came."""
    return rm.Case(RMA, units={u.unit_id: u for u in units})


def said_on_feed(database: store.Database) -> list[dict[str, Any]]:
    """Bodies of the facts on the feed, in order."""
    query = select(feed.c.body).where(feed.c.kind == "fact").order_by(feed.c.seq)
    with database.transaction() as connection:
        return [json.loads(row.body) for row in connection.execute(query)]


def given_slots(case: rm.Case, rma: rm.Rma) -> list[tuple[str, str, tuple[int, ...]]]:
    """What is said, short."""
    return [(e.TYPE, e.unit_id, getattr(e, "slots", ())) for e in slots.settle(case, rma)]


def test_units_fill_the_places_of_a_line_in_the_order_they_came() -> None:
    """The third unit of two finds no place and is refused."""
    case = a_case(unit("u1"), unit("u2"), unit("u3"))

    assert given_slots(case, an_rma(plain_line(quantity=2))) == [
        ("slot.given", "u1", (1,)),
        ("slot.given", "u2", (2,)),
        ("slot.refused", "u3", ()),
    ]


def test_a_multi_pack_fills_as_many_places_as_it_has_pieces_or_none() -> None:
    """A pack of three does not fit into the two places that are left."""
    case = a_case(unit("u1", pieces=3), unit("u2", pieces=3))

    assert given_slots(case, an_rma(plain_line(quantity=5))) == [
        ("slot.given", "u1", (1, 2, 3)),
        ("slot.refused", "u2", ()),
    ]


def test_parts_of_a_bundle_fill_the_first_slot_that_lacks_them() -> None:
    """Two bundles of one cup and two spoons."""
    parts = (rm.Part(rm.Product("CUP", "Cup")), rm.Part(rm.Product("SPOON", "Spoon"), 2))
    rma = an_rma(rm.Line("L1", "SET", "Set", 2, parts))
    spoons = [unit(f"s{n}", sku="SET", part_sku="SPOON") for n in range(5)]
    case = a_case(spoons[0], unit("c1", sku="SET", part_sku="CUP"), *spoons[1:])

    assert given_slots(case, rma) == [
        ("slot.given", "s0", (1,)),
        ("slot.given", "c1", (1,)),
        ("slot.given", "s1", (1,)),
        ("slot.given", "s2", (2,)),
        ("slot.given", "s3", (2,)),
        ("slot.refused", "s4", ()),
    ]


def test_a_unit_that_was_taken_back_frees_its_slot_for_the_one_that_waits() -> None:
    """The refused unit gets the place."""
    case = a_case(unit("u1", slots=(1,), taken_back=True), unit("u2", slots_refused=True))

    assert given_slots(case, an_rma()) == [("slot.freed", "u1", (1,)), ("slot.given", "u2", (1,))]


def test_units_that_are_held_anyway_ask_for_no_slot_but_a_wrong_serial_does() -> None:
    """Undeclared and over-receipt fill nothing."""
    case = a_case(unit("u1", issue="undeclared"), unit("u2", issue="over_receipt"), unit("u3", issue="wrong_serial"))

    assert given_slots(case, an_rma()) == [("slot.given", "u3", (1,))]


def test_a_settled_case_has_nothing_to_say() -> None:
    """Settling twice is settling once."""
    case = a_case(unit("u1", slots=(1,)), unit("u2", slots_refused=True))

    assert given_slots(case, an_rma()) == []


def test_units_of_an_rma_the_shop_had_not_announced_get_their_slots_when_it_does() -> None:
    """The RMA comes after the parcel."""
    hub = new_hub()
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    assert accepted(send(hub, log)) == 2
    before = case_of(hub).units["u1"].slots

    announce(hub, an_rma())

    assert (before, case_of(hub).units["u1"].slots) == ((), (1,))


def test_the_feed_tells_other_benches_where_a_piece_was_received() -> None:
    """Whoever opens the parcel elsewhere is told so at once."""
    hub = new_hub()
    announce(hub, an_rma())
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")

    send(hub, log, station="bench-1")

    given = [body for body in said_on_feed(hub) if body["type"] == "slot.given"]
    assert [(body["station"], body["parcel_id"]) for body in given] == [("bench-1", "p-1")]


def test_the_history_of_a_bundle_tells_when_a_thing_happened() -> None:
    """The gradings beside it are shown with that time, too; the bundle came three days later."""
    hub, log, later = new_hub(), Log(), NOW + timedelta(days=3)
    announce(hub, an_rma())
    log.parcel("p-1", RMA)
    send(hub, log, now=later)

    with hub.transaction() as connection:
        file = desk.case_file(connection, hub_identity.identity(connection).header(later), RMA, later)

    assert file is not None
    assert [line.at for line in file.evidence] == ["2026-11-22T10:00:00.000Z"]


def test_undoing_an_identification_hands_the_slot_on_across_batches() -> None:
    """Station b's unit waits until station a takes its own back."""
    hub = new_hub()
    announce(hub, an_rma())
    a, b = Log("log-a"), Log("log-b")
    a.parcel("p-a", RMA)
    identified = a.unit("u-a", "p-a")
    b.parcel("p-b", RMA)
    b.unit("u-b", "p-b")
    send(hub, a)
    send(hub, b, station="bench-2")
    refused = case_of(hub).units["u-b"].slots_refused
    a.undo_unit("u-a", identified)

    send(hub, a, first=3)

    case = case_of(hub)
    assert (refused, case.units["u-a"].slots, case.units["u-b"].slots) == (True, (), (1,))


def test_what_the_hub_says_about_slots_stands_in_its_own_log() -> None:
    """The hub's events are lines of a log whose chain verifies."""
    from hub import hub_identity
    from hub.tables import events, logs
    from rma_station.domain import envelope as en

    hub = new_hub()
    announce(hub, an_rma(plain_line(quantity=2)))
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    log.unit("u2", "p-1")
    send(hub, log)

    with hub.transaction() as connection:
        own = hub_identity.identity(connection).log_id
        lines = connection.execute(events.select().where(events.c.log_id == own).order_by(events.c.seq)).all()
        head = connection.execute(logs.select().where(logs.c.log_id == own)).one()
    previous = en.GENESIS
    for row in lines:
        entry = en.open_line(row.line, previous)
        assert entry.hash == row.hash
        previous = entry.hash
    assert (previous, [ev.read(row.type, row.schema, en.open_line(row.line, b"").payload) for row in lines]) == (
        head.hash,
        [ev.SlotGiven("u1", RMA, "L1", (1,)), ev.SlotGiven("u2", RMA, "L1", (2,))],
    )
