"""What the virtual scale shows and answers: any protocol, pure of waiting.

The platform and the protocols are the drivers' own (``drivers/scales/platform.py``, ``peer.py``), so that what a
simulated scale says in the bench, in ``sim:`` devices and in tests is one thing.
"""

from __future__ import annotations

from drivers.scales.encode import ENCODERS
from drivers.scales.peer import EVERY, STREAMING, Answer, Peer
from drivers.scales.platform import MODES, SETTLING, Platform
from rma_station.errors import Malformed

__all__ = ["EVERY", "MODES", "PROTOCOLS", "SETTLING", "Answer", "ScaleModel"]

PROTOCOLS = tuple(name for name in ENCODERS if name != "usb-hid")
"""What it can speak on its line; a USB scale has none."""


class ScaleModel:
    """A scale with a platform; all times are monotonic seconds given by the caller.

    Args:
        protocol: one of ``PROTOCOLS``.

    Raises:
        Malformed: there is no such protocol.
    """

    def __init__(self, protocol: str = "mt-sics") -> None:
        self.platform = Platform()
        self.speak(protocol)

    def speak(self, protocol: str) -> None:
        """Be a scale of another protocol; what lies on it stays.

        Raises:
            Malformed: there is no such protocol.
        """
        if protocol not in PROTOCOLS:
            raise Malformed(f"protocol {protocol!r}; allowed: {' '.join(PROTOCOLS)}")
        self._peer = Peer(protocol, self.platform)

    @property
    def protocol(self) -> str:
        """What it speaks."""
        return self._peer.protocol

    @property
    def streams(self) -> bool:
        """It sends by itself every ``EVERY`` seconds."""
        return self.protocol in STREAMING

    def answers(self, data: bytes, now: float) -> list[Answer]:
        """Answers to bytes from the station."""
        return self._peer.received(data, now)

    def streamed(self, now: float) -> bytes:
        """What it sends by itself at this moment; nothing where it waits to be asked."""
        return self._peer.streamed(now)
