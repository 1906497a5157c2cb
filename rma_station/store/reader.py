"""``ports.JournalReader`` over the journal: what the uplink reads and writes, on the station thread.

The outbox is ``seq > have_through`` of the hub's own answer (sync reference R2, R5): nothing here marks an event as
sent. What the hub told is kept for information only: how much is unsent, and since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass
from rma_station.errors import Refused
from rma_station.ports import Clock, LogEnd
from rma_station.store import chain, intake
from rma_station.store.journal import Journal
from rma_station.store.reference import FeedRow, Notice
from rma_station.store.relog import LOG_BITS, SEQ

HEARD_SECONDS = 3600.0
"""How exactly it is remembered when the hub was heard from: each time costs a commit."""


@dataclass(frozen=True)
class Unsent:
    """What the hub has not said it has."""

    events: int
    oldest_seconds: int
    """Age of the oldest; 0 when there is none."""


class StoredReader:
    """Reads lines and hashes for the uplink, applies the feed.

    Args:
        journal: whose database it reads; on the station thread.
        clock: for slices of work.
        applied: called after feed entries were committed.
        pepper: what verifiers of PINs are kept with.
    """

    def __init__(
        self, journal: Journal, clock: Clock, applied: Callable[[], None] = lambda: None, pepper: bytes = b""
    ) -> None:
        self.applied = applied
        self._journal = journal
        self._database = journal.database
        self._clock, self._pepper = clock, pepper

    # --- up ----------------------------------------------------------------------------------------------

    def log_heads(self) -> Sequence[LogEnd]:
        """Where every log ends that has events of its own, the present one last."""
        heads = []
        for number, log_id, ends_at in self._logs():
            if ends_at == 0:
                continue
            with self._database.reading() as connection:
                row = connection.execute(
                    "SELECT place, hash FROM events WHERE place > ? AND place <= ? ORDER BY place DESC LIMIT 1",
                    (number << LOG_BITS, number << LOG_BITS | (SEQ if ends_at is None else ends_at)),
                ).fetchone()
            seq, digest = (row[0] & SEQ, bytes(row[1])) if row else (0, en.GENESIS)
            heads.append(LogEnd(log_id, seq, digest, closed=ends_at is not None))
        return heads

    def begin_log(self, from_log: str, common: int, reason: str) -> Iterator[int]:
        """Go on under a new log, in slices; see ``Journal.begin_log``."""
        yield from self._journal.begin_log(from_log, common, reason)
        self.applied()

    def event_ids(self, log_id: str, seq: int, limit: int) -> list[str]:
        """Ids of the events after ``seq`` of a log, in order, as far as they are sent under it."""
        first, last = self._span(log_id, seq)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT event_id FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT ?",
                (first, last, limit),
            )
            return [str(event_id) for (event_id,) in rows]

    def lines_after(self, log_id: str, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[bytes]]:
        """``(hash at seq, lines seq+1...)`` for one batch.

        Args:
            log_id: one of ``log_heads``.
            seq: the hub has everything up to here.
            limit: most lines.
            max_bytes: most bytes with one newline a line; at least one line is given, however long.

        Raises:
            Refused: the log has no event ``seq``: the hub knows more than this journal (a rollback or a fork).
            JournalDamaged: a line is not what was committed. It is not sent: the hub would keep it for the real one.
        """
        before = self.hash_at(log_id, seq)
        if before is None:
            raise Refused(f"log {log_id[:40]} has no event {seq}: the hub has more of it than this journal")
        first, last = self._span(log_id, seq)
        place, previous = first, before
        lines: list[bytes] = []
        size = 0
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT place, hash, line FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT ?",
                (first, last, limit),
            )
            for row in rows:
                size += len(row[2]) + 1
                if lines and size > max_bytes:
                    break
                place, previous = chain.verify((row,), place, previous, self._database.path)
                lines.append(row[2])
        return before, lines

    def hash_at(self, log_id: str, seq: int) -> bytes | None:
        """The chain's hash at a place, ``None`` when it is not there; the one of place 0 is ``GENESIS``."""
        base = next((number << LOG_BITS for number, found, _ in self._logs() if found == log_id), -1)
        if base < 0 or not 0 <= seq <= SEQ:
            return None
        if seq == 0:
            return en.GENESIS
        with self._database.reading() as connection:
            row = connection.execute("SELECT hash FROM events WHERE place = ?", (base | seq,)).fetchone()
        return bytes(row[0]) if row else None

    def hub_id(self) -> str:
        """The hub this journal belongs to, pinned at first contact; empty before."""
        with self._database.reading() as connection:
            return str(connection.execute("SELECT hub_id FROM present").fetchone()[0])

    def hub_key(self) -> str:
        """The public key of that hub's receipts (hexadecimal); empty before it has shown one."""
        with self._database.reading() as connection:
            return str(connection.execute("SELECT hub_key FROM present").fetchone()[0])

    def pin_hub(self, hub_id: str, hub_key: str = "") -> None:
        """Commit the hub this journal belongs to, at first contact, and the key of its receipts when it has one.

        Raises:
            Refused: it belongs to another one, or knows another key of it.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE present SET hub_id = ?1, hub_key = iif(hub_key = '', ?2, hub_key) WHERE hub_id IN ('', ?1)",
                (hub_id, hub_key),
            )
        pinned, key = self.hub_id(), self.hub_key()
        if pinned != hub_id:
            raise Refused(f"this journal belongs to hub {clean(pinned)}, not to {clean(hub_id, 40)}")
        if hub_key not in ("", key):
            raise Refused(f"this journal knows its hub by the key {clean(key, 16)}..., not by {clean(hub_key, 16)}...")

    def at_hub(self, log_id: str) -> int:
        """The last seq the hub said it has: for people to see, never to decide what is sent. 0 at the start."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT have_through FROM logs WHERE log_id = ?", (log_id,)).fetchone()
        return int(row[0]) if row else 0

    def note_at_hub(self, log_id: str, have_through: int, receipt: str = "") -> None:
        """Remember what the hub said it has; it may go down when the hub was restored.

        Args:
            log_id: one of ``log_heads``.
            have_through: the hub's word.
            receipt: what the hub signed, as JSON; empty leaves the newest one that is here.
        """
        if self.at_hub(log_id) == have_through and receipt in ("", self.receipt(log_id)):
            return
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE logs SET have_through = ?2, receipt = iif(?3 = '', receipt, ?3) WHERE log_id = ?1",
                (log_id, have_through, receipt),
            )

    def receipt(self, log_id: str) -> str:
        """The newest receipt of the hub for a log, as JSON; empty when there is none."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT receipt FROM logs WHERE log_id = ?", (log_id,)).fetchone()
        return str(row[0]) if row else ""

    def heard_at(self) -> float:
        """When the hub was heard from last, seconds since 1970 by the station's clock; 0 when it never was."""
        with self._database.reading() as connection:
            return float(connection.execute("SELECT heard_at FROM present").fetchone()[0])

    def note_heard(self) -> None:
        """Remember that the hub was heard from now, to the hour: it decides how old a list of people may be."""
        now = self._journal.time().unix
        if abs(now - self.heard_at()) >= HEARD_SECONDS:
            with self._database.transaction() as connection:
                connection.execute("UPDATE present SET heard_at = ?", (now,))

    def receipts(self) -> list[str]:
        """The newest receipt of each log that has one, as JSON, in the order of the logs."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT receipt FROM logs WHERE receipt <> '' ORDER BY number")
            return [str(receipt) for (receipt,) in rows]

    def unsent(self) -> Unsent:
        """How many events the hub has not said it has, and the age of the oldest."""
        count, oldest = 0, b""
        heads = {head.log_id: head.seq for head in self.log_heads()}
        with self._database.reading() as connection:
            logs = connection.execute("SELECT number, log_id, have_through FROM logs ORDER BY number").fetchall()
            for number, log_id, have in logs:
                missing = max(0, heads.get(log_id, 0) - have)
                count += missing
                if missing and not oldest:
                    place = number << LOG_BITS | have + 1
                    row = connection.execute("SELECT line FROM events WHERE place = ?", (place,)).fetchone()
                    oldest = row[0] if row else b""
        return Unsent(count, int(self._journal.age(oldest)) if oldest else 0)

    def photo_due(self, hub_epoch: str) -> tuple[str, int] | None:
        """Hash and size of the oldest photo this hub has not said it has; see ``photos.py``."""
        return self._journal.photos.due(hub_epoch)

    def note_photo(self, sha256: str, hub_epoch: str, refused: str) -> None:
        """Commit that the hub has a photo, or why it is not sent any more."""
        if refused:
            self._journal.photos.note_refused(sha256, refused)
        else:
            self._journal.photos.note_at_hub(sha256, hub_epoch)

    # --- down --------------------------------------------------------------------------------------------

    def cursor(self) -> str:
        """The feed cursor that was committed last; empty at the start."""
        with self._database.reading() as connection:
            return str(connection.execute("SELECT feed_cursor FROM present").fetchone()[0])

    def snapshot_cursor(self) -> str | None:
        """Where the snapshot in the making goes on; ``None`` when none is being made."""
        return intake.snapshot_cursor(self._journal)

    def feed_slices(self, entries: Sequence[object], cursor: str) -> Iterator[int]:
        """Commit feed entries in steps of at most 20 ms, the cursor with the last; yields how many are done.

        Whoever stops in between gets the same entries again, which changes nothing.

        Args:
            entries: ``sync.wire.FeedEntry`` or alike.
            cursor: valid after the last of them.

        Raises:
            StorageFull: also while only the ballast's room is left.
        """
        for done in intake.feed_slices(self._journal, self._clock, _rows(entries), cursor, self._pepper):
            if entries:
                self.applied()  # before anybody's turn: a badge that can be printed by now is genuine
            yield done

    def snapshot_slices(self, entries: Sequence[object], cursor: str, *, first: bool, last: bool) -> Iterator[int]:
        """Commit a page of a snapshot in steps; the old rows stay in use until the last page's end.

        Args:
            entries: as in ``feed_slices``.
            cursor: valid after the last of them.
            first: begin anew; what an interrupted snapshot left is dropped.
            last: the snapshot is complete: it takes the place of the rows in use, and ``cursor`` that of the feed's.

        Raises:
            StorageFull: also while only the ballast's room is left.
        """
        rows = _rows(entries)
        yield from intake.snapshot_slices(
            self._journal, self._clock, rows, cursor, self._pepper, first=first, last=last, applied=self.applied
        )

    def notices(self, limit: int = 50) -> list[Notice]:
        """The newest notices from the hub, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT entry_id, body FROM notices ORDER BY seq DESC LIMIT ?", (limit,))
            return [_notice(*row) for row in rows]

    def feed_refused(self, limit: int = 50) -> list[tuple[str, str]]:
        """Feed entries this version could not read: ``(kind and key, reason)``, for the service screen."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT kind, key, reason FROM feed_refused LIMIT ?", (limit,))
            return [(f"{kind} {key}", reason) for kind, key, reason in rows]

    def _logs(self) -> list[tuple[int, str, int | None]]:
        with self._database.reading() as connection:
            query = "SELECT number, log_id, ends_at FROM logs WHERE state <> 'making' ORDER BY number"
            return connection.execute(query).fetchall()

    def _span(self, log_id: str, seq: int) -> tuple[int, int]:
        """The places behind ``seq`` that are sent under a log; nothing for a log that is not here."""
        for number, found, ends_at in self._logs():
            if found == log_id:
                return number << LOG_BITS | seq, number << LOG_BITS | (SEQ if ends_at is None else ends_at)
        return 0, 0


def _rows(entries: Sequence[object]) -> Sequence[FeedRow]:
    # The port says ``object`` because neither side may import the other; FeedEntry has these attributes.
    return cast("Sequence[FeedRow]", entries)


def _notice(entry_id: str, body: str) -> Notice:
    data = codec.from_bytes(body.encode())
    shown = {str(key): str(value) for key, value in data.items() if key not in ("what", "case_id")}
    return Notice(entry_id, str(data["what"]), str(data.get("case_id", "")), shown)
