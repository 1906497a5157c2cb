"""A folder into which a camera, a scanner program or a phone's sync puts pictures: ``folder:/srv/photos``.

::

    appears ──> grows ──> same size and time in two looks ──> kept, told ──> taken: moved to taken/, or removed
                                                                      └──> not taken: stays, and is told once

A picture that was there before the station looked is of nothing that is in hand now: it waits, is counted in the
folder's state, and is taken only when the worker asks for it (the photo command takes the newest that waits). Names
beginning with a dot and those of half a download are not looked at. Options: ``taken=remove`` removes what was taken.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.address import Address
from drivers.camera import kept
from drivers.pictures import MOST_BYTES
from drivers.thread import DeviceThread, Session, Threaded
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import Clock, DeviceState, KeepPicture, NoPicture, Picture

if TYPE_CHECKING:
    from rma_station.domain.effects import TakePhoto

LOOK_SECONDS = 0.5
"""Between two looks; a picture is complete when it was the same in two of them."""
TAKEN = "taken"
MOST = 200
"""Files that are looked at, so that a folder full of something else does not keep a core busy."""
_HALF = (".part", ".tmp", ".crdownload", ".partial")


@dataclass(frozen=True)
class Seen:
    """A file as it was in a look."""

    size: int
    changed: int
    """When the file was changed, in nanoseconds."""


@dataclass(frozen=True)
class Settled:
    """Whether a picture became part of the record."""

    name: str
    taken: bool


class Folder:
    """The open folder: ``thread.Handle``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.detail = clean(str(path))
        self.woken = threading.Event()

    def wake(self) -> None:
        """Look around now."""
        self.woken.set()

    def close(self) -> None:
        """Nothing is held open."""

    def look(self) -> dict[str, Seen]:
        """Every picture that may be there, oldest first. Raises ``DeviceLost`` when the folder is gone."""
        try:
            with os.scandir(self.path) as entries:
                files = sorted(self._files(entries), key=lambda one: (one[1].changed, one[0]))
        except OSError as error:
            raise DeviceLost(f"{self.detail} cannot be looked into ({error.strerror})") from None
        return dict(files[-MOST:])

    def _files(self, entries: Iterator[os.DirEntry[str]]) -> Iterator[tuple[str, Seen]]:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(_HALF):
                continue
            try:
                if entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    yield entry.name, Seen(stat.st_size, stat.st_mtime_ns)
            except OSError:  # gone meanwhile
                continue

    def read(self, name: str) -> bytes:
        """A file's bytes; a byte more than a picture may have at most. Raises ``OSError``."""
        handle = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            return opened.read(MOST_BYTES + 1)

    def put_away(self, name: str, *, remove: bool) -> None:
        """Take a picture out of the way. Raises ``OSError``."""
        if remove:
            (self.path / name).unlink()
            return
        away = self.path / TAKEN
        away.mkdir(exist_ok=True)
        target, number = away / name, 1
        while target.exists():
            number += 1
            target = away / f"{Path(name).stem}-{number}{Path(name).suffix}"
        (self.path / name).rename(target)


def open_folder(path: Path) -> Folder:
    """The folder, if pictures can be read from it and moved.

    Raises:
        DeviceLost: it is not there, or its rights do not allow that.
    """
    if not path.is_dir():
        raise DeviceLost(f"{clean(str(path))} is no folder; make it, or mend the URL")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise DeviceLost(f"{clean(str(path))}: this user may not read and write there")
    return Folder(path)


