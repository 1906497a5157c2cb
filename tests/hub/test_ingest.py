"""Batches of events at the hub: the failure matrix of the sync reference, row by row."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from hub import cases, feed, hub_identity, ingest, store
from hub.intake import letters
from hub.tables import dead_letters, event_cases, events, logs, parked
from hub.tables import feed as feed_table
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.rma import Mark
from sync import wire
from tests.hub.build import NOW, RMA, Log, accepted, an_rma, announce, case_of, new_hub, send


def a_log(log_id: str = "log-a", unit_id: str = "u1") -> Log:
    """A parcel with one graded unit, done."""
    log = Log(log_id)
    log.parcel(f"p-{unit_id}", RMA)
    log.unit(unit_id, f"p-{unit_id}")
    log.grade(unit_id)
    log.done(f"p-{unit_id}")
    return log


def results(reply: wire.EventsReply | wire.Problem) -> list[tuple[int, str, str]]:
    """What was said of single events."""
    assert isinstance(reply, wire.EventsReply), reply
    return [(result.seq, result.result, result.code) for result in reply.results]


def problem(reply: wire.EventsReply | wire.Problem) -> tuple[str, int, int]:
    """Code, have_through and place of a refusal."""
    assert isinstance(reply, wire.Problem), reply
    return reply.code, reply.have_through, reply.at_seq


def count(database: store.Database, table: object) -> int:
    """Rows of a table."""
    with database.transaction() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def test_a_batch_becomes_a_case_with_the_very_bytes_kept() -> None:
    """Stored lines are the journal's, the case is the station's own fold."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())

    reply = send(hub, log)

    with hub.transaction() as connection:
        kept = connection.execute(select(events.c.line).where(events.c.log_id == "log-a").order_by(events.c.seq))
        assert [row.line for row in kept] == log.lines
    unit = case_of(hub).units["u1"]
    assert (accepted(reply), unit.slots, unit.grading and unit.grading.grade) == (4, (1,), "A")


@pytest.mark.failure(10)
def test_row_10_a_lost_reply_is_answered_again() -> None:
    """The same batch once more: every event a duplicate, the acknowledgement moves, nothing is counted twice."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    send(hub, log)
    before = case_of(hub)

    reply = send(hub, log)

    assert isinstance(reply, wire.EventsReply)
    assert (reply.accepted_through, reply.accepted, [r.result for r in reply.results]) == (4, 0, ["duplicate"] * 4)
    assert case_of(hub) == before


@pytest.mark.failure(11)
def test_row_11_a_batch_is_all_or_nothing() -> None:
    """The hub dies before the commit; the whole batch comes again."""
    hub, log = new_hub(), a_log()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(hub, log, propose=dies)
    left = (count(hub, events), count(hub, logs), count(hub, event_cases))

    assert (left, accepted(send(hub, log))) == ((0, 0, 0), 4)


@pytest.mark.failure(12)
def test_row_12_a_gap_is_refused_and_says_where_to_go_on() -> None:
    """Nothing of the batch is stored."""
    hub, log = new_hub(), a_log()
    send(hub, log, 1, 1)

    assert problem(send(hub, log, 3, 4)) == ("gap", 1, 0)
    assert count(hub, events) == 1


@pytest.mark.failure(12)
def test_row_12_batches_that_overlap_are_taken_once() -> None:
    """The known part is a duplicate, the rest is new."""
    hub, log = new_hub(), a_log()
    send(hub, log, 1, 2)

    reply = send(hub, log, 1, 4)

    assert (accepted(reply), results(reply)) == (2, [(1, "duplicate", ""), (2, "duplicate", "")])


def test_another_history_of_a_log_is_a_fork() -> None:
    """At the first place that differs, whether the batch overlaps or follows."""
    hub, log = new_hub(), a_log()
    send(hub, log, 1, 3)
    other = Log()
    other.parcel("p-u1", RMA)
    other.unit("u9", "p-u1")
    other.grade("u9")
    other.done("p-u1")

    overlapping = send(hub, other, 1, 4)
    following = send(hub, other, 4, 4)

    assert (problem(overlapping), problem(following)) == (("fork", 3, 2), ("fork", 3, 3))
    assert isinstance(overlapping, wire.Problem)
    assert overlapping.hub_hash == log.hashes[2].hex()


def test_a_forked_station_sends_everything_again_under_a_new_log() -> None:
    """Event ids never change: nothing is taken twice, and the chain of the new log holds."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    send(hub, log)
    again = Log("log-b")
    for line in log.lines:
        again.put(line, en.chain_hash(again.hashes[-1], en.split(line)[0]))
    again.say(ev.WorkerSignedOut("000001"))

    reply = send(hub, again)

    assert (accepted(reply), [r[1] for r in results(reply)]) == (1, ["duplicate"] * 4)
    assert accepted(send(hub, again)) == 0


