"""Logs with two histories at the hub: seen, remembered, and what both have touched is not refunded without a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub import cases, hub_identity, store
from hub.intake import hello
from hub.policy import Facts, evaluate
from hub.policy_file import guarded, read, shipped
from hub.tables import forks
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.errors import Malformed
from sync import wire
from tests.hub.build import NOW, RMA, Log, accepted, an_rma, announce, case_of, new_hub, plain_line, send
from tests.sync.traffic import SAME_LETTERS


def work(log: Log, number: int, rma_id: str = RMA) -> None:
    """A parcel with one graded unit, done."""
    parcel, unit = f"p-{log.log_id}-{number}", f"u-{log.log_id}-{number}"
    log.parcel(parcel, rma_id)
    log.unit(unit, parcel, rma_id)
    log.grade(unit, rma_id)
    log.done(parcel, rma_id)


def branch_of(old: Log, common: int, new_id: str = "log-b") -> Log:
    """The new log of a station whose history is the same up to ``common``."""
    new = Log(new_id)
    new.say(ev.LogForked("bench-1", "sample", old.log_id, common, "behind"))
    return new


def rows(hub: store.Database) -> list[tuple[str, str, str, int, str]]:
    """Forks the hub knows."""
    with hub.transaction() as connection:
        found = connection.execute(select(forks).order_by(forks.c.new_log)).all()
    return [(row.log_id, row.station, row.new_log, row.at_seq, row.reason) for row in found]


def marks(hub: store.Database, case_id: str = RMA) -> list[str]:
    """Codes of a case's marks."""
    return [mark.code for mark in case_of(hub, case_id).marks]


def greet(hub: store.Database, *heads: wire.LogHead, station: str = "bench-1") -> list[wire.LogKnown]:
    """What a hello is told of its logs."""
    with hub.transaction() as connection:
        reply = hello.greet(connection, hub_identity.identity(connection), station, wire.Hello("sample", heads), NOW)
    assert isinstance(reply, wire.HelloReply)
    return list(reply.logs)


def a_hub(pieces: int = 3) -> store.Database:
    """With two returns."""
    hub = new_hub()
    line = plain_line(quantity=pieces)
    announce(hub, an_rma(line), an_rma(line, rma_id="RMA-2026-000002"))
    return hub


def test_a_case_both_histories_touched_is_marked() -> None:
    """An image was put back after the first unit was sent: the worker takes the same piece out of the box again."""
    hub, old = a_hub(), Log()
    old.say(ev.WorkerSignedIn("000001"))
    work(old, 1)
    send(hub, old)
    new = branch_of(old, 1)
    work(new, 1)
    work(new, 2, "RMA-2026-000002")

    assert accepted(send(hub, new)) == 9
    assert (marks(hub), marks(hub, "RMA-2026-000002")) == (["fork"], [])
    assert rows(hub) == [("log-a", "bench-1", "log-b", 1, "behind")]


def test_work_from_before_the_parting_is_no_second_history() -> None:
    """The station knows what it did before: a unit sent then and amended now is one story."""
    hub, old = a_hub(), Log()
    work(old, 1)
    send(hub, old)
    new = branch_of(old, 4)
    new.grade("u-log-a-1", amend=True)
    send(hub, new)

    assert marks(hub) == []


def test_a_station_that_goes_on_under_a_new_log_is_the_same_bench() -> None:
    """In the middle of a parcel: its units before and after are not taken for one piece that two benches counted."""
    hub, old = a_hub(), Log()
    old.parcel("p-1", RMA)
    old.unit("u-1", "p-1")
    old.grade("u-1")
    send(hub, old)
    new = branch_of(old, 3)
    new.unit("u-2", "p-1")
    new.grade("u-2")
    new.done("p-1", RMA)
    send(hub, new)
    with hub.transaction() as connection:
        rebuilt = cases.rebuilt(connection, RMA)

    assert {unit.log_id for unit in case_of(hub).units.values()} == {"log-a"}
    assert rebuilt == case_of(hub)


def test_the_other_card_going_on_under_the_old_log_is_a_second_history_too() -> None:
    """Whichever of the two comes later."""
    hub, old = a_hub(), Log()
    old.say(ev.WorkerSignedIn("000001"))
    send(hub, old)
    new = branch_of(old, 1)
    work(new, 1)
    send(hub, new)
    before = marks(hub)
    work(old, 1)
    send(hub, old, 2)

    assert (before, marks(hub)) == ([], ["fork"])


def test_two_new_logs_of_one_old_log_are_strangers() -> None:
    """The same image was put back twice."""
    hub, old = a_hub(), Log()
    work(old, 1, "RMA-2026-000002")
    send(hub, old)
    for name in ("log-b", "log-c"):
        new = branch_of(old, 2, name)
        work(new, 1)
        send(hub, new)

    assert marks(hub) == ["fork"]


def test_a_log_that_goes_on_twice_knows_its_grandparent() -> None:
    """A new log of a new log: what all three did in turn is one story."""
    hub, old = a_hub(), Log()
    work(old, 1)
    send(hub, old)
    second = branch_of(old, 4)
    work(second, 1)
    send(hub, second)
    third = branch_of(second, 5, "log-c")
    work(third, 1)
    send(hub, third)

    assert marks(hub) == []


