"""A journal is encrypted, or the other way round: written anew beside itself, checked event by event, put in its place.

The old file is kept aside until somebody says that it may go. Killed at any step, the journal is the old one or the new
one, whole (``swap.py``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import JournalDamaged, Refused, StorageFailed
from rma_station.ports import Clock
from rma_station.store import chain, driver, salvage, swap, upgrade_copies
from rma_station.store.database import Database, connect, hold, translate

ASIDE = "before-{word}-{stamp}"
"""Folder beside the journal with what it was."""


def is_encrypted(folder: Path) -> bool | None:
    """Whether the journal of a folder is encrypted; ``None`` when there is none.

    Raises:
        StorageFailed: its file cannot be read.
    """
    try:
        plain = driver.is_plain(folder / swap.FILE)
    except OSError as error:
        said = say("stopped.unread", path=str(folder / swap.FILE), reason=str(error.strerror))
        raise StorageFailed(f"{folder / swap.FILE} cannot be read ({error.strerror}).", said) from error
    return None if plain is None else not plain


def rewrite(
    folder: Path,
    old_key: bytes | None,
    new_key: bytes | None,
    *,
    stamp: str,
    clock: Clock,
    step: Callable[[str], None] = lambda _name: None,
) -> tuple[Path, int]:
    """Write the journal anew under another key.

    Args:
        folder: the data folder; no station runs on it.
        old_key: what it is encrypted with; ``None``: nothing.
        new_key: what it shall be encrypted with; ``None``: nothing.
        stamp: makes the name of the folder the old file is kept in.
        clock: for the slices of checking.
        step: told what is done next.

    Returns:
        Where the old file is kept, and how many events the journal has.

    Raises:
        StationHeld, NoJournal, StorageFull: nothing was changed.
        StorageFailed: the message says whether the journal is what it was.
        JournalDamaged: the journal does not verify; it is left as it is.
        Refused: the old key is not this journal's, or SQLCipher is not installed.
    """
    driver.cipher()
    aside = folder / ASIDE.format(word="encryption" if new_key else "decryption", stamp=stamp)
    lock = hold(folder, "rma-station encryption", create=False)
    try:
        step("check")
        events = _verify(Database(folder, connect(folder, old_key), -1, old_key), clock)
        swap.drop_new(folder)
        step("write")
        _export(folder, old_key, new_key)
        step("check_copy")
        _compare(folder, new_key, events, clock)
        step("put_in_place")
        swap.put_in_place(folder, aside)
        step("done")
    except OSError as error:
        raise swap.failed(folder, aside, error) from error
    finally:
        os.close(lock)
    return aside, events


def forget_old(folder: Path) -> list[Path]:
    """Remove what was kept aside, and copies that upgrades made.

    What a plain file left on the disk itself, only the disk's own erasing removes.

    Returns:
        The folders and files that are gone.

    Raises:
        StorageFailed: one cannot be removed.
    """
    gone = sorted(folder.glob("before-encryption-*")) + sorted(folder.glob("before-decryption-*"))
    try:
        for each in gone:
            shutil.rmtree(each)
    except OSError as error:
        path, reason = str(error.filename or folder), str(error.strerror)
        said = say("stopped.not_removed", path=path, reason=reason)
        raise StorageFailed(f"{path} cannot be removed ({reason}).", said) from error
    return gone + upgrade_copies.forget(folder)


def damaged_in_the_clear(folder: Path) -> list[Path]:
    """Folders that ``salvage`` kept with a plain journal in them, or with lines it could not verify: a person decides
    when they may go. Raises ``StorageFailed``.
    """
    try:
        return [
            aside
            for aside in sorted(folder.glob("damaged-*"))
            if driver.is_plain(aside / swap.FILE) or (aside / salvage.UNSURE).exists()
        ]
    except OSError as error:
        path, reason = str(error.filename or folder), str(error.strerror)
        said = say("stopped.unread", path=path, reason=reason)
        raise StorageFailed(f"{path} cannot be read ({reason}).", said) from error


def _verify(database: Database, clock: Clock) -> int:
    """Check every event, fold the write-ahead log into the file, and close it."""
    try:
        chain.quick_check(database)
        done = 0
        for scrubbed in chain.scrub(database, clock):
            done = scrubbed.done
        return done
    finally:
        database.close()


def _export(folder: Path, old_key: bytes | None, new_key: bytes | None) -> None:
    new = folder / swap.NEW
    os.close(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    source = driver.connect_cipher(folder / swap.FILE, old_key)
    try:
        numbers = [source.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")]
        source.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        source.execute(f"ATTACH DATABASE ? AS target KEY {driver.quoted(new_key)}", (str(new),))
        source.execute("SELECT sqlcipher_export('target')").fetchall()
        source.execute(f"PRAGMA target.user_version = {numbers[0]}")
        source.execute(f"PRAGMA target.application_id = {numbers[1]}")
        source.execute("DETACH DATABASE target")
    except driver.errors() as error:
        raise translate(error, new) from error
    finally:
        source.close()
    swap.sync(new)


def _compare(folder: Path, new_key: bytes | None, events: int, clock: Clock) -> None:
    """The new file by itself, in a folder of its own so that it is opened as any journal is."""
    trial = folder / "journal.trial"
    shutil.rmtree(trial, ignore_errors=True)
    trial.mkdir(mode=0o700)
    try:
        (folder / swap.NEW).rename(trial / swap.FILE)
        found = _verify(Database(trial, connect(trial, new_key), -1, new_key), clock)
        if found != events:
            raise JournalDamaged(
                f"the copy of {folder / swap.FILE} has {found} events, not {events}: it was left alone",
                say("stopped.copy_differs", path=str(folder / swap.FILE), found=found, events=events),
            )
        (trial / swap.FILE).rename(folder / swap.NEW)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    swap.sync(folder / swap.NEW)
    swap.sync(folder)


def refuse_same(folder: Path, *, encrypt: bool) -> None:
    """Raises ``Refused`` when the journal is already what it is asked to become."""
    if is_encrypted(folder) is encrypt:
        raise Refused(
            f"{folder / swap.FILE} is {'' if encrypt else 'not '}encrypted already. Nothing was changed.",
            say("stopped.encrypted_already" if encrypt else "stopped.plain_already", path=str(folder / swap.FILE)),
        )
