"""``rma-station labels print``: a label that is no unit's, to the station's printer or into a file.

A running station prints it: the job is in its journal before the first byte, and its printer has one writer. Where no
station runs, the configured printer is used directly.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

from labels import kinds, rendering
from labels.content import FIELDS, complete
from labels.template_folders import load
from rma_station.commands.writing import write_file
from rma_station.config import Config, PrinterSection
from rma_station.domain.clean import clean
from rma_station.domain.effects import Printable, PrintLabel, title_of
from rma_station.errors import NotRunning, Refused
from rma_station.ports import PrintResult
from rma_station.services import control
from rma_station.wiring.routing import route

PRINTABLE = tuple(kind for kind in kinds.LABELS if kind != kinds.UNIT)
"""A unit's label is printed by its station alone, which keeps count of its copies."""
EXIT_UNSURE = 1
_WAIT, _LOOK = 25.0, 0.2
"""Seconds to wait for a running station to print, and between two looks."""


def add(what: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Add ``labels print`` and its arguments."""
    fields = "\n".join(f"  {kind:<16} {', '.join(FIELDS[kind])}" for kind in PRINTABLE)
    parser = what.add_parser(
        "print",
        parents=[common],
        help="print a pallet, slip, warning or customer's label",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"fields by kind\n{fields}\n\nAn SSCC may be given with 17 digits; its check digit is added.",
    )
    parser.add_argument("kind", choices=PRINTABLE, metavar="KIND", help=f"one of {', '.join(PRINTABLE)}")
    parser.add_argument("fields", nargs="*", metavar="FIELD=TEXT", help="what stands on it; \\n begins a new line")
    parser.add_argument("--content", type=Path, metavar="FILE", help="TOML file with the fields")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a file instead of a printer; .zpl .tspl .epl .pdf .png"
    )
    parser.add_argument("--media", help="with --out: label stock; default 100x150")
    parser.add_argument("--dpi", type=int, help="with --out: resolution; default 203")
    parser.add_argument("--language", choices=("pl", "en"), help="language of the words; default: the station's")


def execute(settings: Config, given: argparse.Namespace) -> int:
    """Print one label; the exit code. Raises ``Refused`` when it cannot be printed."""
    content = _content(given)
    words = given.language or settings.station.language
    whole = complete(given.kind, content, words, settings.station.mode)
    title = f"{given.kind} {next((whole[name] for name in ('sscc', 'lpn', 'rma') if whole.get(name)), '')}".strip()
    if given.out is not None:
        return _to_file(settings, given, content, words)
    try:
        request = {"kind": given.kind, "content": content, "title": title, "language": given.language}
        answer: Any = control.ask(settings.data_folder, "print_label", request)
    except NotRunning:
        return _direct(settings, PrintLabel("direct", given.kind, content, clean(title, 60)), words)
    return watch(settings, str(answer["job"]), title)


def _content(given: argparse.Namespace) -> dict[str, str]:
    """The fields from the file, then those of the call."""
    found: dict[str, str] = {}
    if given.content is not None:
        try:
            data = tomllib.loads(given.content.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Refused(f"{given.content} cannot be read as TOML: {clean(str(error), 120)}.") from None
        found = {str(name): str(value) for name, value in data.items()}
    for field in given.fields:
        name, equals, text = field.partition("=")
        if not equals:
            raise Refused(f"{clean(field, 40)!r} is not FIELD=TEXT, such as rma=RMA-2026-000123.")
        found[name] = text.replace("\\n", "\n")
    return found


def _to_file(settings: Config, given: argparse.Namespace, content: dict[str, str], words: str) -> int:
    language = given.out.suffix.lstrip(".").lower()
    media, dpi = given.media or "100x150", given.dpi or 203
    own = load(settings.labels.folder)
    label = rendering.make(given.kind, content, words, settings.station.mode, media, dpi, own)
    data = rendering.render(label, language)
    write_file(given.out, data)
    sys.stdout.write(f"{given.out}: {len(data)} bytes of {language}\n")
    return 0


def watch(settings: Config, job: str, title: str) -> int:
    """Wait until the running station says how its job ended."""
    end = time.monotonic() + _WAIT
    while True:
        answer: Any = control.ask(settings.data_folder, "print_job", {"job": job})
        state, printer, detail = (clean(str(answer[name]), 80) for name in ("state", "printer", "detail"))
        if state in ("sent", "confirmed"):
            sys.stdout.write(f"{title}: {state} by {printer}\n")
            return 0
        if state == "failed":
            raise Refused(f"{title} was not printed ({detail or 'no printer took it'}). Nothing came out.")
        if state == "unknown" or time.monotonic() >= end:
            sys.stdout.write(f"{title}: {state}. Look at the printer {printer} before you print it again. {detail}\n")
            return EXIT_UNSURE
        time.sleep(_LOOK)


def _direct(settings: Config, job: PrintLabel, words: str) -> int:
    """Use the first configured printer that is there for the kind, without a station."""
    names = route(settings)(job)
    sections = [section for name in names for section in settings.printer if section.name == name]
    if settings.station.mode == "sample" or not sections:
        raise Refused(
            "no station runs here, and no printer is configured for it. Start the station, or give --out FILE."
        )
    return use_printer(settings, sections[0], job, words)


def use_printer(settings: Config, section: PrinterSection, job: Printable, words: str) -> int:
    """Print on a configured printer while no station holds it; the exit code. Raises ``Refused`` when nothing left."""
    from labels.printers.opening import open_printer

    printer = open_printer(section, settings.station.mode, settings.file, load(settings.labels.folder))
    try:
        report = printer.print(job, words)
    finally:
        printer.close()
    said = ", ".join((*report.problems, clean(report.detail, 80))).strip(", ")
    if report.result is PrintResult.NOT_SENT:
        raise Refused(f"{title_of(job)} was not printed by {section.name} ({said}). Nothing came out.")
    sys.stdout.write(f"{title_of(job)}: {report.result.value} by {section.name}{f' ({said})' if said else ''}\n")
    return EXIT_UNSURE if report.result is PrintResult.UNKNOWN else 0
