"""A new log that goes on where another one can go no further (sync reference R5).

The hub has another history of our log: this is a copied card, or an older image of one; or the hub will not have the
log's letters. A new log is made beside the old one, in slices: first ``log.forked``, then every event behind the last
one both histories share: the same lines under the same ids, at new places in a new chain. When it has
caught up the old log is closed there, the new one is the present log, all in one transaction. A crash before that
leaves a log in the making, which nobody sends and the next attempt drops.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.errors import Refused
from rma_station.ports import Clock
from rma_station.store.database import Database

LOG_BITS = 40
"""``events.place`` is ``log number << LOG_BITS | seq``."""
SEQ = (1 << LOG_BITS) - 1
_ROWS = 200
_SECONDS = 0.008
"""How long a slice may take before its commit."""


def leftovers(database: Database) -> Iterator[int]:
    """Drop logs that were never finished; every step is a slice."""
    with database.reading() as connection:
        found = connection.execute("SELECT number FROM logs WHERE state = 'making'").fetchall()
    for (number,) in found:
        first, last, count = number << LOG_BITS, (number + 1) << LOG_BITS, 1
        some = "SELECT place FROM events WHERE place > ? AND place < ? LIMIT ?"
        while count:
            with database.transaction() as connection:
                sql = f"DELETE FROM events WHERE place IN ({some})"
                count = connection.execute(sql, (first, last, _ROWS)).rowcount
            yield 0
        with database.transaction() as connection:
            connection.execute("DELETE FROM logs WHERE number = ?", (number,))


def station_of(database: Database) -> str:
    """Whose journal it is."""
    return str(database.connection.execute("SELECT station FROM identity").fetchone()[0])


def log_ids(connection: sqlite3.Connection) -> list[str]:
    """Every log there is, the present one last."""
    query = "SELECT log_id FROM logs WHERE state <> 'making' ORDER BY number"
    return [str(log_id) for (log_id,) in connection.execute(query)]


def first_line(
    event: ev.LogForked, birth: en.Birth, when: tuple[str, int, str], event_id: str, salt: bytes
) -> en.Sealed:
    """The line at the head of a new log.

    Args:
        event: what it goes on from.
        birth: of the new log's events.
        when: ``occurred_at``, ``mono_ms`` and ``clock_state``, as in ``Envelope``.
        event_id: the event's own id.
        salt: 16 random bytes.
    """
    said, payload = birth.said(*when, None, None), codec.write(event).encode()
    return birth.seal(event_id, 1, (event.TYPE, ev.SCHEMA), said, "", payload, salt, en.GENESIS)


class NewLog:
    """A log in the making.

    Args:
        database: an open one without leftovers.
        clock: bounds a slice.
        log_id: its id.
        from_log: the log it goes on from.
        common: the last place of ``from_log`` that stays there.
        opened_at: device time, for people.

    Raises:
        Refused: there is no log ``from_log``, or it is not that long.
    """

    def __init__(
        self, database: Database, clock: Clock, *, log_id: str, from_log: str, common: int, opened_at: str
    ) -> None:
        self._database, self._clock, self.log_id = database, clock, log_id
        with database.transaction() as connection:
            source = connection.execute("SELECT number FROM logs WHERE log_id = ?", (from_log,)).fetchone()
            if source is None:
                raise Refused(f"this journal has no log {from_log[:40]!r}")
            self._source, self._common = int(source[0]), common
            self._copied = self._source << LOG_BITS | common
            known = connection.execute("SELECT 1 FROM events WHERE place = ?", (self._copied,)).fetchone()
            if common and known is None:
                raise Refused(f"log {from_log[:40]} has no event {common}")
            self.number = int(connection.execute("SELECT max(number) + 1 FROM logs").fetchone()[0])
            connection.execute(
                "INSERT INTO logs (number, log_id, opened_at, state) VALUES (?, ?, ?, 'making')",
                (self.number, log_id, opened_at),
            )
        self.seq, self.hash = 0, en.GENESIS

    def make(self, first: en.Sealed, besides: Iterable[object]) -> Iterator[int]:
        """All of it, in slices; yields how many events it has.

        Args:
            first: its first event.
            besides: what has to be done before it is the present log, a slice at a time.
        """
        self.begin(first)
        while not self.copy_slice():
            yield self.seq
        for _ in besides:
            yield self.seq
        self.finish()

    def begin(self, first: en.Sealed) -> None:
        """Write the first event of the new log, which says what it goes on from."""
        self._append([(first.event_id, first.hash, first.line)])

    def copy_slice(self) -> bool:
        """Take over events of the old log, as many as a slice allows; true when none is left."""
        until = self._clock.monotonic() + _SECONDS
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT event_id, line FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT ?",
                (self._copied, self._source << LOG_BITS | SEQ, _ROWS),
            ).fetchall()
        new, previous = [], self.hash
        for event_id, line in rows:
            previous = en.chain_hash(previous, en.split(line)[0])
            new.append((event_id, previous, line))
            if self._clock.monotonic() >= until:
                break
        self._append(new)
        self._copied += len(new)
        return not rows

    def finish(self) -> None:
        """Close the old log where the histories part, and what else was open where it ends; LPNs begin anew."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE logs SET state = 'closed', ends_at = "
                "(SELECT max(place) FROM events WHERE place > number << 40 AND place < (number + 1) << 40) & ? "
                "WHERE state = 'open'",
                (SEQ,),
            )
            connection.execute(
                "UPDATE logs SET state = 'closed', ends_at = ? WHERE number = ?", (self._common, self._source)
            )
            connection.execute("UPDATE logs SET state = 'open' WHERE number = ?", (self.number,))
            connection.execute("UPDATE present SET lpn_counter = 0")

    def _append(self, rows: list[tuple[str, bytes, bytes]]) -> None:
        if not rows:
            return
        base = self.number << LOG_BITS
        places = [(base | seq, *row) for seq, row in enumerate(rows, self.seq + 1)]
        with self._database.transaction() as connection:
            connection.executemany("INSERT INTO events (place, event_id, hash, line) VALUES (?,?,?,?)", places)
        self.seq, self.hash = self.seq + len(rows), rows[-1][1]
