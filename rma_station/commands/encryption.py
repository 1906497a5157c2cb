"""What ``encrypt`` and ``decrypt`` share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rma_station import config, device_secrets
from rma_station.commands import asking
from rma_station.errors import Refused
from rma_station.store import encryption
from rma_station.system import SystemClock, SystemRandom


def execute(word: str, about: str, arguments: Sequence[str]) -> int:
    """Turn the journal; ``word`` is ``encrypt`` or ``decrypt``."""
    parser = argparse.ArgumentParser(
        f"rma-station {word}",
        description=about,
        parents=[asking.which_station()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--forget-old", action="store_true", help="only remove the journals that were kept aside")
    given = parser.parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    folder = settings.data_folder
    if given.forget_old:
        for gone in encryption.forget_old(folder):
            sys.stdout.write(f"{gone} is removed\n")
        for kept in encryption.damaged_in_the_clear(folder) if word == "encrypt" else ():
            sys.stdout.write(f"{kept} stays, in the clear: remove it when the hub's alert of it is dealt with\n")
        return 0
    to_encrypted = word == "encrypt"
    encryption.refuse_same(folder, encrypt=to_encrypted)
    name, random = device_secrets.DATABASE_KEY, SystemRandom()
    key = device_secrets.find_or_make(folder, name, random) if to_encrypted else device_secrets.find(folder, name)
    if key is None:
        raise Refused(f"{folder / name} is missing: without the key nobody can read this journal.")
    aside, events = encryption.rewrite(
        folder,
        None if to_encrypted else key,
        key if to_encrypted else None,
        stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        clock=SystemClock(),
        step=_say,
    )
    state = "on" if to_encrypted else "off"
    sys.stdout.write(
        f"{events} events, verified. The journal is {'' if to_encrypted else 'no longer '}encrypted.\n"
        f"What it was is kept in {aside} until:  rma-station {word} --forget-old\n"
    )
    if settings.station.encryption != state:
        sys.stdout.write(f'Now set  station.encryption = "{state}"  in your configuration.\n')
    return 0


def _say(step: str) -> None:
    sys.stderr.write(f"{step}...\n")
