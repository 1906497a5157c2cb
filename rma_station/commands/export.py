"""``rma-station export``: events, movements, shifts or receipts as CSV or NDJSON, also while the station runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rma_station import config
from rma_station.commands import asking
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.writing import drop_output
from rma_station.errors import StorageFailed
from rma_station.ports import Chunk, Progress
from rma_station.store.export import EXPORTS, FORMATS, marked_name

_ABOUT = """\
Write what this station has on record to a file, for any program that reads
CSV or NDJSON.

  events      every event of the journal, with its hash
  movements   unit, LPN, SKU, grade, destination, time, for the warehouse
              system: +1 when a unit was placed, -1 when that was amended,
              relabelled or undone
  shifts      parcels, units, held and set aside of every shift
  receipts    what the hub signed for: the newest of each log, with its key

A running station is asked through its socket and goes on working; otherwise
the file is opened. In sample mode the file's name carries SAMPLE and every
row says so.
"""
_EXAMPLES = """\
examples
  rma-station export movements --since 2026-11-01
  rma-station export events --format ndjson --output - | gzip > events.gz

exit codes
  0 done, 1 the reader of the output went away, 2 wrong call, 4 configuration
  3 a person must act: no journal, disk full, station held
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    bar = asking.Bar(given.what)
    out = _Output(_path(given, settings.station.mode))

    def on_step(step: Progress | Chunk) -> None:
        if isinstance(step, Chunk):
            out.write(step.text)
        else:
            bar.show(step)

    request = {"what": given.what, "format": given.format, "since": given.since or ""}
    try:
        result = asking.run(settings, "export", request, on_step)
        out.finish()
    except BrokenPipeError:
        drop_output()
        return 1
    finally:
        bar.end()
        out.drop()
    if out.path is not None:
        sys.stderr.write(f"{out.path}: {result['rows']} {given.what}, {result['mode']} mode\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("export", _ABOUT, _EXAMPLES, parents=[which_station()])
    parser.add_argument("what", choices=sorted(EXPORTS), help="what to write")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="csv (default) or ndjson")
    parser.add_argument("--since", type=_date, metavar="DATE", help="leave out what is older: 2026-11-01")
    parser.add_argument("--output", metavar="FILE", help="file to write, - for standard output; default: a dated name")
    return parser


def _date(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-01") from None
    return text


def _path(given: argparse.Namespace, mode: str) -> Path | None:
    if given.output == "-":
        return None
    default = f"{given.what}-{datetime.now(UTC):%Y-%m-%dT%H%M%S}.{given.format}"
    return marked_name(Path(given.output or default), mode)


class _Output:
    """A file that appears under its name only when it is whole; or standard output."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._part: Path | None = None
        self._file: IO[str] = sys.stdout
        if path is None:
            return
        part = path.with_name(path.name + ".part")
        try:
            handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        except OSError as error:
            raise StorageFailed(f"{path} cannot be written ({error.strerror}). Give --output another file.") from error
        self._part = part
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        """Append; raises ``StorageFailed`` when the disk refuses, ``BrokenPipeError`` when the reader is gone."""
        try:
            self._file.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageFailed(f"{self.path} cannot be written ({error.strerror}).") from error

    def finish(self) -> None:
        """Everything is written: give the file its name."""
        self.write("")
        try:
            self._file.flush()
            if self._part is not None and self.path is not None:
                os.fsync(self._file.fileno())
                self._file.close()
                self._part.replace(self.path)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageFailed(f"{self.path} cannot be written ({error.strerror}).") from error

    def drop(self) -> None:
        """Leave no half a file behind."""
        if self._part is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
