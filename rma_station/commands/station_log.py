"""The log of a station whose screen owns the terminal: one line a record, in a file that is kept small."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rma_station.domain.clean import clean


class HarmlessFormatter(logging.Formatter):
    """Text from outside in a record can neither begin a line of its own nor command the terminal that shows the log."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One record, one line."""
        record.message = clean(record.message, 2000)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """The lines of a trace-back, each marked as one."""
        return "\n".join(f"  | {clean(line, 2000)}" for line in super().formatException(ei).splitlines())


class LateFile(logging.Handler):
    """A log file that is kept small, opened by the first record: most starts say nothing before the first paint."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._real: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if self._real is None:
            from logging.handlers import RotatingFileHandler

            self._real = RotatingFileHandler(self._file, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
            self._real.setFormatter(self.formatter)
        self._real.emit(record)

    def close(self) -> None:
        """Close the file."""
        if self._real is not None:
            self._real.close()
        super().close()


def log_to(file: Path) -> None:
    """From now on the log of this process goes to this file; a screen owns the terminal."""
    handler = LateFile(file)
    handler.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
