"""All devices of a bench as one, though they start at different times: some before the first paint, cameras last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rma_station.ports import Camera, Scale, Scanner, Sink
from rma_station.services.devices import Devices

if TYPE_CHECKING:  # loaded before the first paint
    from rma_station.domain.effects import TakePhoto
    from rma_station.domain.outcome import Kind
    from rma_station.services.handled import SettledPicture


class AllDevices:
    """Speaks to every group of devices as if they were one; methods as of ``Devices``.

    Args:
        sink: takes what the devices have; never blocks.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._groups: list[Devices] = []

    def add(self, scanners: Sequence[Scanner], scales: Sequence[Scale], cameras: Sequence[Camera] = ()) -> None:
        """Start some more."""
        group = Devices(scanners, scales, self._sink, cameras)
        self._groups.append(group)
        group.start()

    def stop(self) -> None:
        """Stop every device."""
        for group in self._groups:
            group.stop()

    def retry(self) -> None:
        """Something was plugged in: those that wait try to open now."""
        for group in self._groups:
            group.retry()

    def zero(self, device: str) -> None:
        """Set a scale to zero."""
        for group in self._groups:
            group.zero(device)

    def tare(self, device: str) -> None:
        """Take what lies on a scale for the container."""
        for group in self._groups:
            group.tare(device)

    def signal(self, kind: Kind, device: str) -> None:
        """Beep through the scanner that scanned."""
        for group in self._groups:
            group.signal(kind, device)

    def take(self, of: TakePhoto) -> bool:
        """Take a picture; false where there is no camera."""
        return any(group.take(of) for group in self._groups)

    def settled(self, picture: SettledPicture) -> None:
        """Tell the camera whether its picture has become part of the record."""
        for group in self._groups:
            group.settled(picture.device, picture.name, taken=picture.taken)
