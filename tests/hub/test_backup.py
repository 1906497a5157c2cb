"""A backup of a hub that works on, its restore test, and its way back into a data folder."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import hub.policy
from hub import backup, put_back, restore_test, server, stations, store
from hub.central import Hub
from hub.moves import stopped_by
from rma_station.errors import JournalDamaged, Refused, StationHeld
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, send

POLICY = "# the house's own\n" + (Path(hub.policy.__file__).parent / "data" / "policy.toml").read_text("utf-8")


def opened(folder: Path) -> Hub:
    """The hub of this folder."""
    return server.open_hub(folder, "sample")


def filled(hub: Hub, events: int = 60) -> Log:
    """With all that a log can hold: events, a dead letter, a parked one, a duplicate."""
    announce(hub.database, an_rma())
    log = Log()
    log.parcel("p-1", RMA)
    log.put(b"{}")
    log.say_raw("moon.landed", 1, {}, RMA)
    for number in range(events):
        log.unit(f"u{number}", "p-1")
    log.put(log.lines[0])
    send(hub.database, log)
    with hub.database.transaction() as connection:
        stations.add(connection, "bench-1", Numbers(), NOW)
        stations.seen(connection, "bench-1", None, NOW)
    return log


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub on files with something in it."""
    made = opened(tmp_path / "hub")
    filled(made)
    return made


def test_a_copy_of_a_working_hub_passes_the_restore_test(hub: Hub, tmp_path: Path) -> None:
    """It is one file, for its owner only, and says how far every log is in it."""
    target = tmp_path / "disk" / "copy.sqlite3"

    made = backup.make(hub.database, tmp_path / "hub", target)
    hub.database.close()

    assert made.examined.logs["log-a"] == 64
    assert (made.examined.hub_id, made.examined.mode) == (hub.identity.hub_id, "sample")
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.json", "copy.sqlite3"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in target.parent.iterdir()} == {0o600}


def test_work_goes_on_while_a_copy_is_made_and_is_in_it(hub: Hub, tmp_path: Path) -> None:
    """Between two slices everybody who waits has a turn; what they write is in the copy, whole."""
    with hub.database.transaction() as connection:
        connection.execute(text("CREATE TABLE ballast (data BLOB)"))
        connection.execute(text("INSERT INTO ballast VALUES (zeroblob(12000000))"))
    log, one_at_a_time = Log("log-b"), threading.Lock()
    sent: list[threading.Thread] = []

    def write(_done: int, _of: int) -> None:
        if len(sent) < 5:
            writer = threading.Thread(target=one_more)
            writer.start()
            sent.append(writer)

    def one_more() -> None:
        with one_at_a_time:
            log.parcel(f"p-{len(log.lines)}", RMA)
            send(hub.database, log, len(log.lines))

    made = backup.make(hub.database, tmp_path / "hub", tmp_path / "copy.sqlite3", write)
    for writer in sent:
        writer.join()
    hub.database.close()

    assert len(log.lines) == 5
    assert 1 <= made.examined.logs["log-b"] <= 5


def test_a_backup_overwrites_nothing_and_does_not_lie_in_the_hub_s_folder(hub: Hub, tmp_path: Path) -> None:
    """It would be lost with what it is a copy of."""
    there = tmp_path / "there"
    there.write_text("x")
    for target, words in ((there, "never overwrites"), (tmp_path / "hub" / "copy", "lost with it")):
        with pytest.raises(Refused, match=words):
            backup.make(hub.database, tmp_path / "hub", target)
    hub.database.close()

    assert there.read_text() == "x"


# --- the restore test --------------------------------------------------------------------------------------


def damaged(path: Path, statement: str) -> None:
    """Change a copy behind everybody's back."""
    with sqlite3.connect(path) as file:
        file.execute(statement)
    file.close()


@pytest.mark.failure(28)
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE events SET line = CAST(replace(line, 'u7', 'u8') AS BLOB) WHERE seq = 11",
            "event 11 of log log-a does not match",
        ),
        ("DELETE FROM events WHERE seq = 64 - 2", "log log-a has no event 62"),
        ("DELETE FROM events WHERE seq = 63", "log log-a has no event 63"),
        ("DELETE FROM places WHERE seq = 64", "log log-a ends at 63, and the hub has said 64"),
        ("UPDATE dead_letters SET raw = x'7b7c'", "event 2 of log log-a does not match"),
        ("UPDATE alembic_version SET version_num = '9999_later'", "newer version .9999_later.: upgrade this program"),
        ("DROP TABLE refund_intents", "no such table: refund_intents"),
    ],
)
def test_a_copy_that_would_not_do_is_found_out(statement: str, words: str, hub: Hub, tmp_path: Path) -> None:
    """Whatever SQLite says of the file, every chain is followed and every log has to be whole."""
    copy = tmp_path / "copy.sqlite3"
    backup.make(hub.database, tmp_path / "hub", copy)
    hub.database.close()
    damaged(copy, statement)

    with pytest.raises(JournalDamaged, match=words):
        restore_test.examine(copy)


