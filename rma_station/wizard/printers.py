"""Asks a printer what it is, and a person for what it does not say."""

from __future__ import annotations

from collections.abc import Sequence

from labels.media import DOTS_PER_MM, MEDIA
from labels.printers.discovery import Found, look
from labels.printers.talk import TALKS
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
            talk.say("printer.silent", problem=found.problem, detail=found.detail)
            if not talk.confirm("printer.by_hand", False):
                return None
        else:
            talk.say("printer.is", model=found.model or "?", detail=found.detail)
    languages = ("pdf", *TALKS) if url.startswith("ipp") else tuple(TALKS)
    language = found.language if found.language in languages else _chosen(talk, "printer.language", languages, None)
    dpi = found.dpi or int(_chosen(talk, "printer.dpi", [str(dpi) for dpi in DOTS_PER_MM], None))
    media = _chosen(talk, "printer.media", list(MEDIA), found.media)
    return {"url": url, "language": language or languages[0], "dpi": dpi, "media": media}


def _chosen(talk: Conversation, key: str, options: Sequence[str], default: str | None) -> str:
    place = options.index(default) if default in options else None
    return options[talk.choose(key, options, place)]