class FolderCamera(Threaded):
    """``ports.Camera`` over a folder.

    Args:
        name: name in the configuration.
        path: the folder.
        clock: time.
        keep: makes a picture durable.
        remove: what was taken is removed, not moved to ``taken/``.
        look_seconds: between two looks.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        clock: Clock,
        keep: KeepPicture,
        *,
        remove: bool = False,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.name = name
        self._keep, self._remove, self._look_seconds = keep, remove, look_seconds
        self._told: queue.SimpleQueue[TakePhoto | Settled] = queue.SimpleQueue()
        self._thread: DeviceThread[Folder] = DeviceThread(
            name, "camera", lambda: open_folder(path), self._serve, clock=clock
        )

    def take(self, of: TakePhoto) -> None:
        """Take the newest picture that waits; see ``ports.Camera``."""
        if self._thread.status.state is not DeviceState.READY:
            self._thread.post(NoPicture(self.name, "no_camera"))
            return
        self._told.put(of)
        self._thread.wake()

    def settled(self, name: str, *, taken: bool) -> None:
        """Put the picture away, or let it wait."""
        self._told.put(Settled(name, taken))
        self._thread.wake()

    def _serve(self, folder: Folder, session: Session) -> None:
        looks = Looks(folder.look())
        session.ready(*_state(folder, looks))
        while not session.ended():
            folder.woken.wait(self._look_seconds)
            folder.woken.clear()
            self._hear(folder, session, looks)
            for name in looks.look(folder.look()):
                session.post(self._read(folder, name, looks, None))
            session.ready(*_state(folder, looks))

    def _hear(self, folder: Folder, session: Session, looks: Looks) -> None:
        while True:
            try:
                told = self._told.get(block=False)
            except queue.Empty:
                return
            if isinstance(told, Settled):
                looks.settled(told)
                if told.taken:
                    try:
                        folder.put_away(told.name, remove=self._remove)
                    except OSError as error:
                        raise DeviceLost(f"{folder.detail}: {clean(told.name, 60)} stays ({error.strerror})") from None
                continue
            looks.look(folder.look())
            newest = looks.newest()
            answer = self._read(folder, newest, looks, told) if newest else NoPicture(self.name, "no_picture")
            session.post(answer)

    def _read(self, folder: Folder, name: str, looks: Looks, of: TakePhoto | None) -> Picture | NoPicture:
        looks.on_its_way(name)
        try:
            data = folder.read(name)
        except OSError:
            looks.settled(Settled(name, taken=False))
            return NoPicture(self.name, "unreadable")
        answer = kept(self.name, name, "folder", data, self._keep, of)
        if isinstance(answer, NoPicture):
            looks.settled(Settled(name, taken=False))
        return answer


class Looks:
    """What is known of a folder's files from look to look; no I/O.

    Args:
        first: what was there before anybody looked.
    """

    def __init__(self, first: dict[str, Seen]) -> None:
        self._last = dict(first)
        self._waiting = dict(first)
        """Complete, and nobody's: as they were when that was found out."""
        self._told: set[str] = set()
        """On their way to the station."""

    def look(self, seen: dict[str, Seen]) -> list[str]:
        """Pictures that are new and complete, oldest first: the same as in the look before."""
        complete = [
            name
            for name, one in seen.items()
            if one.size and self._last.get(name) == one and self._waiting.get(name) != one and name not in self._told
        ]
        self._last = dict(seen)
        self._waiting = {name: one for name, one in self._waiting.items() if seen.get(name) == one}
        self._told &= seen.keys()
        return complete

    def newest(self) -> str | None:
        """Name of the newest picture the station was not told of yet; ``None`` when none waits."""
        free = [name for name in self._waiting if name not in self._told]
        return max(free, key=lambda name: (self._waiting[name].changed, name), default=None)

    def on_its_way(self, name: str) -> None:
        """The station is told of this picture now and will say what became of it."""
        self._told.add(name)

    def settled(self, settled: Settled) -> None:
        """The station has said what became of a picture: one that it did not take waits from now on."""
        self._told.discard(settled.name)
        one = self._last.get(settled.name)
        if one is not None:
            self._waiting[settled.name] = one

    @property
    def waiting(self) -> int:
        """How many pictures lie here that no unit has taken."""
        return len(self._waiting.keys() - self._told)


def _state(folder: Folder, looks: Looks) -> tuple[str, tuple[str, ...]]:
    return folder.detail, ("pictures_wait",) if looks.waiting else ()


def folder_camera(name: str, address: Address, clock: Clock, keep: KeepPicture) -> FolderCamera:
    """The camera a URL means.

    Raises:
        Malformed: an option cannot be used.
    """
    taken = address.options.get("taken", "keep")
    if taken not in ("keep", "remove"):
        raise Malformed(f"folder:{address.target}: taken={taken}; allowed: keep remove")
    return FolderCamera(name, Path(address.target).expanduser(), clock, keep, remove=taken == "remove")
