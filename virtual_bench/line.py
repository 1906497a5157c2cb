"""A serial device as the kernel shows it: a pseudo-terminal under a fixed name, which can be unplugged."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Callable
from pathlib import Path

CHUNK = 1024
"""Bytes written at once; a pseudo-terminal's buffer holds about 4,000."""

PATIENCE = 5.0
"""Seconds to wait for the station to read before the rest is lost."""


class Line:
    """One serial line. Its far end belongs to the station.

    Args:
        path: the name under which the station opens it; a symbolic link that survives replugging.
        received: called with what the station wrote.
    """

    def __init__(self, path: Path, received: Callable[[bytes], None]) -> None:
        self.path = path
        self._received = received
        self._master: int | None = None
        self._slave: int | None = None
        self._turn = asyncio.Lock()

    def plug(self) -> None:
        """Appear; does nothing when it is there."""
        if self._master is not None:
            return
        # Our own handle on the far end stays open: without it the near end would report a hang-up as long as the
        # station has not opened the line.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def unplug(self) -> None:
        """Disappear, as if the cable was pulled: the station's handle breaks."""
        if self._master is None or self._slave is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        self.path.unlink(missing_ok=True)
        for end in (self._master, self._slave):
            os.close(end)
        self._master = self._slave = None

    async def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Write pieces with a pause between them; whole sends never mix.

        Raises:
            OSError: the line is unplugged, or was while writing, or nobody reads it.
        """
        async with self._turn:
            for number, piece in enumerate(pieces):
                if number and pause:
                    await asyncio.sleep(pause)
                rest = piece
                while rest:
                    rest = rest[await self._write(rest[:CHUNK]) :]

    async def _write(self, data: bytes) -> int:
        while True:
            if self._master is None:
                raise OSError(f"{self.path.name} is unplugged")
            try:
                return os.write(self._master, data)
            except BlockingIOError:
                await self._writable(self._master)

    async def _writable(self, master: int) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_writer(master, ready.set)
        try:
            await asyncio.wait_for(ready.wait(), PATIENCE)
        except TimeoutError:
            raise OSError(f"nobody reads {self.path.name}") from None
        finally:
            if self._master == master:
                loop.remove_writer(master)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 4096) if self._master is not None else b""
        except OSError:
            return
        if data:
            self._received(data)
