"""``rma-station printers``: the state of printers, a test label, documents as they are, and how print jobs ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from labels import kinds
from labels.carrier import LARGEST, kind_of
from rma_station.commands import asking, label_printing
from rma_station.commands.arguments import parser_of, which_station
from rma_station.config import Config, PrinterSection, load
from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import NotRunning, Refused
from rma_station.ports import WORKING, DeviceState, DeviceStatus
from rma_station.services import control
from rma_station.services.print_requests import FORMATS, proof_label, read_document
from rma_station.services.texts import render, word
from rma_station.wiring.routing import route

_ABOUT = """\
list shows every printer with its state, the remedy when it cannot print, what
kinds of label it is there for and who stands in for it.

test prints a label with Polish letters and the barcode TEST-0001 to scan.

print prints a file exactly as it is: a carrier's label, a sheet. It goes to a
printer that is there for its kind and understands its language. The same file
is printed once; --again prints one more.

jobs lists what is waiting, what nobody knows about, and the last jobs. A job
that is unknown is never sent again by itself: look at the printer, then say
--came-out or --missing. A unit's label is scanned at the station instead.
"""
_EXAMPLES = """\
examples
  rma-station printers list --config my.toml
  rma-station printers test labels
  rma-station printers print dpd-label.pdf
  rma-station printers print sheet.pdf --kind badges
  rma-station printers jobs --came-out 0193

exit codes
  0 done, 1 a printer cannot print, or nobody knows whether one did, 2 wrong call
  3 a person must act: nothing was printed, no station runs, 4 configuration
