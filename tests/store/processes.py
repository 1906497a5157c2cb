"""A writer in a process of its own that acknowledges every commit over a pipe and can be killed at any moment."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

DEADLINE = 20.0
"""Seconds a test waits for a line before it gives up."""


@dataclass
class Writer:
    """The parent's end."""

    pid: int
    pipe: int
    _pending: bytes = field(default=b"")

    def line(self) -> str:
        """The next line it wrote; empty at its end."""
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self.pipe], [], [], DEADLINE)
            assert ready, "the writer said nothing"
            data = os.read(self.pipe, 65536)
            if not data:
                return ""
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode()

    def rest_after(self, seconds: float) -> list[str]:
        """What it wrote until it was killed, after up to ``seconds`` more of work."""
        select.select([], [], [], seconds)
        os.kill(self.pid, signal.SIGKILL)
        lines = []
        while line := self.line():
            lines.append(line)
        return lines


@contextmanager
def forked(work: Callable[[Callable[[str], None]], None]) -> Iterator[Writer]:
    """Run ``work(say)`` in a child process; ``say`` writes one line into the pipe in one system call."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            work(lambda text: os.write(write_end, text.encode() + b"\n") and None)
        except BaseException as error:
            os.write(write_end, f"failed: {error!r}\n".encode())
        finally:
            os._exit(0)
    os.close(write_end)
    try:
        yield Writer(pid, read_end)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read_end)
