"""A restore that is cut off at any step leaves one database: the old one whole, or the new one that knows it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub import hub_identity, server, store
from hub.private_files import copy_private
from hub.recovery import backup, in_place, put_back, restores
from tests.hub.build import NOW, RMA, Log, Numbers, an_rma, announce, send

pytestmark = pytest.mark.failure(26)
STEPS = ("link", "replace", "unlink", "fsync", "mkdir")


class _PowerCut(BaseException):
    """Nothing after it happens."""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a hub that was killed: its last batch is only in its WAL; with a backup ``copy.sqlite3`` beside."""
    data = tmp_path / "running"
    made = server.open_hub(data, "sample")
    announce(made.database, an_rma())
    (data / "policy.toml").write_text((Path(server.__file__).parent / "data" / "policy.toml").read_text("utf-8"))
    backup.make(made.database, data, tmp_path / "copy.sqlite3")
    log = Log("log-b")
    log.parcel("p-2", RMA)
    send(made.database, log)
    shutil.copytree(data, tmp_path / "killed")
    made.database.close()
    assert (tmp_path / "killed" / "hub.sqlite3-wal").stat().st_size > 0
    return tmp_path / "killed"


def cut_at(step: int, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> bool:
    """Do it with the power cut before that change of the disk; whether it came to that."""
    left = step

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise _PowerCut
            return real(*arguments, **more)

        return change

    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(os, name, counting(getattr(os, name)))
        try:
            work()
        except _PowerCut:
            return True
    return False


def facts(data: Path) -> tuple[str, str, int]:
    """Hub, epoch, and whether the last batch is here."""
    database = store.open_folder(data)
    try:
        with database.transaction() as connection:
            who = hub_identity.identity(connection)
            here = connection.scalar(text("SELECT count(*) FROM logs WHERE log_id = 'log-b'"))
            return who.hub_id, who.epoch, int(here or 0)
    finally:
        database.close()


def prepared(data: Path, source: Path) -> Path:
    """The backup under another name in the folder, with the epoch of a restore."""
    new = data / "hub.sqlite3.restoring"
    copy_private(source, new)
    database = store.open_database(new)
    with database.transaction() as connection:
        restores.restored(connection, NOW, lambda n: b"\x07" * n)
    database.close()
    backup.alone(new)
    return new


def test_the_switch_cut_at_any_step_leaves_one_whole_database(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one with what was only in its WAL, or the new one without a word of that WAL; the old one is kept."""
    seen, step, cut = [], 0, True
    while cut:
        data = tmp_path / f"try-{step}"
        shutil.copytree(killed, data)
        new = prepared(data, tmp_path / "copy.sqlite3")
        aside = data / "set-aside"

        cut = cut_at(step, monkeypatch, lambda d=data, n=new, a=aside: in_place.put_in_place(d, n, a))  # type: ignore[misc]

        _, epoch, here = facts(data)
        is_new = epoch == "07" * 8
        seen.append(is_new)
        assert here == (not is_new)
        if is_new:
            shutil.copytree(aside, data / "look")
            assert facts(data / "look")[2] == 1
        step += 1

    assert (seen[0], seen[-1], seen == sorted(seen)) == (False, True, True)
    assert len(seen) > 8


def test_a_restore_cut_at_any_step_never_makes_a_new_hub(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one without the house's policy, and the same command again ends it."""
    hub_id, old_epoch, _ = facts(killed)
    step, cut = 0, True
    while cut:
        data = tmp_path / f"try-{step}"
        shutil.copytree(killed, data)
        (data / "policy.toml").unlink()

        def restore(days: int, data: Path = data) -> object:
            when = NOW + timedelta(days=days)
            return put_back.from_file(data, tmp_path / "copy.sqlite3", set_aside=True, now=when, random=Numbers())

        cut = cut_at(step, monkeypatch, lambda restore=restore: restore(1))  # type: ignore[misc]

        found, epoch, here = facts(data)
        assert (found, here) == (hub_id, int(epoch == old_epoch)), step
        assert epoch == old_epoch or (data / "policy.toml").exists()
        restore(2)
        assert facts(data)[2] == 0
        step += 4  # some forty changes of the disk; every fourth is tried here, all of the switch above


def test_a_copy_is_private_from_its_first_byte(tmp_path: Path) -> None:
    """Whatever the original allows, and however far the copying has come."""
    source = tmp_path / "original"
    source.write_bytes(b"secret")
    source.chmod(0o644)
    before = os.umask(0)
    try:
        copy_private(source, tmp_path / "copy")
    finally:
        os.umask(before)

    assert (stat.S_IMODE((tmp_path / "copy").stat().st_mode), (tmp_path / "copy").read_bytes()) == (0o600, b"secret")
    with pytest.raises(FileExistsError):
        copy_private(source, tmp_path / "copy")
