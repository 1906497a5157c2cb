"""PINs at the bench: counted, locked for a growing time, unlocked by a supervisor whose PIN the hub knows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from rma_station.derivation import make_verifier
from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.domain.book import Person
from rma_station.domain.effects import CheckPin
from rma_station.domain.flows.inputs import PeopleChanged, PinChecked
from rma_station.domain.flows.sign_in import FIRST_LOCK, LONGEST_LOCK, TRIES
from rma_station.domain.flows.stages import EnterPin, Idle, SignedOut
from rma_station.domain.flows.state import Bench
from rma_station.domain.meaning import Command
from tests.flows.bench import SHIRT, FlowBench, bench, line, rma, tracking

WORKER, OTHER, SUPERVISOR = "000001", "000002", "000201"


@lru_cache
def verifier() -> str:
    """Of the PIN 4711; made once, because making one is slow on purpose."""
    return make_verifier("4711", bytes(16))


def asked(now: int = 1_000_000) -> FlowBench:
    """A bench that asks for PINs; nobody is signed in, the clock stands."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False, badge_pin=True)
    for worker_id in (WORKER, OTHER):
        b.book.people[worker_id] = replace(b.book.people[worker_id], pin_hash=verifier())
    b.book.people[SUPERVISOR] = Person(SUPERVISOR, "Ewa", "supervisor")
    b.now = now
    return b


def locked(b: FlowBench, worker_id: str = WORKER) -> str:
    """The badge and wrong PINs until it is locked; the last answer."""
    b.badge(worker_id)
    return [b.type("0000") for _ in range(TRIES)][-1]


def values(b: FlowBench) -> dict[str, str | int]:
    """Values of the last answer."""
    return dict(b.last.outcome.message.values)  # type: ignore[union-attr]


def test_a_pin_is_typed_in_secret() -> None:
    """It is not shown, and a burst of keys is not taken for it."""
    b = asked()
    b.badge()

    assert (b.view.secret, b.view.expects_text) == (True, True)


def test_each_wrong_pin_says_how_many_tries_are_left_and_is_on_record() -> None:
    """The fifth locks the badge, and the question goes away."""
    b = asked()
    b.badge()

    said = [b.type("0000") for _ in range(TRIES)]

    assert said == ["stop:pin_wrong"] * 4 + ["stop:badge_locked"]
    assert (values(b), b.stage) == ({"count": 5}, SignedOut)
    refused = [event for event in b.events() if isinstance(event, ev.WorkerPinRefused)]
    assert [(event.wrong, event.locked_seconds) for event in refused] == [(1, 0), (2, 0), (3, 0), (4, 0), (5, 300)]


def test_a_locked_badge_is_refused_until_the_time_is_over() -> None:
    """Also with the right PIN at hand: it is not asked for. The minutes left are said, rounded up."""
    b = asked()
    locked(b)

    b.now += 241
    early = b.badge()
    left = values(b)
    b.now += 59
    late = [b.badge(), b.type("4711")]

    assert (early, left, late) == ("stop:badge_locked", {"count": 1}, ["ready:enter_pin", "ok:signed_in"])


