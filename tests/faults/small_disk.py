"""A station's journal on a disk of 6 MB, mounted over the folder given: filled to its last byte, and what works then.

Prints one JSON line; run by ``test_small_disk.py`` in a mount namespace of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rma_station.domain import events as ev
from rma_station.errors import StorageFull
from rma_station.store.reader import StoredReader
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import open_journal


def main(folder: Path) -> None:
    """Fill it, set the parcel aside, make room, go on."""
    filler = folder / "somebody-else"
    filler.write_bytes(bytes(2_000_000))
    journal = open_journal(folder / "station")
    journal.commit([given.opened()])
    committed, refused = 1, ""
    while not refused:
        fresh = journal.fresh()
        try:
            journal.commit([given.identified(fresh.uuid(), fresh.lpn())], resume=bytes(2000))
            committed += 1
        except StorageFull as error:
            refused = error.title
    aside = ev.Stated(ev.ParcelSetAside("p-1"), ev.Subject((given.RMA,), "p-1"))
    journal.commit([aside])
    lines = StoredReader(journal, StandingClock()).lines_after(journal.log_id, 0, 10**6, 10**9)[1]
    journal.close()
    filler.unlink()
    journal = open_journal(folder / "station", seed="later")
    journal.commit([given.identified("u-later", "LATER1")])
    print(json.dumps({"committed": committed, "refused": refused, "lines": len(lines), "after": journal.last_seq}))
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
