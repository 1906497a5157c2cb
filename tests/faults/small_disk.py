"""A station's journal on a disk of 6 MB, mounted over the folder given: filled to its last byte, and what works then.

Ten photos on it are at the hub, one is not.

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
    committed, refused = 2, ""
    journal.commit([given.identified("u-1", "FIRST1")])
    hashes = []
    for number in range(11):
        kept = journal.photos.files.keep(number.to_bytes(1, "big") * 100_000)
        event = ev.PhotoTaken(f"f{number}", "p-1", kept.sha256, kept.size, "image/jpeg", "damage", "camera", "u-1")
        journal.commit([ev.Stated(event, given.about(unit="u-1"))])
        committed += 1
        if number:
            journal.photos.note_at_hub(kept.sha256, "epoch")
        hashes.append(kept.sha256)
    while not refused:
        fresh = journal.fresh()
        try:
            journal.commit([given.identified(fresh.uuid(), fresh.lpn())], resume=bytes(2000))
            committed += 1
        except StorageFull as error:
            refused = error.title
    left = [sha256 for sha256 in hashes if journal.photos.files.is_sound(sha256)]
    told = {"photos": [hashes.index(sha256) for sha256 in left], "refused": refused, "committed": committed}
    aside = ev.Stated(ev.ParcelSetAside("p-1"), ev.Subject((given.RMA,), "p-1"))
    journal.commit([aside])
    lines = StoredReader(journal, StandingClock()).lines_after(journal.log_id, 0, 10**6, 10**9)[1]
    journal.close()
    filler.unlink()
    journal = open_journal(folder / "station", seed="later")
    journal.commit([given.identified("u-later", "LATER1")])
    print(json.dumps({**told, "lines": len(lines), "after": journal.last_seq}))
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
