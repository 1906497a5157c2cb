"""httpx, loaded with the first call and without its command line.

``import httpx`` also imports the command line tool where click is installed, and with it rich's progress bars and
pygments: 3 MB of a station's memory for something nobody calls. httpx gives way when that import fails, and ``None``
in ``sys.modules`` is the documented way to have it fail.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import cast

_COMMAND_LINE = "httpx._main"
_lock = threading.Lock()


def load() -> None:
    """Load httpx if nobody has; ``import httpx`` costs nothing after it."""
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    with _lock:
        if "httpx" in modules:
            return
        modules[_COMMAND_LINE] = None
        try:
            importlib.import_module("httpx")
        finally:
            del modules[_COMMAND_LINE]
