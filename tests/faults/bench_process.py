"""A bench without a screen as a process of its own, made to be killed: it receives parcels for ever and syncs.

``python -m tests.faults.bench_process FOLDER [SILENCE]``; the hub's address is read again and again from
``FOLDER/hub-url``; a call waits SILENCE seconds for the hub. A unit is told on the standard output only after its
commit; a line on the standard input ends receiving. What a person would be shown of the hub is appended to
``FOLDER/shown``, a JSON line each time it changes.
"""

from __future__ import annotations

import json
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rma_station.ports import UplinkStatus
from sync.watch import LIMITS, Limits
from tests.e2e.bench import Bench


class ToldBench(Bench):
    """A bench that writes down what is shown."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._file = folder / "shown"
        super().__init__(folder, limits)

    def see(self, status: UplinkStatus) -> None:
        """Show and write."""
        super().see(status)
        words = [note.key for note in status.notes]
        with self._file.open("a") as file:
            file.write(json.dumps({"state": status.state.value, "words": words, "unsent": status.unsent}) + "\n")

    def known_at_hub(self) -> bool:
        """The journal remembers the hub's word that it has every event: what is shown may be a moment old."""
        return self.reader.at_hub(self.journal.log_id) == self.journal.last_seq


def main(folder: Path, limits: Limits) -> None:
    """Work until told to stop, then until all is sent."""
    bench = ToldBench(folder, limits)
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
    until(lambda: bench.thread(bench.known_at_hub).result(10))
    bench.uplink.stop()
    bench.thread(bench.journal.close).result(10)
    print("sent", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Limits(silent=0.2, gone=float(sys.argv[2]), look=0.05) if len(sys.argv) > 2 else LIMITS)
