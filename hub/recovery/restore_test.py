"""Whether a copy of the hub's database would do: opened, read through, its chains and its money added up.

Run as a process of its own (``python -m hub.recovery.restore_test FILE``, prints JSON), so that a hub that works on is
not slowed down. The copy is opened read-only and not changed by a byte.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, StaticPool, case, create_engine, func, inspect, select, text

from hub import hub_identity, migrate, store
from hub.ledger import COMMITTED, order_money, payments, refund_intents
from hub.recovery import restores
from hub.tables import dead_letters, events, logs, parked, places
from rma_station.domain import envelope as en
from rma_station.domain.clean import clean
from rma_station.errors import JournalDamaged, Malformed, Refused


@dataclass(frozen=True)
class Examined:
    """What a good copy holds."""

    hub_id: str
    mode: str
    epoch: str
    revision: str
    past_ends: str
    """UTC, the newest thing it knows."""
    events: int
    refunds: int
    logs: Mapping[str, int] = field(default_factory=dict)
    """Log to how far it is here."""


def examine(path: Path) -> Examined:
    """Read a copy through.

    Raises:
        JournalDamaged: it would not do; the message says what is wrong with it.
    """
    try:
        with _opened(path) as connection:
            _sound(connection)
            revision = _revision(connection)
            identity = hub_identity.identity(connection)
            found = {log_id: _whole_log(connection, log_id) for log_id in connection.scalars(select(logs.c.log_id))}
            _money(connection)
            return Examined(
                identity.hub_id,
                identity.mode,
                identity.epoch,
                revision,
                store.stamp(restores.past_ends(connection)),
                connection.scalar(select(func.count()).select_from(events)) or 0,
                connection.scalar(select(func.count()).select_from(refund_intents)) or 0,
                found,
            )
    except JournalDamaged:
        raise
    except Exception as error:
        words = clean(str(getattr(error, "orig", None) or error).splitlines()[0], 200)
        raise JournalDamaged(f"{path} cannot be read as a hub's database: {words}") from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    if not path.is_file():
        raise Refused(f"there is no file {path}; name a copy that `hub backup` or `hub run --backups` made")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _sound(connection: Connection) -> None:
    said = connection.execute(text("PRAGMA quick_check(3)")).scalars().all()
    if said != ["ok"]:
        raise JournalDamaged(f"SQLite finds the file damaged: {clean('; '.join(said), 200)}")
    orphan = connection.execute(text("PRAGMA foreign_key_check")).first()
    if orphan is not None:
        raise JournalDamaged(f"a row of {orphan[0]} names one of {orphan[2]} that is not there")


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        raise JournalDamaged("it is not a hub's database")
    revisions = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    known = {one.revision for one in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()}
    newer = sorted(set(revisions) - known)
    if newer:
        raise JournalDamaged(f"its tables are of a newer version ({clean(newer[0], 40)}): upgrade this program first")
    return " ".join(sorted(revisions))


def _whole_log(connection: Connection, log_id: str) -> int:
    """Check the chain of a log line by line; how far it is here."""
    row = connection.execute(select(logs).where(logs.c.log_id == log_id)).one()
    previous, seq = en.GENESIS, 0
    for place, stored, line, whole in _places(connection, log_id):
        seq += 1
        if place != seq:
            raise JournalDamaged(f"log {clean(log_id, 64)} has no event {seq}")
        if line is not None and _hash(previous, line, whole) != stored:
            raise JournalDamaged(f"event {seq} of log {clean(log_id, 64)} does not match its hash")
        previous = stored
    if (seq, previous) != (row.have_through, bytes(row.hash)):
        raise JournalDamaged(f"log {clean(log_id, 64)} ends at {seq}, and the hub has said {row.have_through}")
    return seq


def _hash(previous: bytes, line: bytes, whole: bool) -> bytes:
    """The chain's hash after a line; an accepted event is opened, its payload has to match too."""
    try:
        return en.open_line(line, previous).hash if whole else en.chain_hash(previous, en.counted(line))
    except Malformed:
        return b""


def _places(connection: Connection, log_id: str) -> Iterator[tuple[int, bytes, bytes | None, bool]]:
    """Number, hash and line of every place of a log in order, and whether it is an accepted event."""
    own = {row.seq: row for row in connection.execute(select(places).where(places.c.log_id == log_id))}
    kept: dict[int, bytes] = {}
    for table in (dead_letters, parked):
        raw = connection.execute(select(table.c.seq, table.c.raw).where(table.c.log_id == log_id))
        kept.update((seq, bytes(line)) for seq, line in raw)
    query = select(events.c.seq, events.c.hash, events.c.line).where(events.c.log_id == log_id).order_by(events.c.seq)
    stream = connection.execution_options(stream_results=True, yield_per=500).execute(query)
    for row in stream:
        own.pop(row.seq, None)
        for seq in sorted(seq for seq in own if seq < row.seq):
            yield _other(connection, own.pop(seq), kept)
        yield row.seq, bytes(row.hash), bytes(row.line), True
    for seq in sorted(own):
        yield _other(connection, own[seq], kept)


def _other(connection: Connection, place: object, kept: Mapping[int, bytes]) -> tuple[int, bytes, bytes | None, bool]:
    """A place of a log whose line is not in ``events``: kept as it came, or at the place where the event was first."""
    seq, stored, event_id = place.seq, bytes(place.hash), place.event_id  # type: ignore[attr-defined]
    line = kept.get(seq)
    if line is None and event_id:
        found = connection.scalar(select(events.c.line).where(events.c.event_id == event_id))
        line = None if found is None else bytes(found)
    return seq, stored, line, False


def _money(connection: Connection) -> None:
    """No payment and no order has more going back than was paid for it."""
    counts = case((refund_intents.c.state.in_(sorted(COMMITTED)), refund_intents.c.amount_minor), else_=0)
    for table, keys in ((payments, ("order_id", "payment_id")), (order_money, ("order_id",))):
        where = [refund_intents.c[name] == table.c[name] for name in keys]
        going = select(func.coalesce(func.sum(counts), 0)).where(*where).scalar_subquery()
        query = select(table.c.order_id).where(going > table.c.paid_minor)
        over = connection.execute(query).first()
        if over is not None:
            raise JournalDamaged(f"more goes back for order {clean(over.order_id, 80)} than was paid")


def main(path: str) -> int:
    """Print what a copy holds as JSON; exit code 1 and the reason when it would not do."""
    os.nice(10)
    try:
        sys.stdout.write(json.dumps(dataclasses.asdict(examine(Path(path)))) + "\n")
    except (JournalDamaged, Malformed) as error:
        sys.stdout.write(json.dumps({"damaged": str(error)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
