"""What a printer is: language, resolution and stock, from what it answers; for the wizard and for ``printers find``.

::

    found = look("tcp:192.0.2.10:9100")      asks the printer; nothing is printed by one that knows the question
    found = of_usb(usb_printers()[0])        from what it says when it is plugged in, without opening it

The questions go from the one every Zebra printer answers, in whatever language it is set to, to the one that only a
few do; a printer in a plain text mode (CPCL, ESC/POS) may print the letters of a question it does not know, so a person
is told before (hardware reference 4.1). ``language is None`` means: ask a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labels import status, status_epl, status_tspl
from labels.media import DOTS_PER_MM, MEDIA
from labels.printers.channel import Channel, ask, problem_of, said
from labels.printers.opening import address
from labels.printers.talk import getvar
from labels.printers.usb_identity import UsbPrinter
from rma_station.domain.clean import clean

if TYPE_CHECKING:
    from ippx import Printer

REPLY = 1.0
"""Seconds for one answer; a printer that answers nothing takes seven of them."""
_TOLERANCE_MM = 2.0
"""A printer counts its label in dots and rounds; liners differ a little."""
_SPOKEN = (
    ("zpl", ("ZPL", "ZPLII", "ZPL-II", "ZPL II")),
    ("tspl", ("TSPL", "TSPL2", "TSPL-EZ", "TSC")),
    ("epl", ("EPL", "EPL2", "EPLII")),
    ("pdf", ("PDF",)),
)
"""Our languages by the words of IEEE 1284 ids, the best first: a printer that speaks several is used in that one."""


@dataclass(frozen=True)
class Found:
    """What is known of a printer; ``None`` is not known."""

    url: str
    """For the configuration."""
    model: str = ""
    language: str | None = None
    """One we can print in."""
    dpi: int | None = None
    media: str | None = None
    """Name of the stock that fits what the printer says of its label."""
    problem: str = ""
    """Problem code when it could not be asked."""
    detail: str = ""
    """What to do then, or what else it said."""

    @property
    def section(self) -> str:
        """A section for the configuration; what a person has to fill in stands as a comment."""
        known = {"language": self.language, "dpi": self.dpi, "media": self.media}
        lines = ["[[printer]]", 'name = "labels"', f"url = {_quoted(self.url)}"]
        for key, value in known.items():
            if value is None:
                lines.append(f"# {key} =   not known: see its label or manual")
            else:
                lines.append(f"{key} = {value if isinstance(value, int) else _quoted(value)}")
        return "\n".join(lines)


# --- pure: what answers mean -----------------------------------------------------------------------------


def of_device_id(url: str, spoken: Mapping[str, str]) -> Found:
    """From an IEEE 1284 id by its short keys (``usb_identity.ieee1284``)."""
    words = {word.strip().upper() for word in re.split(r"[,/]", spoken.get("CMD", ""))}
    language = next((name for name, synonyms in _SPOKEN if words & set(synonyms)), None)
    model = clean(spoken.get("MDL", "") or spoken.get("DES", ""), 60)
    return Found(url, model, language, dpi_in(model), detail=clean(" ".join(sorted(words - {""})), 100))


def of_usb(printer: UsbPrinter) -> Found:
    """From what a printer says when it is plugged in."""
    found = of_device_id(printer.url, printer.device_id)
    return replace(found, model=found.model or printer.model, dpi=found.dpi or dpi_in(printer.model))


def of_identity(url: str, identity: status.Identity) -> Found:
    """From Zebra's ``~HI``."""
    dpi = identity.dpi if identity.dpi in DOTS_PER_MM else dpi_in(identity.model)
    return Found(url, clean(f"{identity.model} {identity.firmware}", 60), "zpl", dpi)


def of_epl_settings(url: str, settings: status_epl.EplSettings) -> Found:
    """From ``UQ``: EPL printers of that age have 203 dots an inch unless their name says more."""
    model = clean(f"{settings.model} {settings.firmware}".strip(), 60)
    dpi = dpi_in(model) or 203
    return Found(url, model, "epl", dpi, media_of(settings.width, settings.length, dpi))


def of_ipp(url: str, printer: Printer) -> Found:
    """From a printer's IPP attributes: its PDF, or labels where it is one."""
    formats = printer.document_formats
    language = "zpl" if "application/vnd.zebra-zpl" in formats else "pdf" if "application/pdf" in formats else None
    resolution = printer.attributes.get("printer-resolution-default")
    dpi = getattr(resolution, "x", None)
    media = _media_named(str(printer.attributes.get("media-default", "")))
    model = clean(str(printer.make_and_model or printer.name or ""), 60)
    takes = "" if language else clean("takes " + ", ".join(formats), 100)
    return Found(url, model, language, dpi if dpi in DOTS_PER_MM else None, media, detail=takes)


