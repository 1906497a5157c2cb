"""What can go wrong between a device and us, switched on for trying out and for tests (pure).

::

    sim:scale?drops=0.01&parity=0.01&split=1&flood=20&unplug=10
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from rma_station.domain.record import dataclass
from rma_station.errors import Malformed


@dataclass(frozen=True)
class Faults:
    """Switches; by default all is well."""

    drops: float = 0.0
    """Share of bytes that are lost, 0 to 1."""
    parity: float = 0.0
    """Share of bytes whose parity is wrong; they come as NUL, as the kernel gives them."""
    split: float = 0.0
    """Any number but 0: every byte comes alone."""
    flood: float = 1.0
    """Everything comes so many times, without a pause."""
    unplug: float = 0.0
    """Seconds after which the cable is pulled, after every plugging in anew; 0 for never."""


OPTIONS = ("drops", "parity", "split", "flood", "unplug")
"""Names of the switches in a device URL."""
_MOST = {"drops": 1.0, "parity": 1.0, "split": 1.0, "flood": 1000.0, "unplug": 86_400.0}


def faults(options: Mapping[str, str]) -> Faults:
    """The switches in a URL's options.

    Raises:
        Malformed: one is not a number, or too big.
    """
    return Faults(**{name: number(name, options[name], _MOST[name]) for name in OPTIONS if name in options})


def number(name: str, text: str, most: float) -> float:
    """A number of 0 to ``most`` from a URL.

    Raises:
        Malformed: it is none.
    """
    plain = text.replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit() and len(text) <= 12 and float(text) <= most):
        raise Malformed(f"{name}={text}; allowed: a number of 0 to {most:g}")
    return float(text)


def damaged(data: bytes, switches: Faults, random: Random) -> list[bytes]:
    """What arrives of ``data``, in the pieces it arrives in."""
    if switches.drops or switches.parity:
        arrived = (byte for byte in data if random.random() >= switches.drops)
        data = bytes(0 if random.random() < switches.parity else byte for byte in arrived)
    data *= max(1, int(switches.flood))
    if switches.split:
        return [data[at : at + 1] for at in range(len(data))]
    return [data] if data else []
