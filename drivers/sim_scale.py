"""A scale made up in this program: any protocol, loads that come and go, and whatever can go wrong.

::

    sim:scale?grams=1250,0,700&every=4                 parcels put on and taken off, four seconds each
    sim:usb-scale?grams=300&mode=motion                a USB scale that never settles
    sim:scale?fault=drops,split,unplug                 every third message is hit, see ``simulated.py``

``mode`` is one of ``platform.MODES``: ``motion``, ``stuck``, ``over``, ``under``, ``busy``, ``mute``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from drivers.address import Address
from drivers.scales.peer import EVERY, STREAMING, Peer
from drivers.scales.platform import HEAVIEST, MODES, Platform
from drivers.simulated import Cable, SimulatedStream, faults_of
from rma_station.errors import Malformed
from rma_station.ports import Clock

TARGETS = ("scale", "usb-scale")
"""What may stand behind ``sim:`` for a scale."""
OPTIONS = ("grams", "every", "mode", "fault")
"""Options of such a URL."""


class ScaleSpeaker:
    """A simulated scale as a ``simulated.Speaker``.

    Args:
        peer: the scale; what lies on it survives unplugging.
        loads: grams, one after the other, again and again.
        every: seconds each lies on it.
        now: monotonic seconds.
    """

    def __init__(self, peer: Peer, loads: Sequence[int], every: float, now: float) -> None:
        self._peer, self._loads, self._every = peer, loads, every
        self._began = now
        self._due = now if peer.protocol in STREAMING else math.inf

    def due(self) -> float:
        """See ``Speaker``; a scale that waits to be asked says nothing by itself."""
        return self._due

    def say(self, now: float) -> bytes:
        """The frame of this moment."""
        self._due = now + EVERY
        self._load(now)
        return self._peer.streamed(now)

    def hear(self, data: bytes, now: float) -> bytes:
        """The answers; drivers ask no question that has to wait."""
        self._load(now)
        return b"".join(answer.data for answer in self._peer.received(data, now))

    def _load(self, now: float) -> None:
        load = self._loads[int((now - self._began) / self._every) % len(self._loads)]
        if load != self._peer.platform.load:
            self._peer.platform.put(load, now)


def spoken(address: Address, protocol: str) -> str:
    """What the scale of an address speaks: USB reports, or the configured protocol.

    Raises:
        Malformed: it is no scale.
    """
    if address.target not in TARGETS:
        raise Malformed(f"sim:{address.target} is no scale; write sim:{' or sim:'.join(TARGETS)}")
    return "usb-hid" if address.target == "usb-scale" else protocol


def connector(address: Address, protocol: str, clock: Clock) -> Callable[[], SimulatedStream]:
    """A function that plugs the scale of a ``sim:`` address in, again and again.

    Args:
        address: a checked URL with ``OPTIONS``.
        protocol: what ``spoken`` said.
        clock: time.

    Raises:
        Malformed: an option cannot be used.
    """
    options = address.options
    mode = options.get("mode", "stable")
    if mode not in MODES:
        raise Malformed(f"mode={mode}; allowed: {' '.join(MODES)}")
    loads = [int(_number("grams", part, 0, 2 * HEAVIEST)) for part in options.get("grams", "0").split(",")]
    every = _number("every", options.get("every", "5"), EVERY, 3600)
    cable, platform, now = Cable(faults_of(address)), Platform(), clock.monotonic()
    platform.switch(mode, now)
    speaker = ScaleSpeaker(Peer(protocol, platform), loads, every, now)
    return lambda: SimulatedStream(f"sim:{address.target} {protocol}", speaker, cable, clock)


def _number(name: str, text: str, least: float, most: float) -> float:
    plain = text.replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit() and len(text) <= 12 and least <= float(text) <= most):
        raise Malformed(f"{name}={text}; allowed: a number of {least:g} to {most:g}")
    return float(text)
