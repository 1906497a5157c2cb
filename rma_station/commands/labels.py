"""``rma-station labels``: sheets a bench needs, labels that are owed, and templates tried out."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rma_station import config
from rma_station.commands import asking, label_printing, label_templates
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.writing import write_file
from rma_station.config import Config
from rma_station.domain import codes, device_sheet
from rma_station.domain.clean import clean
from rma_station.domain.grading import GRADES
from rma_station.domain.meaning import ChoiceScan, Command, CommandScan, GradeScan
from rma_station.domain.outcome import say
from rma_station.errors import NoJournal, Refused
from rma_station.services import keys
from rma_station.services.texts import render
from rma_station.system import SystemRandom

if TYPE_CHECKING:
    from labels.sheets import Code

_ABOUT = """\
sheets writes A4 pages to print on an office printer:

  --commands  the commands of this station (undo, parcel done, sign out ...)
  --grades    grades A to E and the digits 1 to 9 and 0
  --badges    a badge for every active person the hub has sent
  --test      codes that prove a scanner, for devices wizard

Without one of them the first three are written. Command and grade codes are valid
at this station only; after the station's key is renewed, print them anew.
Keep the files to yourself: who can print them can command the station.

owed lists the units whose label is still to be printed, with the code that
has to be on it. At the station, scan or type the code to print it again.

preview shows a label with example content as the printer would print it, or
writes it to a file in any printer language.

check lays out every label on every stock at both resolutions, makes every
printer language, reads the barcodes back and judges modules, blank and height.
Run it after a change to templates of your own.

print prints a label that is no unit's, at the running station's printer for
that kind or into a file: a pallet's SSCC, a slip, a warning, a customer's label.
"""
_EXAMPLES = """\
examples
  rma-station labels sheets --out sheets
  rma-station labels sheets --badges --language en --out sheets
  rma-station labels owed
  rma-station labels preview unit --media 57x32 --dpi 300 --language en
  rma-station labels preview pallet --media 100x150 --out pallet.zpl
  rma-station labels check --templates my-templates
  rma-station labels print pallet sscc=59012341234567890 contents=Returns
  rma-station labels print customer_return --content label.toml --out label.pdf

exit codes
  0 done, 1 done but something is left: labels owed, a template refused, a print unsure, 2 wrong call, 4 configuration
  3 a person must act: no journal, disk full, station held, no badge key
"""
_DIGITS = (*range(1, 10), 0)
"""Digits in the order of a keyboard's row: 0 comes last."""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    if given.what == "owed":
        return _owed(settings)
    if given.what == "print":
        return label_printing.execute(settings, given)
    if given.what in ("preview", "check"):
        return (label_templates.preview if given.what == "preview" else label_templates.check)(settings, given)
    wanted = [kind for kind in ("commands", "grades", "badges", "device_test") if getattr(given, kind)]
    return _sheets(settings, given.language or settings.station.language, wanted, given.out)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("labels", _ABOUT, _EXAMPLES)
    common = which_station()
    what = parser.add_subparsers(dest="what", required=True, metavar="sheets|owed|preview|check|print")
    sheets = what.add_parser("sheets", parents=[common], help="command, grade and badge sheets as PDF")
    sheets.add_argument("--commands", action="store_true", help="the command sheet")
    sheets.add_argument("--grades", action="store_true", help="grades and answers")
    sheets.add_argument("--badges", action="store_true", help="badges of all active people")
    sheets.add_argument("--test", action="store_true", dest="device_test", help="codes that prove a scanner")
    sheets.add_argument("--language", choices=("pl", "en"), help="language of the captions; default: the station's")
    sheets.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PDF files")
    what.add_parser("owed", parents=[common], help="labels that are still to be printed")
    label_templates.add(what, common)
    label_printing.add(what, common)
    return parser


# --- sheets ----------------------------------------------------------------------------------------------


