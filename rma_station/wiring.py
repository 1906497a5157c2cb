"""The one module that may import drivers, labels and sync: it turns a configuration into running adapters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.catalogue import open_scale, open_scanner
from rma_station.config import Config
from rma_station.errors import ConfigError, Malformed
from rma_station.ports import Clock, Random, Scale, Scanner
from rma_station.system import SystemClock, SystemRandom


def clock() -> Clock:
    """This machine's clock."""
    return SystemClock()


def randomness() -> Random:
    """This machine's randomness."""
    return SystemRandom()


def scanners(config: Config, clock: Clock) -> list[Scanner]:
    """The configured scanners, not started; raises ``ConfigError`` for one that cannot be used."""
    opened = []
    for number, item in enumerate(config.scanner, 1):
        with _named(config, f"scanner[{number}].url", item.url):
            opened.append(open_scanner(item.name, item.url, item.suffix, clock))
    return opened


def scales(config: Config, clock: Clock) -> list[Scale]:
    """The configured scales, not started; raises ``ConfigError`` for one that cannot be used."""
    opened = []
    for number, item in enumerate(config.scale, 1):
        with _named(config, f"scale[{number}].url", item.url):
            opened.append(open_scale(item.name, item.url, item.protocol, clock))
    return opened


@contextmanager
def _named(config: Config, key: str, url: str) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        raise ConfigError(config.file, key, url, str(error)) from None
