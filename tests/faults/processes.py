"""Station and hub as processes of their own, and the check that everything adds up in the end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sqlalchemy import select as sql_select

from hub import store as hub_store
from hub.ledger import line_money, refund_intents
from hub.tables import events as hub_events
from rma_station.domain import envelope as en
from rma_station.store.database import open_database

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))
PATIENCE = 150.0
"""Seconds a process may take to start or to send what is left."""


class Child:
    """A process whose lines are read with a deadline."""

    def __init__(self, *command: str, within: Sequence[str] = (), pass_fds: tuple[int, ...] = ()) -> None:
        whole = [*within, sys.executable, "-m", *command]
        self.process = subprocess.Popen(whole, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds)
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
    """A hub on one folder, killed and started again; it ends with this process in any case.

    Args:
        folder: of the station; ``hub-url`` in it leads to the hub started last, ``device-key`` is known to it.
        data: name of the hub's data folder in it.
        options: more of ``hub run``.
        within: command that runs it, as in a namespace of its own.
    """

    def __init__(self, folder: Path, data: str = "hub", *options: str, within: Sequence[str] = ()) -> None:
        self.data, self._folder, self._options, self._within = folder / data, folder, options, within
        self.url = ""
        self.start()

    def start(self) -> None:
        """On whatever port is free."""
        reader, self._pipe = os.pipe()
        command = ["rma_station", "hub", "run", "--mode", "sample", "--data", str(self.data)]
        command += ["--enrol", "bench-1", "--device-key", str(self._folder / "device-key"), *self._options]
        self.child = Child(*command, "--parent-pipe", str(reader), within=self._within, pass_fds=(reader,))
        os.close(reader)
        self.url = json.loads(self.child.line())["url"]
        lead(self._folder, self.url)

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self.child.process.poll() is None:
            self.child.kill()
            os.close(self._pipe)


def lead(folder: Path, url: str) -> None:
    """From now on the station finds its hub there, when it connects anew."""
    address = folder / "hub-url.new"
    address.write_text(url)
    address.replace(folder / "hub-url")


def journal_lines(folder: Path) -> list[bytes]:
    """All lines of the station's one log."""
    database = open_database(folder / "station", holder="test", create=False)
    lines = [row[0] for row in database.connection.execute("SELECT line FROM events ORDER BY place")]
    database.close()
    return lines


def log_id_of(line: bytes) -> str:
    """Where a line was born."""
    return en.open_line(line, en.GENESIS).envelope.log_id


def lines_at(data: Path, log_id: str) -> list[bytes]:
    """What a hub that is not running has of a log."""
    database = hub_store.open_database(data / hub_store.FILE)
    query = sql_select(hub_events.c.line).where(hub_events.c.log_id == log_id).order_by(hub_events.c.seq)
    with database.transaction() as connection:
        here = [bytes(line) for line in connection.scalars(query)]
    database.close()
    return here


def station(folder: Path, *options: str, within: Sequence[str] = ()) -> Child:
    """A bench that receives parcels; it has its returns from the hub."""
    made = Child("tests.faults.bench_process", str(folder), *options, within=within)
    assert made.line() == "ready"
    return made


def finished(child: Child) -> list[str]:
    """Tell a bench to stop receiving; the units it still told of, once all is at the hub."""
    assert child.process.stdin is not None
    child.process.stdin.write(b"enough\n")
    child.process.stdin.flush()
    told = []
    while (line := child.line()) != "sent":
        assert line, "the bench ended before all was sent"
        told.append(line)
    child.process.wait(10)
    return told


def adds_up(folder: Path, data: Path, told: Sequence[str]) -> None:
    """The hub has the station's lines, the very bytes; every unit told of is there once; the chain is whole; no line
    is paid back more than was paid for it. Both must have ended."""
    lines = journal_lines(folder)
    assert lines_at(data, log_id_of(lines[0])) == lines
    previous, identified = en.GENESIS, Counter[str]()
    for line in lines:
        entry = en.open_line(line, previous)
        previous = entry.hash
        if entry.envelope.type == "unit.identified":
            identified[entry.payload["unit_id"]] += 1
    assert {unit: identified[unit] for unit in told} == dict.fromkeys(told, 1)
    database = hub_store.open_database(data / hub_store.FILE)
    with database.transaction() as connection:
        intents = list(connection.execute(sql_select(refund_intents)))
        paid = {row.subject: row.paid_minor for row in connection.execute(sql_select(line_money))}
    database.close()
    proposed = Counter[str]()
    for intent in intents:
        proposed[intent.subject] += intent.amount_minor
    assert {subject for subject, amount in proposed.items() if amount > paid[subject]} == set()
    assert len({intent.refund_key for intent in intents}) == len(intents) > 0
