"""What SQLite really tells the disk: every write, truncation, deletion and sync of this process, in order.

The functions of SQLite's own file layer ("unix" VFS, sqlite.org/vfs.html) are replaced by ones that note the call and
then make it; the database works on real files all the while. The layouts are those of ``sqlite3_vfs``,
``sqlite3_file`` and ``sqlite3_io_methods`` in sqlite.org/c3ref; their first fields have not changed since 3.6.
"""

from __future__ import annotations

import _sqlite3
import ctypes as c
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Write:
    """Bytes for a file, on their way."""

    file: str
    at: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file is made this long."""

    file: str
    size: int


@dataclass(frozen=True)
class Delete:
    """A name is taken out of the folder."""

    file: str


@dataclass(frozen=True)
class Sync:
    """What was written to the file so far is on the disk, if the disk is honest."""

    file: str


@dataclass(frozen=True)
class SyncFolder:
    """So are the names of the folder: what was deleted stays deleted."""


@dataclass(frozen=True)
class Told:
    """Not the disk's: the station was told that its ``number``-th state is kept."""

    number: int


Change: TypeAlias = Write | Cut | Delete
Entry: TypeAlias = Change | Sync | SyncFolder | Told

_Open = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_void_p, c.c_int, c.c_void_p)
_Delete = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_int)
_Write = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
_Truncate = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
_Sync = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)
_OpenFolder = c.CFUNCTYPE(c.c_int, c.c_char_p, c.c_void_p)
_GetSystemCall = c.CFUNCTYPE(c.c_void_p, c.c_void_p, c.c_char_p)
_SetSystemCall = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_void_p)
_OPEN_FOLDER = b"openDirectory"
"""SQLite's unix layer calls it only to sync a folder: after a delete, and with the first sync of a new log."""


class _Methods(c.Structure):
    _fields_ = (
        ("version", c.c_int),
        ("close", c.c_void_p),
        ("read", c.c_void_p),
        ("write", c.c_void_p),
        ("truncate", c.c_void_p),
        ("sync", c.c_void_p),
        ("others", c.c_void_p * 13),
    )


class _File(c.Structure):
    _fields_ = (("methods", c.c_void_p),)


class _Vfs(c.Structure):
    _fields_ = (
        ("version", c.c_int),
        ("file_size", c.c_int),
        ("longest_path", c.c_int),
        ("next", c.c_void_p),
        ("name", c.c_char_p),
        ("data", c.c_void_p),
        ("open", c.c_void_p),
        ("delete", c.c_void_p),
        ("others", c.c_void_p * 11),
        ("set_system_call", c.c_void_p),
        ("get_system_call", c.c_void_p),
    )


