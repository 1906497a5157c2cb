"""The virtual bench's process: devices on pseudo-terminals and a loopback port, and a control socket beside them.

::

    station --serial--> state/scanner -> /dev/pts/7     panel, demo, tests --JSON lines--> control socket
            --serial--> state/scale   -> /dev/pts/8
            --TCP-----> 127.0.0.1:port (ZPL)

It ends when the pipe from its parent ends, whatever became of the parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from drivers.faults import Faults, damaged
from virtual_bench.control import LONGEST_REQUEST, Control
from virtual_bench.line import Line
from virtual_bench.printers import CablePrinter, NetworkPrinter, make_printer
from virtual_bench.scale import EVERY, Answer, ScaleModel

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes 107."""


class VirtualScanner:
    """A serial scanner that reads what it is told."""

    kind = "scanner"

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.line = Line(folder / name, self._received)
        self.url = f"serial:{self.line.path}?baud=115200&beep=honeywell"
        self.heard = b""
        """What the station wrote to its beeper, the last 1,000 bytes."""

    async def plug(self) -> None:
        """Appear, as when its cable is put in."""
        self.line.plug()

    async def unplug(self) -> None:
        """Disappear, as when its cable is pulled."""
        self.line.unplug()

    def _received(self, data: bytes) -> None:
        self.heard = (self.heard + data)[-1000:]


class VirtualScale:
    """A serial scale.

    Args:
        name: its name; ``scale:radwag`` is a scale named ``scale`` that speaks Radwag.
        folder: where its line is.
    """

    kind = "scale"

    def __init__(self, name: str, folder: Path) -> None:
        self.name, _, protocol = name.partition(":")
        self.line = Line(folder / self.name, self._received)
        self.url = f"serial:{self.line.path}?baud=9600"
        self.model = ScaleModel(protocol or "mt-sics")
        self.faults = Faults()
        self._random = Random(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._streaming: asyncio.Task[None] | None = None

    async def plug(self) -> None:
        """Appear, as when its cable is put in."""
        self.line.plug()
        if self._streaming is None:
            self._streaming = asyncio.get_running_loop().create_task(self._stream())

    async def unplug(self) -> None:
        """Disappear, as when its cable is pulled."""
        self.line.unplug()
        if self._streaming is not None:
            self._streaming.cancel()
            self._streaming = None

    def _received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        for answer in self.model.answers(data, time.monotonic()):
            self._tasks.add(task := loop.create_task(self._send(answer)))
            task.add_done_callback(self._tasks.discard)

    async def _send(self, answer: Answer) -> None:
        await asyncio.sleep(answer.after)
        with contextlib.suppress(OSError):
            await self.line.send(*damaged(answer.data, self.faults, self._random))

    async def _stream(self) -> None:
        while True:
            frame = self.model.streamed(time.monotonic())
            if frame:
                await self._send(Answer(frame))
            await asyncio.sleep(EVERY if self.model.streams else 1.0)


Device = VirtualScanner | VirtualScale | NetworkPrinter | CablePrinter


def socket_path(folder: Path) -> Path:
    """Where the control socket is made: in the folder, or in a short temporary one when its path is too long."""
    path = folder / "control.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        return Path(tempfile.mkdtemp(prefix="rma-bench-")) / "control.sock"
    return path


async def run(
    folder: Path, scanners: tuple[str, ...], scales: tuple[str, ...], printers: tuple[str, ...], parent_pipe: int | None
) -> None:
    """Be the bench until the parent's pipe ends, or a signal says so.

    Args:
        folder: links of the serial lines, the printed labels and the control socket are here.
        scanners: names of the scanners.
        scales: ``NAME`` or ``NAME:PROTOCOL``.
        printers: the printers, as ``printers.make_printer`` reads them.
        parent_pipe: read end of a pipe the parent holds open; ``None`` to live until SIGTERM.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    if parent_pipe is not None:
        os.set_blocking(parent_pipe, False)
        loop.add_reader(parent_pipe, _watch_pipe, parent_pipe, ended)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c in the station's terminal is the station's to answer
    else:
        loop.add_signal_handler(signal.SIGINT, ended.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    devices: list[Device] = [
        *(VirtualScanner(name, folder) for name in scanners),
        *(VirtualScale(name, folder) for name in scales),
        *(make_printer(wanted, folder) for wanted in printers),
    ]
    for device in devices:
        await device.plug()
    path = socket_path(folder)
    path.unlink(missing_ok=True)
    control = Control({device.name: device for device in devices})
    server = await asyncio.start_unix_server(control.serve, path, limit=LONGEST_REQUEST)
    path.chmod(0o600)
    _announce(path, devices)
    try:
        await ended.wait()
    finally:
        server.close()
        path.unlink(missing_ok=True)
        if path.parent != folder:
            path.parent.rmdir()
        for device in devices:
            await device.unplug()


def _watch_pipe(pipe: int, ended: asyncio.Event) -> None:
    try:
        alive = bool(os.read(pipe, 100))
    except BlockingIOError:
        return
    if not alive:
        asyncio.get_running_loop().remove_reader(pipe)
        ended.set()


def _announce(control: Path, devices: list[Device]) -> None:
    listed: list[dict[str, Any]] = [{"kind": d.kind, "name": d.name, "url": d.url} for d in devices]
    sys.stdout.write(json.dumps({"ready": True, "control": str(control), "devices": listed}) + "\n")
    sys.stdout.flush()
