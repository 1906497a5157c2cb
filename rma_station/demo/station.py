"""``python -m rma_station.demo.station --config FILE``: the station of ``run`` without a screen, its own process.

Every update a screen would get is written to standard output as one JSON line, its texts in ``--language``. It ends
with SIGTERM or with the pipe of its parent; SIGKILL at any moment is what it is made for.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from rma_station.commands.run import WholeStation
from rma_station.config import load
from rma_station.domain.outcome import Text
from rma_station.services.bench import Update
from rma_station.services.texts import render


def main() -> int:
    """Be the station until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m rma_station.demo.station", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--language", choices=("pl", "en"), default="pl", help="of the texts written out")
    parser.add_argument("--parent-pipe", type=int, help="read end of a pipe; the station ends when the pipe does")
    given = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    if given.parent_pipe is not None:
        threading.Thread(target=_watch, args=(given.parent_pipe, ended), name="parent", daemon=True).start()
    started = WholeStation(load(given.config), own_bench=False)
    lines: queue.SimpleQueue[Update | None] = queue.SimpleQueue()
    writer = threading.Thread(target=_write, args=(lines, given.language), name="lines", daemon=True)
    writer.start()
    started.running.subscribe(lines.put)
    started.start()
    ended.wait()
    started.stop()
    lines.put(None)
    writer.join(2.0)
    return 0


def _watch(pipe: int, ended: threading.Event) -> None:
    while os.read(pipe, 100):
        pass
    ended.set()


def _write(lines: queue.SimpleQueue[Update | None], language: str) -> None:
    while (update := lines.get()) is not None:
        sys.stdout.write(json.dumps(as_line(update, language), ensure_ascii=False) + "\n")
        sys.stdout.flush()


def as_line(update: Update, language: str) -> dict[str, Any]:
    """An update as plain JSON, its texts rendered."""

    def words(text: Text | None) -> str:
        return render(text, language) if text is not None else ""

    view, status, said = update.view, update.status, update.outcome
    return {
        "scan_at": update.scan_at,
        "sheet": update.sheet,
        "kind": said.kind.value if said else None,
        "key": getattr(said.message, "key", "data").removeprefix("flow.") if said else None,
        "message": words(said.message) if said else "",
        "detail": words(said.detail) if said else "",
        "title": words(view.title),
        "prompt": words(view.prompt),
        "asks": getattr(view.accepts, "key", "").removeprefix("flow.accepts_"),
        "choices": [[choice.number, words(choice.text)] for choice in view.choices],
        "facts": [words(fact) for fact in view.facts],
        "big": view.big,
        "language": status.language,
        "worker": status.worker,
        "owed": status.owed,
        "set_aside": status.set_aside,
        "problems": list(status.problems),
        "uplink": status.uplink.state.value if status.uplink else "off",
        "unsent": status.uplink.unsent if status.uplink else None,
    }


if __name__ == "__main__":
    sys.exit(main())