@pytest.mark.failure(15)
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json", "malformed"),
        (b'{"v":1}', "malformed"),
        (b"\xff\xfe\x00", "bad_utf8"),
        (b"", "malformed"),
        (b"x" * (en.MAX_LINE + 1), "too_large"),
        (b"[" * 5000, "malformed"),
    ],
)
def test_row_15_a_poisoned_line_is_a_dead_letter_and_the_rest_flows(line: bytes, code: str) -> None:
    """With code, reason and owner, told on the feed, in its own bytes; the chain goes on over it."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.put(line)
    log.unit("u1", "p-1")

    reply = send(hub, log)

    with hub.transaction() as connection:
        letter = connection.execute(select(dead_letters)).one()
        told = connection.execute(select(feed_table).where(feed_table.c.kind == "alert")).one()
    assert (accepted(reply), results(reply)) == (2, [(2, "dead_letter", code)])
    assert (letter.raw, letter.code, bool(letter.reason), bool(letter.owner)) == (line, code, True, True)
    assert told.key == f"letters:{log.log_id}"
    assert accepted(send(hub, log)) == 0


@pytest.mark.failure(15)
def test_row_15_values_of_the_wrong_kind_are_dead_letters() -> None:
    """A text for a number, an unknown field, half a character, a payload that was changed."""
    hub, log = new_hub(), Log()
    good = {"parcel_id": "p-1", "grams": 5, "raw": "", "device": "scale", "verdict": "match"}
    log.say_raw("parcel.weighed", 1, {**good, "grams": "5"}, RMA)
    log.say_raw("parcel.weighed", 1, {**good, "colour": "red"}, RMA)
    whole = log.say_raw("parcel.weighed", 1, {**good, "device": "half"}, RMA)
    log.lines[-1] = whole.line.replace(b'"device":"half"', b'"device":"\\ud800"')
    sealed = log.say_raw("parcel.weighed", 1, good, RMA)
    log.lines[-1] = sealed.line.replace(b'"grams":5', b'"grams":6')

    reply = send(hub, log)

    assert results(reply) == [
        (1, "dead_letter", "malformed"),
        (2, "dead_letter", "malformed"),
        (3, "dead_letter", "payload_mismatch"),
        (4, "dead_letter", "payload_mismatch"),
    ]


@pytest.mark.failure(15)
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ev.ParcelOpened("p" * 65, "typed", "code"), "parcel_id is longer than 64 characters"),
        (ev.UnitIdentified("u1", "p" * 65, "R1", "c", "gtin", RMA, "L1", "SHIRT"), "parcel_id is longer"),
        (ev.UnitIdentified("u1", "p-1", "R1", "c", "gtin", RMA, "L1", "SHIRT", pieces=2**31), "does not fit into 32"),
        (ev.UnitPlaced("u" * 65, "R1", "SHELF"), "unit_id is longer than 64 characters"),
    ],
)
def test_row_15_what_no_table_takes_is_a_dead_letter_and_the_rest_flows(event: ev.Event, reason: str) -> None:
    """PostgreSQL would refuse the whole batch, for ever, and every event of the station behind it."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.say(event, RMA)
    log.unit("u2", "p-1")
    log.grade("u2")

    reply = send(hub, log)

    with hub.transaction() as connection:
        letter = connection.execute(select(dead_letters)).one()
    assert (accepted(reply), results(reply)) == (3, [(2, "dead_letter", "malformed")])
    assert reason in letter.reason


@pytest.mark.failure(15)
def test_row_15_a_lone_surrogate_is_a_dead_letter_of_its_own() -> None:
    """It is JSON, but no text a database takes."""
    hub, log = new_hub(), Log()
    log.say(ev.ParcelOpened("p-1", "typed", "kod-\\"), RMA, parcel_id="p-1")
    line = en.split(log.lines[0])
    payload = line[2].replace(b"kod-\\\\", b"kod-\\ud800")
    import hashlib

    digest = hashlib.sha256(line[1] + payload).hexdigest()
    old = hashlib.sha256(line[1] + line[2]).hexdigest()
    head = line[0].replace(old.encode(), digest.encode())
    poisoned = head[:-1] + b',"salt":"' + line[1].hex().encode() + b'","payload":' + payload + b"}"
    poison = Log()
    poison.put(poisoned, en.chain_hash(en.GENESIS, head))
    poison.unit("u1", "p-1")

    reply = send(hub, poison)

    assert (accepted(reply), results(reply)) == (1, [(1, "dead_letter", "malformed")])


