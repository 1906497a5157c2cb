"""Wrong PINs lock a person at the place where they are typed; many at many places lock everywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, text

from hub import hub_identity, migrate, store
from hub.trust import pin_tries
from tests.hub import databases
from tests.hub.money_world import NOON

EWA = "000201"
BENCHES = [f"bench-{number}" for number in range(1, 200)]


@pytest.fixture
def database() -> store.Database:
    """An empty hub."""
    made = databases.fresh()
    hub_identity.prepare(made, "sample", NOON, os.urandom)
    return made


class Guesser:
    """Somebody who types wrong PINs, in one transaction: Ewa's number, or another one."""

    def __init__(self, connection: Connection, worker_id: str = EWA) -> None:
        self.connection, self.worker_id = connection, worker_id
        self.minute = 0
        self.tries = 0

    @property
    def now(self) -> datetime:
        """Where the clock stands."""
        return NOON + timedelta(minutes=self.minute)

    def lock(self, place: str) -> tuple[int, bool] | None:
        """Minutes, and whether everywhere."""
        found = pin_tries.lock(self.connection, self.worker_id, place, self.now)
        return None if found is None else (found.minutes, found.everywhere)

    def wrong(self, place: str, times: int = 1) -> tuple[int, bool] | None:
        """The lock the last of so many wrong PINs brings."""
        found = None
        for _ in range(times):
            found = pin_tries.wrong(self.connection, self.worker_id, place, self.now)
            self.tries += 1
        return None if found is None else (found.minutes, found.everywhere)

    def all_there_is(self, places: Sequence[str]) -> None:
        """Until every one of these places is locked."""
        for place in places:
            while self.lock(place) is None:
                self.wrong(place)


def test_locks_at_a_place_grow_until_a_right_pin(database: store.Database) -> None:
    """From fifteen minutes to eight hours."""
    with database.transaction() as connection:
        guesser, spans = Guesser(connection), []
        for _ in range(8):
            found = guesser.wrong("bench-1", 5)
            assert found is not None
            spans.append(found[0])
            guesser.minute += found[0]
        pin_tries.right(connection, EWA, "bench-1")

        assert spans == [15, 30, 60, 120, 240, 480, 480, 480]
        assert guesser.wrong("bench-1", 5) == (15, False)


def test_four_wrong_ones_lock_nothing_and_a_right_one_forgives_them_there(database: store.Database) -> None:
    """What was wrong at another place stays counted."""
    with database.transaction() as connection:
        guesser = Guesser(connection)
        assert (guesser.wrong("bench-1", 4), guesser.wrong("bench-2", 4)) == (None, None)
        pin_tries.right(connection, EWA, "bench-1")

        assert (guesser.wrong("bench-1", 4), guesser.wrong("bench-2")) == (None, (15, False))


def test_up_to_three_places_never_lock_everywhere(database: store.Database) -> None:
    """However long they go on."""
    with database.transaction() as connection:
        guesser = Guesser(connection)
        for _ in range(72):
            guesser.all_there_is(BENCHES[:3])
            guesser.minute += 60

        assert (guesser.tries >= 100, guesser.lock("bench-4")) == (True, None)


def test_twenty_at_four_places_lock_everywhere_for_two_hours(database: store.Database) -> None:
    """And nobody else; then everything counts anew, but a place that was locked longer stays so."""
    with database.transaction() as connection:
        guesser, other = Guesser(connection), Guesser(connection, "000202")
        said = [guesser.wrong(bench, 5) for bench in BENCHES[:4]]
        guesser.minute = 119
        locked = guesser.lock("bench-9"), other.lock("bench-9")
        guesser.minute = 120

        assert said == [(15, False)] * 3 + [(120, True)]
        assert (locked, guesser.lock("bench-9")) == (((1, True), None), None)
        assert [guesser.wrong(bench, 5) for bench in BENCHES[4:8]] == [(15, False)] * 3 + [(120, True)]


def test_a_place_without_wrong_ones_for_a_day_begins_anew(database: store.Database) -> None:
    """Nobody is locked out everywhere for slips of many weeks."""
    with database.transaction() as connection:
        guesser = Guesser(connection)
        guesser.wrong("bench-1", 5)
        for bench in BENCHES[1:30]:
            guesser.minute += 6 * 60
            assert guesser.wrong(bench) is None
        guesser.minute += 24 * 60

        assert guesser.wrong("bench-1", 5) == (15, False)


@pytest.mark.parametrize(("places", "most"), [(1, 40), (3, 120), (4, 480), (20, 480), (199, 480)])
def test_whoever_guesses_has_no_more_tries_in_a_day_than_with_one_count(
    database: store.Database, places: int, most: int
) -> None:
    """Five in fifteen minutes were 480 a day; at one place they are 40 now, however eager."""
    with database.transaction() as connection:
        guesser = Guesser(connection)
        while guesser.minute < 24 * 60:
            if guesser.lock("nowhere") is None:
                guesser.all_there_is(BENCHES[:places])
            guesser.minute += 15

        assert 0 < guesser.tries <= most


@pytest.mark.parametrize("wait", [15, 45, 105, 225])
def test_nor_when_three_places_are_used_up_before_a_fourth(database: store.Database, wait: int) -> None:
    """Tries that do not count towards the lock everywhere, at places that are new every time."""
    with database.transaction() as connection:
        guesser, fresh = Guesser(connection), iter(BENCHES)
        while guesser.minute < 24 * 60:
            some = [next(fresh) for _ in range(4)]
            began = guesser.minute
            while guesser.minute <= began + wait:
                guesser.all_there_is(some[:3])
                guesser.minute += 15
            assert guesser.wrong(some[3], 5) == (120, True)
            guesser.minute += 120

        assert guesser.tries <= 20 * guesser.minute / 60


def test_a_clock_that_was_wrong_locks_nobody_out_for_years(database: store.Database) -> None:
    """The hub woke up in 2036, somebody mistyped, and its clock was set right: no lock is longer than eight hours."""
    with database.transaction() as connection:
        guesser = Guesser(connection)
        guesser.minute = 10 * 365 * 24 * 60
        assert guesser.wrong("bench-1", 5) == (15, False)
        guesser.minute = 0

        assert guesser.lock("bench-1") is None
        assert guesser.wrong("bench-1", 5) == (30, False)


def test_who_is_locked_out_stays_so_over_the_upgrade() -> None:
    """Everywhere, until the same moment."""
    database = databases.fresh()
    with database.transaction() as connection:
        command.upgrade(migrate.configuration(connection), "0018_rule_words")
        connection.execute(
            text(
                "INSERT INTO people (worker_id, name, role, active, language, wrong, locked_until, updated_at) VALUES "
                "('000201', 'Ewa', 'supervisor', true, 'pl', 0, :until, :until), "
                "('000202', 'Jan', 'supervisor', true, 'pl', 4, NULL, :until)"
            ),
            {"until": (NOON + timedelta(minutes=9)).isoformat(timespec="microseconds")},
        )
        migrate.upgrade(connection)

        assert [Guesser(connection, number).lock("bench-1") for number in (EWA, "000202")] == [(9, True), None]
