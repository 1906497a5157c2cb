"""A hub of one's own: a child process that lives as long as the station, and is started again when it dies.

The child is tied to us by a pipe: when we end, however, its end of the pipe closes and it stops. (A parent-death
signal would be sent when the *thread* that started the child ends.)
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

_log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two starts of a hub that dies; doubled each time it does not come up."""


class EmbeddedHub:
    """Keeps ``rma-station hub run`` going.

    Args:
        folder: the hub's own data folder.
        mode: ``sample`` or ``live``.
        station: name of this station, which the hub lets in.
        device_key: file of the station's device key; the hub makes it when there is none.
        came_up: told each time it is ready, from the watching thread.
    """

    def __init__(
        self, folder: Path, mode: str, station: str, device_key: Path, came_up: Callable[[], None] = lambda: None
    ) -> None:
        self._folder, self._mode, self._station, self._device_key = folder, mode, station, device_key
        self._came_up = came_up
        self._address = ""
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._thread = threading.Thread(target=self._keep, name="embedded hub", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def address(self) -> str:
        """Where it listens now; empty while it does not."""
        return self._address

    @property
    def pid(self) -> int:
        """Process id of the hub that runs now; 0 when none does."""
        return self._process.pid if self._process is not None else 0

    def stop(self) -> None:
        """Let go of the pipe; the hub finishes what it commits and ends."""
        self._stopping.set()
        self._let_go()
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()

    # --- the watching thread -----------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            if self._run_once():
                pause = FIRST_PAUSE
            self._address = ""
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)

    def _run_once(self) -> bool:
        """Start it and wait for its end; whether it came up at all."""
        read_end, write_end = os.pipe()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with (self._folder / "hub.log").open("ab") as words:
                self._process = subprocess.Popen(
                    self._command(read_end),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=words,
                    pass_fds=(read_end,),
                    env=child_environment(),
                )
        except OSError:
            _log.exception("the hub could not be started")
            os.close(write_end)
            return False
        finally:
            os.close(read_end)
        self._lifeline = write_end
        if self._stopping.is_set():
            self._let_go()
        came_up = self._listen(self._process)
        self._process.wait()
        self._let_go()
        if not self._stopping.is_set():
            _log.warning("the hub ended with %s and is started again", self._process.returncode)
        return came_up

    def _listen(self, process: subprocess.Popen[bytes]) -> bool:
        came_up = False
        for line in process.stdout or ():
            try:
                self._address = str(json.loads(line)["url"])
            except (ValueError, KeyError, TypeError):
                continue
            came_up = True
            self._came_up()
        return came_up

    def _let_go(self) -> None:
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)

    def _command(self, pipe: int) -> Sequence[str]:
        return [
            sys.executable, "-m", "rma_station", "hub", "run",
            "--data", str(self._folder), "--mode", self._mode, "--parent-pipe", str(pipe),
            "--enrol", self._station, "--device-key", str(self._device_key),
        ]  # fmt: skip


def child_environment() -> dict[str, str]:
    """The environment with this very code on the path, also when we run from a checkout."""
    here = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": paths}