def _sheets(settings: Config, language: str, wanted: Sequence[str], folder: Path) -> int:
    from labels import sheets

    station = settings.station
    key = keys.load_or_make(settings.data_folder, SystemRandom())
    for kind in wanted or ("commands", "grades", "badges"):
        if kind == "badges":
            listed = _badges(settings, language, needed=bool(wanted))
        elif kind == "device_test":
            listed = device_test_codes(language)
        else:
            listed = station_codes(kind, station.name, key, language)
        if not listed:
            continue
        generation = None if kind in ("badges", "device_test") else key.generation
        sheet = sheets.Sheet(kind, station.name, listed, language, station.mode, generation)
        path = folder / file_name(kind, station.name, generation, station.mode)
        write_file(path, sheets.render(sheet))
        sys.stdout.write(f"{path}: {len(listed)} codes\n")
    return 0


def station_codes(kind: str, station: str, key: keys.StationKey, language: str) -> list[Code]:
    """The codes of a station's ``commands`` or ``grades`` sheet, with captions in a language."""
    from labels.sheets import Code

    secret = codes.command_key(key.master, station)

    def code(scan: codes.SheetScan, caption: str) -> Code:
        return Code(codes.command(scan, station, key.generation, secret), caption[:1].upper() + caption[1:])

    if kind == "commands":
        return [code(CommandScan(command), render(say(f"key.{command.value}"), language)) for command in Command]
    graded = [code(GradeScan(grade), render(say(f"grade.{grade}"), language)) for grade in GRADES]
    return graded + [code(ChoiceScan(digit), str(digit)) for digit in _DIGITS]


def device_test_codes(language: str) -> list[Code]:
    """The codes that prove a scanner; they are the same at every station and command nothing."""
    from labels.sheets import CONTROLS, Code

    def code(name: str, text: str, symbology: str) -> Code:
        caption, note = (render(say(f"wizard.sheet.{key}"), language) for key in (name, f"{name}_note"))
        return Code(text, caption, note, symbology)

    return [
        code("letters", device_sheet.LETTERS, "code128"),
        code("gs1", device_sheet.GS1, "gs1-128"),
        code("ean", device_sheet.EAN, "ean13"),
        code("ascii", device_sheet.ASCII, "qr"),
        code("controls", device_sheet.CONTROLS, CONTROLS),
    ]


def _badges(settings: Config, language: str, *, needed: bool) -> list[Code]:
    from labels.sheets import Code

    try:
        answer: Any = asking.run(settings, "badges", {}, lambda _step: None)
    except (Refused, NoJournal) as error:
        if needed:
            raise
        sys.stderr.write(f"no badges: {error}\n")
        return []
    found = [
        Code(
            person["code"], person["name"], f"{person['worker_id']}  {render(say('role.' + person['role']), language)}"
        )
        for person in answer["badges"]
    ]
    if not found:
        sys.stderr.write("no badges: the hub has sent no people. Add one:  rma-station hub person put\n")
    return found


def file_name(kind: str, station: str, generation: int | None, mode: str) -> str:
    """``commands-bench-1-3.pdf``; in sample mode with ``SAMPLE-`` in front."""
    parts = [kind, re.sub(r"[^A-Za-z0-9-]+", "_", station)] + ([] if generation is None else [str(generation)])
    return ("SAMPLE-" if mode == "sample" else "") + "-".join(parts) + ".pdf"


# --- owed ------------------------------------------------------------------------------------------------


def _owed(settings: Config) -> int:
    answer: Any = asking.run(settings, "labels_owed", {}, lambda _step: None)
    rows = answer["labels"]
    if answer["mode"] == "sample":
        sys.stdout.write("SAMPLE\n")
    if not rows:
        sys.stdout.write("No label is owed.\n")
        return 0
    sys.stdout.write(f"{'LPN':<13}{'grade':<7}{'to':<13}{'SKU':<21}RMA\n")
    for row in rows:
        lpn, grade, destination, sku, rma = (
            clean(str(row[name]), 20) for name in ("lpn", "grade", "destination", "sku", "rma")
        )
        sys.stdout.write(f"{lpn:<13}{grade:<7}{destination:<13}{sku:<21}{rma}\n")
    return 1
