"""``rma-station run`` in a real terminal: what keeps a station from running is said, with an exit code."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

from rma_station.embedded import child_environment
from tests.services.bench import ServiceBench


def run_in_terminal(*arguments: str, seconds: float = 60.0) -> tuple[int, str]:
    """Exit code and all that was written to the terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rma_station", "run", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**child_environment(), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
        start_new_session=True,
    )
    os.close(slave)
    written = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            written.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    code = process.wait(seconds)
    reader.join(5)
    os.close(master)
    return code, written.decode(errors="replace")


def test_a_second_run_says_who_holds_the_station(tmp_path: Path) -> None:
    """In the station's language; exit code 3: a person must act."""
    held = ServiceBench(tmp_path / "sample")

    code, said = run_in_terminal("--data", str(tmp_path))

    assert (code, f"trzyma proces {os.getpid()}" in said) == (3, True)
    held.journal.close()


def test_a_wrong_configuration_names_file_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    """Exit code 4, before anything is started."""
    file = tmp_path / "my.toml"
    file.write_text('[station]\nlanguage = "de"\n')

    code, said = run_in_terminal("--config", str(file))

    assert code == 4
    assert all(part in said for part in (str(file), "station.language", "'de'", "'pl' or 'en'"))
