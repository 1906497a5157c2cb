"""USB devices made of software: configfs gadgets on dummy_hcd, whose far end this kernel sees as plugged in.

The interface is the kernel's (Documentation/usb/gadget_configfs.rst). A gadget keeps its identity over unplugging;
its handles do not survive, as a scanner forgets what it was sending.
"""

from __future__ import annotations

import os
import re
import time
import tty
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GADGETS = Path("/sys/kernel/config/usb_gadget")
PORTS = Path("/sys/class/udc")
DEADLINE = 30.0
"""Seconds something may take in the emulated machine before it counts as broken."""


@dataclass(frozen=True)
class Identity:
    """What a USB device says of itself; ``serial`` may be empty, as it is with cheap scanners."""

    vendor: int
    model: int
    maker: str
    product: str
    serial: str = ""

    @property
    def link(self) -> str:
        """The name udev makes of it in its ``by-id`` folders, without the interface."""
        parts = (part for part in (self.maker, self.product, self.serial) if part)
        return "usb-" + re.sub(r"[^\w#+\-.:=@]", "_", "_".join(parts))


class Gadget:
    """A USB device with functions, such as ``{"acm.0": {}}``; not plugged in yet."""

    def __init__(self, identity: Identity, functions: Mapping[str, Mapping[str, bytes | int | str]]) -> None:
        self.identity = identity
        self._folder = GADGETS / f"g{len(list(GADGETS.iterdir()))}-{time.monotonic_ns()}"
        self._handles: list[int] = []
        strings, config = self._folder / "strings/0x409", self._folder / "configs/c.1"
        for folder in (self._folder, strings, config):
            folder.mkdir()
        for name, number in (("idVendor", identity.vendor), ("idProduct", identity.model), ("bcdUSB", 0x200)):
            (self._folder / name).write_text(hex(number))
        texts = {"manufacturer": identity.maker, "product": identity.product, "serialnumber": identity.serial}
        for name, text in texts.items():
            (strings / name).write_text(text)
        for name, attributes in functions.items():
            function = self._folder / "functions" / name
            function.mkdir()
            for attribute, value in attributes.items():
                content = value if isinstance(value, bytes) else str(value).encode()
                (function / attribute).write_bytes(content)
            (config / name).symlink_to(function)

    def function(self, name: str) -> Path:
        """The folder of one function."""
        return self._folder / "functions" / name

    @property
    def plugged(self) -> bool:
        """Whether it is in a port."""
        port = self._folder / "UDC"
        return port.exists() and bool(port.read_text().strip())

    def plug(self, port: int | None = None) -> None:
        """Plug it into a port: one that is free, or the one named."""
        taken = {(gadget / "UDC").read_text().strip() for gadget in GADGETS.iterdir()}
        ports = sorted(each.name for each in PORTS.iterdir())
        wanted = next(each for each in ports if each not in taken) if port is None else ports[port]
        (self._folder / "UDC").write_text(wanted)

    def seen(self) -> bool:
        """Whether udev has given it its links."""
        return self.plugged

    def unplug(self) -> None:
        """Pull it out; what was on its way is gone."""
        if self.plugged:
            (self._folder / "UDC").write_text("\n")
        for handle in self._handles:
            with suppress(OSError):
                os.close(handle)
        self._handles.clear()

    def open(self, node: Path) -> int:
        """Our own end of a function's node, kept open until it is unplugged."""
        handles: list[int] = []

        def opened() -> bool:
            with suppress(OSError):  # ENODEV until the other side has looked at it
                handles.append(os.open(node, os.O_RDWR | os.O_NOCTTY))
            return bool(handles)

        wait_until(opened)
        self._handles += handles
        return handles[0]

    def remove(self) -> None:
        """Unplug it and take it apart."""
        self.unplug()
        for link in self._folder.glob("configs/*/*"):
            if link.is_symlink():
                link.unlink()
        for pattern in ("configs/*", "functions/*", "strings/*"):
            for folder in self._folder.glob(pattern):
                folder.rmdir()
        self._folder.rmdir()


class SerialGadget(Gadget):
    """A USB CDC-ACM device: to us ``/dev/ttyGS*``, to the station ``/dev/ttyACM*``."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity, {"acm.0": {}})
        self._end = -1

    def plug(self, port: int | None = None) -> None:
        """Plug it in with an empty line."""
        super().plug(port)
        self._end = self.open(Path(f"/dev/ttyGS{self._number}"))
        tty.setraw(self._end)

    @property
    def _number(self) -> str:
        return (self.function("acm.0") / "port_num").read_text().strip()

    @property
    def node(self) -> Path:
        """Where the station finds it: udev's link by what it is."""
        return Path(f"/dev/serial/by-id/{self.identity.link}-if00")

    @property
    def url(self) -> str:
        """How a configuration names it."""
        return f"serial:{self.node}"

    def seen(self) -> bool:
        """See ``Gadget``."""
        return self.node.exists()

    def send(self, data: bytes) -> None:
        """Send bytes up the line."""
        while data:
            data = data[os.write(self._end, data) :]

    def receive(self, count: int) -> bytes:
        """Exactly ``count`` bytes of what came down the line."""
        data = b""
        while len(data) < count:
            data += os.read(self._end, count - len(data))
        return data


def wait_until(condition: Callable[[], object]) -> None:
    """Look again every few milliseconds until ``condition`` holds; fails at the deadline."""
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, condition
        time.sleep(0.01)
