"""Peers for drivers: the far end of a pseudo-terminal, a sink that can be waited on, quick backoff."""

from __future__ import annotations

import os
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.thread import Backoff
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, RawScan, Weighing

QUICK = Backoff(0.02, 0.1)
DEADLINE = 8.0


@dataclass(frozen=True)
class KeyEvent:
    """A key event with its time, as evdev gives it."""

    type: int
    code: int
    value: int
    at: float

    def timestamp(self) -> float:
        """Seconds."""
        return self.at


class Inbox:
    """A sink that remembers; ``until`` waits for what it should have received, at most ``deadline`` seconds."""

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self.messages: list[DeviceMessage] = []
        self._news = threading.Condition()

    def __call__(self, message: DeviceMessage) -> None:
        with self._news:
            self.messages.append(message)
            self._news.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looked at after every message; fails at the deadline."""
        with self._news:
            assert self._news.wait_for(condition, self._deadline), self.messages[-20:]

    @property
    def scans(self) -> list[RawScan]:
        return [item for item in self.messages if isinstance(item, RawScan)]

    @property
    def data(self) -> list[bytes]:
        return [scan.data for scan in self.scans]

    @property
    def weighings(self) -> list[Weighing]:
        return [item for item in self.messages if isinstance(item, Weighing)]

    @property
    def states(self) -> list[DeviceState]:
        return [item.state for item in self.messages if isinstance(item, DeviceStatus)]

    def until_state(self, *states: DeviceState) -> None:
        """Wait until the states were exactly these."""
        self.until(lambda: self.states == list(states))


class Line:
    """A serial line whose far end is ours; ``url`` survives unplugging and plugging in again."""

    def __init__(self, folder: Path, name: str = "tty") -> None:
        self.path = folder / name
        self.url = f"serial:{self.path}"
        self._ends: tuple[int, int] | None = None
        self.plug()

    @property
    def near(self) -> int:
        """Our end's file descriptor."""
        assert self._ends is not None
        return self._ends[0]

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)
        self._ends = master, slave
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))

    def unplug(self) -> None:
        if self._ends is not None:
            self.path.unlink(missing_ok=True)
            for end in self._ends:
                os.close(end)
            self._ends = None

    def send(self, data: bytes) -> None:
        assert self._ends is not None
        while data:
            data = data[os.write(self._ends[0], data) :]

    def receive(self, count: int) -> bytes:
        """Exactly ``count`` bytes of what the driver wrote."""
        assert self._ends is not None
        data = b""
        while len(data) < count:
            data += os.read(self._ends[0], count - len(data))
        return data


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again every few milliseconds until ``condition`` holds; fails at the deadline."""
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
