"""Who somebody is, the hub checks itself: role, PIN, and not too many tries."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub import feed, hub_identity, people, store
from rma_station.domain import codes
from rma_station.domain.book import Person
from rma_station.domain.meaning import BadgeScan
from rma_station.errors import Refused
from tests.hub import databases
from tests.hub.money_world import NOON

ANNA = Person("000901", "Anna Supervisor", "supervisor", language="en")


@pytest.fixture
def database() -> store.Database:
    """An empty hub."""
    made = databases.fresh()
    hub_identity.prepare(made, "sample", NOON, os.urandom)
    return made


def add(database: store.Database, person: Person = ANNA, pin: str | None = "246810") -> None:
    """Put a person in."""
    with database.transaction() as connection:
        people.put_person(connection, person, pin, NOON, os.urandom)


def check(database: store.Database, pin: str, *, minutes: int = 0, worker_id: str = "000901") -> str:
    """The code of a check."""
    with database.transaction() as connection:
        return people.check(connection, worker_id, pin, NOON + timedelta(minutes=minutes)).code


def test_the_right_pin_of_a_supervisor_passes(database: store.Database) -> None:
    """And nothing else does."""
    add(database)

    assert [check(database, pin) for pin in ("246810", "246811", "", "246810")] == ["", "pin", "pin", ""]
    assert check(database, "246810", worker_id="000999") == "pin"


def test_a_worker_cannot_decide(database: store.Database) -> None:
    """The PIN is right, the role is not."""
    add(database, Person("000001", "Ola", "worker"), "1357")

    assert check(database, "1357", worker_id="000001") == "role"


def test_a_new_pin_ends_every_lock(database: store.Database) -> None:
    """An administrator gives it to somebody who was locked out by others."""
    add(database)
    for _ in range(5):
        check(database, "111111")
    add(database, ANNA, "135790")

    assert [check(database, pin) for pin in ("111111", "135790")] == ["pin", ""]


def test_five_wrong_pins_lock_for_fifteen_minutes(database: store.Database) -> None:
    """Then even the right one is refused, until the time is over."""
    add(database)

    assert [check(database, "111111") for _ in range(5)] == ["pin"] * 4 + ["locked"]
    assert [check(database, "246810", minutes=m) for m in (0, 14, 15)] == ["locked", "locked", ""]


def test_a_right_pin_starts_the_count_again(database: store.Database) -> None:
    """Four wrong ones are forgiven by a right one."""
    add(database)
    for _ in range(4):
        check(database, "111111")

    assert [check(database, pin) for pin in ("246810", "111111", "246810")] == ["", "pin", ""]


def test_somebody_who_left_cannot_decide(database: store.Database) -> None:
    """An inactive person has no PIN any more."""
    add(database)
    add(database, Person("000901", "Anna Supervisor", "supervisor", active=False), None)

    assert check(database, "246810") == "pin"


def test_equal_pins_have_different_verifiers(database: store.Database) -> None:
    """A salt of its own for each person."""
    add(database)
    add(database, Person("000902", "Ewa", "supervisor"))

    with database.transaction() as connection:
        first, second = connection.scalars(select(people.people.c.verifier)).all()
    assert first != second


def test_stations_get_people_but_never_a_verifier_that_can_approve(database: store.Database) -> None:
    """Workers may sign in with a PIN at the bench; a supervisor's is checked at the hub only."""
    add(database)
    add(database, Person("000001", "Ola", "worker"), "1357")

    with database.transaction() as connection:
        page = feed.page(connection, "", 10, NOON)
    bodies = {entry.key: entry.body for entry in page.entries if entry.kind == "person"}  # type: ignore[union-attr]
    assert bodies["000901"] == {
        "worker_id": "000901",
        "name": "Anna Supervisor",
        "role": "supervisor",
        "language": "en",
    }
    assert bodies["000001"]["pin_hash"].startswith("argon2id$")


def test_a_verifier_of_an_older_version_is_made_anew_by_the_right_pin(database: store.Database) -> None:
    """A wrong PIN leaves it; the right one turns scrypt into Argon2id, and goes on fitting."""
    add(database, Person("000001", "Ola", "worker"), "1357")
    old = "scrypt$2$8$1$" + "00" * 16 + "$" + hashlib.scrypt(b"1357", salt=bytes(16), n=2, r=8, p=1).hex()
    with database.transaction() as connection:
        connection.execute(people.people.update().values(verifier=old))

    kept = []
    for pin in ("0000", "1357", "1357"):
        with database.transaction() as connection:
            checked = people.check(connection, "000001", pin, NOON, roles=frozenset({"worker"}))
            verifier = str(connection.scalar(select(people.people.c.verifier)))
            kept.append((checked.code, verifier.partition("$")[0]))

    assert kept == [("pin", "scrypt"), ("", "argon2id"), ("", "argon2id")]


@pytest.mark.parametrize(
    ("person", "pin", "message"),
    [
        (Person("12", "X", "worker"), None, "'12' is not six digits"),
        (Person("000001", " ", "worker"), None, "needs a name"),
        (Person("000001", "X", "boss"), None, "'boss' is none of worker, supervisor, administrator"),
        (Person("000001", "X", "supervisor"), "1234", "supervisor has 6 to 12 digits"),
        (Person("000001", "X", "worker"), "12a4", "worker has 4 to 12 digits"),
        (Person("000001", "X", "worker", language="de"), None, "neither pl nor en"),
    ],
)
def test_what_cannot_be_used_is_named(database: store.Database, person: Person, pin: str | None, message: str) -> None:
    """With what is allowed."""
    with pytest.raises(Refused, match=message):
        add(database, person, pin)


def test_the_badge_key_is_told_once(database: store.Database) -> None:
    """Stations check badges offline with it."""
    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
        people.tell_badge_key(connection, identity, NOON)
        people.tell_badge_key(connection, identity, NOON)
    with database.transaction() as connection:
        page = feed.page(connection, "", 10, NOON)

    (entry,) = page.entries  # type: ignore[union-attr]
    key = bytes.fromhex(str(entry.body))
    assert codes.read_badge(codes.badge("000901", key), key) == BadgeScan("000901")
