"""A USB label printer made of software: to us ``/dev/g_printer*``, to the station ``/dev/usb/lp*``."""

from __future__ import annotations

import fcntl
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.device.gadget import DEADLINE, Gadget, Identity, wait_until
from virtual_bench.printer_zpl import ZplModel

DEVICE_ID = "MANUFACTURER:{maker} ;COMMAND SET:ZPL;MODEL:{product};CLASS:PRINTER;OPTIONS:XML;"
"""IEEE 1284 device id as Zebra printers have it."""
SET_STATUS = 0xC0016722
"""ioctl ``GADGET_SET_PRINTER_STATUS`` of ``linux/usb/g_printer.h``: the IEEE 1284 status byte is the argument."""
SELECTED, NO_ERROR, PAPER_OUT = 0x10, 0x08, 0x20
_NODES = Path("/dev")


class PrinterGadget(Gadget):
    """A Zebra on a USB cable; what it understands is the virtual bench's model of one.

    Args:
        identity: who it is.
    """

    def __init__(self, identity: Identity) -> None:
        about = DEVICE_ID.format(maker=identity.maker, product=identity.product)
        # the gadget answers with the length of the text and leaves its last two characters out
        super().__init__(identity, {"printer.0": {"pnp_string": f"{about}  "}})
        self.model = ZplModel(odometer=1000)
        self.taken = 0
        """Bytes it took since it was made."""
        self.taking = threading.Event()
        """Cleared: it takes no more bytes, as a printer without paper does."""
        self.taking.set()
        self.swallowed: Callable[[], None] = lambda: None
        """Called after each piece it took."""
        self._end = -1
        self._over = threading.Event()
        self._mind: threading.Thread | None = None

    def plug(self, port: int | None = None) -> None:
        """See ``Gadget``."""
        before = set(_NODES.glob("g_printer*"))
        super().plug(port)
        wait_until(lambda: set(_NODES.glob("g_printer*")) > before)
        [node] = set(_NODES.glob("g_printer*")) - before
        self._end = self.open(node)
        self.says(SELECTED | NO_ERROR)
        self._over.clear()
        self._mind = threading.Thread(target=self._serve, args=(self._end,), daemon=True)
        self._mind.start()

    def unplug(self) -> None:
        """See ``Gadget``."""
        self._over.set()
        if self._mind is not None and self._mind is not threading.current_thread():
            self._mind.join(DEADLINE)
        super().unplug()

    def says(self, status: int) -> None:
        """What its port says without being asked in its language."""
        fcntl.ioctl(self._end, SET_STATUS, status)

    @property
    def link(self) -> Path:
        """Where the station finds it: the link our udev rules make."""
        return Path(f"/dev/rma/by-id/{self.identity.link}-lp")

    @property
    def url(self) -> str:
        """How a configuration names it."""
        return f"lp:serial={self.identity.serial}"

    def seen(self) -> bool:
        """See ``Gadget``."""
        return self.link.exists()

    def _serve(self, end: int) -> None:
        while not self._over.is_set():
            if not (self.taking.wait(0.05) and select.select([end], [], [], 0.05)[0] and self.taking.is_set()):
                continue
            with suppress(OSError):  # it is being pulled out
                data = os.read(end, 8192)
                self.taken += len(data)
                answer = self.model.receive(data)
                if answer:
                    os.write(end, answer)
                self.swallowed()
