"""``VirtualBench``: start a bench as a child process and drive it. Used by the bench panel, the demo and tests.

::

    with VirtualBench.start(folder) as bench:
        bench.url("scanner")              # serial:... for the station's configuration
        bench.scan("5901234123457")
        bench.put(1240)
        bench.printed()                   # labels that came out

Every call takes milliseconds, except a scan with pauses. Calls may come from any thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from rma_station.errors import DeviceLost, Refused

START_TIMEOUT = 20.0
"""Seconds until a bench must be ready."""
CALL_TIMEOUT = 30.0
"""Seconds for one call; a scan with long pauses takes as long as they do."""
ScaleMode = Literal["stable", "motion", "stuck", "over", "under", "busy", "mute"]
Problem = Literal["media_out", "ribbon_out", "head_open", "paused"]


@dataclass(frozen=True)
class BenchDevice:
    """A device of the bench: ``kind`` is ``scanner``, ``scale`` or ``printer``; ``url`` goes into a configuration."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True)
class PrintedLabel:
    """A label that came out: its number on the printer's odometer and the bytes it was printed from."""

    number: int
    file: Path
    data: bytes


@dataclass(frozen=True)
class PrinterCounters:
    """What a person standing at the printer would see."""

    odometer: int
    waiting: int
    """Labels in its buffer."""
    partial: bool
    """A label was begun and its end has not come."""


