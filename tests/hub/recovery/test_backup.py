"""A backup of a hub that works on, its restore test, and its way back into a data folder."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

import hub.policy
from hub import alerts, command_line, server, store
from hub.central import Hub
from hub.intake.hello import greet
from hub.money.moves import stopped_by
from hub.recovery import backup, backup_operations, backups, put_back, restore_test
from hub.trust import stations
from rma_station.errors import JournalDamaged, Refused, StationHeld
from sync import wire
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


def test_a_plain_copy_with_its_wal_is_no_backup(copy: Path, tmp_path: Path) -> None:
    """The newest commits are in that file; the way to a backup is named."""
    copy.with_name(copy.name + "-wal").write_bytes(b"frames")

    with pytest.raises(Refused, match="has a WAL beside it"):
        put_back.from_file(tmp_path / "new", copy)

    assert not (tmp_path / "new").exists()


def test_a_bad_backup_changes_nothing(copy: Path, tmp_path: Path) -> None:
    """It is tested before anything is touched."""
    damaged(copy, "UPDATE events SET line = x'7b7d' WHERE seq = 11")
    before = (tmp_path / "hub" / store.FILE).read_bytes()

    with pytest.raises(JournalDamaged):
        put_back.from_file(tmp_path / "hub", copy, set_aside=True)

    assert (tmp_path / "hub" / store.FILE).read_bytes() == before


# --- every night, and what follows from a good one ---------------------------------------------------------------


class Clock:
    """A hub's time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Now."""
        return self.now


def stable(hub: Hub) -> int:
    """What a station is told of its log."""
    with hub.database.transaction() as connection:
        given = wire.Hello("sample", (wire.LogHead("log-a", 64, ""),))
        reply = greet(connection, hub.identity, "bench-1", given, NOW)
    assert isinstance(reply, wire.HelloReply)
    return reply.logs[0].stable_through


def figures(hub: Hub, now: datetime) -> list[float]:
    """Age of the newest backup and of the last passed test."""
    with hub.database.transaction() as connection:
        return [metric.samples[0].value for metric in backups.source(connection, now)]


def alerted(hub: Hub) -> list[str]:
    """What people are told of backups."""
    with hub.database.transaction() as connection:
        return [alert.values["reason"] for key, alert in alerts.listed(connection) if key == backups.ALERT]


@pytest.mark.failure(28)
def test_only_a_good_backup_elsewhere_lets_stations_forget(hub: Hub, tmp_path: Path) -> None:
    """One on the hub's own disk moves nothing, and a bad one neither."""
    data, clock = tmp_path / "hub", Clock(NOW)
    said = [stable(hub)]
    backups.make(hub.database, data, tmp_path / "disk" / "1.sqlite3", clock)
    said.append(stable(hub))
    backups.make(hub.database, data, tmp_path / "disk" / "2.sqlite3", clock, elsewhere=True)
    said.append(stable(hub))
    good = alerted(hub)
    with hub.database.transaction() as connection:
        connection.execute(text("UPDATE logs SET stable_through = 7"))
        connection.execute(text("UPDATE places SET hash = x'00' WHERE seq = 2"))
    bad = backups.make(hub.database, data, tmp_path / "disk" / "3.sqlite3", clock, elsewhere=True)
    said.append(stable(hub))
    reasons = alerted(hub)
    hub.database.close()

    assert said == [0, 0, 64, 7]
    assert (bad["good"], good) == (False, [])
    assert reasons == ["the copy failed the restore test: event 2 of log log-a does not match its hash"]


def test_a_backup_is_made_every_night_and_the_newest_are_kept(hub: Hub, tmp_path: Path) -> None:
    """By itself; the figures and the alert say when that does not happen."""
    clock = Clock(datetime(2026, 11, 22, 1, 0, tzinfo=UTC))
    hub.now, hub.backup_plan = clock, backups.Plan(tmp_path / "disk", keep=2)
    before = figures(hub, clock.now)
    made = []
    for hours in (0, 12, 24, 24, 24):
        clock.now += timedelta(hours=hours)
        backup_operations.nightly(hub)
        while hub.backup_job.state == "running":
            time.sleep(0.01)
        backup_operations.nightly(hub)
        made.append(sorted(path.name for path in (tmp_path / "disk").glob("*.sqlite3")))
    age = figures(hub, clock.now + timedelta(hours=5))
    hub.backup_plan = backups.Plan(tmp_path / "hub" / "wrong")
    with hub.database.transaction() as connection:
        backups.look(connection, clock.now + timedelta(hours=40), planned=True)
    reasons = alerted(hub)
    hub.database.close()

    assert before == [float("inf")] * 2
    assert [len(names) for names in made] == [1, 2, 2, 2, 2]
    assert made[-1] == ["hub-20261124T130000Z.sqlite3", "hub-20261125T130000Z.sqlite3"]
    assert age == [5 * 3600.0] * 2
    assert reasons == ["-"]


@pytest.mark.parametrize(
    ("good", "tried", "now", "is_due"),
    [
        (None, None, "2026-11-22T10:00", True),
        ("2026-11-22T02:10", "2026-11-22T02:10", "2026-11-23T01:59", False),
        ("2026-11-22T02:10", "2026-11-22T02:10", "2026-11-23T02:00", True),
        ("2026-11-22T02:10", "2026-11-23T02:00", "2026-11-23T02:30", False),
        ("2026-11-22T02:10", "2026-11-23T02:00", "2026-11-23T03:00", True),
    ],
)
def test_when_a_backup_is_due(good: str | None, tried: str | None, now: str, is_due: bool, hub: Hub) -> None:
    """Once after two at night; an hour after one that failed."""
    rows = [(good, True), (tried, False)]
    with hub.database.transaction() as connection:
        for moment, was_good in rows:
            if moment:
                at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
                values = {"path": "x", "events": 0, "bytes": 0, "detail": "", "elsewhere": False, "good": was_good}
                connection.execute(insert(backups.backups).values(**values, begun_at=at, ended_at=at))
        found = backups.due(connection, datetime.fromisoformat(now).replace(tzinfo=UTC))
    hub.database.close()

    assert found is is_due


def test_the_command_on_a_stopped_hub(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what the copy holds, and that it lies on the hub's own disk; then it is put back by the other one."""
    data = str(tmp_path / "hub")
    code = command_line.execute(["backup", "--data", data, "--to", str(tmp_path / "out")])
    said = capsys.readouterr().out
    (made,) = (tmp_path / "out").glob("*.sqlite3")
    again = command_line.execute(["restore", "--data", data, "--from", str(made), "--set-aside", "--why", "drill"])
    told = capsys.readouterr().out
    status = command_line.execute(["restore", "status", "--data", data])

    assert (code, again, status) == (0, 0, 3)
    assert "restore test passed" in said
    assert "It lies on the hub's own disk: carry it away" in said
    assert "is as it was at" in told
    assert "station bench-1          no hello yet" in capsys.readouterr().out
