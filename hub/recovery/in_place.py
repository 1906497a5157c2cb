"""Another file in the place of the hub's SQLite database, so that a power cut at any moment leaves exactly one that is
whole and knows what it is.

::

    set-aside-TIME/hub.sqlite3    the old files, as links: nothing of them is lost from here on
    hub.sqlite3.restored          the new one, under the name that is the decision: from here on it is the hub's
    hub.sqlite3-wal               gone: it belongs to the old file, and must never be read into the new one
    hub.sqlite3                   the new one, by renaming

Whoever opens the folder finishes what was decided.
"""

from __future__ import annotations

import os
from pathlib import Path

from hub.private_files import copy_private, synced

FILE = "hub.sqlite3"
DECIDED = FILE + ".restored"
BESIDE = ("-wal", "-shm", "-journal")
"""What may lie beside an SQLite database under its name."""


def put_in_place(data: Path, new: Path, aside: Path | None) -> None:
    """Let ``new`` become the database of a folder nobody has open; the old files are kept in ``aside``.

    Args:
        data: the hub's folder.
        new: whole, synced and alone (no WAL), in the same folder.
        aside: a folder to make; ``None`` where there is no database.

    Raises:
        OSError: what was there is what is there, or the next opening ends what was begun.
    """
    if aside is not None:
        aside.mkdir(mode=0o700)
        for ending in ("", *BESIDE):
            old = data / (FILE + ending)
            if old.exists():
                _link(old, aside / old.name)
        synced(aside)
    synced(data)
    os.replace(new, data / DECIDED)
    synced(data)
    finish(data)


def finish(data: Path) -> None:
    """Do what was decided before the last power cut, if anything was. Raises ``OSError``."""
    decided = data / DECIDED
    if not decided.exists():
        return
    for ending in BESIDE:
        (data / (FILE + ending)).unlink(missing_ok=True)
    synced(data)
    os.replace(decided, data / FILE)
    synced(data)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # a file system without links
        copy_private(old, new)
