"""A journal under a key: nothing of it can be read without, all of it works with, and turning it loses nothing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

from rma_station.errors import JournalDamaged, NoJournal, Refused, StationHeld, StorageFailed
from rma_station.store import driver, encryption, migrations, swap
from rma_station.store.backup import backup
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from tests.fakes import CountingRandom, StandingClock
from tests.store import given
from tests.store.test_salvage import failing

pytest.importorskip("sqlcipher3", reason="no wheel of sqlcipher3 for this machine")
KEY, OTHER = bytes(range(32)), bytes(32)
STAMP = "20261130T080000Z"
STEPS = ("check", "write", "check_copy", "put_in_place", "done")


def journal(folder: Path, key: bytes | None = KEY, seed: str = "seed") -> Journal:
    """The journal of a folder, under a key."""
    return Journal.open(
        folder, station="bench-1", mode="sample", app_version="0.1.0", clock=StandingClock(),
        random=CountingRandom(seed), make_lpn=given.make_lpn, key=key,
    )  # fmt: skip


def filled(folder: Path, key: bytes | None) -> list[bytes]:
    """A closed journal of a few events; its lines."""
    made = journal(folder, key)
    made.commit([given.opened(), *(given.identified(f"u-{n}", f"L{n}") for n in range(20))], jobs=[given.label()])
    lines = lines_of(made)
    made.close()
    return lines


def lines_of(made: Journal) -> list[bytes]:
    """All lines of the present log."""
    return StoredReader(made, StandingClock()).lines_after(made.log_id, 0, 1000, 10_000_000)[1]


def turn(folder: Path, old: bytes | None, new: bytes | None, kill_at: str = "") -> tuple[Path, int]:
    """Encrypt or decrypt; the process is killed when it begins a step."""

    def step(name: str) -> None:
        if name == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return encryption.rewrite(folder, old, new, stamp=STAMP, clock=StandingClock(), step=step)


def bytes_on_disk(folder: Path) -> bytes:
    """All that lies in the folder itself, but for the lock, which names its holder."""
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and file.name != "journal.lock")
    return b"".join(file.read_bytes() for file in files)


def test_everything_works_under_a_key(tmp_path: Path) -> None:
    """Commit, crash, start, checks and backup; no word of an event is on the disk."""
    lines = filled(tmp_path, KEY)
    again = journal(tmp_path, seed="again")
    again.commit([given.graded("u-1")])
    on_disk = bytes_on_disk(tmp_path)
    steps = backup(again.database, tmp_path / "copy.sqlite")
    for _ in steps:
        continue
    again.database.close()
    after_crash = journal(tmp_path, seed="third")

    assert lines_of(after_crash)[:-1] == lines
    assert (after_crash.opening.unclean, len(list(after_crash.scrub()))) == (True, 1)
    assert [word for word in (b"unit.identified", b"SHIRT", b"bench-1", b"SQLite format") if word in on_disk] == []
    assert driver.is_plain(tmp_path / "copy.sqlite") is False
    after_crash.close()


@pytest.mark.parametrize("back", [False, True])
def test_turning_keeps_every_byte_of_every_event(tmp_path: Path, back: bool) -> None:
    """Encrypted and, where wanted, decrypted again; the old file is kept aside until it is told to go."""
    lines = filled(tmp_path, None)
    aside, events = turn(tmp_path, None, KEY)
    key: bytes | None = KEY
    if back:
        turn(tmp_path, KEY, None)
        key = None
    made = journal(tmp_path, key, "again")

    assert (events, lines_of(made)) == (len(lines), lines)
    assert [job.job_id for job in made.jobs_open()] == ["j-1"]
    assert made.database.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert encryption.is_encrypted(aside) is False
    made.close()
    gone = encryption.forget_old(tmp_path)
    assert (aside in gone, aside.exists()) == (True, False)


@pytest.mark.parametrize("kill_at", STEPS)
@pytest.mark.parametrize("encrypt", [True, False])
def test_killed_at_any_step_it_is_one_whole_journal(tmp_path: Path, kill_at: str, encrypt: bool) -> None:
    """The old one or the new one; doing it again ends as if nothing had happened."""
    old, new = (None, KEY) if encrypt else (KEY, None)
    lines = filled(tmp_path, old)
    child = multiprocessing.get_context("fork").Process(target=turn, args=(tmp_path, old, new, kill_at))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL

    turned = encryption.is_encrypted(tmp_path) is encrypt
    made = journal(tmp_path, new if turned else old, "after")
    survived = lines_of(made)
    made.close()
    if not turned:
        turn(tmp_path, old, new)
    made = journal(tmp_path, new, "last")

    assert (survived, lines_of(made)) == (lines, lines)
    assert turned is (kill_at == "done")
    made.close()


@pytest.mark.parametrize("after", ["mark", "wal", "rename"])
def test_what_was_decided_is_finished_by_whoever_opens_it(tmp_path: Path, after: str) -> None:
    """Power goes between the decision and its end; a write-ahead log of the old file is never read into the new one."""
    (tmp_path / swap.FILE).write_bytes(b"old")
    (tmp_path / "journal.sqlite-wal").write_bytes(b"old log")
    (tmp_path / swap.NEW).write_bytes(b"new")
    (tmp_path / swap.MARK).touch()
    if after in ("wal", "rename"):
        (tmp_path / "journal.sqlite-wal").unlink()
    if after == "rename":
        (tmp_path / swap.NEW).replace(tmp_path / swap.FILE)

    swap.finish(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["journal.sqlite"]
    assert (tmp_path / swap.FILE).read_bytes() == b"new"


def test_a_disk_that_fails_at_any_step_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the journal is what it was, or the encrypted one; it opens with the key of what was said."""
    lines = filled(tmp_path / "made", None)
    seen = set()
    for fails_at in range(1, 20):
        folder = tmp_path / f"at-{fails_at}"
        shutil.copytree(tmp_path / "made", folder)
        with monkeypatch.context() as patched:
            patched.setattr(swap, "sync", failing(fails_at))
            try:
                turn(folder, None, KEY)
            except StorageFailed as error:
                told = str(error)
            else:
                break
        old = "is what it was" in told
        seen.add(old)

        again = journal(folder, None if old else KEY, seed="again")
        assert lines_of(again) == lines
        again.close()

    assert seen == {True, False}


