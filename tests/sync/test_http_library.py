"""The HTTP library comes without what a station never uses."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from sync import http_library
http_library.load()
http_library.load()
import httpx
httpx.Client().close()
print(*sorted({"click", "pygments", "httpx._main"} & set(sys.modules)))
"""


def test_httpx_is_loaded_without_its_command_line() -> None:
    """Neither click nor pygments, and its client works; the command line can still be imported by others."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
