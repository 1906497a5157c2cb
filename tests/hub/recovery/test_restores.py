"""The hub's past is put back: nothing is lost, nothing is paid twice, and money waits until both are certain."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import hub_identity, store
from hub.connectors.bank_file import BankFile, Transfer, end_to_end_id, render
from hub.connectors.bank_sent import Left, read_sent
from hub.connectors.bank_status import BankAnswer
from hub.intake.hello import greet
from hub.ledger import order_money, refund_losses
from hub.money.batches import take_answers
from hub.money.moves import stopped_by
from hub.recovery import restores
from hub.recovery.sent_before import enter
from hub.rounds import work
from hub.tables import invitations
from hub.trust import enrolments, stations
from rma_station.errors import Malformed, Refused
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, new_hub, send
from tests.hub.fake_provider import FakeProvider
from tests.hub.money_world import World, amended, line, rma, world

NUMBERS = Numbers()
pytestmark = pytest.mark.failure(26)


def put_back(shop: World, copied: store.Database, now: Any = None, *, say: bool = True) -> None:
    """The copy takes the place of the shop's database, and the hub is started on it."""
    shop.database, shop.started = copied, shop.now
    if say:
        with shop.database.transaction() as connection:
            restores.restored(connection, now or shop.now, NUMBERS, by="root", why="the disk broke")


def a_round(shop: World, provider: FakeProvider) -> None:
    """The worker, once."""
    work(shop.database, shop.now, [provider], policy=shop.policy, started=shop.started)


def stopped(shop: World) -> str:
    """The switch that is on."""
    with shop.database.transaction() as connection:
        return stopped_by(connection)


def ready(pieces: int = 1, paid: int = 10000) -> tuple[World, FakeProvider]:
    """A shop whose pieces are graded and in a parcel that is done, and a provider."""
    shop = world(rma(line(quantity=pieces, paid=paid)), payments=(("P1", "card", paid),))
    for number in range(1, pieces + 1):
        shop.receive(f"u{number}", [number])
    shop.done()
    return shop, FakeProvider(lambda: shop.now)


# --- refunds ---------------------------------------------------------------------------------------------


def test_what_was_paid_after_the_backup_is_found_and_not_paid_again() -> None:
    """It was only proposed when the backup was made; the provider has it under the key that follows from the facts."""
    shop, provider = ready()
    backup = databases.copy_of(shop.database)
    shop.pass_time(minutes=10)
    a_round(shop, provider)
    assert shop.states() == [("succeeded", "")]

    put_back(shop, backup)
    a_round(shop, provider)
    waits = stopped(shop)
    shop.pass_time(minutes=16)
    a_round(shop, provider)

    assert (waits, stopped(shop)) == ("restore", "")
    assert (shop.states(), provider.calls, len(provider.booked)) == ([("succeeded", "")], 1, 1)


@pytest.mark.parametrize(("grade", "late"), [("D", True), ("A", False)])
def test_what_was_paid_and_is_held_now_is_a_late_contradiction(grade: str, late: bool) -> None:
    """What holds it came after the backup: the money is gone, and a supervisor has to hear of it all the same."""
    shop, provider = ready()
    backup = databases.copy_of(shop.database)
    shop.pass_time(minutes=10)
    a_round(shop, provider)
    put_back(shop, backup)
    shop.happen(RMA, amended("u1", grade))
    held = shop.states()
    shop.pass_time(minutes=16)
    a_round(shop, provider)

    (row,) = shop.intents()
    assert held == ([("held", "diminished_value")] if late else [("proposed", "")])
    assert (row["state"], row["late_at"] is not None, len(provider.booked)) == ("succeeded", late, 1)


def test_what_the_lookup_cannot_show_yet_is_waited_for() -> None:
    """Booked a moment before the end: absent within the provider's lag counts for nothing."""
    shop, provider = ready()
    backup = databases.copy_of(shop.database)
    shop.pass_time(minutes=10)
    a_round(shop, provider)

    put_back(shop, backup)
    for _ in range(14):
        a_round(shop, provider)
        shop.pass_time(minutes=1)
    early = shop.states()
    shop.pass_time(minutes=30)
    a_round(shop, provider)

    assert (early, shop.states()) == ([("proposed", "")], [("succeeded", "")])
    assert len(provider.booked) == 1


