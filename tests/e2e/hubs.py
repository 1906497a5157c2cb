"""Real hubs on free ports of this machine, each in a thread of the test; they end with their block."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from hub import server


def running_hub(data: Path, key: Path, public_url: str = "") -> AbstractContextManager[str]:
    """A hub as a station starts its own, which lets this device key in; its address."""
    return _served(data, enrol="bench-1", device_key=key, public_url=public_url)


def tls_hub(data: Path) -> AbstractContextManager[str]:
    """A hub under its own authority; its address."""
    return _served(data, names=("hub.warehouse",))


@contextmanager
def _served(data: Path, **options: Any) -> Iterator[str]:
    reading, writing = os.pipe()
    lines: queue.Queue[str] = queue.Queue()
    served = server.Options(data, parent_pipe=reading, **options)
    thread = threading.Thread(target=server.serve, args=(served, lines.put), daemon=True)
    thread.start()
    try:
        yield json.loads(lines.get(timeout=20))["url"]
    finally:
        os.close(writing)
        thread.join(10)
        os.close(reading)
