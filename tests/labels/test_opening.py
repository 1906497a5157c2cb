"""A configuration section becomes a printer, or a message that says what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labels.printers.folder import FolderPrinter
from labels.printers.ipp import IppPrinter
from labels.printers.opening import open_printer
from labels.printers.stream import StreamPrinter
from rma_station.config import PrinterSection
from rma_station.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "language", "kind"),
    [
        ("tcp:192.0.2.10:9100", "zpl", StreamPrinter),
        ("tcp:[::1]:9100", "zpl", StreamPrinter),
        ("lp:/dev/usb/lp0", "zpl", StreamPrinter),
        ("lp:serial=D6J2045", "zpl", StreamPrinter),
        ("lp:vendor=Zebra&model=ZD421", "zpl", StreamPrinter),
        ("ipp://192.0.2.7/ipp/print", "pdf", IppPrinter),
        ("ipp://192.0.2.7:631/printers/raw", "zpl", IppPrinter),
        ("folder:/srv/labels", "pdf", FolderPrinter),
    ],
)
def test_addresses_that_can_be_used(url: str, language: Any, kind: type) -> None:
    """Nothing is connected or written by opening."""
    printer = open_printer(PrinterSection("labels", url, language), "live", "my.toml")

    assert type(printer) is kind
    assert (printer.name, printer.language, printer.dpi) == ("labels", language, 203)
    assert not Path("/srv/labels").exists()


@pytest.mark.parametrize(
    ("url", "language"),
    [("tcp:host", "zpl"), ("tcp::9100", "zpl"), ("tcp:host:0", "zpl"), ("tcp:host:9100", "pdf"), ("folder:", "pdf"),
     ("folder:/x", "zpl"), ("usb:1", "zpl"), ("", "zpl"), ("tcp:host:²", "zpl"), ("lp:", "zpl"), ("lp:lp0", "zpl"),
     ("lp:serial=", "zpl"), ("lp:colour=red", "zpl"), ("lp:serial=1&serial=2", "zpl"), ("lp:/dev/usb/lp0", "pdf"),
     ("ipp://host:0/x", "pdf"), ("ipps://host/x?pin=1", "pdf")],
)  # fmt: skip
def test_addresses_that_cannot(url: str, language: Any) -> None:
    """File, key, value and what is allowed are named."""
    with pytest.raises(ConfigError, match=r"my\.toml: printer labels: url = .*Allowed: "):
        open_printer(PrinterSection("labels", url, language), "live", "my.toml")


def test_a_medium_without_a_unit_label_is_found_at_the_start() -> None:
    """Not when the first label is to be printed."""
    section = PrinterSection("labels", "tcp:host:9100", media="10x10")  # type: ignore[arg-type]

    with pytest.raises(ConfigError, match="media = '10x10'"):
        open_printer(section, "live", "my.toml")
