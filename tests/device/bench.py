"""What a test on a real kernel puts together: gadgets and the product's drivers, all taken away when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from typing import Protocol, TypeVar

from drivers.catalogue import open_scale, open_scanner
from drivers.framing import TAIL
from rma_station.ports import DeviceState, DeviceStatus, RawScan, Scale, Scanner
from rma_station.system import SystemClock
from tests.device.gadget import wait_until
from tests.drivers.support import Inbox


class Pluggable(Protocol):
    """A gadget, or a device of QEMU."""

    def plug(self) -> None:
        """Plug it in."""

    def unplug(self) -> None:
        """Pull it out."""

    def seen(self) -> bool:
        """Whether udev has given it its links."""

    def remove(self) -> None:
        """Take it apart."""


Plugged = TypeVar("Plugged", bound=Pluggable)


class Bench:
    """The devices of one test; ``inbox`` has what the station was told."""

    def __init__(self, inbox: Inbox, stack: ExitStack) -> None:
        self.inbox = inbox
        self._stack = stack

    def has(self, gadget: Plugged) -> Plugged:
        """A gadget that lies on the bench and is not plugged in."""
        self._stack.callback(gadget.remove)
        return gadget

    def plugged(self, gadget: Plugged) -> Plugged:
        """A gadget that is plugged in and has its links."""
        self.has(gadget).plug()
        wait_until(gadget.seen)
        return gadget

    def until_over(self, end: Callable[[], None]) -> None:
        """Something to be called when the test is over."""
        self._stack.callback(end)

    def scanner(self, url: str, name: str = "left", *, suffix: str = "auto") -> Scanner:
        """The product's driver for a scanner, started."""
        scanner = open_scanner(name, url, suffix, SystemClock())
        self._stack.callback(scanner.stop)
        scanner.start(self.inbox)
        return scanner

    def scale(self, url: str, protocol: str = "mt-sics", name: str = "scale") -> Scale:
        """The product's driver for a scale, started."""
        scale = open_scale(name, url, protocol, SystemClock())
        self._stack.callback(scale.stop)
        scale.start(self.inbox)
        return scale

    def until(self, state: DeviceState, name: str = "left") -> None:
        """Wait until this is what a device said last."""
        self.inbox.until(lambda: self.states(name)[-1:] == [state])

    def until_scans(self, count: int) -> list[bytes]:
        """Wait for so many scans; their data."""
        self.inbox.until(lambda: len(self.inbox.scans) >= count)
        return self.inbox.data

    def whole_scan(self, send: Callable[[], None]) -> RawScan:
        """Scan as a worker does: again when it comes damaged.

        The emulated machine can stand still in the middle of a code, on a busy host; what comes damaged of it must
        not be right by chance, and what comes undamaged is looked at by the test.
        """
        for _ in range(4):
            before = len(self.inbox.scans)
            send()
            wait_until(partial(self._settled, before))
            found = self._undamaged(before)
            if found:
                return found[-1]
        raise AssertionError(self.inbox.scans)

    def quiet(self) -> bool:
        """Nothing came for so long that the next byte begins a new scan."""
        before = len(self.inbox.messages)
        time.sleep(TAIL + 0.2)
        return len(self.inbox.messages) == before

    def _settled(self, since: int) -> bool:
        """A whole scan came, or a damaged one and nothing more."""
        return bool(self._undamaged(since)) or (len(self.inbox.scans) > since and self.quiet())

    def _undamaged(self, since: int) -> list[RawScan]:
        return [scan for scan in self.inbox.scans[since:] if scan.damaged is None]

    def states(self, name: str = "left") -> list[DeviceState]:
        """What a device said of itself, in order; the same state for another reason is not news."""
        said = (item for item in self.inbox.messages if isinstance(item, DeviceStatus) and item.name == name)
        return [state for state, _ in groupby(item.state for item in said)]
