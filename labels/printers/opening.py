"""A printer from its configuration. Its address says how to reach it, its language what it is sent.

========================================  ====================================  =====================
address                                   where                                 languages
========================================  ====================================  =====================
``tcp:HOST:9100``                         a label printer in the network        zpl, tspl, epl
``lp:/dev/usb/lp0``                       a label printer on a USB cable        zpl, tspl, epl
``lp:serial=...`` ``model=`` ``vendor=``  the same, whatever node it has today  zpl, tspl, epl
``ipp://HOST:631/ipp/print``              an office printer, a CUPS queue       pdf, zpl, tspl, epl
``folder:PATH``                           files                                 pdf
========================================  ====================================  =====================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from labels import rendering
from labels.printers import usb_identity
from labels.printers.channel import OpenChannel
from labels.printers.folder import FolderPrinter
from labels.printers.job import Stock
from labels.printers.stream import StreamPrinter, Waits
from labels.printers.talk import TALKS
from labels.printers.tcp import TcpChannel
from labels.printers.usb_lp import LpChannel
from labels.template_folders import Templates
from rma_station.domain.effects import PrintUnitLabel
from rma_station.errors import ConfigError, Refused
from rma_station.ports import LabelPrinter

_LONGEST_LPN = PrintUnitLabel("", "", "R" * 12, "A", "restock", "", dangerous=True)


class PrinterSettings(Protocol):
    """One ``[[printer]]`` section of the configuration."""

    @property
    def name(self) -> str:
        """Name shown on the service screen."""

    @property
    def url(self) -> str:
        """How it is reached, such as ``tcp:HOST:9100``."""

    @property
    def language(self) -> str:
        """``zpl``, ``tspl``, ``epl`` or ``pdf``."""

    @property
    def dpi(self) -> int:
        """Dots per inch of its head: 203 or 300."""

    @property
    def media(self) -> str:
        """Name of the label stock."""


Way: TypeAlias = Callable[[OpenChannel], OpenChannel]
"""What stands between a printer's driver and its line, such as a recorder."""
_Make: TypeAlias = Callable[[PrinterSettings, str, Stock, Way], LabelPrinter | None]


def straight(line: OpenChannel) -> OpenChannel:
    """Nothing between driver and line: the usual ``Way``."""
    return line


def open_printer(
    settings: PrinterSettings, mode: str, file: str, templates: Templates = rendering.SHIPPED, way: Way = straight
) -> LabelPrinter:
    """The printer behind a configuration section. Nothing is connected yet.

    Args:
        settings: the section.
        mode: ``sample`` or ``live``.
        file: the configuration file, for messages.
        templates: where things stand on labels.
        way: what stands between the driver and a line of bytes; an IPP printer and a folder have none.

    Raises:
        ConfigError: the address cannot be used, does not go with the language, no unit label fits the medium, or a
            template of the user's own for this stock is unsound.
    """
    key = f"printer {settings.name}"
    stock = Stock(settings.media, settings.dpi, mode, templates)
    try:
        rendering.unit(_LONGEST_LPN, "en", mode, settings.media, settings.dpi, templates)
    except Refused as error:
        raise ConfigError(file, f"{key}: media", settings.media, str(error).rstrip(".")) from None
    if templates.own:
        from labels.check import refuse_unsound

        refuse_unsound(templates, settings.media, settings.dpi)
    scheme, _, rest = settings.url.partition(":")
    form, languages, make = _WAYS.get(scheme, ("", (), _no_way))
    if settings.language not in languages or settings.language not in rendering.LANGUAGES:
        allowed = "; ".join(f"{form} with language {' or '.join(spoken)}" for form, spoken, _ in _WAYS.values())
        raise ConfigError(file, f"{key}: url", f"{settings.url} ({settings.language})", allowed)
    printer = make(settings, rest, stock, way)
    if printer is None:
        raise ConfigError(file, f"{key}: url", settings.url, form)
    return printer


def address(url: str) -> OpenChannel | None:
    """The line to a label printer at ``tcp:HOST:PORT`` or ``lp:...``; ``None`` when the address cannot be used."""
    scheme, _, rest = url.partition(":")
    if scheme == "tcp":
        return _tcp(rest)
    return _lp(rest) if scheme == "lp" else None


def _tcp(rest: str) -> OpenChannel | None:
    host, _, port = rest.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) < 65536:
        return None
    return partial(TcpChannel, host.strip("[]"), int(port), Waits().connect)


def _lp(rest: str) -> OpenChannel | None:
    if rest.startswith("/"):
        return partial(LpChannel, Path(rest))
    named = usb_identity.wanted(rest)
    return None if named is None else partial(_lp_by_name, named)


def _lp_by_name(named: Mapping[str, str]) -> LpChannel:
    return LpChannel(usb_identity.node_of(named, usb_identity.usb_printers()))


def _stream(settings: PrinterSettings, _rest: str, stock: Stock, way: Way) -> LabelPrinter | None:
    line = address(settings.url)
    return None if line is None else StreamPrinter(settings.name, TALKS[settings.language], way(line), stock)


def _folder(settings: PrinterSettings, rest: str, stock: Stock, _way: Way) -> LabelPrinter | None:
    return FolderPrinter(settings.name, Path(rest).expanduser(), stock) if rest else None


def _ipp(settings: PrinterSettings, _rest: str, stock: Stock, _way: Way) -> LabelPrinter | None:
    from labels.printers.ipp import IppPrinter, read_address

    where = read_address(settings.url)
    return None if where is None else IppPrinter(settings.name, settings.language, where, stock)


def _no_way(_settings: PrinterSettings, _rest: str, _stock: Stock, _way: Way) -> LabelPrinter | None:
    return None


_WAYS: Mapping[str, tuple[str, tuple[str, ...], _Make]] = {
    "tcp": ("tcp:HOST:PORT, such as tcp:192.0.2.10:9100,", tuple(TALKS), _stream),
    "lp": ("lp:/dev/usb/lp0 or lp:serial=NUMBER", tuple(TALKS), _stream),
    "ipp": ("ipp://HOST:631/ipp/print or ipp://HOST:631/printers/QUEUE", ("pdf", *TALKS), _ipp),
    "ipps": ("ipps://HOST/ipp/print?fingerprint=sha256:...", ("pdf", *TALKS), _ipp),
    "folder": ("folder:PATH", ("pdf",), _folder),
}
"""By the address's scheme: its form for people, the languages that go there, and what makes the printer."""
