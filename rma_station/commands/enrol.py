"""``rma-station enrol``: let the hub know this station by a key of its own; an administrator compares four words."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rma_station import config, device_secrets
from rma_station.commands import asking
from rma_station.commands.writing import write_file
from rma_station.config import Config
from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import HubUnreachable, NotRunning, Refused, StationError
from rma_station.services import control
from rma_station.services.texts import render
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.enrolled import AUTHORITY
from sync.address_and_token import checked_address
from sync.enrolling import Enrolment, authority_to_pin, enrolment_of
from sync.enrolment import POLL_SECONDS, EnrolmentReply

_ABOUT = """\
Make this station's key and ask the hub to let it in. A code and four words
appear: on the hub's machine an administrator types

  rma-station hub enrolments approve CODE

and compares the words. The same words on both sides: nobody is in between.
Other words: refuse, and look at the network.

Ctrl-C is harmless: the same command goes on waiting. A station that runs
meanwhile keeps working, and sends as soon as it is let in.
"""
_EXAMPLES = """\
examples
  rma-station enrol --config my.toml
  rma-station enrol --config my.toml --code CODE      nobody at the hub: CODE is of
                                                      rma-station hub station invite NAME
  rma-station enrol --config my.toml --new-key        the key was ended, or this disk is
                                                      a copy of another station's

exit codes
  0 let in, 2 wrong call, 3 refused, not approved in time, or no hub, 4 configuration
"""
_ENDINGS = ("refused", "expired")


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = config.load(given.config).with_data(given.data)
    language = given.language or settings.station.language
    if settings.hub.embedded:
        _say(language, "enrol.embedded")
        return 0
    address = checked_address(settings.hub.url)
    if given.new_key:
        _put_aside(settings.data_folder, language)
    authority = authority_to_pin(address, given.code)
    seed = device_secrets.find_or_make(settings.data_folder, device_secrets.DEVICE_KEY, SystemRandom())
    name, mode, unix = settings.station.name, settings.station.mode, SystemClock().unix
    asking_hub = enrolment_of(name, mode, VERSION, seed, address, authority, given.code, unix)
    try:
        return _through(settings, asking_hub, authority, language)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        _say(language, "enrol.interrupted")
        return 130


def _through(settings: Config, asked: Enrolment, authority: str, language: str) -> int:
    reply = asked.begin()
    if reply.state == "waiting":
        _say(language, "enrol.code", code=reply.code)
        _say(language, "enrol.words", words=asked.words(reply.code))
        _say(language, "enrol.approve", code=reply.code)
        _say(language, "enrol.compare")
    reply = _wait(asked, reply, language)
    if reply.state != "approved":
        _say(language, f"enrol.{reply.state if reply.state in _ENDINGS else 'refused'}")
        return 3
    _pin(settings.data_folder, authority)
    _say(language, "enrol.approved", station=clean(reply.station), hub=clean(reply.hub.hub_id, 40))
    _wake(settings.data_folder)
    return 0


def _wait(asked: Enrolment, reply: EnrolmentReply, language: str) -> EnrolmentReply:
    """Until it is decided; a hub that does not answer for a while is waited for as well."""
    moving = sys.stdout.isatty()
    while reply.state == "waiting":
        if moving:
            left = render(say("enrol.left", minutes=max(1, reply.seconds_left // 60)), language)
            sys.stdout.write(f"\r{left}\x1b[K")
            sys.stdout.flush()
        time.sleep(POLL_SECONDS)
        try:
            reply = asked.look(reply.code)
        except HubUnreachable as error:
            if moving:
                sys.stdout.write(f"\r{clean(str(error), 76)}\x1b[K")
    if moving:
        sys.stdout.write("\r\x1b[K")
    return reply


def _put_aside(folder: Path, language: str) -> None:
    """The key that was: kept, under a name nothing reads."""
    if os.environ.get("CREDENTIALS_DIRECTORY"):
        raise Refused("this station's key is a credential of systemd: give it a new one there (docs/install.md)")
    file = folder / device_secrets.DEVICE_KEY
    if file.exists():
        aside = file.with_name(f"{file.name}.before-{int(time.time())}")
        file.rename(aside)
        _say(language, "enrol.aside", file=str(aside))


def _pin(folder: Path, authority: str) -> None:
    """From now on the station trusts this authority alone for its hub, or none but those everybody trusts."""
    file = folder / AUTHORITY
    if authority:
        write_file(file, authority.encode("ascii", "replace"))
    else:
        file.unlink(missing_ok=True)


def _wake(folder: Path) -> None:
    """Let a running station try at once."""
    with contextlib.suppress(NotRunning, StationError):
        control.ask(folder, "hub_again", {})


def _say(language: str, key: str, **values: str | int) -> None:
    sys.stdout.write(render(say(key, **values), language) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "rma-station enrol",
        description=_ABOUT,
        epilog=_EXAMPLES,
        parents=[asking.which_station()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--code", metavar="CODE", default="", help="a one-time code of: rma-station hub station invite NAME"
    )
    parser.add_argument("--new-key", action="store_true", help="with a new key; the one that was is put aside")
    parser.add_argument("--language", choices=("pl", "en"), help="default: the station's")
    return parser
