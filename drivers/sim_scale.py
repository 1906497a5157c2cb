"""A scale made up in this program: any protocol, loads that come and go, and whatever can go wrong.

::

    sim:scale?grams=1250,0,700&every=4                 parcels put on and taken off, four seconds each
    sim:usb-scale?grams=300&mode=motion                a USB scale that never settles
    sim:scale?drops=0.01&parity=0.01&split=1&flood=20&unplug=10&seed=7

``mode`` is one of ``platform.MODES``; the other switches are those of ``faults.py``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from random import Random

from drivers.address import Address
from drivers.faults import OPTIONS as FAULTS
from drivers.faults import Faults, damaged, faults, number
from drivers.scales.peer import EVERY, STREAMING, Peer
from drivers.scales.platform import HEAVIEST, MODES, Platform
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import Clock

TARGETS = ("scale", "usb-scale")
"""What may stand behind ``sim:`` for a scale."""
OPTIONS = ("grams", "every", "mode", "seed", *FAULTS)
"""Options of such a URL."""


@dataclass(frozen=True)
class Script:
    """What lies on the scale when."""

    loads: tuple[int, ...] = (0,)
    """Grams, one after the other, again and again."""
    every: float = 5.0
    """Seconds each."""


class SimulatedScale:
    """A ``transport.Stream`` with a simulated scale at its far end.

    Args:
        peer: the scale; what lies on it survives unplugging.
        script: what is put on and taken off, from the moment the stream is opened.
        switches: what goes wrong.
        random: for what goes wrong by chance.
        clock: time.
    """

    def __init__(self, peer: Peer, script: Script, switches: Faults, random: Random, clock: Clock) -> None:
        self.detail = f"simulated scale {peer.protocol}"
        self._peer, self._script, self._switches, self._random, self._clock = peer, script, switches, random, clock
        self._opened = clock.monotonic()
        self._next_frame = self._opened
        self._answers: deque[tuple[float, bytes]] = deque()
        self._pieces: deque[bytes] = deque()
        self._woken = threading.Event()

    def read(self, timeout: float) -> bytes:
        """See ``Stream``."""
        until = self._clock.monotonic() + timeout
        while True:
            now = self._clock.monotonic()
            self._live(now)
            if self._pieces:
                return self._pieces.popleft()
            due = min([until, self._next_frame, *(at for at, _ in self._answers)])
            if until <= now or self._woken.wait(max(0.0, due - now)):
                self._woken.clear()
                return b""

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        now = self._clock.monotonic()
        self._live(now)
        self._answers.extend((now + answer.after, answer.data) for answer in self._peer.received(data, now))

    def wake(self) -> None:
        """See ``Stream``."""
        self._woken.set()

    def close(self) -> None:
        """See ``Stream``."""
        self._woken.set()

    def _live(self, now: float) -> None:
        """Let time pass: loads change, answers become due, the cable is pulled."""
        if self._switches.unplug and now - self._opened >= self._switches.unplug:
            raise DeviceLost(f"{self.detail}: unplugged")
        load = self._script.loads[int((now - self._opened) / self._script.every) % len(self._script.loads)]
        if load != self._peer.platform.load:
            self._peer.platform.put(load, now)
        while self._answers and self._answers[0][0] <= now:
            self._pieces.extend(damaged(self._answers.popleft()[1], self._switches, self._random))
        if self._peer.protocol not in STREAMING:
            self._next_frame = now + 3600.0
        elif self._next_frame <= now:
            self._next_frame = now + EVERY
            self._pieces.extend(damaged(self._peer.streamed(now), self._switches, self._random))


def spoken(address: Address, protocol: str) -> str:
    """What the scale of an address speaks: USB reports, or the configured protocol.

    Raises:
        Malformed: it is no scale.
    """
    if address.target not in TARGETS:
        raise Malformed(f"sim:{address.target} is no scale; write sim:{' or sim:'.join(TARGETS)}")
    return "usb-hid" if address.target == "usb-scale" else protocol


def connector(address: Address, protocol: str, clock: Clock) -> Callable[[], SimulatedScale]:
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
    loads = tuple(int(number("grams", part, 2 * HEAVIEST)) for part in options.get("grams", "0").split(","))
    every = number("every", options.get("every", "5"), 3600)
    if every < EVERY:
        raise Malformed(f"every={options['every']}; allowed: {EVERY:g} or more seconds")
    switches = faults(options)
    random = Random(int(number("seed", options.get("seed", "1"), 1e9)))
    platform = Platform()
    platform.switch(mode, clock.monotonic())
    return lambda: SimulatedScale(Peer(protocol, platform), Script(loads, every), switches, random, clock)
