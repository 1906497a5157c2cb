"""A USB label printer made of software: to us ``/dev/g_printer0``, to the station ``/dev/usb/lp*``."""

from __future__ import annotations

from pathlib import Path

from tests.device.gadget import Gadget, Identity

DEVICE_ID = "MANUFACTURER:{maker} ;COMMAND SET:ZPL;MODEL:{product};CLASS:PRINTER;OPTIONS:XML;"
"""IEEE 1284 device id as Zebra printers have it."""


class PrinterGadget(Gadget):
    """A printer that takes what it is sent; one at a time."""

    def __init__(self, identity: Identity) -> None:
        about = DEVICE_ID.format(maker=identity.maker, product=identity.product)
        # the gadget answers with the length of the text and leaves its last two characters out
        super().__init__(identity, {"printer.0": {"pnp_string": f"{about}  "}})
        self._end = -1

    def plug(self, port: int | None = None) -> None:
        """See ``Gadget``."""
        super().plug(port)
        self._end = self.open(Path("/dev/g_printer0"))

    @property
    def link(self) -> Path:
        """Where the station finds it: the link our udev rules make."""
        return Path(f"/dev/rma/by-id/{self.identity.link}-lp")

    def seen(self) -> bool:
        """See ``Gadget``."""
        return self.link.exists()
