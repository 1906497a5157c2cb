"""``python -m virtual_bench --state-dir DIR``: the virtual bench, which says in one JSON line when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import sys
import time
from pathlib import Path

from virtual_bench.process import run

HANDOVER = 5.0
"""Seconds to wait for the bench before us to let go of the folder."""


def main() -> int:
    """Run the bench; 0 at its end, 1 when another one has the folder."""
    parser = argparse.ArgumentParser(prog="python -m virtual_bench", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="folder for lines, labels and the control socket")
    parser.add_argument("--parent-pipe", type=int, help="read end of a pipe; the bench ends when the pipe does")
    parser.add_argument("--scanner", action="append", help="name of a scanner (default: scanner); may be repeated")
    parser.add_argument("--scale", action="append", help="NAME[:PROTOCOL] of a scale (default: scale)")
    parser.add_argument("--printer", action="append", help="NAME[:LANGUAGE[:usb]] of a printer (default: labels)")
    given = parser.parse_args()
    folder = given.state_dir.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        until = time.monotonic() + HANDOVER
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    sys.stderr.write(f"virtual bench: another one runs on {folder}\n")
                    return 1
                time.sleep(0.05)
        asyncio.run(
            run(
                folder,
                tuple(given.scanner or ["scanner"]),
                tuple(given.scale or ["scale"]),
                tuple(given.printer or ["labels"]),
                given.parent_pipe,
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
