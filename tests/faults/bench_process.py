"""A bench without a screen as a process of its own, made to be killed: it receives parcels for ever and syncs.

``python -m tests.faults.bench_process FOLDER``; the hub's address is read again and again from ``FOLDER/hub-url``. A
unit is told on the standard output only after its commit; a line on the standard input ends receiving.
"""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.test_sync_with_hub import Bench


def main(folder: Path) -> None:
    """Work until told to stop, then until all is sent."""
    bench = Bench(folder)
    bench.uplink.start()

    def until(done: Callable[[], object]) -> None:
        while not done():
            bench.url = (folder / "hub-url").read_text()
            time.sleep(0.005)

    until(bench.withdrawals)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for rma in bench.withdrawals():
            unit = bench.thread(lambda: bench.journal.fresh().uuid()).result(10)
            bench.receive(rma, unit)
            print(unit, flush=True)
            bench.url = (folder / "hub-url").read_text()
            if select.select([sys.stdin], [], [], 0.01)[0]:
                break
    until(bench.all_sent)
    bench.uplink.stop()
    bench.thread(bench.journal.close).result(10)
    print("sent", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
