"""A bench that photographs for ever, made to be killed: keep the picture, commit its event, then say its hash.

``python -m tests.faults.photographing_process FOLDER``; as ``bench_process.py``, with photos on their way to the hub.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.test_photos_to_hub import PhotoBench

SIZE = 300_000
"""Bytes: more than one call."""


def main(folder: Path) -> None:
    """Work until told to stop, then until all is sent."""
    bench = PhotoBench(folder)
    bench.uplink.start()

    def until(done: Callable[[], object]) -> None:
        while not done():
            bench.url = (folder / "hub-url").read_text()
            time.sleep(0.005)

    until(bench.withdrawals)
    rma = bench.withdrawals()[0]
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        unit = bench.thread(lambda: bench.journal.fresh().uuid()).result(10)
        bench.receive(rma, unit)
        print(bench.photograph(rma, unit, b"\xff\xd8\xff" + os.urandom(SIZE - 3)), flush=True)
        bench.url = (folder / "hub-url").read_text()
    until(lambda: bench.waiting() == 0 and bench.all_sent())
    bench.uplink.stop()
    bench.thread(bench.journal.close).result(10)
    print("sent", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
