"""A scanner that types like a keyboard, taken away from the terminal and read key by key.

Only the device that the configuration names is opened, and no other in its place (``finder.py``): a grabbed keyboard
that nobody meant to be a scanner locks its owner out. When a hand types on it, it is let go at once and the status says
so.

evdev is loaded by the device's own thread, when it opens the device. Facts: hardware reference 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from drivers.address import Address
from drivers.discovery import KEYBOARD, Node
from drivers.finder import ROOT, NodeFinder, described
from drivers.framing import PAUSE
from drivers.handles import Wake, lost_as, wait_readable
from drivers.keymaps import LAYOUTS, US, Layout
from drivers.keys import EV_KEY, FUNCTION_KEYS, LED_CAPS, PRESSED
from drivers.thread import Backoff, DeviceThread, Session, Threaded
from drivers.wedge import Wedge
from rma_station.domain.outcome import Kind
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed
from rma_station.ports import Clock

GROUP = "input"
"""Group our udev rules give the nodes to."""
SETTLE = 0.1
"""Seconds of silence after opening; keys in it belong to a scan whose beginning nobody has seen."""
REST = 30.0
"""Seconds a read waits between scans; stopping wakes it."""


class KeyEvent(Protocol):
    """One event as python-evdev has it."""

    @property
    def type(self) -> int:
        """``EV_KEY`` and so on."""

    @property
    def code(self) -> int:
        """Number of the key."""

    @property
    def value(self) -> int:
        """Pressed, released or repeated."""

    def timestamp(self) -> float:
        """The kernel's time in seconds."""


class KeyDevice(Protocol):
    """What is used of ``evdev.InputDevice``."""

    fd: int

    def grab(self) -> None:
        """Take it for ourselves alone."""

    def ungrab(self) -> None:
        """Let everybody have its keys again."""

    def leds(self) -> list[int]:
        """Numbers of the lights that are on."""

    def set_led(self, led_num: int, value: int) -> None:
        """Light one or put it out."""

    def active_keys(self) -> list[int]:
        """Codes of the keys that are held down."""

    def read(self) -> Iterator[KeyEvent]:
        """At most 64 events; ``BlockingIOError`` when there is none."""

    def close(self) -> None:
        """Let go."""


class Keys(Protocol):
    """An open device whose keys come to us alone: ``KeyStream``, or something in its place."""

    detail: str
    """What was opened, for the service screen."""
    caps: bool
    """Caps Lock when it was opened."""
    down: frozenset[int]
    """Keys that were down then."""

    def events(self, timeout: float) -> Sequence[KeyEvent]:
        """All events there are, waiting at most ``timeout`` seconds for the first; none also when woken.

        Raises:
            DeviceLost: it was unplugged.
        """

    def release(self) -> None:
        """Give its keys back to the terminal; it stays open."""

    def wake(self) -> None:
        """Let ``events`` return now; from any thread, also after ``close``."""

    def close(self) -> None:
        """Let go, which ends the grab; never raises."""


@dataclass(frozen=True)
class WedgeSettings:
    """How a scanner types, from its URL."""

    layout: Layout = US
    suffix: str = "auto"
    gs_key: int | None = None
    """Key code it sends for GS."""
    slow: bool = False


def wedge_settings(address: Address, suffix: str) -> WedgeSettings:
    """Read ``layout``, ``dead``, ``gs`` and ``pace`` of a URL.

    Raises:
        Malformed: a value is not one of those allowed.
    """
    options = address.options
    allowed = (
        ("layout", tuple(LAYOUTS)),
        ("dead", ("yes", "no")),
        ("gs", ("ctrl", *FUNCTION_KEYS)),
        ("pace", ("quick", "slow")),
    )
    for name, values in allowed:
        if options.get(name, values[0]) not in values:
            raise Malformed(f"{address.target}: {name}={options[name]}; allowed: {' '.join(values)}")
    layout = LAYOUTS[options.get("layout", "us")]
    return WedgeSettings(
        layout if options.get("dead", "yes") == "yes" else layout.without_dead_keys(),
        suffix,
        FUNCTION_KEYS.get(options.get("gs", "ctrl")),
        options.get("pace") == "slow",
    )