def test_every_further_lock_is_longer_until_the_right_pin_comes() -> None:
    """5, 10, 20, 40 minutes, an hour at most; then from the beginning."""
    b = asked()

    times = []
    for _ in range(6):
        locked(b)
        times.append(values(b)["count"])
        b.now += LONGEST_LOCK
    b.badge()
    b.type("4711")
    b.press(Command.SIGN_OUT)
    b.press(Command.YES)
    locked(b)

    assert (times, values(b)["count"]) == ([5, 10, 20, 40, 60, 60], FIRST_LOCK // 60)


def test_tries_are_counted_over_cancelling_and_other_badges() -> None:
    """Leaving the question gives no new tries; another worker's are their own."""
    b = asked()
    b.badge()
    for _ in range(4):
        b.type("0000")
    b.press(Command.CANCEL)
    b.badge(OTHER)
    b.type("4711")

    assert (b.state.worker_id, b.badge(), b.type("0000")) == (OTHER, "ready:enter_pin", "stop:badge_locked")
    assert (b.state.worker_id, b.stage) == (OTHER, Idle)


def test_signing_out_and_a_restart_keep_the_lock() -> None:
    """It is part of the state that is committed with every step."""
    b = asked()
    locked(b)
    b.badge(OTHER)
    b.type("4711")
    b.press(Command.SIGN_OUT)
    b.press(Command.YES)

    b.state = codec.decode(Bench, codec.from_bytes(codec.to_bytes(codec.encode(b.state))))

    assert b.badge() == "stop:badge_locked"


# --- the supervisor --------------------------------------------------------------------------------------


def test_a_supervisors_pin_is_checked_by_the_hub() -> None:
    """The station does not know it; the PIN is in nothing that is shown."""
    b = asked()
    b.badge(SUPERVISOR)

    said = b.type("201201")
    effects = b.last.effects  # type: ignore[union-attr]
    signed_in = b.give(PinChecked(SUPERVISOR, "ok"))

    assert (said, effects) == ("ready:pin_asking", (CheckPin(SUPERVISOR, "201201"),))
    assert (signed_in, b.state.worker_id) == ("ok:signed_in", SUPERVISOR)
    assert "201201" not in repr(effects) + repr(b.events()) + repr(b.state)


def test_a_supervisor_who_signs_in_unlocks_the_badges() -> None:
    """And it is on record who did."""
    b = asked()
    locked(b)
    b.badge(SUPERVISOR)
    b.type("201201")
    b.give(PinChecked(SUPERVISOR, "ok"))

    detail = b.last.outcome.detail  # type: ignore[union-attr]
    assert (detail.key, detail.values) == ("flow.badges_unlocked", {"count": 1})  # type: ignore[union-attr]
    assert b.events()[-1] == ev.WorkerUnlocked(WORKER, SUPERVISOR)
    assert [b.badge(), b.type("4711")] == ["ready:enter_pin", "ok:signed_in"]


@pytest.mark.parametrize(
    ("where", "detail"), [("locked_here", "flow.pin_hub_locked_here_detail"), ("locked_everywhere", None)]
)
def test_a_lock_at_the_hub_says_where_and_for_how_long(where: str, detail: str | None) -> None:
    """A supervisor who is locked out at this bench alone goes to another."""
    b = asked()
    b.badge(SUPERVISOR)
    b.type("1")

    assert b.give(PinChecked(SUPERVISOR, where, 30)) == f"stop:pin_hub_{where}"
    outcome = b.last.outcome
    assert outcome is not None
    assert outcome.message.values == {"count": 30}
    assert (outcome.detail.key if outcome.detail else None) == detail


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("pin", "stop:pin_hub_pin"),
        ("locked", "stop:pin_hub_locked"),
        ("role", "stop:pin_hub_role"),
        ("offline", "stop:pin_hub_offline"),
        ("mode", "stop:pin_hub_refused"),
    ],
)
def test_what_the_hub_says_instead_is_answered_and_unlocks_nothing(result: str, said: str) -> None:
    """The question stays, so that the PIN can be typed once more."""
    b = asked()
    locked(b)
    b.badge(SUPERVISOR)
    b.type("1")

    assert (b.give(PinChecked(SUPERVISOR, result)), b.state.stage) == (said, EnterPin(SUPERVISOR))
    b.press(Command.CANCEL)
    assert b.badge() == "stop:badge_locked"


def test_a_late_word_of_the_hub_signs_nobody_in() -> None:
    """The supervisor went away, somebody else works."""
    b = asked()
    b.badge(SUPERVISOR)
    b.type("201201")
    b.press(Command.CANCEL)
    b.badge()
    b.type("4711")
    b.scan(tracking("TRACK10"))

    assert (b.give(PinChecked(SUPERVISOR, "ok")), b.state.worker_id) == ("", WORKER)


def test_a_worker_without_a_pin_is_told_so() -> None:
    """Only a supervisor can set one, at the hub."""
    b = asked()
    b.book.people[WORKER] = replace(b.book.people[WORKER], pin_hash=None)

    assert (b.badge(), b.types()) == ("stop:pin_not_set", [])