def test_what_was_never_paid_is_paid_once_afterwards() -> None:
    """Absent at the provider: sending goes on by itself."""
    shop, provider = ready()
    put_back(shop, databases.copy_of(shop.database))

    for _ in range(60):
        a_round(shop, provider)
        shop.pass_time(minutes=1)

    assert (shop.states(), len(provider.booked), stopped(shop)) == ([("succeeded", "")], 1, "")


@pytest.mark.failure(27)
def test_a_refund_of_events_that_came_again_is_looked_up_before_it_is_sent() -> None:
    """The database was replaced by one that knows neither the piece nor its refund, and nobody said a word."""
    shop = world(payments=(("P1", "card", 10000),))
    provider = FakeProvider(lambda: shop.now)
    backup = databases.copy_of(shop.database)

    def a_day_at_the_bench() -> None:
        shop.cases.clear()
        shop.facts = 0
        shop.receive("u1", [1])
        shop.done()
        for _ in range(40):
            shop.pass_time(minutes=1)
            a_round(shop, provider)

    a_day_at_the_bench()
    put_back(shop, backup, say=False)
    a_day_at_the_bench()

    assert (shop.states(), provider.calls, len(provider.booked)) == ([("succeeded", "")], 1, 1)
    (row,) = shop.intents()
    assert row["note"] == "fake had it already (B1); this database did not know"


def test_what_is_found_and_finds_no_room_is_a_loss_for_a_person() -> None:
    """Paid before, and its place was taken by something else since: nothing is hidden."""
    shop, provider = ready()
    (key,) = [row["refund_key"] for row in shop.intents()]
    provider.booked.append((key, 10000, shop.now - timedelta(days=1)))
    with shop.database.transaction() as connection:
        connection.execute(update(order_money).values(committed_minor=10000))
    put_back(shop, shop.database)
    shop.pass_time(minutes=20)
    a_round(shop, provider)

    with shop.database.transaction() as connection:
        assert connection.scalars(select(refund_losses.c.amount_minor)).all() == [10000]
    assert shop.states() == [("held", "cap_order")]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_provider_does_nothing_is_paid_twice(seed: int) -> None:
    """Backups in the middle of sending, answers that are lost, restores that are announced or not."""
    dice = random.Random(seed)
    shop, provider = ready(pieces=6, paid=6000)
    provider.faults = lambda what: (
        dice.choice(["ok", "ok", "before", "after", "drop"]) if what == "refund" else dice.choice(["ok", "ok", "error"])
    )
    backup = databases.copy_of(shop.database)
    for _turn in range(3):
        for _ in range(dice.randint(5, 60)):
            shop.pass_time(minutes=1)
            a_round(shop, provider)
            if dice.random() < 0.05:
                backup = databases.copy_of(shop.database)
        put_back(shop, databases.copy_of(backup), say=dice.random() < 0.5)
    provider.faults = lambda what: "ok"
    for _ in range(40):
        shop.pass_time(minutes=10)
        a_round(shop, provider)

    keys = [key for key, _, _ in provider.booked]
    assert sorted(keys) == sorted({row["refund_key"] for row in shop.intents()})
    assert {state for state, _ in shop.states()} == {"succeeded"}


# --- the bank's files, where nobody can be asked -----------------------------------------------------------


def bank_round(shop: World) -> None:
    """The worker of a hub with bank transfers only."""
    work(shop.database, shop.now, [BankFile()], policy=shop.policy, started=shop.started)


def with_transfers() -> World:
    """A shop that pays back by transfer."""
    shop = world()
    shop.receive("u1", [1])
    shop.done()
    return shop


