"""The control channel: one JSON object a line in, one out. ``{"do": "scan", ...}`` -> ``{"ok": true, ...}``.

What may be done is the ``_do_...`` methods; ``client.py`` is the typed way to say it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from drivers.faults import faults
from rma_station.errors import Malformed, StationError
from virtual_bench.printer import ERRORS
from virtual_bench.printers import CablePrinter
from virtual_bench.scale import MODES

if TYPE_CHECKING:
    from virtual_bench.process import Device

T = TypeVar("T")
LONGEST_REQUEST = 4 * 1024 * 1024
"""Bytes of one request line; a burst of codes fits."""


class Control:
    """Answers requests for the devices of one bench."""

    def __init__(self, devices: Mapping[str, Device]) -> None:
        self._devices = devices

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it hangs up."""
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ValueError, ConnectionError):
            pass  # a line beyond the limit, or a client that went away
        finally:
            writer.close()

    async def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one request line; never raises for what the request says."""
        try:
            given = json.loads(line)
            if not isinstance(given, dict):
                raise Malformed("a request is a JSON object")
            act = getattr(self, f"_do_{given.get('do')}", None)
            if act is None:
                raise Malformed(f"there is no {str(given.get('do'))[:40]!r} to do")
            return {"ok": True, **(await act(given) or {})}
        except (StationError, OSError, ValueError) as error:
            return {"ok": False, "error": str(error)}

    async def _do_scan(self, given: Mapping[str, Any]) -> None:
        scanner = self._device(given, "scanner")
        data = bytes.fromhex(_value(given, "hex", str))
        pieces = max(1, _value(given, "pieces", int, 1))
        size = max(1, -(-len(data) // pieces))
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        await scanner.line.send(*parts, pause=_value(given, "pause_ms", int, 0) / 1000)

    async def _do_weigh(self, given: Mapping[str, Any]) -> None:
        scale = self._device(given, "scale")
        now = time.monotonic()
        mode = _value(given, "mode", str, scale.model.platform.mode)
        if mode not in MODES:
            raise Malformed(f"mode {mode!r}; allowed: {' '.join(MODES)}")
        if mode != scale.model.platform.mode:
            scale.model.platform.switch(mode, now)
        if "protocol" in given:
            scale.model.speak(_value(given, "protocol", str))
        if "faults" in given:
            scale.faults = faults(_value(given, "faults", dict))
        if "grams" in given:
            scale.model.platform.put(_value(given, "grams", int), now)

    async def _do_printer(self, given: Mapping[str, Any]) -> None:
        printer = self._device(given, "printer")
        if "problems" in given:
            problems = frozenset(_value(given, "problems", list))
            if not problems <= set(ERRORS):
                raise Malformed(f"problems {sorted(map(str, problems))}; allowed: {' '.join(ERRORS)}")
            printer.set_problems(problems)
        if "silent" in given:
            printer.model.silent = _value(given, "silent", bool)
        if "counts" in given:
            printer.model.counts = _value(given, "counts", bool)
        if "bytes_per_second" in given:
            if isinstance(printer, CablePrinter):
                raise Malformed("a printer on a cable cannot be made slow; one on TCP can")
            printer.bytes_per_second = _value(given, "bytes_per_second", int)
        if "drop_at" in given:
            printer.drop_at = _value(given, "drop_at", int)

    async def _do_unplug(self, given: Mapping[str, Any]) -> None:
        await self._device(given).unplug()

    async def _do_plug(self, given: Mapping[str, Any]) -> None:
        await self._device(given).plug()

    async def _do_labels(self, given: Mapping[str, Any]) -> dict[str, Any]:
        printer = self._device(given, "printer")
        return {
            "files": [str(file) for file in printer.labels()],
            "odometer": printer.model.odometer,
            "waiting": printer.model.formats_waiting,
            "partial": printer.model.partial,
        }

    async def _do_heard(self, given: Mapping[str, Any]) -> dict[str, Any]:
        scanner = self._device(given, "scanner")
        heard, scanner.heard = scanner.heard, b""
        return {"hex": heard.hex()}

    def _device(self, given: Mapping[str, Any], kind: str = "") -> Any:
        name = _value(given, "device", str)
        device = self._devices.get(name)
        if device is None or (kind and device.kind != kind):
            names = [each.name for each in self._devices.values() if not kind or each.kind == kind]
            raise Malformed(f"{name!r} is no {kind or 'device'} of this bench; there are: {', '.join(names)}")
        return device


def _value(given: Mapping[str, Any], key: str, kind: type[T], default: T | None = None) -> T:
    value = given.get(key, default)
    if type(value) is not kind:
        raise Malformed(f"{key}: {value!r} is not {kind.__name__}")
    return value