@pytest.mark.failure(15)
def test_row_15_a_dead_letter_is_taken_when_its_cause_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is raised; the same event id is accepted, once, and who asked is kept."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    long = log.unit("u1", "p-1", code="9" * en.MAX_LINE)
    send(hub, log)
    with hub.transaction() as connection:
        letter = letters.listed(connection)[0]
        still = letters.redrive(connection, letter.letter_id, "anna", NOW, ingest.propose_nothing)
    monkeypatch.setattr(en, "MAX_LINE", 4 * en.MAX_LINE)

    with hub.transaction() as connection:
        taken = letters.redrive(connection, letter.letter_id, "anna", NOW, ingest.propose_nothing)
        kept = letters.listed(connection)[0]
        stored = connection.scalar(select(events.c.seq).where(events.c.event_id == long))

    assert (still.split(":")[0], taken, kept.redriven_by, stored) == ("dead_letter", "accepted", "anna", 2)
    assert case_of(hub).units["u1"].parcel_id == "p-1"


@pytest.mark.failure(16)
def test_row_16_an_id_used_again_for_something_else_is_a_dead_letter() -> None:
    """The original stays, whether it came earlier or in the same batch."""
    hub, log = new_hub(), a_log()
    send(hub, log)
    other = Log("log-b")
    other.say(ev.WorkerSignedIn("000009"), event_id="log-a-000002")
    other.say(ev.WorkerSignedIn("000009"), event_id="log-b-x")
    other.say(ev.WorkerSignedIn("000008"), event_id="log-b-x")

    reply = send(hub, other, station="bench-2")

    with hub.transaction() as connection:
        kept = connection.scalar(select(events.c.line).where(events.c.event_id == "log-a-000002"))
        owners = set(connection.scalars(select(dead_letters.c.owner)))
    assert results(reply) == [(1, "dead_letter", "id_reuse"), (3, "dead_letter", "id_reuse")]
    assert (kept, owners) == (log.lines[1], {"supervisor"})


@pytest.mark.failure(17)
def test_row_17_a_tampered_log_is_stored_and_flagged_and_marks_its_cases() -> None:
    """A line was taken out: what follows is kept, and a supervisor sees it on every case the log touches."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    cut = Log()
    for line in (log.lines[0], log.lines[1], log.lines[3]):
        cut.put(line, en.chain_hash(cut.hashes[-1], en.split(line)[0]))

    reply = send(hub, cut)

    with hub.transaction() as connection:
        flag = connection.scalar(select(logs.c.flag).where(logs.c.log_id == "log-a"))
    marks = case_of(hub).marks
    assert (accepted(reply), flag, [mark.code for mark in marks]) == (3, "chain_break", ["chain_break"])


@pytest.mark.failure(17)
def test_row_17_the_mark_is_part_of_the_facts() -> None:
    """Folding the stored events again gives the same case, mark and slots included."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    moved = Log()
    for line in (log.lines[1], log.lines[0], log.lines[2]):
        moved.put(line, en.chain_hash(moved.hashes[-1], en.split(line)[0]))
    send(hub, moved)

    with hub.transaction() as connection:
        assert cases.rebuilt(connection, RMA) == case_of_in(connection)


def case_of_in(connection: object) -> object:
    """The stored case, inside a transaction."""
    from hub.intake import projection

    return projection.load(connection, [RMA]).cases[RMA]  # type: ignore[arg-type]


