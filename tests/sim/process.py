"""Processes of the simulation that run the product's own blocking code: one at a time, each until it pauses.

A process is a thread that works only while the scheduler waits for it: the seed alone decides who is next. Where the
product would wait for a database or a provider it comes here, and may stand still or end.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from tests.sim.world import World


class Died(BaseException):
    """A process is gone in the middle of something; no handler of the program runs any more."""


class Process:
    """``body(process)`` in a thread that takes turns with the scheduler."""

    def __init__(self, world: World, name: str, body: Callable[[Process], None], gone: Callable[[], None]) -> None:
        self.world, self.name, self._body, self._gone = world, name, body, gone
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self.living, self._killed = True, False
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        world.after(0, self._turn)

    def pause(self, seconds: float) -> None:
        """Stand still; others go on. Called by the body.

        Raises:
            Died: it was killed meanwhile.
        """
        self.world.after(seconds, self._turn)
        self._theirs.release()
        self._mine.acquire()
        if self._killed:
            raise Died

    def kill(self) -> None:
        """End it where it stands, now."""
        if self.living:
            self._killed = True
            self._turn()

    def _turn(self) -> None:
        if not self.living:
            return
        self._mine.release()
        self._theirs.acquire()
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised

    def _run(self) -> None:
        self._mine.acquire()
        try:
            if not self._killed:
                self._body(self)
        except Died:
            pass
        except BaseException as error:
            self._raised = error
        finally:
            self.living = False
            if not self._killed:
                self._gone()
            self._theirs.release()


class Steps:
    """The hub's database as a process of the simulation uses it: between two transactions others may come, or death."""

    def __init__(self, process: Process, transaction: Callable[[], contextlib.AbstractContextManager[Connection]]):
        self._process, self._transaction = process, transaction

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction of the real database."""
        world = self._process.world
        if world.strikes("worker died before a transaction"):
            raise Died
        if not world.calm and world.chance.random() < 0.3:
            self._process.pause(world.chance.uniform(0.01, 3))
        with self._transaction() as connection:
            yield connection
        if world.strikes("worker died after a transaction"):
            raise Died