@pytest.mark.failure(28)
@pytest.mark.parametrize("at", [0, 5000, 40_000])
def test_a_file_that_was_cut_or_overwritten_is_found_out(at: int, hub: Hub, tmp_path: Path) -> None:
    """By SQLite, at the latest."""
    copy = tmp_path / "copy.sqlite3"
    backup.make(hub.database, tmp_path / "hub", copy)
    hub.database.close()
    whole = copy.read_bytes()

    for bad in (whole[:at], whole[:at] + bytes(4096) + whole[at + 4096 :]):
        copy.write_bytes(bad)
        with pytest.raises(JournalDamaged):
            restore_test.examine(copy)


@pytest.mark.failure(28)
def test_a_bad_copy_gets_no_name(hub: Hub, tmp_path: Path) -> None:
    """It lies beside as ``.bad`` for whoever wants to know; no restore will take it."""
    with hub.database.transaction() as connection:
        connection.execute(text("UPDATE events SET line = CAST(replace(line, 'u7', 'u8') AS BLOB) WHERE seq = 11"))

    with pytest.raises(JournalDamaged, match="failed the restore test: event 11"):
        backup.make(hub.database, tmp_path / "hub", tmp_path / "disk" / "copy.sqlite3")
    hub.database.close()

    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["copy.sqlite3.bad"]


# --- back again --------------------------------------------------------------------------------------------


@pytest.fixture
def copy(hub: Hub, tmp_path: Path) -> Path:
    """A backup; the hub has gone on since and is stopped."""
    (tmp_path / "hub" / "policy.toml").write_text(POLICY)
    (tmp_path / "hub" / "blobs" / "5f").mkdir(parents=True)
    (tmp_path / "hub" / "blobs" / "5f" / "5f3a").write_bytes(b"photo")
    made = tmp_path / "disk" / "copy.sqlite3"
    backup.make(hub.database, tmp_path / "hub", made)
    log = Log("log-b")
    log.parcel("p-2", RMA)
    send(hub.database, log)
    hub.database.close()
    return made


@pytest.mark.failure(26)
def test_a_hub_is_put_back_under_a_new_epoch_and_sends_nothing(copy: Path, hub: Hub, tmp_path: Path) -> None:
    """What was there is kept beside; policy and photos come back where they are missing."""
    fresh = tmp_path / "machine"

    done = put_back.from_file(fresh, copy, by="root", why="the disk broke", now=NOW + timedelta(days=1))
    again = put_back.from_file(tmp_path / "hub", copy, set_aside=True, now=NOW + timedelta(days=1))

    assert (fresh / "policy.toml").read_text() == POLICY
    assert (fresh / "blobs" / "5f" / "5f3a").read_bytes() == b"photo"
    assert sorted(os.listdir(again.kept)) == ["hub.sqlite3"]
    after = opened(fresh)
    with after.database.transaction() as connection:
        assert stopped_by(connection) == "restore"
        assert connection.scalar(text("SELECT count(*) FROM logs WHERE log_id = 'log-b'")) == 0
    after.database.close()
    assert after.identity.hub_id == hub.identity.hub_id
    assert after.identity.secret == hub.identity.secret
    assert len({hub.identity.epoch, done.epoch, again.epoch}) == 3


def test_a_database_that_is_there_is_not_replaced_without_a_word(copy: Path, tmp_path: Path) -> None:
    """Nor while a hub runs on it, nor by another hub's."""
    with pytest.raises(Refused, match="say --set-aside"):
        put_back.from_file(tmp_path / "hub", copy)
    running = opened(tmp_path / "hub")
    with pytest.raises(StationHeld):
        put_back.from_file(tmp_path / "hub", copy, set_aside=True)
    running.database.close()
    opened(tmp_path / "other").database.close()
    with pytest.raises(Refused, match="of another hub"):
        put_back.from_file(tmp_path / "other", copy, set_aside=True)


def test_a_database_that_cannot_be_read_is_set_aside(copy: Path, tmp_path: Path) -> None:
    """That is what backups are for."""
    (tmp_path / "hub" / store.FILE).write_bytes(b"rubbish" * 1000)

    done = put_back.from_file(tmp_path / "hub", copy, set_aside=True)

    assert (Path(done.kept) / store.FILE).read_bytes()[:7] == b"rubbish"


def test_a_bad_backup_changes_nothing(copy: Path, tmp_path: Path) -> None:
    """It is tested before anything is touched."""
    damaged(copy, "UPDATE events SET line = x'7b7d' WHERE seq = 11")
    before = (tmp_path / "hub" / store.FILE).read_bytes()

    with pytest.raises(JournalDamaged):
        put_back.from_file(tmp_path / "hub", copy, set_aside=True)

    assert (tmp_path / "hub" / store.FILE).read_bytes() == before
