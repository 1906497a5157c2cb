"""``rma-station labels preview`` and ``labels check``: see a label before it is printed, and try templates out."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from labels import geometry, kinds, raster, rendering, terminal
from labels.check import Verdict, verdict
from labels.examples import examples
from labels.layout import lay_out
from labels.media import DOTS_PER_MM, MEDIA
from labels.template_folders import Templates, load
from labels.words import LANGUAGES
from rma_station.commands.writing import write_file
from rma_station.config import Config
from rma_station.domain.clean import clean

EXIT_REFUSED = 1


def add(what: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Add ``labels preview`` and ``labels check`` with their arguments."""
    preview = what.add_parser("preview", parents=[common], help="show a label in the terminal, or write it to a file")
    preview.add_argument("kind", choices=kinds.LABELS, help=f"one of {', '.join(kinds.LABELS)}", metavar="KIND")
    preview.add_argument(
        "--example", default="plain", metavar="NAME", help="plain (default), longest, or a disposition"
    )
    preview.add_argument(
        "--printer-language", choices=rendering.LANGUAGES, help="what --out gets; default: by its name"
    )
    preview.add_argument("--out", type=Path, metavar="FILE", help="write it instead of showing it, such as label.png")
    check = what.add_parser("check", parents=[common], help="render, read back and grade every template")
    check.add_argument("kinds", nargs="*", metavar="KIND", help="only these; every kind without one")
    for parser in (preview, check):
        several = "nothing: all" if parser is check else "the first printer's"
        parser.add_argument("--media", choices=tuple(MEDIA), help=f"label stock; default: {several}")
        parser.add_argument("--dpi", type=int, choices=tuple(DOTS_PER_MM), help=f"resolution; default: {several}")
        parser.add_argument("--language", choices=LANGUAGES, help="language of the words on it")
        parser.add_argument("--templates", type=Path, metavar="DIR", help="another template folder than the configured")


def templates_of(settings: Config, given: argparse.Namespace) -> Templates:
    """The templates to use. Raises ``ConfigError`` when a file of one's own cannot be used."""
    return load(given.templates or settings.labels.folder)


def preview(settings: Config, given: argparse.Namespace) -> int:
    """Show or write one label; the exit code."""
    printer = settings.printer[0] if settings.printer else None
    media = given.media or (printer.media if printer else "57x32")
    dpi = given.dpi or (printer.dpi if printer else 203)
    words = given.language or settings.station.language
    template = templates_of(settings, given).find(given.kind, media)
    found = examples(given.kind, words, settings.station.mode)
    if given.example not in found:
        sys.stderr.write(f"There is no example {clean(given.example, 40)!r}. Choose one of {', '.join(found)}.\n")
        return 2
    label = lay_out(template, found[given.example], words, dpi, f"{given.kind} {given.example}")
    if given.out is not None:
        language = given.printer_language or given.out.suffix.lstrip(".").lower() or "png"
        data = rendering.render(label, language)
        write_file(given.out, data)
        sys.stdout.write(f"{given.out}: {len(data)} bytes of {language}\n")
    else:
        how = terminal.protocol(os.environ) if sys.stdout.isatty() else "blocks"
        columns = shutil.get_terminal_size().columns
        picture = raster.picture(label)
        png = rendering.render(label, "png")
        sys.stdout.write(terminal.shown(picture, png, how, columns, colours=sys.stdout.isatty()))
    for problem in geometry.problems(label):
        sys.stderr.write(f"{problem}\n")
    return EXIT_REFUSED if geometry.problems(label) else 0


def check(settings: Config, given: argparse.Namespace) -> int:
    """Try every template; the exit code is not 0 when one is refused."""
    unknown = [kind for kind in given.kinds if kind not in kinds.LABELS]
    if unknown:
        sys.stderr.write(f"There is no label {clean(unknown[0], 40)!r}. Choose from {', '.join(kinds.LABELS)}.\n")
        return 2
    templates = templates_of(settings, given)
    sys.stdout.write(f"{'label':<16}{'media':<9}{'dpi':<5}{'words':<7}barcodes (dots a module, mm, blank, height)\n")
    refused = done = 0
    for kind in given.kinds or kinds.LABELS:
        for media in [given.media] if given.media else MEDIA:
            template = templates.find(kind, media)
            for dpi in [given.dpi] if given.dpi else DOTS_PER_MM:
                for words in [given.language] if given.language else LANGUAGES:
                    found = verdict(template, words, dpi)
                    sys.stdout.write("".join(_lines(found)))
                    refused += bool(found.problems)
                    done += 1
    sys.stdout.write(f"{done} labels in {len(rendering.LANGUAGES)} printer languages, {refused} refused.\n")
    return EXIT_REFUSED if refused else 0


def _lines(found: Verdict) -> Iterable[str]:
    template = found.template
    measures = "; ".join(
        f"{grade.symbology} {grade.module} = {grade.millimetres:.3f}, {grade.quiet:.0f} of {grade.needed}, "
        f"{grade.height:.1f}"
        for grade in found.grades
    )
    yield f"{template.kind:<16}{template.media.name:<9}{found.dpi:<5}{found.words:<7}{measures}\n"
    yield f"{'':<37}bytes: {', '.join(f'{language} {size}' for language, size in found.sizes.items())}\n"
    for problem in found.problems:
        yield f"  REFUSED {clean(template.file, 120)}: {problem}\n"
