"""``rma-station demo``: the whole job unattended over the virtual bench, with a transcript, and does it add up?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="rma-station demo",
        description="Run the whole job unattended on fictitious returns: real processes, real bytes through a serial "
        "line, a label printer's socket and HTTP to a hub; the network is cut, the station is killed, the paper runs "
        "out. Exit code 0 when everything adds up, 1 with what and where when something does not.",
    )
    made.add_argument("--language", choices=("pl", "en"), default="pl", help="of the transcript (pl)")
    made.add_argument("--returns", type=int, default=40, metavar="N", help="how many returns (40; at least 8)")
    made.add_argument("--keep", type=Path, metavar="DIR", help="keep databases, labels and bank files in this folder")
    return made


def execute(arguments: list[str]) -> int:
    """Run the demo; 0 when everything adds up."""
    given = parser().parse_args(arguments)
    from rma_station.demo.run import ALL, Wanted, run
    from rma_station.demo.transcript import Transcript

    if not 8 <= given.returns <= ALL:
        sys.stderr.write(f"rma-station demo: --returns {given.returns} cannot be used. Allowed: 8 to {ALL}.\n")
        return 2
    if given.keep is not None and given.keep.exists() and any(given.keep.iterdir()):
        sys.stderr.write(f"rma-station demo: --keep {given.keep}: the folder is not empty. Name a new one.\n")
        return 2
    wanted = Wanted(given.returns, given.language, kept=given.keep is not None)
    transcript = Transcript(given.language, _write)
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True, mode=0o700)
        return 0 if run(given.keep.resolve(), wanted, transcript) else 1
    with tempfile.TemporaryDirectory(prefix="rma-demo-") as folder:
        return 0 if run(Path(folder), wanted, transcript) else 1


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