def test_a_wrong_pin_counts_also_when_its_question_was_left() -> None:
    """Cancelling before the answer comes gives no free try; nobody is disturbed by it."""
    b = asked()
    b.badge()
    b.press(Command.CANCEL)

    said = b.give(PinChecked(WORKER, "wrong"))

    assert (said, b.state.wrong_pins[WORKER].count, b.types()) == ("", 1, ["worker.pin_refused"])


def test_a_right_pin_typed_behind_the_one_that_locked_is_refused() -> None:
    """PINs that were typed in a hurry are answered in their order."""
    b = asked()
    locked(b)
    b.state = replace(b.state, stage=EnterPin(WORKER))

    assert (b.give(PinChecked(WORKER, "ok")), b.state.worker_id) == ("stop:badge_locked", None)


# --- a station left alone --------------------------------------------------------------------------------


def alone(days: int, **rules: object) -> FlowBench:
    """A bench that has not heard from the hub for so many days."""
    b = bench(rma(1, line("L1", SHIRT)), signed_in=False, **rules)
    b.book.people[SUPERVISOR] = Person(SUPERVISOR, "Ewa", "supervisor")
    b.offline_days = days
    return b


@pytest.mark.failure(40, 45)
@pytest.mark.parametrize(
    ("days", "said", "detail"),
    [
        (0, "ok:signed_in", None),
        (23, "ok:signed_in", None),
        (24, "ok:signed_in", "flow.people_old"),
        (30, "ok:signed_in", "flow.people_old"),
        (31, "attention:signed_in", "flow.people_too_old"),
    ],
)
def test_an_old_list_of_people_is_warned_of_and_then_marked(days: int, said: str, detail: str | None) -> None:
    """Work goes on; from the day after the last one every sign-in is on record with the days."""
    b = alone(days)

    assert b.badge() == said
    assert getattr(b.last.outcome.detail, "key", None) == detail  # type: ignore[union-attr]
    marked = [event for event in b.events() if isinstance(event, ev.WorkerAdmittedOffline)]
    assert marked == ([ev.WorkerAdmittedOffline(WORKER, 31)] if days > 30 else [])


@pytest.mark.failure(40, 45)
def test_a_supervisors_badge_lets_people_in_where_that_is_asked_for() -> None:
    """Both are on record; a worker's badge, or a cancel, lets nobody in."""
    b = alone(31, ask_supervisor=True)

    said = [b.badge(), b.badge(OTHER), b.press(Command.CANCEL), b.badge(), b.badge(SUPERVISOR)]

    assert said == [
        "attention:ask_supervisor",
        "attention:ask_supervisor",
        "ready:cancelled",
        "attention:ask_supervisor",
        "attention:signed_in",
    ]
    assert b.state.worker_id == WORKER
    assert b.events() == [ev.WorkerSignedIn(WORKER), ev.WorkerAdmittedOffline(WORKER, 31, SUPERVISOR)]


def test_the_pin_is_asked_for_all_the_same() -> None:
    """An old verifier is still a second thing to know."""
    b = alone(40, badge_pin=True)
    b.book.people[WORKER] = replace(b.book.people[WORKER], pin_hash=verifier())

    assert [b.badge(), b.type("4711")] == ["ready:enter_pin", "attention:signed_in"]


def test_without_a_limit_no_list_is_too_old() -> None:
    """With ``offline_days = 0`` people sign in however long the hub is away."""
    b = alone(400, offline_days=0, ask_supervisor=True)

    assert b.badge() == "ok:signed_in"


@pytest.mark.failure(40)
def test_news_that_concern_nobody_here_change_nothing() -> None:
    """Whoever may work here goes on, in the middle of anything."""
    b = alone(0)
    b.badge()
    b.scan(tracking("TRACK10"))
    before = b.state

    assert (b.give(PeopleChanged()), b.state) == ("", before)


@pytest.mark.failure(40)
def test_somebody_who_is_gone_from_the_list_is_signed_out() -> None:
    """Not only who is marked as inactive; wrong PINs stay counted."""
    b = asked()
    locked(b, OTHER)
    b.badge()
    b.type("4711")
    del b.book.people[WORKER]

    assert (b.give(PeopleChanged()), b.stage, OTHER in b.state.wrong_pins) == ("stop:badge_withdrawn", SignedOut, True)
