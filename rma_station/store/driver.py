"""Which SQLite opens the journal: Python's own, or SQLCipher with a key; the one place that knows both.

SQLCipher (``sqlcipher3``, the extra ``encryption``) is SQLite with every page encrypted (AES-256) and authenticated
(HMAC-SHA-512), behind the same DB-API; only its exceptions are its own. The key is raw: 32 random bytes, no derivation,
so that opening takes no longer than without (zetetic.net/sqlcipher/sqlcipher-api, PRAGMA key).
"""

from __future__ import annotations

import errno
import sqlite3
import stat
import sys
from pathlib import Path
from types import ModuleType

from rma_station.domain.outcome import say
from rma_station.errors import Refused

PLAIN_HEADER = b"SQLite format 3\x00"
"""First bytes of a plain database (sqlite.org/fileformat.html 1.3); an encrypted one begins with its salt."""
_MODULE = "sqlcipher3.dbapi2"


def connect(path: Path, key: bytes | None) -> sqlite3.Connection:
    """A connection in autocommit mode that waits for no lock; any thread may use it, one at a time.

    Args:
        path: the file; made when there is none.
        key: 32 bytes of an encrypted one, ``None`` for a plain one. It is not tried before the first read.

    Raises:
        Refused: there is a key and no SQLCipher.
    """
    if key is None:
        return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    return connect_cipher(path, key)


def connect_cipher(path: Path, key: bytes | None) -> sqlite3.Connection:
    """As ``connect``, of SQLCipher also without a key: it alone can copy a plain database to an encrypted one."""
    connection: sqlite3.Connection = cipher().connect(
        str(path), timeout=0, isolation_level=None, check_same_thread=False
    )
    # Before the key: it would write its complaints to the terminal the screen owns.
    connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
    if key is not None:
        connection.execute(f"PRAGMA key = {quoted(key)}").fetchall()
    return connection


def quoted(key: bytes | None) -> str:
    """The raw key as a text of SQL, for ``PRAGMA key`` and ``ATTACH``; both take no parameter. ``None``: no key."""
    return "''" if key is None else f"\"x'{key.hex()}'\""


def errors() -> tuple[type[Exception], ...]:
    """What may be raised by a connection, for ``except``: looked up only when something was."""
    loaded = sys.modules.get(_MODULE)
    return (sqlite3.Error,) if loaded is None else (sqlite3.Error, loaded.Error)


def version(key: bytes | None) -> str:
    """The SQLite that opens it."""
    return str(sqlite3.sqlite_version if key is None else cipher().sqlite_version)


def cipher() -> ModuleType:
    """The module of SQLCipher. Raises ``Refused`` when it is not installed."""
    try:
        from sqlcipher3 import dbapi2  # noqa: PLC0415 - only where the journal is encrypted
    except ImportError as error:
        raise Refused(
            f"SQLCipher cannot be loaded ({error}). Install it with the program: "
            "pip install 'rma-station[encryption]'.",
            say("stopped.no_cipher", reason=str(error)),
        ) from error
    module: ModuleType = dbapi2
    return module


def is_plain(path: Path) -> bool | None:
    """Whether a database is not encrypted; ``None`` when there is nothing in it yet. Raises ``OSError``."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # Opening a pipe would wait for ever for somebody who writes into it.
            raise OSError(errno.EINVAL, "not a file")
        with path.open("rb") as file:
            head = file.read(len(PLAIN_HEADER))
    except FileNotFoundError:
        return None
    return head == PLAIN_HEADER if head else None
