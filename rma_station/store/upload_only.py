"""A journal that a newer version of this program wrote, as an older one may use it: what is in it is sent, nothing is
written (failure row 44). The hub decides what it lacks, so nothing has to be remembered here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rma_station.domain.clean import clean
from rma_station.errors import Refused
from rma_station.store.reader import StoredReader

_WAITS = "the hub's news wait: a newer version of this program wrote the journal. Install that version again."


class UploadOnlyReader(StoredReader):
    """``StoredReader`` that only reads. Photos wait for the newer version: what is at the hub is remembered by row."""

    def pin_hub(self, hub_id: str, hub_key: str = "") -> None:
        """Nothing is committed; another hub than the journal's is refused."""
        if self.hub_id() not in ("", hub_id) or self.hub_key() not in ("", hub_key):
            raise Refused(f"this journal belongs to hub {clean(self.hub_id())}, not to {clean(hub_id, 40)}")

    def note_at_hub(self, log_id: str, have_through: int, receipt: str = "") -> None:
        """Not written: the hub says at every hello what it has."""

    def note_heard(self) -> None:
        """Not written: it matters for signing in, and nobody signs in at such a bench."""

    def photo_due(self, hub_epoch: str) -> tuple[str, int] | None:
        """None, ever: which photo comes next is kept in rows that only the newer version writes."""
        return None

    def note_photo(self, sha256: str, hub_epoch: str, refused: str) -> None:
        """Not written; no photo is sent, so there is nothing to note."""

    def begin_log(self, from_log: str, common: int, reason: str) -> Iterator[int]:
        """Refused: it would write."""
        raise Refused(_WAITS)

    def feed_slices(self, entries: Sequence[object], cursor: str) -> Iterator[int]:
        """Refused: it would write."""
        raise Refused(_WAITS)

    def snapshot_slices(self, entries: Sequence[object], cursor: str, *, first: bool, last: bool) -> Iterator[int]:
        """Refused: it would write."""
        raise Refused(_WAITS)
