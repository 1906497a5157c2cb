"""The text of a configuration file: read without waiting for anybody, and never more than a configuration is long."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rma_station.errors import ConfigError

LONGEST = 1_000_000
"""Characters; the shipped file has 6,000."""


def text_of(file: Path) -> str:
    """What stands in the file. A pipe is refused: its writer may never come, and a restart reads the file again.

    Raises:
        ConfigError: it is no regular file, or too long.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            what = "a pipe" if stat.S_ISFIFO(mode) else "a folder" if stat.S_ISDIR(mode) else "a device"
            raise ConfigError(str(file), "file", what, "a regular file, which a restart can read again")
        with os.fdopen(handle, encoding="utf-8", closefd=False) as opened:
            text = opened.read(LONGEST + 1)
    finally:
        os.close(handle)
    if len(text) > LONGEST:
        raise ConfigError(str(file), "file", f"over {LONGEST} characters", "a TOML file that is not as long")
    return text
