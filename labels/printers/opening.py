"""A printer from its configuration: ``tcp:HOST:PORT`` speaks ZPL, ``folder:PATH`` gets PDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from labels.label import unit_label
from labels.printers.folder import FolderPrinter
from labels.printers.tcp9100 import ZplPrinter
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import ConfigError, Refused
from rma_station.ports import LabelPrinter

URLS = "tcp:HOST:9100 with language zpl, or folder:PATH with language pdf"
_LONGEST_LPN = PrintUnitLabel("", "", "R" * 12, "A", "restock", "", dangerous=True)


class PrinterSettings(Protocol):
    """One ``[[printer]]`` section of the configuration."""

    @property
    def name(self) -> str:
        """Name shown on the service screen."""

    @property
    def url(self) -> str:
        """Where it is."""

    @property
    def language(self) -> str:
        """``zpl`` or ``pdf``."""

    @property
    def dpi(self) -> int:
        """203 or 300."""

    @property
    def media(self) -> str:
        """Name of the label stock."""


def open_printer(settings: PrinterSettings, mode: str, file: str) -> LabelPrinter:
    """The printer behind a configuration section. Nothing is connected yet.

    Args:
        settings: the section.
        mode: ``sample`` or ``live``.
        file: the configuration file, for messages.

    Raises:
        ConfigError: the address cannot be used, does not go with the language, or no unit label fits the medium.
    """
    key = f"printer {settings.name}"
    try:
        unit_label(_LONGEST_LPN, "en", mode, settings.media, settings.dpi)
    except Refused as error:
        raise ConfigError(file, f"{key}: media", settings.media, str(error).rstrip(".")) from None
    scheme, _, rest = settings.url.partition(":")
    if scheme == "tcp" and settings.language == "zpl":
        host, _, port = rest.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigError(file, f"{key}: url", settings.url, "tcp:HOST:PORT, such as tcp:192.0.2.10:9100")
        return ZplPrinter(settings.name, host.strip("[]"), int(port), dpi=settings.dpi, media=settings.media, mode=mode)
    if scheme == "folder" and settings.language == "pdf" and rest:
        folder = Path(rest).expanduser()
        return FolderPrinter(settings.name, folder, dpi=settings.dpi, media=settings.media, mode=mode)
    raise ConfigError(file, f"{key}: url", f"{settings.url} ({settings.language})", URLS)
