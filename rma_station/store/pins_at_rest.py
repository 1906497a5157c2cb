"""Verifiers of PINs as they lie in the station's database: peppered, so that a copy of it alone cannot be searched.

What the feed brings is wrapped before it is written. A database of an older version is settled when the station opens
it; the copy its upgrade made goes right after (``upgrade_copies.py``). What a disk keeps of freed blocks, and backups
an older version made, are out of reach here.
"""

from __future__ import annotations

from rma_station.domain import codec, pins
from rma_station.store.database import Database


def body(given: codec.JsonValue, pepper: bytes) -> codec.JsonValue:
    """A person of the feed as it may be written; a body that is not a person's is not kept at all."""
    if not isinstance(given, dict):
        return None
    verifier = given.get("pin_hash")
    if verifier is None:
        return given
    return {**given, "pin_hash": pins.peppered(verifier, pepper) if isinstance(verifier, str) else None}


def settle(database: Database, pepper: bytes) -> bool:
    """Wrap what an older version wrote, leaving no trace of it in this file, and forget what another pepper made.

    Returns:
        Whether verifiers were forgotten: the feed is read from its beginning again, and brings them.

    Raises:
        StorageFull, StorageFailed: nothing was changed.
    """
    with database.reading() as connection:
        rows = connection.execute("SELECT key, body FROM reference WHERE kind = 'person'").fetchall()
    wrapped, forgotten = [], []
    for key, text in rows:
        person = codec.from_bytes(text.encode())
        found = pins.read(str(person.get("pin_hash")))
        if found is not None and not found.pepper_id:
            wrapped.append((codec.to_text(body(person, pepper)), key))
        elif found is not None and found.pepper_id != pins.pepper_id(pepper):
            forgotten.append((codec.to_text({**person, "pin_hash": None}), key))
    if not wrapped and not forgotten:
        return False
    with database.reading() as connection:
        connection.execute("PRAGMA secure_delete=ON").fetchall()
    try:
        with database.transaction() as connection:
            connection.executemany(
                "UPDATE reference SET body = ? WHERE kind = 'person' AND key = ?", wrapped + forgotten
            )
            connection.execute("DELETE FROM feed_refused WHERE kind = 'person'")
            if forgotten:
                connection.execute("UPDATE present SET feed_cursor = ''")
        if wrapped:
            with database.reading() as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        with database.reading() as connection:
            connection.execute("PRAGMA secure_delete=OFF").fetchall()
    return bool(forgotten)