def _default_vfs() -> Any:
    """The file layer of the SQLite that ``sqlite3`` uses; None where it cannot be reached."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text().splitlines() if maps.exists() else []
    mapped = {line.split()[-1] for line in lines if "libsqlite3" in line}
    library = c.CDLL(mapped.pop() if len(mapped) == 1 else _sqlite3.__file__)
    try:
        find = library.sqlite3_vfs_find
    except AttributeError:
        return None
    find.restype = c.POINTER(_Vfs)
    return find(None).contents


VFS = _default_vfs()


class Recorder:
    """Notes calls for the files of a folder while ``recording`` and makes them in any case.

    Only of that folder: whatever else this process has open is somebody else's disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entries: list[Entry] = []
        self._names: dict[int, str] = {}
        self._layers: dict[int, _Methods] = {}
        self._open, self._delete = _Open(VFS.open), _Delete(VFS.delete)
        get_call = _GetSystemCall(VFS.get_system_call)
        self._open_folder = _OpenFolder(get_call(c.addressof(VFS), _OPEN_FOLDER))
        self._kept: list[object] = []

    @contextmanager
    def recording(self) -> Iterator[list[Entry]]:
        """Files that are opened inside the block must be closed inside it."""
        before = VFS.open, VFS.delete
        VFS.open, VFS.delete = self._address(_Open(self._opened)), self._address(_Delete(self._deleted))
        set_call, vfs = _SetSystemCall(VFS.set_system_call), c.addressof(VFS)
        set_call(vfs, _OPEN_FOLDER, self._address(_OpenFolder(self._folder_opened)))
        try:
            yield self.entries
        finally:
            VFS.open, VFS.delete = before
            set_call(vfs, _OPEN_FOLDER, None)

    def _address(self, function: Any) -> int | None:
        self._kept.append(function)
        return c.cast(function, c.c_void_p).value

    def _opened(self, vfs: int, path: int | None, file: int, flags: int, out: int | None) -> int:
        # The path goes on as the pointer it is: SQLite keeps it for as long as the file is open.
        code = self._open(vfs, path, file, flags, out)
        opened = _File.from_address(file)
        if code == 0 and path and opened.methods and self._is_ours(c.string_at(path)):
            self._names[file] = Path(c.string_at(path).decode()).name
            if opened.methods not in self._layers:
                self._layers[opened.methods] = self._noting(opened.methods)
            opened.methods = c.addressof(self._layers[opened.methods])
        return int(code)

    def _deleted(self, vfs: int, path: bytes, sync: int) -> int:
        if self._is_ours(path):
            self.entries.append(Delete(Path(path.decode()).name))
        return int(self._delete(vfs, path, sync))

    def _folder_opened(self, path: bytes, handle: int) -> int:
        if self._is_ours(path):
            self.entries.append(SyncFolder())
        return int(self._open_folder(path, handle))

    def _is_ours(self, path: bytes) -> bool:
        return Path(path.decode()).parent == self._folder

    def _noting(self, address: int) -> _Methods:
        real = _Methods.from_address(address)
        write, truncate, sync = _Write(real.write), _Truncate(real.truncate), _Sync(real.sync)

        def written(file: int, data: int, count: int, at: int) -> int:
            self.entries.append(Write(self._names[file], at, c.string_at(data, count)))
            return int(write(file, data, count, at))

        def truncated(file: int, size: int) -> int:
            self.entries.append(Cut(self._names[file], size))
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self.entries.append(Sync(self._names[file]))
            return code

        noting = _Methods.from_buffer_copy(c.string_at(address, c.sizeof(_Methods)))
        noting.write, noting.truncate = self._address(_Write(written)), self._address(_Truncate(truncated))
        noting.sync = self._address(_Sync(synced))
        return noting


class Disk:
    """What a disk may hold when the power goes.

    Args:
        entries: what it was told, in order.
        honest: a sync means something; a disk that lies forgets what it was still holding.
    """

    def __init__(self, entries: Sequence[Entry], *, honest: bool = True) -> None:
        self._entries, self._honest = entries, honest

    def after(self, end: int, dice: random.Random) -> dict[str, bytes]:
        """The files after a cut behind ``end`` entries: all that was synced, and of the rest whatever there was.

        Every file draws how much of the rest made it, and in pieces of which size it was written; pieces may
        overtake one another, so that a late one is there and an early one is not.
        """
        kept: dict[str, bytearray] = {}
        held: dict[str, list[Change]] = {}
        for entry in self._entries[:end]:
            match entry:
                case Write(file) | Cut(file) | Delete(file):
                    held.setdefault(file, []).append(entry)
                case Sync(file) if self._honest:
                    _do(kept, held.pop(file, ()))
                case SyncFolder() if self._honest:
                    for file, ones in held.items():
                        gone = max((place for place, one in enumerate(ones, 1) if isinstance(one, Delete)), default=0)
                        _do(kept, ones[:gone])
                        held[file] = ones[gone:]
        for ones in held.values():
            size = dice.choice((512, 4096, 1 << 30))
            parts = [part for one in ones for part in _pieces(one, size)]
            if dice.random() < 0.5:
                parts = parts[: dice.randint(0, len(parts))]
            else:
                chance = dice.choice((0.0, 0.1, 0.5, 0.9, 1.0))
                parts = [part for part in parts if dice.random() < chance]
            _do(kept, parts)
        return {file: bytes(data) for file, data in kept.items()}


def _pieces(one: Change, size: int) -> Iterator[Change]:
    if not isinstance(one, Write):
        yield one
        return
    at, end = one.at, one.at + len(one.data)
    while at < end:
        border = min(end, (at // size + 1) * size)
        yield Write(one.file, at, one.data[at - one.at : border - one.at])
        at = border


def _do(files: dict[str, bytearray], changes: Iterable[Change]) -> None:
    for one in changes:
        data = files.setdefault(one.file, bytearray())
        match one:
            case Write(_, at, new):
                data.extend(bytes(max(0, at - len(data))))
                data[at : at + len(new)] = new
            case Cut(_, size):
                data[:] = data[:size].ljust(size, b"\0")
            case Delete(file):
                del files[file]
