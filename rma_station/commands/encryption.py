"""What ``encrypt`` and ``decrypt`` share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rma_station import config, device_secrets
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.speaking import in_language, speaking, tell, which_language
from rma_station.config import Config
from rma_station.domain.outcome import say
from rma_station.errors import Refused
from rma_station.services.texts import render
from rma_station.store import encryption
from rma_station.system import SystemClock, SystemRandom

_EXITS = """\
exit codes
  0 done, 2 wrong call, 4 configuration
  3 a person must act: no journal, the station runs, no room, no key
"""


def execute(word: str, about: str, arguments: Sequence[str]) -> int:
    """Encrypt or decrypt the journal of a station; ``word`` says which."""
    parser = parser_of(word, about, _EXITS, parents=[which_station(), which_language()])
    parser.add_argument("--forget-old", action="store_true", help="only remove the journals that were kept aside")
    given = parser.parse_args(arguments)
    settings = in_language(config.load(given.config).with_data(given.data), given.language)
    with speaking(settings):
        return _forget_old(settings, word) if given.forget_old else _turn(settings, word)


def _forget_old(settings: Config, word: str) -> int:
    folder = settings.data_folder
    for gone in encryption.forget_old(folder):
        tell(settings, "encrypt.removed", path=str(gone))
    for kept in encryption.damaged_in_the_clear(folder) if word == "encrypt" else ():
        tell(settings, "encrypt.stays", path=str(kept))
    return 0


def _turn(settings: Config, word: str) -> int:
    folder, to_encrypted = settings.data_folder, word == "encrypt"
    encryption.refuse_same(folder, encrypt=to_encrypted)
    name, random = device_secrets.DATABASE_KEY, SystemRandom()
    key = device_secrets.find_or_make(folder, name, random) if to_encrypted else device_secrets.find(folder, name)
    if key is None:
        raise Refused(
            f"{folder / name} is missing: without the key nobody can read this journal.",
            say("stopped.key_missing", file=str(folder / name)),
        )

    def show(step: str) -> None:
        sys.stderr.write(render(say(f"encrypt.step.{step}"), settings.station.language) + "\n")

    aside, events = encryption.rewrite(
        folder,
        None if to_encrypted else key,
        key if to_encrypted else None,
        stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        clock=SystemClock(),
        step=show,
    )
    state = "on" if to_encrypted else "off"
    tell(settings, f"encrypt.{state}", count=events)
    tell(settings, "encrypt.aside", folder=str(aside), command=f"rma-station {word} --forget-old")
    if settings.station.encryption != state:
        tell(settings, "encrypt.set", state=state)
    return 0
