"""The terminal's end: a station without a terminal must stop, not spin or hang.

When the far end of a terminal is gone, writes fail in Textual's writer thread and reads return at once for ever. One
thread sleeps in ``poll`` until the kernel reports the hang-up (it costs nothing meanwhile), then points the outputs at
``/dev/null``, so that Textual can end in its usual way, and ends the process if it cannot.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable

EXIT_TERMINAL_GONE = 129
"""128 + 1, as a shell reports a process that SIGHUP ended."""
PATIENCE = 5.0
"""Seconds until the process is ended the hard way. What was told to be saved is saved already."""


def watch(gone: Callable[[], None], finished: threading.Event) -> None:
    """Call ``gone`` once, from a thread, when standard input hangs up; does nothing without a terminal.

    Args:
        gone: asks the app to end; must not block.
        finished: set when the app has ended by itself.
    """
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return
    descriptor = sys.__stdin__.fileno()
    threading.Thread(target=_wait, args=(descriptor, gone, finished), name="terminal-watch", daemon=True).start()


def _wait(descriptor: int, gone: Callable[[], None], finished: threading.Event) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)
    while not poll.poll():
        continue
    if finished.is_set():
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    for output in (1, 2):
        os.dup2(nowhere, output)
    gone()
    if not finished.wait(PATIENCE):
        os._exit(EXIT_TERMINAL_GONE)