def test_a_supervisor_says_what_left_in_files() -> None:
    """A transfer of a forgotten file goes to a person and into no other file; then money moves again."""
    shop = with_transfers()
    put_back(shop, shop.database)
    (key,) = [row["refund_key"] for row in shop.intents()]

    bank_round(shop)
    with shop.database.transaction() as connection:
        waiting = restores.standing(connection, [BankFile()])
        count = enter(
            connection, [Left(end_to_end_id(key), "RMA1", 10000, "PLN"), Left("x", "RMA1", 1, "PLN")], NOW, "r"
        )
        restores.checked(connection, "bank_file", "one file since Friday", "100201", shop.now)
    bank_round(shop)

    assert waiting is not None
    assert waiting.providers == ("bank_file",)
    assert (count, stopped(shop)) == (1, "")
    (row,) = shop.intents()
    assert (row["state"], row["reason"]) == ("needs_human", "sent_before")
    assert row["note"] == "left in RMA1 before the hub was restored; look whether the bank has booked it"


def test_a_past_without_any_transfer_waits_for_a_supervisor_too() -> None:
    """The first order paid by transfer came, was refunded and left in a file after the backup: paid once."""
    shop = world(payments=(("P1", "card", 10000),))
    put_back(shop, shop.database)
    bank_round(shop)

    with shop.database.transaction() as connection:
        waiting = restores.standing(connection, [BankFile()])
    assert waiting is not None
    assert (waiting.providers, stopped(shop)) == (("bank_file",), "restore")


def test_a_transfer_that_left_before_its_refund_was_made_again_is_remembered() -> None:
    """The station's events come days later and make the same refund: it is stopped before it can leave."""
    shop = with_transfers()
    (key,) = [row["refund_key"] for row in shop.intents()]
    later = world()
    with later.database.transaction() as connection:
        enter(connection, [Left(end_to_end_id(key), "RMA1", 10000, "PLN")], NOW, "root")

    later.receive("u1", [1])
    later.done()
    later.pass_time(minutes=10)
    bank_round(later)

    assert later.states() == [("needs_human", "sent_before")]


def test_the_bank_s_word_of_a_forgotten_file_settles_its_refund() -> None:
    """The notification names the key; no batch here has it."""
    shop = with_transfers()
    (key,) = [row["refund_key"] for row in shop.intents()]
    answer = BankAnswer("booked", end_to_end_id(key), "", "BANK-7", "", 10000, "PLN")
    with shop.database.transaction() as connection:
        found = take_answers(connection, [answer], shop.now, "root")
        again = take_answers(connection, [answer], shop.now, "root")

    assert (found.succeeded, again.succeeded, shop.states()) == (1, 1, [("succeeded", "")])
    (row,) = shop.intents()
    assert row["provider_ref"] == "BANK-7"


# --- stations --------------------------------------------------------------------------------------------


def greeted(database: store.Database, log: Log, station: str = "bench-1", now: Any = NOW) -> wire.HelloReply:
    """A station's hello."""
    with database.transaction() as connection:
        head = wire.LogHead(log.log_id, len(log.lines), log.hashes[-1].hex())
        reply = greet(connection, hub_identity.identity(connection), station, wire.Hello("sample", (head,)), now)
    assert isinstance(reply, wire.HelloReply)
    return reply


def standing(database: store.Database) -> restores.Standing | None:
    """How the restore stands, with no provider; it ends when nothing is waited for."""
    with database.transaction() as connection:
        return restores.settled(connection, NOW, [])


@pytest.fixture
def benches() -> tuple[store.Database, Log]:
    """A hub with three stations, and the log of one that was backed up half way."""
    database, log, numbers = new_hub(), Log(), Numbers()
    with database.transaction() as connection:
        for name, days in (("bench-1", 0), ("bench-2", 3), ("old", 20)):
            stations.add(connection, name, numbers, NOW - timedelta(days=60))
            stations.seen(connection, name, None, NOW - timedelta(days=days))
    announce(database, an_rma())
    log.parcel("p-1", RMA)
    send(database, log)
    return database, log