class KeyStream:
    """An open event node that nobody else reads.

    Args:
        device: opened, non-blocking; closed by ``close``.
        detail: who it is.

    Raises:
        DeviceLost: another program has grabbed it.
    """

    def __init__(self, device: KeyDevice, detail: str) -> None:
        self.detail = detail
        self._device = device
        self._wake = Wake()
        try:
            with lost_as(detail, GROUP):
                device.grab()
                self.caps = LED_CAPS in device.leds()
                self.down = frozenset(device.active_keys())
        except DeviceLost:
            self.close()
            raise
        if self.caps:
            # Some scanners turn letters round while it is lit. Its event tells when it is out; where we may only read,
            # it stays.
            with suppress(Exception):
                device.set_led(LED_CAPS, 0)

    def events(self, timeout: float) -> Sequence[KeyEvent]:
        """See ``Keys``."""
        with lost_as(self.detail, GROUP):
            if not wait_readable(self._device.fd, self._wake, timeout):
                return ()
            try:
                return list(self._device.read())  # the whole batch: what is left in the generator would be lost
            except BlockingIOError:
                return ()

    def release(self) -> None:
        """See ``Keys``."""
        with lost_as(self.detail, GROUP):
            self._device.ungrab()

    def wake(self) -> None:
        """See ``Keys``."""
        self._wake.set()

    def close(self) -> None:
        """See ``Keys``."""
        self._wake.close()
        with suppress(OSError):
            self._device.close()


def opener(address: Address, root: Path = ROOT) -> Callable[[], KeyStream]:
    """A function that opens and grabs the device of an address, and after the first time the very same device.

    Args:
        address: a checked ``evdev:`` URL.
        root: folder that has ``sys`` and ``dev``.
    """
    finder = NodeFinder(address, KEYBOARD, "scanner that types like a keyboard", root)
    return lambda: open_node(finder.find())


def open_node(node: Node) -> KeyStream:
    """Open and grab one node.

    Raises:
        DeviceLost: it is gone, may not be opened, or another program has grabbed it.
    """
    from evdev import InputDevice  # noqa: PLC0415  loaded by the device's thread, where such a scanner is configured

    with lost_as(described(node), GROUP):
        device = InputDevice(node.path)
    if (f"{device.info.vendor:04x}", f"{device.info.product:04x}") != (node.vendor or "0000", node.product or "0000"):
        device.close()
        raise DeviceLost(f"{described(node)}: another device took its place while it was opened")
    return KeyStream(device, described(node))


class EvdevScanner(Threaded):
    """``ports.Scanner`` over key events.

    Args:
        name: name in the configuration.
        connect: opens and grabs the device.
        clock: time.
        settings: how the scanner types.
        backoff: pauses between attempts to open.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Keys],
        clock: Clock,
        settings: WedgeSettings = WedgeSettings(),  # noqa: B008 - frozen
        *,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self.name = name
        self._clock = clock
        self._settings = settings
        self._thread = DeviceThread(name, "scanner", connect, self._serve, clock=clock, backoff=backoff)

    def signal(self, kind: Kind) -> None:
        """Nothing: a keyboard has no beeper."""

    def _serve(self, stream: Keys, session: Session) -> None:
        settings = self._settings
        wedge = Wedge(self.name, settings.layout, settings.suffix, settings.gs_key, slow=settings.slow)
        early = stream.events(SETTLE)
        begun = any(event.type == EV_KEY and event.value == PRESSED for event in early)
        under_way = self._clock.monotonic() if begun else None
        wedge.opened(caps=stream.caps, down=stream.down, at=under_way)
        session.ready()
        try:
            self._take(wedge, early, session)
            while not session.ended() and not wedge.by_hand:
                events = stream.events(PAUSE if wedge.pending else REST)
                self._take(wedge, events, session)
                if not events:
                    for scan in wedge.idle(self._clock.monotonic()):
                        session.post(scan)
        finally:
            for scan in wedge.lost(self._clock.monotonic()):
                session.post(scan)
        if wedge.by_hand:
            self._leave(stream, session)

    def _take(self, wedge: Wedge, events: Sequence[KeyEvent], session: Session) -> None:
        now = self._clock.monotonic()
        for event in events:
            for scan in wedge.feed(event.type, event.code, event.value, event.timestamp(), now):
                session.post(scan)

    def _leave(self, stream: Keys, session: Session) -> None:
        """Let somebody have their keyboard back until it is plugged in anew."""
        stream.release()
        session.silent(
            f"{stream.detail} is typed on by hand: a keyboard, no scanner; it was let go. "
            "Take it out of the configuration, or write pace=slow if it is a slow scanner."
        )
        while not session.ended():
            stream.events(REST)
