"""What happens to each sample return: the everyday ones, and every exceptional case of the worker's way.

A story is a function that leads the worker's hands; its number is the sample return's. They are told in
``morning.py`` and ``afternoon.py``, in the order of the day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rma_station.demo.worker import Worker

Told = Callable[[Worker], None]


@dataclass(frozen=True)
class Story:
    """One parcel (or several of one return) on the bench."""

    returns: tuple[int, ...]
    pl: str
    en: str
    tell: Told
    core: bool = False
    """Part of the short form too."""


def telling(stories: list[Story]) -> Callable[..., Callable[[Told], Told]]:
    """A decorator that adds what it decorates to these stories.

    It takes the numbers of the returns, then ``pl`` and ``en`` (what it is about) and ``core``.
    """

    def story(*returns: int, pl: str, en: str, core: bool = False) -> Callable[[Told], Told]:
        def add(tell: Told) -> Told:
            stories.append(Story(returns, pl, en, tell, core))
            return tell

        return add

    return story


def plain(worker: Worker, number: int, *, expected: str = "ok:parcel_opened", packing: int = 1, code: str = "") -> None:
    """A return as announced, everything as new."""
    worker.open_parcel(number, expected, code=code)
    worker.packing(packing)
    for line in worker.shop.returns[number].lines:
        for piece in range(line.quantity):
            worker.unit(line.sku, number, serial=line.serials[piece] if line.serials else None)
    worker.done()
