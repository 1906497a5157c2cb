"""The disk is really full: a file system of 6 MB in a mount namespace of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def namespaces() -> bool:
    """Whether this machine lets us mount."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    mount = "mkdir -p /tmp/rma-mount && mount -t tmpfs -o size=1m none /tmp/rma-mount"
    return subprocess.run(["unshare", "-m", "sh", "-c", mount], check=False, capture_output=True).returncode == 0


@pytest.mark.failure(3)
@pytest.mark.skipif(not namespaces(), reason="mounting a small file system needs root and unshare")
def test_a_full_file_system_stops_new_work_and_loses_nothing(tmp_path: Path) -> None:
    """The photos the hub has go first, the one it lacks stays; then STOP. The open parcel is set aside out of the
    ballast's room, the queue can be read, and with room it goes on."""
    script = 'mount -t tmpfs -o size=6m none "$1" && exec "$0" -m tests.faults.small_disk "$1"'
    command = ["unshare", "-m", "sh", "-c", script, sys.executable, str(tmp_path)]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["refused"] == "Disk full"
    assert told["photos"] == [0]
    assert told["committed"] > 50
    assert told["lines"] == told["committed"] + 2
    assert told["after"] == told["lines"] + 1


@pytest.mark.failure(3)
@pytest.mark.timeout(120)
@pytest.mark.skipif(not namespaces(), reason="mounting a small file system needs root and unshare")
def test_what_is_on_a_full_disk_is_sent_from_there(tmp_path: Path) -> None:
    """The hub has every event, the set-aside parcel's too, though nothing the hub says can be kept until there is
    room."""
    script = (
        'mkdir "$1" && mount -t tmpfs -o size=12m none "$1" && exec "$0" -m tests.faults.small_disk_sends "$1" "$2"'
    )
    command = ["unshare", "-m", "sh", "-c", script, sys.executable, str(tmp_path / "disk"), str(tmp_path / "hub")]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["refused"], told["short"]) == ("Disk full", True)
    assert told["events"] > 1000
    assert told["at_hub"] == told["events"]
