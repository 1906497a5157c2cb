"""The copies of the journal from before an upgrade, and when they go.

A copy is there in case the upgrade fails. It also holds what an older version kept in the clear: the hub's verifiers of
PINs, all of the journal before it was encrypted. Once every event of the upgraded journal verifies it is of no more
use: all else can be made anew of the events, or comes from the hub. Whether they verify is found out between scans, by
the scrub that every start begins with (``services/daily_scrub.py``); a copy that one start did not come to goes with
the next.
"""

from __future__ import annotations

from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import StorageFailed
from rma_station.store import swap

_NAME = f"{Path(swap.FILE).stem}-schema-*"
"""As ``migrations.py`` calls them; also half of one that a power cut left."""


def forget(folder: Path) -> list[Path]:
    """Remove the copies of a data folder for good, and name them. Raises ``StorageFailed``."""
    gone = sorted(folder.glob(_NAME))
    if not gone:
        return []
    try:
        for path in gone:
            path.unlink()
        swap.sync(folder)
    except OSError as error:
        which, reason = str(error.filename or folder), str(error.strerror)
        said = say("stopped.not_removed", path=which, reason=reason)
        raise StorageFailed(f"{which} cannot be removed ({reason}).", said) from error
    return gone
