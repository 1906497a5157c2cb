"""A copied database alone cannot be searched for PINs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rma_station import config
from rma_station.config import Config
from rma_station.derivation import make_verifier, verify_pin
from rma_station.domain import codec, pins
from rma_station.domain.book import Person
from rma_station.services.running import Late, RunningStation
from rma_station.store import pins_at_rest, swap
from rma_station.store.database import open_database
from rma_station.store.reader import StoredReader
from rma_station.wiring.room import open_room
from tests.fakes import take_feed
from tests.faults.test_migration_cut import old_journal
from tests.services.bench import Row, ServiceBench
from tests.sync.tiny_hub import wait_for

PEPPER, OTHER = b"p" * 32, b"q" * 32
VERIFIER = make_verifier("4711", bytes(range(16)))
DIGEST = VERIFIER.rpartition("$")[2].encode()
ANNA = Person("000001", "Anna", "worker", pin_hash=VERIFIER)


def bytes_on_disk(folder: Path) -> bytes:
    """All that a thief of the folder's database reads."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("journal.sqlite*")))


def kept(bench: ServiceBench) -> str | None:
    """Anna's verifier as the station has it."""
    person = bench.book.person("000001")
    return person.pin_hash if person else None


def upgraded(folder: Path) -> Config:
    """The configuration of a station whose journal is of the first schema, with a verifier in the clear."""
    settings = config.load(None).with_data(folder)
    old_journal(settings.data_folder)
    connection = sqlite3.connect(settings.data_folder / swap.FILE, isolation_level=None)
    connection.execute(
        "INSERT INTO reference (kind, key, body) VALUES ('person', '000001', ?)", (codec.to_text(codec.encode(ANNA)),)
    )
    connection.close()
    return settings


def test_an_upgraded_station_keeps_no_verifier_in_the_clear(tmp_path: Path) -> None:
    """The copy from before the upgrade goes with the first start that opened, settled and verified the journal."""
    settings = upgraded(tmp_path)

    open_database(settings.data_folder, holder="a command").close()
    between = list(settings.data_folder.glob("journal-schema-*"))
    running = RunningStation(lambda: open_room(settings))
    running.start()
    running.wait_open()
    running.start_late(Late())
    wait_for(lambda: not list(settings.data_folder.glob("journal-schema-*")))
    running.stop()

    assert DIGEST in VERIFIER.encode()
    assert [copy.name for copy in between] == ["journal-schema-0001.sqlite"]
    assert DIGEST not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize("how", ["feed", "snapshot"])
def test_what_the_hub_sends_is_never_written_as_it_came(tmp_path: Path, how: str) -> None:
    """The digest of the hub is in no file of the database, not even in its write-ahead log."""
    bench = ServiceBench(tmp_path)
    reader = StoredReader(bench.journal, bench.clock, pepper=PEPPER)
    rows = [Row(1, "p", "person", "000001", codec.encode(ANNA))]
    if how == "feed":
        take_feed(reader, rows, "c2")
    else:
        for _ in reader.snapshot_slices(rows, "c2", first=True, last=True):
            continue

    assert DIGEST not in bytes_on_disk(tmp_path)
    assert verify_pin("4711", kept(bench) or "", PEPPER)


def test_an_entry_that_cannot_be_read_is_kept_without_its_verifier(tmp_path: Path) -> None:
    """It is shown with the reason; the digest is in it only as this station may have it."""
    bench = ServiceBench(tmp_path)
    reader = StoredReader(bench.journal, bench.clock, pepper=PEPPER)

    take_feed(reader, [Row(1, "p", "person", "000007", {"pin_hash": VERIFIER, "name": 7})], "c2")
    take_feed(reader, [Row(2, "q", "person", "000008", ["x", VERIFIER])], "c3")

    assert [what for what, _ in reader.feed_refused()] == ["person 000007", "person 000008"]
    assert DIGEST not in bytes_on_disk(tmp_path)


def test_a_database_of_an_older_version_is_settled_when_it_is_opened(tmp_path: Path) -> None:
    """Its verifiers are wrapped where they lie, and no page keeps what they were."""
    bench = ServiceBench(tmp_path)
    body = codec.to_text(codec.encode(ANNA))
    with bench.journal.database.transaction() as connection:
        connection.execute("UPDATE reference SET body = ? WHERE kind = 'person' AND key = '000001'", (body,))

    again = pins_at_rest.settle(bench.journal.database, PEPPER)

    assert (again, bench.reader.cursor()) == (False, "c1")
    assert verify_pin("4711", kept(bench) or "", PEPPER)
    assert DIGEST not in bytes_on_disk(tmp_path)


def test_verifiers_of_another_pepper_are_asked_for_anew(tmp_path: Path) -> None:
    """The device's secret was lost: nobody is locked out for typing the right PIN, the whole feed is read again."""
    bench = ServiceBench(tmp_path)
    take_feed(
        StoredReader(bench.journal, bench.clock, pepper=OTHER),
        [Row(1, "p", "person", "000001", codec.encode(ANNA))],
        "c2",
    )

    again = pins_at_rest.settle(bench.journal.database, PEPPER)

    assert (again, kept(bench), bench.reader.cursor()) == (True, None, "")
    assert pins_at_rest.settle(bench.journal.database, PEPPER) is False


def test_a_journal_without_pins_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written."""
    bench = ServiceBench(tmp_path)
    before = bench.journal.database.connection.total_changes

    assert pins_at_rest.settle(bench.journal.database, PEPPER) is False
    assert bench.journal.database.connection.total_changes == before
    assert pins.pepper_id(PEPPER) != pins.pepper_id(OTHER)
