"""Every byte of every device in a file, for support and for tests; ``replay.py`` plays scanners and scales back.

::

    {"recording":1,"made":"2026-11-22T20:26:00Z","devices":[{"kind":"scanner","name":"left","url":"serial:...",...}]}
    {"at":0.012,"device":"left","opened":"/dev/ttyACM0 9600 8N1"}
    {"at":3.250,"device":"left","in":"353930313233340d"}
    {"at":3.262,"device":"left","out":"06"}
    {"at":9.001,"device":"left","lost":"/dev/ttyACM0: No such device"}

One JSON object a line, ``at`` in seconds since the beginning, bytes in hexadecimal. A scan or a label may be
somebody's name or address: the file can be read by its owner only, and it stops growing at a size.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rma_station.errors import DeviceLost, Refused, StorageFailed
from rma_station.ports import Clock

log = logging.getLogger(__name__)

VERSION = 1
LARGEST = 32 * 1024 * 1024
"""Bytes of a recording; about a month of a busy bench's scans, or two days of a scale asked five times a second."""
KEY = struct.Struct("<qqHHi")
"""A key event as the kernel gives it on 64 bits (linux/input.h): seconds, microseconds, type, code, value."""
_FACTS: Mapping[str, Callable[[Any], Any]] = {
    "descriptor": bytes.hex,  # of a raw HID device, and who made it
    "vendor": str,
    "caps": bool,  # Caps Lock when a scanner that types was opened, and the keys that were down
    "down": sorted,
}
H = TypeVar("H")


class Through(Protocol):
    """What stands between a driver and its device: takes its name and how it is opened, gives another way to open."""

    def __call__(self, name: str, connect: Callable[[], H], /) -> Callable[[], H]:
        """``connect``, or something in its place."""


class Recorder:
    """Writes one recording; any thread may call it.

    Args:
        path: a file that does not exist yet.
        devices: what to open the same devices with again: ``kind``, ``name``, ``url`` and what else their section says.
        clock: time.
        largest: bytes after which nothing more is written.

    Raises:
        Refused: there is such a file already.
        StorageFailed: it cannot be made.
    """

    def __init__(self, path: Path, devices: Sequence[Mapping[str, Any]], clock: Clock, largest: int = LARGEST) -> None:
        try:
            self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise Refused(f"{path} exists; a recording never overwrites a file. Give another name.") from None
        except OSError as error:
            raise StorageFailed(f"{path} cannot be made ({error.strerror}). Give a folder you may write to.") from error
        self._path, self._clock, self._left = path, clock, largest
        self._began = clock.monotonic()
        self._lock = threading.Lock()
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock.unix()))
        self._write({"recording": VERSION, "made": made, "devices": list(devices)})

    def through(self, name: str, connect: Callable[[], H], /) -> Callable[[], H]:
        """A way to open a device that records it; for ``catalogue.open_scanner`` and ``open_scale``."""

        def opened() -> Any:
            handle: Any = connect()
            facts = {fact: plain(getattr(handle, fact)) for fact, plain in _FACTS.items() if hasattr(handle, fact)}
            self.note(name, opened=handle.detail, **facts)
            return _Recorded(handle, name, self)

        return opened

    def way(self, name: str, open_line: Callable[[], H], /) -> Callable[[], H]:
        """``through`` for a printer's line, whose failures are ``OSError``."""

        def opened() -> Any:
            line = open_line()
            self.note(name, opened="")
            return _RecordedLine(line, name, self)

        return opened

    def note(self, device: str, **what: Any) -> None:
        """Write one line about a device; never raises."""
        self._write({"at": round(self._clock.monotonic() - self._began, 6), "device": device, **what})

    def close(self) -> None:
        """End the recording."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._file < 0 or self._left < 0:
                return
            self._left -= len(line)
            try:
                if self._left < 0:
                    line = b'{"full":true}\n'
                    log.warning("the recording %s is full; nothing more is recorded", self._path)
                os.write(self._file, line)
            except OSError as error:
                self._left = -1
                log.warning("the recording %s ends: %s", self._path, error.strerror)


class _Recorded:
    """A handle that tells the recorder what goes through it; everything else is the handle's own."""

    def __init__(self, handle: Any, name: str, recorder: Recorder) -> None:
        self._handle, self._name, self._recorder = handle, name, recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)

    def read(self, timeout: float) -> bytes:
        """See ``transport.Stream``."""
        with self._noting_loss():
            data: bytes = self._handle.read(timeout)
        if data:
            self._recorder.note(self._name, **{"in": data.hex()})
        return data

    def events(self, timeout: float) -> Sequence[Any]:
        """See ``evdev_scanner.KeyStream``."""
        with self._noting_loss():
            events: Sequence[Any] = self._handle.events(timeout)
        if events:
            self._recorder.note(self._name, **{"in": b"".join(map(_packed, events)).hex()})
        return events

    def write(self, data: bytes) -> None:
        """See ``transport.Stream``; noted before it goes out: the answer may be read before the call returns."""
        self._recorder.note(self._name, out=data.hex())
        with self._noting_loss():
            self._handle.write(data)

    @contextmanager
    def _noting_loss(self) -> Iterator[None]:
        try:
            yield
        except DeviceLost as error:
            self._recorder.note(self._name, lost=str(error))
            raise


class _RecordedLine:
    """The line of a printer (``labels.printers.channel.Channel``) that tells the recorder what goes through it."""

    def __init__(self, line: Any, name: str, recorder: Recorder) -> None:
        self._line, self._name, self._recorder = line, name, recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def send(self, data: bytes, seconds: float) -> int:
        """See ``Channel``; what was taken is noted."""
        taken: int = self._line.send(data, seconds)
        self._recorder.note(self._name, out=data[:taken].hex())
        return taken

    def receive(self, seconds: float) -> bytes:
        """See ``Channel``."""
        data: bytes = self._line.receive(seconds)
        if data:
            self._recorder.note(self._name, **{"in": data.hex()})
        return data


def _packed(event: Any) -> bytes:
    at: float = event.timestamp()
    return KEY.pack(int(at), round(at % 1 * 1_000_000), event.type, event.code, event.value)
