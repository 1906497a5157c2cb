"""What the hub does by itself: one thread calls each periodic task in turn, each in a transaction of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.central import Beat, Hub
from rma_station.domain.clean import clean

_log = logging.getLogger("hub.worker")


@dataclass(frozen=True)
class Periodic:
    """Something to do every ``seconds``."""

    name: str
    seconds: float
    run: Callable[[Connection, datetime], object] | None = None
    """Called in a transaction; what it raises is logged, rolled back, and it is called again next time."""
    outside: Callable[[Hub], object] | None = None
    """Called instead without one, for what has to commit between calls to the outside (sending refunds)."""


def run_once(hub: Hub, task: Periodic) -> bool:
    """Do one task now; false when it failed."""
    try:
        if task.outside is not None:
            task.outside(hub)
        if task.run is not None:
            with hub.database.transaction() as connection:
                task.run(connection, hub.now())
    except Exception as error:
        _log.error("%s failed and is tried again: %s", task.name, clean(f"{type(error).__name__}: {error}", 400))
        return False
    hub.beats[task.name] = Beat(hub.now(), task.seconds)
    return True


class Worker:
    """The thread; ``start`` and ``stop`` once each."""

    def __init__(self, hub: Hub, tasks: Sequence[Periodic], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._hub, self._tasks, self._monotonic = hub, list(tasks), monotonic
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-worker", daemon=True)

    def start(self) -> None:
        """Begin; each task is done at once, then at its pace."""
        for task in self._tasks:
            self._hub.beats[task.name] = Beat(self._hub.now(), task.seconds)
        self._thread.start()

    def stop(self) -> None:
        """End after the task in hand; waits at most five seconds."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        due = {task.name: self._monotonic() for task in self._tasks}
        while not self._ended.is_set():
            for task in self._tasks:
                if self._ended.is_set():
                    return
                if due[task.name] <= self._monotonic():
                    run_once(self._hub, task)
                    due[task.name] = self._monotonic() + task.seconds
            wait = min((at - self._monotonic() for at in due.values()), default=3600.0)
            self._ended.wait(max(0.0, wait))
