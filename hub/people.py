"""People: roles, PINs and badges. The hub is the only one who checks a PIN where money is decided.

A PIN is stored as a salted Argon2id verifier (``domain.pins``; scrypt ones of older versions go on working and are made
anew by the next right PIN). Wrong tries lock (``trust/pin_tries.py``); an unknown number takes as long to refuse as a
wrong PIN. Stations get the list of people by the feed, verifiers only of workers: a PIN that can approve money never
leaves the hub, not even as a hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, String, Table, select, true, update

from hub import feed, hub_identity, store
from hub.metadata import UtcText, metadata
from hub.tables import feed as feed_table
from hub.trust import pin_tries
from rma_station.derivation import make_verifier, verify_pin
from rma_station.domain import codec, codes, pins
from rma_station.domain.book import Person
from rma_station.domain.clean import clean
from rma_station.errors import Refused

ROLES = ("worker", "supervisor", "administrator")
DECIDING = frozenset({"supervisor", "administrator"})
"""Roles that may decide about money."""
BADGE_SETTING = "badge_key"
"""Key of the feed's ``settings`` entry with the badges' key (hexadecimal text)."""
_NOBODY = make_verifier("000000", bytes(16))

people = Table(
    "people",
    metadata,
    Column("worker_id", String(6), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False, default=True, server_default=true()),
    Column("language", String(2), nullable=False, default="pl", server_default="pl"),
    Column("verifier", String(200)),
    Column("updated_at", UtcText, nullable=False),
)


@dataclass(frozen=True)
class Checked:
    """Whether somebody is who they say and may do it. ``code``: empty, ``role``, ``pin`` or ``locked``."""

    code: str
    message: str = ""
    person: Person | None = None
    lock: pin_tries.Lock | None = None
    """With the code ``locked``."""


def put_person(
    connection: Connection, person: Person, pin: str | None, now: datetime, random: Callable[[int], bytes]
) -> None:
    """Add or change a person and tell the stations.

    Args:
        connection: in a transaction.
        person: ``pin_hash`` is not looked at.
        pin: a new PIN; ``None`` keeps the one there is.
        now: the hub's time.
        random: ``random(n)`` gives n unpredictable bytes, for the salt.

    Raises:
        Refused: number, role, language or PIN cannot be used.
    """
    _validate(person, pin)
    row = connection.execute(select(people).where(people.c.worker_id == person.worker_id)).first()
    verifier = make_verifier(pin, random(16)) if pin else row.verifier if row else None
    values: dict[str, Any] = {
        "worker_id": person.worker_id,
        "name": clean(person.name, 80),
        "role": person.role,
        "active": person.active,
        "language": person.language,
        "verifier": verifier,
        "updated_at": now,
    }
    store.upsert(connection, people, [values])
    if pin:
        pin_tries.forgive(connection, person.worker_id)
    told = replace(person, name=values["name"], pin_hash=verifier if person.role == "worker" else None)
    feed.append(connection, [feed.NewEntry("person", person.worker_id, codec.encode(told))], now)


def listed(connection: Connection) -> Sequence[Person]:
    """All people by number, without verifiers."""
    rows = connection.execute(select(people).order_by(people.c.worker_id))
    return tuple(Person(row.worker_id, row.name, row.role, row.active, row.language) for row in rows)


def check(
    connection: Connection,
    worker_id: str,
    pin: str,
    now: datetime,
    *,
    place: str = pin_tries.COMMANDS,
    roles: frozenset[str] = DECIDING,
) -> Checked:
    """Check role and PIN; wrong tries are counted, so the caller commits whatever the answer is.

    Args:
        connection: in a transaction.
        worker_id: who they say they are.
        pin: as it was typed.
        now: the hub's time.
        place: the station where it was typed.
        roles: who may do what is asked.
    """
    query = select(people).where(people.c.worker_id == worker_id)
    row = connection.execute(query.with_for_update()).first()
    if row is None or not row.active or not row.verifier:
        verify_pin(pin, _NOBODY)
        return Checked("pin", "number or PIN is wrong")
    lock = pin_tries.lock(connection, worker_id, place, now)
    if lock is None and not verify_pin(pin, row.verifier):
        lock = pin_tries.wrong(connection, worker_id, place, now)
        if lock is None:
            return Checked("pin", "number or PIN is wrong")
    if lock is not None:
        return Checked("locked", lock.words, lock=lock)
    pin_tries.right(connection, worker_id, place)
    found = pins.read(row.verifier)
    if found is not None and found.recipe.name != "argon2id":
        renewed = make_verifier(pin, found.recipe.salt)
        connection.execute(update(people).where(people.c.worker_id == worker_id).values(verifier=renewed))
    person = Person(row.worker_id, row.name, row.role, row.active, row.language)
    if row.role not in roles:
        return Checked("role", f"{row.name} is {row.role}; this takes {' or '.join(sorted(roles))}", person)
    return Checked("", "", person)


def badge_key(identity: hub_identity.Identity) -> bytes:
    """The key of all badges of this hub."""
    return codes.badge_key(identity.secret)


def tell_badge_key(connection: Connection, identity: hub_identity.Identity, now: datetime) -> None:
    """Give the stations the badges' key, once."""
    known = select(feed_table.c.seq).where(feed_table.c.kind == "settings", feed_table.c.key == BADGE_SETTING)
    if connection.execute(known.where(~feed_table.c.superseded)).first() is None:
        entry = feed.NewEntry("settings", BADGE_SETTING, badge_key(identity).hex())
        feed.append(connection, [entry], now)


def _validate(person: Person, pin: str | None) -> None:
    if not re.fullmatch(r"[0-9]{6}", person.worker_id):
        raise Refused(f"worker number {clean(person.worker_id, 20)!r} is not six digits")
    if not person.name.strip():
        raise Refused(f"worker {person.worker_id} needs a name")
    if person.role not in ROLES:
        raise Refused(f"role {clean(person.role, 20)!r} is none of {', '.join(ROLES)}")
    if person.language not in ("pl", "en"):
        raise Refused(f"language {clean(person.language, 20)!r} is neither pl nor en")
    least = 4 if person.role == "worker" else 6
    if pin is not None and not re.fullmatch(rf"[0-9]{{{least},12}}", pin):
        raise Refused(f"the PIN of a {person.role} has {least} to 12 digits")
