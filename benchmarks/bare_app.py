"""The baseline: the least that could answer a scan in Textual.

``python -m benchmarks.bare_app [SERIAL DATABASE]``: one text; with a serial line, a thread that reads it, commits
each scan with raw SQLite (WAL, ``synchronous=FULL``) and has the text updated in place.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Static


class BareApp(App[None]):
    """One text."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    CSS = "Static { width: 100%; height: 100%; }"

    def __init__(self, line: str = "", database: str = "") -> None:
        super().__init__()
        self._line, self._database = line, database

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("Ready for a scan", markup=False)

    def on_mount(self) -> None:
        """Start reading when there is a line."""
        self._text = self.query_one(Static)
        if self._line:
            import threading

            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        import sqlite3

        import serial

        connection = sqlite3.connect(self._database, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS scans (number INTEGER PRIMARY KEY, code TEXT, more BLOB)")
        port, pending, more = serial.Serial(self._line, timeout=None), b"", bytes(600)
        while True:
            pending += port.read(1) + port.read(port.in_waiting)
            *scans, pending = pending.split(b"\r")
            for scan in scans:
                code = scan.decode()
                connection.execute("INSERT INTO scans (code, more) VALUES (?, ?)", (code, more))
                self.call_from_thread(self._text.update, f"OK {code}", layout=False)


if __name__ == "__main__":
    BareApp(*sys.argv[1:3]).run(mouse=False)