def test_the_wrong_key_and_no_key_are_said_in_words(tmp_path: Path) -> None:
    """And a key for a plain journal; nothing is changed, nothing is begun anew."""
    filled(tmp_path, KEY)
    before = bytes_on_disk(tmp_path)

    with pytest.raises(Refused, match="cannot be opened with this key"):
        journal(tmp_path, OTHER)
    with pytest.raises(JournalDamaged, match="salvage"):
        journal(tmp_path, None)
    (tmp_path / "database-key").write_text(KEY.hex())
    with pytest.raises(Refused, match=r'is encrypted\. Set station.encryption = "on"'):
        journal(tmp_path, None)
    filled(tmp_path / "plain", None)
    with pytest.raises(Refused, match=r"is not encrypted.*rma-station encrypt"):
        journal(tmp_path / "plain", KEY)

    (tmp_path / "database-key").unlink()
    assert bytes_on_disk(tmp_path) == before


def test_a_flipped_byte_is_found_by_the_page_it_is_in(tmp_path: Path) -> None:
    """SQLCipher authenticates every page: damage is damage, never another text."""
    filled(tmp_path, KEY)
    path = tmp_path / swap.FILE
    data = bytearray(path.read_bytes())
    data[4096 * 6 + 700] ^= 1
    path.write_bytes(data)

    opened = driver.connect(path, KEY)
    found = opened.execute("PRAGMA cipher_integrity_check").fetchall()
    opened.close()
    assert found == [("HMAC verification failed for page 7",)]
    with pytest.raises(JournalDamaged, match="salvage"):
        turn(tmp_path, KEY, None)


def test_a_damaged_journal_is_not_turned(tmp_path: Path) -> None:
    """It is salvaged first; turning would give bad bytes a good name."""
    filled(tmp_path, None)
    path = tmp_path / swap.FILE
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"unit_id":"u-3","parcel_id', b'"unit_id":"u-4","parcel_id'))

    with pytest.raises(JournalDamaged, match="is not what was committed"):
        turn(tmp_path, None, KEY)
    assert encryption.is_encrypted(tmp_path) is False


def test_a_station_that_runs_is_not_turned(tmp_path: Path) -> None:
    """Nor is a folder without a journal."""
    made = journal(tmp_path, None)

    with pytest.raises(StationHeld, match="held by"):
        turn(tmp_path, None, KEY)
    made.close()
    with pytest.raises(NoJournal):
        turn(tmp_path / "empty", None, KEY)


def test_an_upgrade_keeps_its_copy_encrypted(tmp_path: Path) -> None:
    """The copy of before a migration has the same key."""
    connection = driver.connect(tmp_path / swap.FILE, KEY)
    migrations.bring_up(connection, tmp_path / swap.FILE, migrations.steps()[:1])
    connection.execute("INSERT INTO identity VALUES (1, 'bench-1', 'live', '')")

    copy = migrations.bring_up(connection, tmp_path / swap.FILE)

    connection.close()
    assert copy is not None
    assert driver.is_plain(copy) is False
    opened = driver.connect(copy, KEY)
    assert opened.execute("SELECT station FROM identity").fetchone() == ("bench-1",)
    opened.close()
