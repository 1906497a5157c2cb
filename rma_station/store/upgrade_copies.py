"""The copies of the journal from before an upgrade, and when they go.

A copy is there in case the upgrade fails. It also holds what an older version kept in the clear: the hub's verifiers of
PINs, all of the journal before it was encrypted. Once the upgraded journal verifies it is of no more use.
"""

from __future__ import annotations

from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import StorageFailed
from rma_station.ports import Clock
from rma_station.store import chain, swap
from rma_station.store.database import Database

_NAME = f"{Path(swap.FILE).stem}-schema-*"
"""As ``migrations.py`` calls them; also half of one that a power cut left."""


def settle(database: Database, clock: Clock) -> list[Path]:
    """Remove the copies when every event of the upgraded journal verifies; without a copy nothing is read.

    Args:
        database: the journal, its verifiers settled (``pins_at_rest.py``).
        clock: for the slices of checking.

    Returns:
        What is gone.

    Raises:
        JournalDamaged: the copies are kept.
        StorageFailed: one cannot be removed.
    """
    if not any(database.folder.glob(_NAME)):
        return []
    chain.quick_check(database)
    for _ in chain.scrub(database, clock):
        continue
    return forget(database.folder)


def forget(folder: Path) -> list[Path]:
    """Remove the copies of a data folder for good, and name them. Raises ``StorageFailed``."""
    gone = sorted(folder.glob(_NAME))
    try:
        for path in gone:
            path.unlink()
        swap.sync(folder)
    except OSError as error:
        which, reason = str(error.filename or folder), str(error.strerror)
        said = say("stopped.not_removed", path=which, reason=reason)
        raise StorageFailed(f"{which} cannot be removed ({reason}).", said) from error
    return gone
