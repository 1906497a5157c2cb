"""Asks a printer what it is, and a person for what it does not say; proves it by a label."""

from __future__ import annotations

from collections.abc import Sequence

from labels.media import DOTS_PER_MM, MEDIA
from labels.printers.discovery import Found, look
from labels.printers.opening import open_printer
from labels.printers.talk import TALKS
from rma_station.config import PrinterSection
from rma_station.domain.outcome import say
from rma_station.errors import ConfigError
from rma_station.ports import PrintResult
from rma_station.services.print_requests import proof_label
from rma_station.services.texts import render
from rma_station.wizard.conversation import Conversation
from rma_station.wizard.scanners import Section


def prove(talk: Conversation, url: str) -> Section | None:
    """Find out about the printer at a URL.

    Args:
        talk: the person.
        url: ``lp:...``, ``tcp:HOST:PORT`` or ``ipp://...``.

    Returns:
        ``url``, ``language``, ``dpi`` and ``media`` for its section, ``None`` when it was given up.
    """
    found = Found(url)
    if talk.confirm("printer.may_ask", True, url=url):
        talk.say("printer.asking")
        found = look(url)
        if found.problem:
            talk.say("printer.silent", problem=_remedy(talk, found.problem), detail=found.detail)
            if not talk.confirm("printer.by_hand", False):
                return None
        else:
            talk.say("printer.is", model=found.model or "?", detail=found.detail)
    languages = ("pdf", *TALKS) if url.startswith("ipp") else tuple(TALKS)
    language = found.language if found.language in languages else _chosen(talk, "printer.language", languages, None)
    dpi = found.dpi or int(_chosen(talk, "printer.dpi", [str(dpi) for dpi in DOTS_PER_MM], None))
    media = _chosen(talk, "printer.media", list(MEDIA), found.media)
    section: Section = {"url": url, "language": language or languages[0], "dpi": dpi, "media": media}
    _print_a_label(talk, section)
    return section


def _print_a_label(talk: Conversation, section: Section) -> None:
    """As often as the person likes: the section is written whatever comes of it."""
    again = "printer.test"
    while talk.confirm(again, True):
        try:
            printer = open_printer(PrinterSection("labels", **section), "live", "")  # type: ignore[arg-type]
        except ConfigError as error:
            talk.say("printer.not_printed", problem=error.allowed)
            return
        report = printer.print(proof_label("wizard", str(section["url"])), talk.language)
        if report.result is PrintResult.NOT_SENT:
            problem = report.detail if "refused" in report.problems else _remedy(talk, *report.problems)
            talk.say("printer.not_printed", problem=problem)
        else:
            talk.say(f"printer.{report.result.value}")
            if talk.confirm("printer.good", True):
                return
            talk.say("printer.mend")
        again = "printer.test_again"


def _remedy(talk: Conversation, *problems: str) -> str:
    return render(say("flow.remedy", problem=(*problems, "unknown")[0]), talk.language)


def _chosen(talk: Conversation, key: str, options: Sequence[str], default: str | None) -> str:
    place = options.index(default) if default in options else None
    return options[talk.choose(key, options, place)]
