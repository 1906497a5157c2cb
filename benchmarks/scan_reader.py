"""A process that reads scanners and notes how late each scan came: with the station's drivers, or without.

``python -m benchmarks.scan_reader drivers|bare COUNT PATH...`` opens the lines, says "ready", reads ``COUNT`` scans in
all, or until its input ends, and prints one JSON object. A scan says its line, its number and when it was sent
(``time.perf_counter_ns``, the same clock in all processes of the machine).
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import tty
from collections.abc import Callable, Sequence

Heard = Callable[[bytes, int], None]
"""Takes one scan and when it was there."""


def main(how: str, count: int, paths: Sequence[str]) -> None:
    """Read and report."""
    seen: list[tuple[bytes, int]] = []
    enough = threading.Event()

    def heard(data: bytes, at: int) -> None:
        seen.append((data, at))
        if len(seen) >= count:
            enough.set()

    ready = {"drivers": _with_drivers, "bare": _bare}[how](paths, heard)
    threading.Thread(target=lambda: (sys.stdin.read(), enough.set()), daemon=True).start()
    ready.wait(10)
    began, used = time.perf_counter(), time.process_time()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    enough.wait()
    share = (time.process_time() - used) / (time.perf_counter() - began)
    late = [(at - int(data.rpartition(b"-")[2])) / 1e9 for data, at in seen]
    codes = [data.rpartition(b"-")[0].decode() for data, _ in seen]
    sys.stdout.write(json.dumps({"late": late, "codes": codes, "cpu": share}) + "\n")
    sys.stdout.flush()


def _with_drivers(paths: Sequence[str], heard: Heard) -> threading.Event:
    """The station's scanners up to its inbox: what its thread would take from there is taken here."""
    from drivers.catalogue import open_scanner
    from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, RawScan
    from rma_station.system import SystemClock

    inbox: queue.SimpleQueue[DeviceMessage] = queue.SimpleQueue()
    ready = threading.Event()

    def take() -> None:
        waiting = len(paths)
        while True:
            message = inbox.get()
            if isinstance(message, RawScan) and message.damaged is None:
                heard(message.data, time.perf_counter_ns())
            elif isinstance(message, DeviceStatus) and message.state is DeviceState.READY:
                waiting -= 1
                if not waiting:
                    ready.set()

    threading.Thread(target=take, daemon=True).start()
    for number, path in enumerate(paths):
        open_scanner(f"scanner-{number}", f"serial:{path}", "auto", SystemClock()).start(inbox.put)
    return ready


def _bare(paths: Sequence[str], heard: Heard) -> threading.Event:
    """A thread a line that blocks in ``read`` and splits at CR, and one that takes from a queue."""
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def take() -> None:
        while True:
            heard(inbox.get(), time.perf_counter_ns())

    def read(fd: int) -> None:
        held = b""
        while data := os.read(fd, 4096):
            *whole, held = (held + data).split(b"\r")
            for each in whole:
                inbox.put(each)

    threading.Thread(target=take, daemon=True).start()
    for path in paths:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        threading.Thread(target=read, args=(fd,), daemon=True).start()
    ready = threading.Event()
    ready.set()
    return ready


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