class VirtualBench:
    """A running bench, made by ``start``; it ends with this process, however that ends."""

    def __init__(self, control: Path, devices: Sequence[BenchDevice]) -> None:
        self.control = control
        self.devices = tuple(devices)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._answers = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None

    @classmethod
    def start(
        cls,
        folder: Path,
        scanners: Sequence[str] = ("scanner",),
        scales: Sequence[str] = ("scale",),
        printers: Sequence[str] = ("labels",),
    ) -> VirtualBench:
        """Start a bench that lives as long as this process holds its pipe.

        Args:
            folder: its state: links to the serial lines, printed labels; labels of an earlier bench are kept.
            scanners: names of its scanners.
            scales: its scales, each ``NAME`` for MT-SICS or ``NAME:radwag`` and so on.
            printers: its printers, each ``NAME`` for ZPL over TCP, ``NAME:tspl``, ``NAME:epl`` or ``NAME:zpl:usb``.

        Raises:
            DeviceLost: it did not become ready; the message has its last words.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-m", "virtual_bench", "--state-dir", str(folder)]
        for option, names in (("--scanner", scanners), ("--scale", scales), ("--printer", printers)):
            command += [word for name in names for word in (option, name)]
        read_end, write_end = os.pipe()
        here = str(Path(__file__).resolve().parent.parent)
        paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
        try:
            with (folder / "bench.log").open("wb") as words:
                process = subprocess.Popen(
                    [*command, "--parent-pipe", str(read_end)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=words,
                    pass_fds=(read_end,),
                    env={**os.environ, "PYTHONPATH": paths},
                )
        except OSError as error:
            os.close(write_end)
            raise DeviceLost(f"the virtual bench could not be started: {error}") from error
        finally:
            os.close(read_end)
        try:
            ready = json.loads(_first_line(process))
            bench = cls(Path(ready["control"]), [BenchDevice(**item) for item in ready["devices"]])
        except (ValueError, KeyError, OSError) as error:
            os.close(write_end)
            process.kill()
            process.wait()
            words_left = (folder / "bench.log").read_text(errors="replace")[-300:]
            raise DeviceLost(f"the virtual bench did not become ready: {words_left or error}") from error
        bench._process, bench._lifeline = process, write_end
        return bench

    def url(self, name: str) -> str:
        """The URL of a device, for a configuration."""
        return next(device.url for device in self.devices if device.name == name)

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the devices of a kind."""
        return tuple(device.name for device in self.devices if device.kind == kind)

    # --- scanner -----------------------------------------------------------------------------------------

    def scan(
        self,
        code: str | bytes,
        device: str = "scanner",
        *,
        suffix: bytes = b"\r",
        aim: str = "",
        pieces: int = 1,
        pause_ms: int = 0,
    ) -> None:
        """Scan a barcode.

        Args:
            code: its text, or its bytes as the scanner sends them.
            device: name of the scanner.
            suffix: what the scanner ends a scan with; empty for half a scan.
            aim: AIM identifier in front, such as ``]C1``.
            pieces: send it in so many pieces.
            pause_ms: wait so long between the pieces.
        """
        data = code.encode() if isinstance(code, str) else code
        self._call("scan", device, hex=(aim.encode() + data + suffix).hex(), pieces=pieces, pause_ms=pause_ms)

    def burst(self, codes: Iterable[str], device: str = "scanner", *, suffix: bytes = b"\r") -> None:
        """Scan many codes without a pause."""
        self._call("scan", device, hex=b"".join(code.encode() + suffix for code in codes).hex())

    def heard(self, device: str = "scanner") -> bytes:
        """What the station sent to the scanner's beeper since the last call."""
        return bytes.fromhex(self._call("heard", device)["hex"])

    # --- scale -------------------------------------------------------------------------------------------

    def put(self, grams: int, device: str = "scale") -> None:
        """Put this much on the scale in place of what was there; it settles within a second."""
        self._call("weigh", device, grams=grams)

    def take_off(self, device: str = "scale") -> None:
        """Empty the scale."""
        self._call("weigh", device, grams=0)

    def scale_mode(self, mode: ScaleMode, device: str = "scale") -> None:
        """Switch a fault on, or back to ``stable``."""
        self._call("weigh", device, mode=mode)

    def scale_speaks(self, protocol: str, device: str = "scale") -> None:
        """Be a scale of another protocol (``virtual_bench.scale.PROTOCOLS``); what lies on it stays."""
        self._call("weigh", device, protocol=protocol)

    def scale_faults(self, device: str = "scale", **faults: float) -> None:
        """Switch on exactly these faults of its line: ``drops``, ``parity``, ``split``, ``flood``."""
        self._call("weigh", device, faults=faults)

    # --- printer -----------------------------------------------------------------------------------------

    def printer_problems(self, *problems: Problem, device: str = "labels") -> None:
        """Switch to exactly these problems; without any the printer prints what waits."""
        self._call("printer", device, problems=list(problems))

    def printer_silent(self, silent: bool, device: str = "labels") -> None:
        """Answer nothing at all, though bytes are taken."""
        self._call("printer", device, silent=silent)

    def printer_slow(self, bytes_per_second: int, device: str = "labels") -> None:
        """Take so few bytes a second; 0 for no limit."""
        self._call("printer", device, bytes_per_second=bytes_per_second)

    def printer_drop_at(self, byte: int, device: str = "labels") -> None:
        """Break the connection once, after so many more bytes."""
        self._call("printer", device, drop_at=byte)

    def printer_counts(self, counts: bool, device: str = "labels") -> None:
        """Have an odometer, or none as many look-alikes."""
        self._call("printer", device, counts=counts)

    def printed(self, device: str = "labels") -> list[PrintedLabel]:
        """Labels that came out, oldest first."""
        files = [Path(file) for file in self._call("labels", device)["files"]]
        return [PrintedLabel(int(file.stem.rpartition("-")[2]), file, file.read_bytes()) for file in files]

    def printer_counters(self, device: str = "labels") -> PrinterCounters:
        """Odometer, labels in the buffer, a label begun."""
        answer = self._call("labels", device)
        return PrinterCounters(answer["odometer"], answer["waiting"], answer["partial"])

    # --- all ---------------------------------------------------------------------------------------------

    def unplug(self, device: str) -> None:
        """Pull a device's cable."""
        self._call("unplug", device)

    def plug(self, device: str) -> None:
        """Put a device's cable back."""
        self._call("plug", device)

    def close(self) -> None:
        """Let go; a bench that was started here ends."""
        with self._lock:
            self._hang_up()
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        if self._process is not None:
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def __enter__(self) -> VirtualBench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, what: str, device: str, **named: Any) -> dict[str, Any]:
        request = json.dumps({"do": what, "device": device, **named}).encode() + b"\n"
        with self._lock:
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self._socket.settimeout(CALL_TIMEOUT)
                    self._socket.connect(str(self.control))
                self._socket.sendall(request)
                answer: dict[str, Any] = json.loads(self._read_line(self._socket))
            except (OSError, ValueError) as error:
                self._hang_up()
                raise DeviceLost(f"the virtual bench does not answer: {error}") from error
        if not answer.get("ok"):
            raise Refused(f"virtual bench: {answer.get('error')}")
        return answer

    def _read_line(self, peer: socket.socket) -> bytes:
        while b"\n" not in self._answers:
            data = peer.recv(65536)
            if not data:
                raise ConnectionError("it ended")
            self._answers += data
        line, _, self._answers = self._answers.partition(b"\n")
        return line

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket, self._answers = None, b""


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    until, line = time.monotonic() + START_TIMEOUT, b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
        data = os.read(process.stdout.fileno(), 4096) if ready else b""
        if not data:
            raise OSError("it ended" if ready else f"no answer in {START_TIMEOUT:.0f} seconds")
        line += data
    return line