"""
DOCUMENTS = (kinds.CARRIER, *kinds.SHEETS, kinds.RETURN_SLIP, kinds.CUSTOMER_RETURN)


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = load(given.config).with_data(given.data)
    parts: dict[str, Callable[[Config, argparse.Namespace], int]] = {
        "list": _list,
        "test": _test,
        "print": _print,
        "jobs": _jobs,
    }
    return parts[given.what](settings, given)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("printers", _ABOUT, _EXAMPLES)
    common = which_station()
    what = parser.add_subparsers(dest="what", required=True, metavar="list|test|print|jobs")
    what.add_parser("list", parents=[common], help="printers, their state and the remedy")
    test = what.add_parser("test", parents=[common], help="print a test label")
    test.add_argument("name", nargs="?", help="of the printer; may be left out where there is one")
    document = what.add_parser("print", parents=[common], help="print a file as it is")
    document.add_argument("file", type=Path)
    document.add_argument("--kind", choices=DOCUMENTS, default=kinds.CARRIER, help="what it is for; default: carrier")
    document.add_argument("--format", choices=FORMATS, default="", help="printer language, if it is not seen")
    document.add_argument("--again", action="store_true", help="one more of a file that was handed in before")
    jobs = what.add_parser("jobs", parents=[common], help="print jobs and how they ended")
    ended = jobs.add_mutually_exclusive_group()
    ended.add_argument("--came-out", metavar="JOB", help="it came out of the printer (the beginning of its id)")
    ended.add_argument("--missing", metavar="JOB", help="it did not come out")
    return parser


# --- printers --------------------------------------------------------------------------------------------


def _list(settings: Config, _: argparse.Namespace) -> int:
    language = settings.station.language
    statuses = _statuses(settings)
    if not statuses:
        _say("no printer is configured; in sample mode the virtual bench takes its place while the station runs")
        return 0
    sections = {section.name: section for section in settings.printer}
    for status in statuses:
        section = sections.get(status.name)
        where = f"  {clean(section.url)} ({section.language}, {section.dpi} dpi, {section.media})" if section else ""
        _say(f"{clean(status.name):<14} {word(f'service.state.{status.state.value}', language):<12}{where}")
        for problem in status.problems:
            _say(f"{'':<14} {render(say('flow.remedy', problem=problem), language)}")
        if status.detail:
            _say(f"{'':<14} {clean(status.detail)}")
        if section is not None:
            _say(f"{'':<14} {_there_for(section)}")
    return 0 if all(status.state in WORKING for status in statuses) else 1


def _there_for(section: PrinterSection) -> str:
    what = ", ".join(section.kinds) or "all that no other printer is there for"
    return f"prints {what}" + (f"; {clean(section.fallback)} stands in" if section.fallback else "")


def _statuses(settings: Config) -> list[DeviceStatus]:
    """From the running station, which holds its printers; else each is asked."""
    try:
        answer: Any = control.ask(settings.data_folder, "printers", {})
    except NotRunning:
        from labels.printers.opening import open_printer

        return [open_printer(one, settings.station.mode, settings.file).status() for one in settings.printer]
    return [
        DeviceStatus(one["name"], "printer", DeviceState(one["state"]), one["detail"], tuple(one["problems"]))
        for one in answer
    ]


def _test(settings: Config, given: argparse.Namespace) -> int:
    names = [status.name for status in _statuses(settings)] if given.name is None else [given.name]
    if len(names) != 1:
        listed = f"Choose one of {', '.join(map(clean, names))}." if names else "There is none."
        raise Refused(f"which printer is to print a test label? {listed}")
    job = proof_label("direct", names[0])
    try:
        answer: Any = control.ask(settings.data_folder, "print_test", {"printer": names[0]})
    except NotRunning:
        section = next((one for one in settings.printer if one.name == names[0]), None)
        if section is None:
            raise Refused(f"there is no printer {clean(names[0])!r} in {settings.file}.") from None
        return label_printing.use_printer(settings, section, job, settings.station.language)
    return label_printing.watch(settings, str(answer["job"]), job.title)


# --- documents -------------------------------------------------------------------------------------------


def _print(settings: Config, given: argparse.Namespace) -> int:
    path = given.file.resolve()
    spoken = given.format or _spoken(path, given.kind)
    request = {"path": str(path), "kind": given.kind, "format": spoken, "again": given.again}
    try:
        answer: Any = control.ask(settings.data_folder, "print_document", request)
    except NotRunning:
        job = read_document(path, given.kind, spoken)
        named = route(settings)(job)
        section = next((one for name in named for one in settings.printer if one.name == name), None)
        if section is None or settings.station.mode == "sample":
            raise Refused(
                f"no station runs here, and no configured printer is there for {given.kind} in {job.format}. "
                "Start the station, or see printers list."
            ) from None
        return label_printing.use_printer(settings, section, job, settings.station.language)
    return label_printing.watch(settings, str(answer["job"]), clean(path.name, 60))


def _spoken(path: Path, kind: str) -> str:
    """The printer language of a carrier's label; empty for any other kind, and for a file that cannot be read here.

    Raises:
        Refused: it is no label, or cut short: half of one prints, and the parcel goes astray.
    """
    if kind != kinds.CARRIER:
        return ""
    try:
        with path.open("rb") as file:
            return kind_of(file.read(LARGEST + 1))
    except Refused as error:
        raise Refused(f"{clean(path.name, 60)}: {error} To print it all the same give --format.") from None
    except OSError:
        return ""


# --- jobs ------------------------------------------------------------------------------------------------


def _jobs(settings: Config, given: argparse.Namespace) -> int:
    answer: Any = asking.run(settings, "print_jobs", {}, lambda _step: None)
    rows = answer["jobs"]
    wanted = given.came_out or given.missing
    if wanted:
        return _settle(settings, [row["job"] for row in rows if row["job"].startswith(wanted)], wanted, given)
    if not rows:
        _say("nothing was printed yet")
        return 0
    for row in sorted(rows, key=lambda row: str(row["job"])):
        shown = (str(row[name]) for name in ("job", "state", "printer", "title", "changed_at", "detail"))
        job, state, printer, title, at, detail = (clean(text, 40) for text in shown)
        _say(f"{job[:13]:<14}{state:<10} {printer:<12} {title:<22} {at[:19]} {detail}".rstrip())
    return 1 if any(row["state"] == "unknown" for row in rows) else 0


def _settle(settings: Config, found: Sequence[str], wanted: str, given: argparse.Namespace) -> int:
    if len(found) != 1:
        raise Refused(f"{len(found)} of the listed jobs begin with {clean(wanted, 40)!r}: see printers jobs.")
    try:
        request = {"job": found[0], "came_out": bool(given.came_out)}
        answer: Any = control.ask(settings.data_folder, "print_seen", request)
    except NotRunning:
        raise Refused("start the station first: it keeps the record of what was printed.") from None
    _say(f"{clean(str(answer['title']))}: {clean(str(answer['state']))}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