@pytest.mark.failure(18, 19)
def test_row_18_and_19_what_a_newer_station_says_is_parked_and_taken_after_the_upgrade(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unknown types and newer schemas are acknowledged; nothing is refused; a second copy is a duplicate."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.say_raw("unit.sniffed", 1, {"unit_id": "u1"}, RMA)
    event = ev.ParcelSetAside("p-1")
    log.say_raw("parcel.set_aside", 2, {"parcel_id": event.parcel_id}, RMA, parcel_id="p-1")
    first = send(hub, log)
    again = Log("log-b")
    again.put(log.lines[2], en.chain_hash(en.GENESIS, en.split(log.lines[2])[0]))
    second = send(hub, again)
    monkeypatch.setattr(ev, "SCHEMA", 2)

    with hub.transaction() as connection:
        taken = letters.replay_parked(connection, NOW, ingest.propose_nothing)
        waiting = connection.scalar(select(func.count()).select_from(parked).where(parked.c.replayed_at.is_(None)))
        once_more = letters.replay_parked(connection, NOW, ingest.propose_nothing)

    assert results(first) == [(2, "parked", "newer"), (3, "parked", "newer")]
    assert (results(second), taken, waiting, once_more) == ([(1, "duplicate", "")], 1, 1, 0)
    assert case_of(hub).parcels["p-1"].state.value == "set_aside"


def test_sample_and_live_never_mix() -> None:
    """A journal of the other mode is refused as a whole."""
    hub, log = new_hub("live"), Log()
    log.say(ev.LogOpened("bench-1", "sample"))

    assert (problem(send(hub, log))[0], count(hub, events)) == ("mode", 0)


def test_a_log_belongs_to_one_station() -> None:
    """Another station's token cannot append to it, nor to the hub's own."""
    hub, log = new_hub(), a_log()
    send(hub, log, 1, 2)
    with hub.transaction() as connection:
        own = hub_identity.identity(connection).log_id

    assert [
        problem(send(hub, log, 3, 4, station="bench-2"))[0],
        problem(send(hub, Log(own, log.lines, log.hashes)))[0],
    ] == ["unauthorised"] * 2


def test_a_fold_that_raises_parks_its_event_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of this version never holds a station up."""
    from hub.intake import projection

    hub, log = new_hub(), a_log()
    real = projection.fold

    def defect(case: object, fact: object) -> object:
        if isinstance(getattr(fact, "event", None), ev.UnitGraded):
            raise RuntimeError("boom")
        return real(case, fact)  # type: ignore[arg-type]

    monkeypatch.setattr(projection, "fold", defect)
    reply = send(hub, log)
    monkeypatch.undo()

    with hub.transaction() as connection:
        letters.replay_parked(connection, NOW, ingest.propose_nothing)
    grading = case_of(hub).units["u1"].grading
    assert (results(reply), grading is not None) == ([(3, "parked", "projection")], True)


def test_codes_nobody_knows_are_stored_and_marked() -> None:
    """A grade outside A to E is a fact for the supervisor."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    event_id = log.grade("u1", grade="Z")

    send(hub, log)

    assert case_of(hub).marks == (Mark(event_id, "unknown_code", "Z restock"),)


def test_money_follows_in_the_same_transaction_with_all_cases_that_changed() -> None:
    """``propose`` is called once with the cases as they are after slots."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    seen: list[tuple[object, ...]] = []

    def propose(connection: object, changed: object, rmas: object, now: object) -> None:
        seen.append(({k: v.units["u1"].slots for k, v in changed.items()}, list(rmas), now))  # type: ignore[attr-defined,call-overload]

    send(hub, log, propose=propose)  # type: ignore[arg-type]

    assert seen == [({RMA: (1,)}, [RMA], NOW)]


def test_a_parcel_without_an_rma_is_a_case_of_its_own() -> None:
    """An orphan."""
    hub, log = new_hub(), Log()
    log.parcel("p-orphan")

    send(hub, log)

    with hub.transaction() as connection:
        view = cases.view(connection, "p-orphan")
    assert view is not None
    assert (view.kind, view.parcels) == ("orphan", (("p-orphan", "", "open"),))


def test_movements_are_told_once_and_taken_back_by_reversals() -> None:
    """Placed, amended afterwards, placed elsewhere."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    log.grade("u1")
    log.say(ev.UnitPlaced("u1", "Ru1", "A-01"), RMA, unit_id="u1")
    log.grade("u1", grade="C", amend=True)
    log.say(ev.UnitPlaced("u1", "Ru1", "C-07"), RMA, unit_id="u1")
    send(hub, log, 1, 4)
    with hub.transaction() as connection:
        first = cases.movements_after(connection, "")
    send(hub, log, 5, 6)

    assert first is not None
    with hub.transaction() as connection:
        rest = cases.movements_after(connection, first.cursor)
        lost = cases.movements_after(connection, "bm9wZQ==")
    assert rest is not None
    told = [(m.destination, m.grade, m.reverses) for m in (*first.movements, *rest.movements)]
    place = first.movements[0].movement_id
    assert (told, lost) == ([("A-01", "A", None), ("A-01", "A", place), ("C-07", "C", None)], None)


def test_feed_of_facts_names_what_the_station_needs_to_fold() -> None:
    """A slot on its way down."""
    hub, log = new_hub(), a_log()
    announce(hub, an_rma())
    send(hub, log)

    with hub.transaction() as connection:
        page = feed.page(connection, "", 100, NOW)

    assert isinstance(page, wire.FeedReply)
    fact = page.entries[-1]
    assert (fact.kind, fact.key, fact.body["type"], fact.body["payload"], fact.body["case_ids"]) == (
        "fact",
        RMA,
        "slot.given",
        {"unit_id": "u1", "rma_id": RMA, "line_id": "L1", "slots": [1]},
        [RMA],
    )
