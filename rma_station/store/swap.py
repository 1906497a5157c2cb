"""Another database in the place of the journal's, so that a power cut at any moment leaves exactly one that is whole.

::

    aside/journal.sqlite    the old files, as links: nothing of them is lost from here on
    journal.swap            the decision, durable: from here on it is the new one
    journal.sqlite-wal      gone: it belongs to the old file, and must never be read into the new one
    journal.sqlite          the new one, by renaming
    journal.swap            gone: done

Whoever opens the journal finishes what was decided.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import StorageFailed

FILE = "journal.sqlite"
MARK = "journal.swap"
NEW = "journal.new"
"""The file that is to take the journal's place, whole and synced before ``put_in_place``."""
BESIDE = ("", "-wal", "-shm", "-journal")
"""What may lie beside a database under its name."""


def put_in_place(folder: Path, aside: Path) -> None:
    """Let ``NEW`` take the journal's place; the old files are kept in ``aside``.

    Raises:
        OSError: ``failed`` says how far it came.
    """
    aside.mkdir(mode=0o700, exist_ok=True)
    for ending in BESIDE:
        old = folder / (FILE + ending)
        if old.exists():
            _link(old, aside / old.name)
    sync(aside)
    sync(folder)
    mark = os.open(folder / MARK, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    os.fsync(mark)
    os.close(mark)
    sync(folder)
    finish(folder)


def finish(folder: Path) -> None:
    """Do what was decided before the last power cut, if anything was. Raises ``OSError``."""
    mark = folder / MARK
    if not mark.exists():
        return
    new = folder / NEW
    if new.exists():
        for ending in BESIDE[1:]:
            (folder / (FILE + ending)).unlink(missing_ok=True)
        sync(folder)
        new.replace(folder / FILE)
        sync(folder)
    mark.unlink()
    sync(folder)


def failed(folder: Path, aside: Path, error: OSError) -> StorageFailed:
    """What the journal is after an ``OSError`` at any moment of writing it anew, in words for a person."""
    reason = str(error.strerror)
    wrong = f"{folder} cannot be read or written ({reason})."
    if (folder / MARK).exists():
        return StorageFailed(
            f"{wrong} The new journal is written and decided on: it takes its place when it is next opened.",
            say("stopped.swap_decided", folder=str(folder), reason=reason),
        )
    if aside.exists() and not (folder / NEW).exists():
        return StorageFailed(
            f"{wrong} The new journal is in its place, the old files are in {aside}.",
            say("stopped.swap_done", folder=str(folder), reason=reason, aside=str(aside)),
        )
    return StorageFailed(
        f"{wrong} {folder / FILE} is what it was.",
        say("stopped.swap_not_begun", folder=str(folder), reason=reason, journal=str(folder / FILE)),
    )


def drop_new(folder: Path) -> None:
    """Remove what an interrupted attempt left that was never decided. Raises ``OSError``."""
    if not (folder / MARK).exists():
        for ending in BESIDE:
            (folder / (NEW + ending)).unlink(missing_ok=True)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except FileExistsError:  # somebody else's: it is not written over
        raise
    except OSError:  # a file system without links
        shutil.copyfile(old, new)
        new.chmod(0o600)
        sync(new)


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
