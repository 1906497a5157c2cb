"""``Devices``: the scanners, scales and cameras of one bench, started and stopped together, their states by name.

::

    scanner thread --RawScan---+
    scanner thread --RawScan---+--> Devices --> sink (the station's inbox), unchanged and in each device's own order
    scale thread ----Weighing--+
    camera thread ---Picture---+
    all of them ---DeviceStatus'

One device never affects another: one that fails at its start, or is unplugged for ever, is a status.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Kind
from rma_station.ports import Camera, Device, DeviceMessage, DeviceState, DeviceStatus, Scale, Scanner, Sink

if TYPE_CHECKING:  # loaded before the first paint
    from rma_station.domain.effects import TakePhoto

log = logging.getLogger(__name__)

STOP_WITHIN = 1.0
"""Seconds that stopping all devices may take together."""


class Devices:
    """The devices of a bench; every method returns at once, but ``stop``.

    Args:
        scanners: not started yet; names differ.
        scales: not started yet; names differ.
        sink: takes scans, readings and states; never blocks.
        cameras: not started yet; names differ.
    """

    def __init__(
        self, scanners: Sequence[Scanner], scales: Sequence[Scale], sink: Sink, cameras: Sequence[Camera] = ()
    ) -> None:
        self._scanners = {scanner.name: scanner for scanner in scanners}
        self._scales = {scale.name: scale for scale in scales}
        self._cameras = {camera.name: camera for camera in cameras}
        self._sink = sink
        self._lock = threading.Lock()
        kinds = [(name, "scanner") for name in self._scanners] + [(name, "scale") for name in self._scales]
        kinds += [(name, "camera") for name in self._cameras]
        self._statuses = {name: DeviceStatus(name, kind, DeviceState.OFFLINE) for name, kind in kinds}

    def start(self) -> None:
        """Start every device."""
        for device in self._all():
            try:
                device.start(self._receive)
            except Exception as error:
                log.exception("%s could not be started", device.name)
                status = self._statuses[device.name]
                self._receive(DeviceStatus(device.name, status.kind, DeviceState.ERROR, clean(f"defect: {error}")))

    def stop(self) -> None:
        """Stop every device, all at the same time; waits at most a second."""
        stopping = [threading.Thread(target=_stop, args=(device,), daemon=True) for device in self._all()]
        for thread in stopping:
            thread.start()
        until = time.monotonic() + STOP_WITHIN
        for thread in stopping:
            thread.join(max(0.0, until - time.monotonic()))

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """What every device said of itself last, scanners first."""
        with self._lock:
            return tuple(self._statuses.values())

    def signal(self, kind: Kind, device: str) -> None:
        """Beep through the scanner that scanned; nothing for a name that is no scanner, such as the keyboard."""
        scanner = self._scanners.get(device)
        if scanner is not None:
            scanner.signal(kind)

    def retry(self) -> None:
        """Something was plugged in: those that wait try to open now."""
        for device in self._all():
            device.retry()

    def zero(self, device: str) -> None:
        """Set a scale to zero, on a person's explicit command only."""
        scale = self._scales.get(device)
        if scale is not None:
            scale.zero()

    def tare(self, device: str) -> None:
        """Take what lies on a scale for the container, on a person's explicit command only."""
        scale = self._scales.get(device)
        if scale is not None:
            scale.tare()

    def take(self, of: TakePhoto) -> bool:
        """Take a picture with the first camera that works, else with the first; false where there is none."""
        with self._lock:
            ready = [name for name in self._cameras if self._statuses[name].state is DeviceState.READY]
        for name in (*ready, *self._cameras):
            self._cameras[name].take(of)
            return True
        return False

    def settled(self, device: str, name: str, *, taken: bool) -> None:
        """Tell a camera whether its picture has become part of the record."""
        camera = self._cameras.get(device)
        if camera is not None:
            camera.settled(name, taken=taken)

    def _all(self) -> list[Device]:
        return [*self._scanners.values(), *self._scales.values(), *self._cameras.values()]

    def _receive(self, message: DeviceMessage) -> None:
        if isinstance(message, DeviceStatus):
            with self._lock:
                self._statuses[message.name] = message
        self._sink(message)


def _stop(device: Device) -> None:
    try:
        device.stop()
    except Exception:
        log.exception("%s could not be stopped", device.name)
