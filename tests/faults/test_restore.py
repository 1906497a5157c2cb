"""A restore drill with real processes: backup of a running hub, more work, the disk is gone, the backup is put back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.command_line import ask
from tests.faults.processes import Hub, adds_up, finished, station
from tests.sync.tiny_hub import wait_for


def hub_command(*words: str) -> subprocess.CompletedProcess[str]:
    """As an administrator types it."""
    command = [sys.executable, "-m", "rma_station", "hub", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.failure(26, 11)
@pytest.mark.timeout(180)
def test_a_hub_whose_disk_died_has_everything_again(hub: Hub, tmp_path: Path) -> None:
    """What the bench sent after the backup it sends again by itself; no refund is asked for twice, and money waits for
    the one who has to say what left by bank file."""
    bench = station(tmp_path)
    told = [bench.line() for _ in range(15)]
    made = hub_command("backup", "--data", str(hub.data), "--to", str(tmp_path / "copies"))
    told += [bench.line() for _ in range(25)]
    hub.kill()
    shutil.rmtree(hub.data)
    (copy,) = (tmp_path / "copies").glob("hub-*.sqlite3")

    done = hub_command("restore", "--data", str(hub.data), "--from", str(copy), "--why", "the disk died")
    hub.start()
    told += [bench.line() for _ in range(10)]
    wait_for(lambda: not ask(hub.data, "restore-status")["stations"], 60)
    stands = ask(hub.data, "restore-status")
    told += finished(bench)
    hub.kill()

    assert (made.returncode, done.returncode) == (0, 0), made.stderr + done.stderr
    assert (stands["open"], stands["providers"]) == (True, ["bank_file"])
    adds_up(tmp_path, hub.data, told)
