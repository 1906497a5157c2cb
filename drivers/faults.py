"""What a bad line does to bytes by chance, for the virtual bench and for tests (pure; randomness is an argument).

``simulated.py`` hits every third message of a ``sim:`` device; this hits any byte, as often as it is told.
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


_MOST = {"drops": 1.0, "parity": 1.0, "split": 1.0, "flood": 1000.0}


def faults(switches: Mapping[str, object]) -> Faults:
    """Faults by their names.

    Raises:
        Malformed: one is not known, is not a number, or is too big.
    """
    for name, value in switches.items():
        most = _MOST.get(name)
        if most is None:
            raise Malformed(f"fault {name!r}; allowed: {' '.join(_MOST)}")
        if not isinstance(value, int | float) or not 0 <= value <= most:
            raise Malformed(f"{name}={value}; allowed: a number of 0 to {most:g}")
    return Faults(**{name: float(value) for name, value in switches.items() if isinstance(value, int | float)})


def damaged(data: bytes, switches: Faults, random: Random) -> list[bytes]:
    """What arrives of ``data``, in the pieces it arrives in."""
    if switches.drops or switches.parity:
        arrived = (byte for byte in data if random.random() >= switches.drops)
        data = bytes(0 if random.random() < switches.parity else byte for byte in arrived)
    data *= max(1, int(switches.flood))
    if switches.split:
        return [data[at : at + 1] for at in range(len(data))]
    return [data] if data else []
