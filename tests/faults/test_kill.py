"""Station and hub are killed with SIGKILL again and again while parcels are received; afterwards everything adds up.

``FAULT_ROUNDS=50 python -m pytest tests/faults`` (``make test-faults``) kills fifty times.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import select as sql_select

from hub import store as hub_store
from hub.ledger import line_money, refund_intents
from hub.tables import events as hub_events
from rma_station.domain import envelope as en
from rma_station.store.database import open_database

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))
PATIENCE = 60.0
"""Seconds a process may take to start or to send what is left."""


class Child:
    """A process whose lines are read with a deadline."""

    def __init__(self, *command: str, pass_fds: tuple[int, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds
        )
        self._rest = b""

    @property
    def _out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def line(self) -> str:
        """The next line; empty at its end."""
        while b"\n" not in self._rest:
            assert select.select([self._out], [], [], PATIENCE)[0], "the process said nothing"
            data = os.read(self._out.fileno(), 65536)
            if not data:
                return ""
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def kill(self) -> list[str]:
        """SIGKILL now; what it had said until then."""
        self.process.send_signal(signal.SIGKILL)
        said = []
        while line := self.line():
            said.append(line)
        self.process.wait(10)
        return said


class Hub:
    """A hub on one folder, killed and started again; it ends with this process in any case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child: Child | None = None
        self.start()

    def start(self) -> None:
        """On whatever port is free."""
        reader, self._pipe = os.pipe()
        command = ["rma_station", "hub", "run", "--mode", "sample", "--data", str(self.folder / "hub")]
        token = str(self.folder / "hub-token")
        self.child = Child(
            *command, "--parent-pipe", str(reader), "--enrol", "bench-1", "--token-file", token, pass_fds=(reader,)
        )
        os.close(reader)
        address = self.folder / "hub-url.new"
        address.write_text(json.loads(self.child.line())["url"])
        address.replace(self.folder / "hub-url")

    def kill(self) -> None:
        """SIGKILL."""
        assert self.child is not None
        self.child.kill()
        os.close(self._pipe)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Running."""
    made = Hub(tmp_path)
    yield made
    made.kill()


def journal_lines(folder: Path) -> list[bytes]:
    """All lines of the station's one log."""
    database = open_database(folder / "station", holder="test", create=False)
    lines = [row[0] for row in database.connection.execute("SELECT line FROM events ORDER BY place")]
    database.close()
    return lines


@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_what_was_told_to_be_saved_is_at_the_hub_once(hub: Hub, tmp_path: Path) -> None:
    """Killed in turn at random moments: no unit that was told is missing, none is there twice, the chain is whole, and
    no line is paid back more than was paid for it."""
    dice = random.Random(5)
    told: list[str] = []
    for turn in range(ROUNDS):
        station = Child("tests.faults.bench_process", str(tmp_path))
        assert station.line() == "ready"
        told += [station.line() for _ in range(dice.randint(1, 30))]
        if turn % 2:
            hub.kill()
            hub.start()
            told += [station.line() for _ in range(dice.randint(1, 10))]
        told += station.kill()
    station = Child("tests.faults.bench_process", str(tmp_path))
    assert station.line() == "ready"
    assert station.process.stdin is not None
    station.process.stdin.write(b"enough\n")
    station.process.stdin.flush()
    while (line := station.line()) != "sent":
        told.append(line)
    station.process.wait(10)
    hub.kill()

    lines = journal_lines(tmp_path)
    database = hub_store.open_database(tmp_path / "hub" / hub_store.FILE)
    with database.transaction() as connection:
        here = [
            bytes(line)
            for line in connection.scalars(
                sql_select(hub_events.c.line)
                .where(hub_events.c.log_id == log_id_of(lines[0]))
                .order_by(hub_events.c.seq)
            )
        ]
        intents = list(connection.execute(sql_select(refund_intents)))
        paid = {row.subject: row.paid_minor for row in connection.execute(sql_select(line_money))}
    database.close()
    hub.start()

    assert here == lines
    previous, identified = en.GENESIS, Counter[str]()
    for line in lines:
        entry = en.open_line(line, previous)
        previous = entry.hash
        if entry.envelope.type == "unit.identified":
            identified[entry.payload["unit_id"]] += 1
    assert {unit: identified[unit] for unit in told} == dict.fromkeys(told, 1)
    proposed = Counter[str]()
    for intent in intents:
        proposed[intent.subject] += intent.amount_minor
    assert {subject for subject, amount in proposed.items() if amount > paid[subject]} == set()
    assert len({intent.refund_key for intent in intents}) == len(intents) > 0


def log_id_of(line: bytes) -> str:
    """Where a line was born."""
    return en.open_line(line, en.GENESIS).envelope.log_id
