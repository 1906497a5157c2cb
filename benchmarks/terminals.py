"""Programs in a pseudo-terminal of 80x24 with a serial line beside it, and the clock at both ends."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
import tty
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS, COLUMNS = 24, 80
NOT_OPENED = termios.B300
"""Speed of a serial line nobody has opened yet: opening it sets another one."""


class SerialLine:
    """The far end of a scanner's line; ``path`` is what the program opens."""

    def __init__(self) -> None:
        self.near, self._far = pty.openpty()
        tty.setraw(self._far)
        state = termios.tcgetattr(self._far)
        state[4] = state[5] = NOT_OPENED
        termios.tcsetattr(self._far, termios.TCSANOW, state)
        self.path = os.ttyname(self._far)

    @property
    def opened(self) -> bool:
        """A program has opened the line: what is sent from now on arrives."""
        return bool(termios.tcgetattr(self._far)[4] != NOT_OPENED)

    def send(self, code: str) -> None:
        """One scan, ended by CR."""
        os.write(self.near, code.encode() + b"\r")

    def close(self) -> None:
        """Unplug."""
        os.close(self.near)
        os.close(self._far)


@dataclass(frozen=True)
class Painted:
    """What came to the terminal, and when the first byte of it came (``time.perf_counter``)."""

    at: float
    data: bytes


class Terminal:
    """A child process on a terminal of its own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.master, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})}
        for name in ("COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE"):  # an installed program has its bytecode
            env.pop(name, None)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=follower, stdout=follower, stderr=follower, env=env, cwd=ROOT, start_new_session=True
        )
        os.close(follower)
        self.output = b""

    def read(self, seconds: float) -> Painted | None:
        """What comes within so many seconds, or ``None``."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        at = time.perf_counter()
        if not ready:
            return None
        try:
            data = os.read(self.master, 65536)
        except OSError:
            raise RuntimeError(f"the program ended: {self.output[-2000:].decode(errors='replace')}") from None
        self.output = (self.output + data)[-200_000:]
        return Painted(at, data)

    def until(self, text: str, seconds: float = 30.0) -> float:
        """Wait until this text was painted; when the bytes with it came."""
        wanted, end = text.encode(), time.perf_counter() + seconds
        seen = b""
        while time.perf_counter() < end:
            painted = self.read(end - time.perf_counter())
            if painted is not None:
                seen += painted.data
                if wanted in seen:
                    return painted.at
        raise RuntimeError(f"{text!r} was not painted in {seconds} s: {self.output[-2000:].decode(errors='replace')}")

    def answer(self, seconds: float = 10.0) -> float:
        """When the next byte comes."""
        painted = self.read(seconds)
        if painted is None:
            raise RuntimeError(f"no answer in {seconds} s")
        return painted.at

    def quiet(self, seconds: float) -> None:
        """Read until nothing came for so long."""
        while self.read(seconds) is not None:
            continue

    def drain(self, seconds: float) -> None:
        """Read for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.read(end - time.perf_counter())

    def memory(self) -> tuple[int, int]:
        """Resident and proportional set size in KiB."""
        found = {}
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, amount, *_ = line.split()
            found[name] = int(amount)
        return found["Rss:"], found["Pss:"]

    def close(self) -> None:
        """End the program and its children."""
        self.process.terminate()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