def test_every_station_of_the_last_days_is_waited_for(benches: tuple[store.Database, Log]) -> None:
    """Until it said hello and all it has is here again; one that was away for longer is not."""
    database, log = benches
    log.unit("u1", "p-1")
    with database.transaction() as connection:
        before = hub_identity.identity(connection).epoch
        epoch = restores.restored(connection, NOW, lambda n: b"\x07" * n)
    first = standing(database)
    reply = greeted(database, log)
    second = standing(database)
    send(database, log)
    third = standing(database)
    with database.transaction() as connection:
        restores.waive(connection, "bench-2", "its disk is broken", "root", NOW)

    assert (reply.hub.hub_epoch, reply.logs[0].have_through, epoch != before) == (epoch, 1, True)
    assert [one.stations for one in (first, second, third) if one] == [
        {"bench-1": "silent", "bench-2": "silent"},
        {"bench-1": "sending", "bench-2": "silent"},
        {"bench-2": "silent"},
    ]
    assert standing(database) is None


def test_work_that_goes_on_does_not_keep_money_waiting(benches: tuple[store.Database, Log]) -> None:
    """What a station had at its first hello counts, not what it scans meanwhile."""
    database, log = benches
    with database.transaction() as connection:
        restores.restored(connection, NOW, Numbers(), days=1)
    greeted(database, log)
    log.unit("u1", "p-1")
    greeted(database, log)

    assert standing(database) is None


def test_a_closed_log_that_is_here_under_other_ones_is_not_waited_for(benches: tuple[store.Database, Log]) -> None:
    """After a copied card its old log is another's, and never sent again (simulated seed 3004)."""
    database, log = benches
    closed = wire.LogHead("log-old", 29, "00" * 32, closed=True)
    own = wire.LogHead(log.log_id, 1, "00" * 32)
    with database.transaction() as connection:
        restores.restored(connection, NOW, Numbers(), days=1)
        restores.heard(connection, "bench-1", (closed, own), NOW)
    waiting = standing(database)
    with database.transaction() as connection:
        restores.heard(connection, "bench-1", (replace(closed, elsewhere=True), own), NOW)

    assert waiting is not None
    assert waiting.stations == {"bench-1": "sending"}
    assert standing(database) is None


def test_an_invitation_ends_with_the_past_it_was_made_in(benches: tuple[store.Database, Log]) -> None:
    """Whether it was used since, nobody knows any more."""
    database, _ = benches
    later = NOW + timedelta(minutes=1)
    with database.transaction() as connection:
        secret = enrolments.invite(connection, "bench-9", "root", False, Numbers(), NOW)
        restores.restored(connection, later, Numbers(), days=1)
        left = connection.scalars(select(invitations.c.expires_at)).all()

    assert secret
    assert left == [later]


def test_a_waiver_needs_a_reason_and_something_to_waive(benches: tuple[store.Database, Log]) -> None:
    """And it is among the acts."""
    database, _ = benches
    with database.transaction() as connection, pytest.raises(Refused, match="no restore is open"):
        restores.waive(connection, "bench-1", "why", "root", NOW)
    with database.transaction() as connection:
        restores.restored(connection, NOW, Numbers())
    for station, why, words in (("bench-1", " ", "needs a reason"), ("old", "gone", "does not wait for station 'old'")):
        with database.transaction() as connection, pytest.raises(Refused, match=words):
            restores.waive(connection, station, why, "root", NOW)


def test_our_own_payment_files_can_be_read_again() -> None:
    """Both currencies: ids, amounts, and the file they left in."""
    debtor = {"name": "Shop", "iban": "PL61109010140000071219812874"}
    transfers = [
        Transfer(end_to_end_id(f"0000000{n}-0000-5000-8000-000000000000"), 100 + n, "Jan", debtor["iban"], "Zwrot")
        for n in (1, 2)
    ]
    for currency in ("PLN", "EUR"):
        data = render("RMA" + "1" * 32, currency, debtor, NOW.date(), NOW, transfers)

        assert read_sent(data) == [
            Left(one.end_to_end_id, "RMA" + "1" * 32, one.amount_minor, currency) for one in transfers
        ]


def test_any_other_file_is_refused() -> None:
    """An answer of the bank is not what left."""
    for data in (b"", b"<a/>", b"<!DOCTYPE a><a/>", b"nonsense"):
        with pytest.raises(Malformed):
            read_sent(data)
