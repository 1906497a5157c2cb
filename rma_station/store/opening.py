"""How a journal is found at a start, checked before it is used, and noted as in use."""

from __future__ import annotations

from collections.abc import Callable

from rma_station.domain.record import dataclass
from rma_station.errors import ModeMismatch, StorageFull
from rma_station.store import chain, jobs
from rma_station.store.ballast import BALLAST, Ballast
from rma_station.store.database import Database


@dataclass(frozen=True)
class Opening:
    """How the journal was found, for the service screen and for a line on the worker's."""

    created: bool
    """A new log was begun."""
    unclean: bool
    """The last stop was not a clean one; ``quick_check`` ran and found nothing."""
    checked: int
    """How many of the last events were verified."""
    events: int
    """Events in the present log."""


@dataclass(frozen=True)
class Found:
    """The log that events are appended to."""

    log: int
    log_id: str
    head: tuple[int, bytes]
    """Its last sequence and the chain's hash there."""
    checked: int
    unclean: bool

    @property
    def created(self) -> bool:
        """It has no event yet."""
        return self.head[0] == 0


def find(database: Database, mode: str, new_id: Callable[[], str]) -> Found:
    """The open log, checked: the whole file after an unclean stop, its last events always.

    Args:
        database: of a data folder.
        mode: of this start.
        new_id: of a log, where there is none yet.

    Raises:
        ModeMismatch: it was begun in the other mode.
        JournalDamaged: the file or its chain does not verify.
    """
    connection = database.connection
    found = connection.execute("SELECT mode, clean FROM identity, present").fetchone()
    if found and found[0] != mode:
        raise ModeMismatch(
            f"{database.path} was begun in {found[0]} mode and stays so; this start is {mode}. "
            f'Set station.mode = "{found[0]}", or use another data folder.'
        )
    unclean = bool(found) and not found[1]
    if unclean:
        chain.quick_check(database)
    query = "SELECT number, log_id FROM logs WHERE state = 'open' ORDER BY number DESC LIMIT 1"
    log, log_id = connection.execute(query).fetchone() or (1, new_id())
    checked, head = chain.check_tail(database, log)
    return Found(log, log_id, head, checked, unclean)


def begin_or_make_room(database: Database, station: str, mode: str, found: Found, now: str) -> None:
    """Note that this log is in use, in the ballast's room if there is no other.

    Raises:
        StorageFull, StorageFailed: it could not be noted.
    """
    try:
        _begin(database, station, mode, found, now)
    except StorageFull:
        Ballast(database.folder / BALLAST).let_go()
        _begin(database, station, mode, found, now)


def _begin(database: Database, station: str, mode: str, found: Found, now: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO identity VALUES (1, ?, ?, ?)", (station, mode, now))
        connection.execute("INSERT OR IGNORE INTO present (id) VALUES (1)")
        connection.execute(
            "INSERT OR IGNORE INTO logs (number, log_id, opened_at) VALUES (?, ?, ?)", (found.log, found.log_id, now)
        )
        connection.execute("UPDATE present SET clean = 0")
        # Whether a label came out when the station went down, only a person can see.
        jobs.orphan_sending(connection, now)