def test_events_sent_again_under_the_new_log_are_duplicates_and_no_second_history() -> None:
    """A station of the first protocol sends all of it."""
    hub, old = a_hub(), Log()
    work(old, 1)
    send(hub, old)
    new = branch_of(old, 0)
    for line in old.lines:
        new.put(line, en.open_line(line, new.hashes[-1]).hash)

    reply = send(hub, new)

    assert (accepted(reply), marks(hub)) == (1, [])


def test_a_batch_of_another_history_is_remembered_until_the_station_goes_on() -> None:
    """A station that cannot go on by itself stays in the list."""
    hub, old = a_hub(), Log()
    work(old, 1)
    send(hub, old)
    other = Log()
    work(other, 9)
    send(hub, other, 2)
    send(hub, other, 3)
    seen = rows(hub)
    send(hub, branch_of(old, 1))

    assert seen == [("log-a", "bench-1", "", 1, "other")]
    assert rows(hub) == [("log-a", "bench-1", "log-b", 1, "behind")]


def test_another_history_is_seen_in_a_hello() -> None:
    """By the hash at the journal's end; one that is merely behind may be a late call, and a closed log is behind."""
    hub, log = a_hub(), Log()
    work(log, 1)
    send(hub, log)
    right = wire.LogHead("log-a", 3, log.hashes[3].hex())
    greet(hub, right)
    greet(hub, wire.LogHead("log-a", 3, "00" * 32, closed=True))
    nothing = rows(hub)
    greet(hub, wire.LogHead("log-a", 3, "00" * 32))

    assert (nothing, rows(hub)) == ([], [("log-a", "bench-1", "", 3, "other")])


def test_a_new_log_whose_labels_look_like_another_log_s_is_refused() -> None:
    """At the hello and at its first batch; not one that is here, and not for a station that cannot begin another."""
    hub, log, alike = a_hub(), Log(), Log(SAME_LETTERS)
    work(log, 1)
    send(hub, log)
    alike.say(ev.LogOpened("bench-2", "sample"))
    heads = [wire.LogHead(one.log_id, len(one.lines), one.hashes[-1].hex()) for one in (log, alike)]

    told = [known.refused for known in greet(hub, *heads)]
    refused = send(hub, alike, station="bench-2")
    old_station = send(hub, alike, station="bench-2", protocol=1)
    later = greet(hub, heads[1], station="bench-2")[0].refused

    assert (told, isinstance(refused, wire.Problem) and refused.code) == (["", "letters"], "letters")
    assert (accepted(old_station), later) == (1, "")


def test_another_station_s_log_is_refused_with_the_reason() -> None:
    """Its card was put into this station."""
    hub, log = a_hub(), Log()
    work(log, 1)
    send(hub, log)

    (known,) = greet(hub, wire.LogHead("log-a", 4, log.hashes[4].hex()), station="bench-2")

    assert (known.refused, known.have_through) == ("station", 4)


def test_the_hub_says_which_events_it_lacks() -> None:
    """Whatever it did with those it has: taken, parked, dead."""
    hub, log = a_hub(), Log()
    work(log, 1)
    parked = log.say_raw("moon.landed", 1, {}).envelope.event_id
    dead = log.say_raw("unit.graded", 1, {"unit_id": 7}, RMA).envelope.event_id
    send(hub, log)
    with hub.transaction() as connection:
        ids = ("log-a-000001", "x", parked, dead, "y")
        reply = hello.lacking(connection, hub_identity.identity(connection), wire.MissingQuestion(ids), NOW)

        assert reply.missing == ("x", "y")
        with pytest.raises(Malformed, match="1001 event ids"):
            hello.lacking(connection, hub_identity.identity(connection), wire.MissingQuestion(("x",) * 1001), NOW)


def test_a_forked_log_of_the_other_mode_is_refused() -> None:
    """As one that is opened."""
    hub, log = a_hub(), Log()
    log.say(ev.LogForked("bench-1", "live", "log-z", 0, "behind"))

    reply = send(hub, log, now=NOW + timedelta(minutes=1))

    assert isinstance(reply, wire.Problem)
    assert reply.code == "mode"


def test_a_marked_case_is_held_by_every_policy() -> None:
    """Also by a house's own that does not know the mark."""
    own = read({"version": 7, "breaker": {"refunds_per_hour": 1, "amount_minor_per_hour": {}},
                "rule": [{"id": "all", "action": "approve", "when": {}}]}, "own")  # fmt: skip
    facts = Facts("withdrawal", means="transfer", amount_minor=100, mark=frozenset({"fork"}))

    assert [evaluate(policy, facts).reason for policy in (shipped(), guarded(own))] == ["fork", "fork"]
    assert evaluate(own, facts).action == "approve"
    assert evaluate(guarded(own), Facts("withdrawal")).action == "approve"
    assert guarded(shipped()) == shipped()
