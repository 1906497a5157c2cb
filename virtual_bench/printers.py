"""Label printers of the virtual bench as devices: a model behind a TCP port, or behind a line as on a USB cable."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from rma_station.errors import Malformed
from virtual_bench.line import Line
from virtual_bench.printer import PrinterModel
from virtual_bench.printer_lines import EplModel, TsplModel
from virtual_bench.printer_zpl import ZplModel

MODELS: dict[str, type[PrinterModel]] = {model.language: model for model in (ZplModel, TsplModel, EplModel)}


class Printer:
    """A printer with its paper tray: what came out is kept as files, so that its odometer goes on after a restart.

    Args:
        name: of the device.
        language: one of ``MODELS``.
        folder: of the bench; labels go into ``labels`` there.
    """

    kind = "printer"

    def __init__(self, name: str, language: str, folder: Path) -> None:
        self.name = name
        self.folder = folder / "labels"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.language = language
        files = self.labels()
        self.model = MODELS[language](int(files[-1].stem.rpartition("-")[2]) if files else 0)
        self.bytes_per_second = 0
        """Limit of what is taken from the host; 0 for none."""
        self.drop_at: int | None = None
        """Break the connection after so many more bytes, once."""

    def set_problems(self, problems: frozenset[str]) -> None:
        """Switch to exactly these problems and print what can be printed."""
        self.model.set_problems(problems)
        self._store()

    def labels(self) -> list[Path]:
        """Files of all labels that came out, in order."""
        return sorted(self.folder.glob(f"{self.name}-*.{self.language}"))

    def _receive(self, data: bytes) -> bytes:
        answer = self.model.receive(data)
        self._store()
        return answer

    def _store(self) -> None:
        printed, self.model.printed = self.model.printed, []
        first = self.model.odometer - len(printed) + 1
        for number, label in enumerate(printed, first):
            file = self.folder / f"{self.name}-{number:06}.{self.language}"
            half = file.with_suffix(".part")
            half.write_bytes(label)
            half.replace(file)

    def _until_drop(self, size: int) -> int:
        """How many of so many bytes are taken before the connection breaks."""
        return size if self.drop_at is None else min(size, self.drop_at)

    def _dropped(self, count: int) -> bool:
        """Count bytes towards ``drop_at``; true once, when it is reached."""
        if self.drop_at is None:
            return False
        self.drop_at -= count
        if self.drop_at > 0:
            return False
        self.drop_at = None
        return True


class NetworkPrinter(Printer):
    """On a TCP port; it talks to one client at a time, as many do."""

    def __init__(self, name: str, language: str, folder: Path) -> None:
        super().__init__(name, language, folder)
        self.port = 0
        self._server: asyncio.Server | None = None
        self._turn = asyncio.Lock()
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where the station prints."""
        return f"tcp:127.0.0.1:{self.port}"

    async def plug(self) -> None:
        """Listen; on the same port as before."""
        if self._server is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # A small window, so that a slow printer is felt by the one who sends.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            listener.bind(("127.0.0.1", self.port))
            self.port = listener.getsockname()[1]
            self._server = await asyncio.start_server(self._serve, sock=listener, limit=4096)

    async def unplug(self) -> None:
        """Break connections and stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for client in tuple(self._clients):
            client.cancel()
        while self._clients:
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted in the moment it was unplugged
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            async with self._turn:
                await self._talk(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            writer.transport.abort()
        finally:
            writer.close()
            self._clients.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            while data:
                size = max(1, self.bytes_per_second // 20) if self.bytes_per_second else len(data)
                size = self._until_drop(size)
                piece, data = data[:size], data[size:]
                answer = self._receive(piece)
                if self._dropped(len(piece)):
                    writer.transport.abort()
                    return
                writer.write(answer)
                await writer.drain()
                if self.bytes_per_second:
                    await asyncio.sleep(len(piece) / self.bytes_per_second)


class CablePrinter(Printer):
    """On a line, as ``/dev/usb/lp0`` is one; a broken connection is a cable pulled out and put back at once."""

    def __init__(self, name: str, language: str, folder: Path) -> None:
        super().__init__(name, language, folder)
        self.line = Line(folder / name, self._received)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where the station prints."""
        return f"lp:{self.line.path}"

    async def plug(self) -> None:
        """Appear, as when its cable is put in."""
        self.line.plug()

    async def unplug(self) -> None:
        """Disappear, as when its cable is pulled."""
        self.line.unplug()

    def _received(self, data: bytes) -> None:
        taken = data[: self._until_drop(len(data))]
        answer = self._receive(taken)
        if self._dropped(len(taken)):
            self.line.unplug()
            self.line.plug()
        elif answer:
            self._tasks.add(task := asyncio.get_running_loop().create_task(self._send(answer)))
            task.add_done_callback(self._tasks.discard)

    async def _send(self, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            await self.line.send(answer)


def make_printer(wanted: str, folder: Path) -> NetworkPrinter | CablePrinter:
    """A printer from ``NAME[:LANGUAGE[:usb]]``: ZPL over TCP when nothing else is said.

    Raises:
        Malformed: there is no such language or connection.
    """
    name, *rest = wanted.split(":")
    language = rest[0] if rest else "zpl"
    connection = rest[1] if len(rest) > 1 else "tcp"
    kinds: dict[str, type[NetworkPrinter | CablePrinter]] = {"tcp": NetworkPrinter, "usb": CablePrinter}
    if not name or language not in MODELS or connection not in kinds or len(rest) > 2:
        raise Malformed(f"{wanted!r} is no virtual printer: NAME, or NAME:LANGUAGE, or NAME:LANGUAGE:usb, with "
                        f"LANGUAGE one of {', '.join(MODELS)}")  # fmt: skip
    return kinds[connection](name, language, folder)
