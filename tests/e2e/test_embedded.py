"""The embedded hub is started again when it dies, and never outlives the station, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rma_station.embedded import EmbeddedHub, child_environment

PATIENCE = 40.0


def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, not for a time."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[EmbeddedHub]:
    """A hub that has come up."""
    made = EmbeddedHub(tmp_path / "hub", "sample", "bench-1", tmp_path / "device-key")
    made.start()
    until(made.address, "the hub's start")
    yield made
    made.stop()


def test_a_hub_that_dies_comes_back(hub: EmbeddedHub, tmp_path: Path) -> None:
    """SIGKILL; it comes back on a new port and the station's key is still good."""
    key = (tmp_path / "device-key").read_text()
    first = hub.address()
    os.kill(hub.pid, signal.SIGKILL)

    until(lambda: hub.address() not in ("", first), "the second start")

    assert (tmp_path / "device-key").read_text() == key
    assert (tmp_path / "device-key").stat().st_mode & 0o777 == 0o600


def test_a_hub_ends_with_a_station_that_was_killed(tmp_path: Path) -> None:
    """The pipe closes with its owner, whatever ended it."""
    script = (
        "import sys, time; from pathlib import Path; from rma_station.embedded import EmbeddedHub\n"
        f"hub = EmbeddedHub(Path({str(tmp_path / 'hub')!r}), 'sample', 'bench-1', Path({str(tmp_path / 'token')!r}))\n"
        "hub.start()\n"
        "while not hub.address(): time.sleep(0.05)\n"
        "print(hub.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=child_environment())
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()

    until(lambda: not alive(child), "the hub's end")