def language_of(setting: str) -> str | None:
    """From SGD ``device.languages``: ``zpl``, ``epl_zpl``, ``hybrid_xml_zpl``, ``epl``; ``line_print`` is not ours."""
    text = setting.lower()
    return next((name for name in ("zpl", "epl") if name in text), None)


def media_of(width: int | None, length: int | None, dpi: int | None) -> str | None:
    """The stock that fits a label of so many dots; ``None`` when none does or too little is known."""
    if not width or not length or dpi not in DOTS_PER_MM:
        return None
    scale = DOTS_PER_MM[dpi]
    return _closest(width / scale, length / scale)


def dpi_in(model: str) -> int | None:
    """The resolution a model's name says, where it does (``ZD421-300dpi``)."""
    found = re.search(r"(203|300)\s*dpi", model, re.IGNORECASE)
    return int(found[1]) if found else None


def _media_named(name: str) -> str | None:
    found = re.search(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)\Z", name)
    if found is None:
        return None
    factor = 25.4 if found[3] == "in" else 1.0
    return _closest(float(found[1]) * factor, float(found[2]) * factor)


def _closest(width: float, height: float) -> str | None:
    off = {name: max(abs(media.width - width), abs(media.height - height)) for name, media in MEDIA.items()}
    best = min(off, key=lambda name: off[name])
    return best if off[best] <= _TOLERANCE_MM else None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clean(escaped)}"'


# --- asking ----------------------------------------------------------------------------------------------


def look(url: str, seconds: float = REPLY) -> Found:
    """Ask the printer at an address what it is; never raises for a printer's trouble.

    Args:
        url: ``tcp:HOST:PORT``, ``lp:...`` or ``ipp://...``.
        seconds: for one answer.
    """
    if url.startswith(("ipp:", "ipps:")):
        return _look_ipp(url)
    line = address(url)
    if line is None:
        return Found(url, problem="refused", detail="write tcp:HOST:9100, lp:/dev/usb/lp0 or ipp://HOST:631/ipp/print")
    try:
        with closing(line()) as channel:
            for step in _STEPS:
                found = step(url, channel, seconds)
                if found is not None:
                    return found
    except OSError as error:
        return Found(url, problem=problem_of(error), detail=said(error))
    return Found(url, problem="unknown", detail="it answered no question; it may be a one-way connection")


def _look_zebra(url: str, channel: Channel, seconds: float) -> Found | None:
    spoken = _setting(channel, "device.languages", seconds)
    language = language_of(spoken or "")
    if spoken is not None and language != "zpl":
        hint = "it can speak ZPL: set device.languages to zpl" if language is None else ""
        return Found(url, "Zebra", language, _number(channel, "head.resolution.in_dpi", seconds), detail=hint)
    identity = ask(channel, b"~HI", status.identity, seconds)
    if identity is None:
        return None
    found = of_identity(url, identity)
    dpi = _number(channel, "head.resolution.in_dpi", seconds) or found.dpi
    width = _number(channel, "ezpl.print_width", seconds)
    length = _number(channel, "zpl.label_length", seconds) if width else None
    return replace(found, dpi=dpi if dpi in DOTS_PER_MM else None, media=media_of(width, length, dpi))


def _look_tspl(url: str, channel: Channel, seconds: float) -> Found | None:
    if ask(channel, b"\r\n" + status_tspl.STATUS, status_tspl.tspl_status, seconds) is None:
        return None
    model = clean(ask(channel, status_tspl.MODEL, status_tspl.tspl_model, seconds) or "", 60)
    return Found(url, model, "tspl", dpi_in(model))


def _look_epl(url: str, channel: Channel, seconds: float) -> Found | None:
    settings = ask(channel, status_epl.SETTINGS, status_epl.epl_settings, seconds)
    return None if settings is None else of_epl_settings(url, settings)


_STEPS: Sequence[Callable[[str, Channel, float], Found | None]] = (_look_zebra, _look_tspl, _look_epl)


def _setting(channel: Channel, name: str, seconds: float) -> str | None:
    answer = ask(channel, getvar(name), status.setting, seconds)
    return answer.text if answer is not None and answer.known else None


def _number(channel: Channel, name: str, seconds: float) -> int | None:
    answer = ask(channel, getvar(name), status.setting, seconds)
    return answer.number if answer is not None and answer.known else None


def _look_ipp(url: str) -> Found:
    from labels.printers import ipp

    where = ipp.read_address(url)
    if where is None:
        return Found(url, problem="refused", detail="write ipp://HOST:631/ipp/print or ipp://HOST:631/printers/QUEUE")
    answer = ipp.describe(where)
    if isinstance(answer, ipp.Silence):
        return Found(url, problem=answer.problem, detail=answer.detail)
    return of_ipp(url, answer)
