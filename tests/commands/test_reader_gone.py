"""``rma-station COMMAND | head``: a reader that has seen enough ends the command quietly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_short_report_whose_reader_is_gone_leaves_no_traceback(tmp_path: Path) -> None:
    """It is still in the buffer when the command ends, and meets the closed pipe only then."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "rma_station", "doctor", "--data", str(tmp_path / "data")]
    ended = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, "")
