"""A station on a disk that fills up while the hub is away: what is on it goes up when the hub is there again.

The disk is mounted over the first folder given, the hub's folder is the second. Prints one JSON line; run by
``test_small_disk.py`` in a mount namespace of its own.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from hub import command_line
from rma_station.domain import events as ev
from rma_station.errors import StorageFull
from rma_station.ports import UplinkState
from tests.e2e.bench import Bench
from tests.e2e.hubs import running_hub
from tests.sync.tiny_hub import wait_for

LEFT = 256 * 1024
"""Bytes that others leave of the ballast's room."""


def take_room(path: Path) -> None:
    """Somebody else writes until the disk is as good as full again."""
    with path.open("ab", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        file.truncate(file.tell() - LEFT)


def main(disk: Path, hub: Path) -> None:
    """Fill it without the hub, set the parcel aside, and send everything from the full disk."""
    bench = Bench(disk)
    with running_hub(hub, bench.key) as bench.url:
        bench.uplink.start()
        wait_for(lambda: bench.withdrawals() and bench.all_sent())
    wait_for(lambda: bench.shown.state is UplinkState.OFFLINE)
    rma = bench.withdrawals()[0]
    refused, number = "", 0
    while not refused:
        number += 1
        try:
            bench.receive(rma, f"unit-{number}")
        except StorageFull as error:
            refused = error.title
    take_room(disk / "somebody-else")
    aside = ev.Stated(ev.ParcelSetAside(f"parcel-unit-{number - 1}"), ev.Subject((rma.rma_id,)))
    bench.thread(lambda: bench.journal.commit([aside], worker_id="100001")).result(10)
    with running_hub(hub, bench.key) as bench.url:
        bench.uplink.nudge()
        wait_for(bench.all_sent, 60)
        at_hub = command_line.ask(hub, "status")["stations"][0]["events"]
    short = bench.journal.short_of_room
    events = bench.thread(lambda: bench.journal.last_seq).result(10)
    bench.close()
    print(json.dumps({"refused": refused, "short": short, "events": events, "at_hub": at_hub}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
