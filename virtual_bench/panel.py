"""``PanelDriver``: the virtual bench as a screen drives it; every call returns at once."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping

from rma_station.domain.clean import clean
from rma_station.errors import StationError
from virtual_bench.client import Problem, VirtualBench

log = logging.getLogger(__name__)

FAULTS: Mapping[str, tuple[Problem, ...]] = {
    "ready": (),
    "silent": (),
    "media_out": ("media_out",),
    "ribbon_out": ("ribbon_out",),
    "head_open": ("head_open",),
    "paused": ("paused",),
}
"""Faults of the printer by name."""


class PanelDriver:
    """``services.bench.BenchDriver`` over a client; requests are made in order by a thread of its own.

    Args:
        bench: a running bench; the first device of each kind is driven.
    """

    def __init__(self, bench: VirtualBench) -> None:
        self._bench = bench
        self._first = {device.kind: device.name for device in reversed(bench.devices)}
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="bench panel", daemon=True)
        self._thread.start()

    def scan(self, code: str) -> None:
        """Let the virtual scanner read this barcode."""
        self._requests.put(lambda: self._bench.scan(code, self._name("scanner")))

    def put_weight(self, grams: int) -> None:
        """Put something on the virtual scale; 0 empties it."""
        self._requests.put(lambda: self._bench.put(grams, self._name("scale")))

    def printer(self, fault: str) -> None:
        """Give the virtual printer a fault (``FAULTS``)."""
        self._requests.put(lambda: self._set_fault(fault))

    def unplug(self, name: str) -> None:
        """Pull the cable of a device, or of the first ``scanner``, ``scale`` or ``printer``."""
        self._requests.put(lambda: self._bench.unplug(self._name(name)))

    def plug(self, name: str) -> None:
        """Plug it in again."""
        self._requests.put(lambda: self._bench.plug(self._name(name)))

    def close(self) -> None:
        """Finish what was asked and end; the bench itself goes on."""
        self._requests.put(None)
        self._thread.join(1.0)

    def _name(self, name: str) -> str:
        return self._first.get(name, name)

    def _set_fault(self, fault: str) -> None:
        name = self._name("printer")
        self._bench.printer_problems(*FAULTS.get(fault, ()), device=name)
        self._bench.printer_silent(fault == "silent", name)

    def _run(self) -> None:
        while (request := self._requests.get()) is not None:
            try:
                request()
            except StationError as error:
                log.warning("bench panel: %s", clean(str(error)))
