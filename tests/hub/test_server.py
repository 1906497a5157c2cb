"""The hub as a process of its own: ready line, commands through it, its end with its parent, and after SIGKILL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.central import Hub
from hub.worker import Periodic, Worker, run_once
from rma_station.domain import codec
from sync import signing, wire
from tests.hub.build import NOW, RMA, Log, Numbers, new_hub

FILES = ("admin-token", "hub.json", "device-key")


class Process:
    """A running hub; closing ``pipe`` is the parent's end."""

    def __init__(self, data: Path, mode: str = "live", *more: str) -> None:
        reader, self.pipe = os.pipe()
        self.data = data
        command = [sys.executable, "-m", "rma_station", "hub", "run", "--mode", mode, "--data", str(data)]
        command += ["--parent-pipe", str(reader), "--enrol", "bench-1", "--device-key", str(data / "device-key"), *more]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=(reader,), text=True)
        os.close(reader)
        assert self.child.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.child.stdout.readline())

    def post(self, path: str, content: bytes) -> httpx.Response:
        """A call of the enrolled station."""
        seed = bytes.fromhex((self.data / "device-key").read_text())
        headers = signing.sign(seed, "POST", path, content, time.time(), os.urandom(16))
        return httpx.post(self.ready["url"] + path, content=content, headers=headers, timeout=20, trust_env=False)

    def end(self) -> int:
        """Let go of the pipe and wait."""
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1
        return self.child.wait(20)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Process]:
    """A hub with one station."""
    process = Process(tmp_path / "hub")
    yield process
    process.end()


def command(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """``rma-station hub WORDS``."""
    line = [sys.executable, "-m", "rma_station", "hub", *words, "--data", str(data)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def batch(log: Log, first: int = 1) -> tuple[str, bytes]:
    """Path and body of one batch."""
    head = codec.to_bytes(codec.encode(log.header(first)))
    return wire.EVENTS.format(log_id=log.log_id), b"\n".join([head, *log.lines[first - 1 :]]) + b"\n"


def test_commands_go_through_the_running_hub_and_it_ends_with_its_parent(running: Process) -> None:
    """One process owns the file; the token is shown once; access is for this user only."""
    added = command(running.data, "station", "add", "bench-2")
    status = command(running.data, "status")
    second = command(running.data, "run", "--mode", "live")
    modes = {name: (running.data / name).stat().st_mode & 0o777 for name in FILES}

    code = running.end()

    assert (added.returncode, len(added.stdout.strip()) >= 43) == (0, True)
    assert "bench-2" in status.stdout
    assert (second.returncode, "another process holds" in second.stderr) == (3, True)
    assert modes == dict.fromkeys(FILES, 0o600)
    assert (code, (running.data / "hub.json").exists()) == (0, False)


def test_a_hub_for_other_machines_says_where_they_find_it(tmp_path: Path) -> None:
    """Names it was given and addresses of this machine, never its loopback; the commands say it too."""
    process = Process(tmp_path / "hub", "live", "--host", "0.0.0.0", "--name", "hub.example.com")
    try:
        port = process.ready["url"].rpartition(":")[2]
        status = command(process.data, "status")
    finally:
        process.end()

    assert process.ready["stations"][0] == f"https://hub.example.com:{port}"
    assert [one for one in process.ready["stations"] if "127." in one or "::1" in one or "0.0.0.0" in one] == []
    assert f"stations reach it at  https://hub.example.com:{port}" in status.stdout


def test_what_was_acknowledged_survives_sigkill(running: Process) -> None:
    """And the batch that was not sent again starts where the hub says."""
    log = Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1")
    running.post(*batch(log)).raise_for_status()
    running.child.kill()
    running.end()
    log.grade("u1")

    again = Process(running.data)
    hello = wire.Hello("live", (wire.LogHead(log.log_id, 3, log.hashes[3].hex()),))
    known = again.post(wire.HELLO, codec.to_bytes(codec.encode(hello))).json()["logs"][0]
    reply = again.post(*batch(log, known["have_through"] + 1)).json()
    again.end()

    assert (known["have_through"], known["hash_at_have"]) == (2, log.hashes[2].hex())
    assert (reply["accepted_through"], reply["accepted"]) == (3, 1)


def test_a_task_that_fails_is_rolled_back_and_called_again() -> None:
    """It never ends the worker."""
    database = new_hub()
    hub = server_hub(database)
    calls: list[int] = []
    done = threading.Event()

    def task(connection: object, now: object) -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("provider away")
        done.set()

    worker = Worker(hub, [Periodic("task", 0.0, task)])
    worker.start()
    assert done.wait(10)
    worker.stop()

    assert (run_once(hub, Periodic("task", 1, task)), "task" in hub.beats) == (True, True)


def server_hub(database: Any) -> Hub:
    """A hub around a database in memory."""
    from hub import hub_identity

    with database.transaction() as connection:
        identity = hub_identity.identity(connection)
    return Hub(database, identity, lambda: NOW, Numbers())
