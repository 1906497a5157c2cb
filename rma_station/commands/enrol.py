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
from rma_station.commands.arguments import parser_of, which_station
from rma_station.commands.speaking import in_language, in_words, speaking, tell, which_language
from rma_station.commands.writing import write_file
from rma_station.config import Config
from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import HubUnreachable, NoJournal, NotRunning, Refused, StationError
from rma_station.services import control
from rma_station.services.texts import render
from rma_station.store import swap
from rma_station.store.journal import Journal
from rma_station.store.upload_only import UploadOnlyReader
from rma_station.system import SystemClock, SystemRandom
from rma_station.version import VERSION
from rma_station.wiring.at_rest import database_key
from rma_station.wiring.enrolled import AUTHORITY, pinned_authority
from sync.address_and_token import checked_address
from sync.enrolling import Enrolment, KnownHub, authority_to_pin, check_pinned, enrolment_of
from sync.enrolment import INVITED_AUTHORITY, POLL_SECONDS, EnrolmentReply
from sync.words import authority_id

_ABOUT = """\
Make this station's key and ask the hub to let it in. A code and four words
appear: on the hub's machine an administrator types

  rma-station hub enrolments approve CODE

and compares the words. The same words on both sides: nobody is in between.
Other words: refuse, and look at the network.

Ctrl-C is harmless: the same command goes on waiting. A station that runs
meanwhile keeps working, and sends as soon as it is let in.

A station that trusts a hub already asks under that authority alone and changes
nothing when it is in. Where the hub shows another one, it stops.
"""
_EXAMPLES = """\
examples
  rma-station enrol --config my.toml
  rma-station enrol --config my.toml --code CODE      nobody at the hub: CODE is of
                                                      rma-station hub station invite NAME
  rma-station enrol --config my.toml --new-key        the key was ended, or this disk is
                                                      a copy of another station's
  rma-station enrol --config my.toml --other-hub      the hub was set up anew: trust its new
                                                      authority once the words were compared

exit codes
  0 let in, 2 wrong call, 3 refused, not approved in time, or no hub, 4 configuration
"""
_ENDINGS = ("refused", "expired")


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    given = _parser().parse_args(arguments)
    settings = in_language(config.load(given.config).with_data(given.data), given.language)
    if settings.hub.embedded:
        tell(settings, "enrol.embedded")
        return 0
    with speaking(settings):
        return _enrol(settings, given.code, new_key=given.new_key, other_hub=given.other_hub)


def _enrol(settings: Config, code: str, *, new_key: bool, other_hub: bool) -> int:
    address = checked_address(settings.hub.url)
    folder, unix = settings.data_folder, SystemClock().unix
    pinned, known = pinned_authority(folder), _known_hub(settings)
    if pinned and not other_hub:
        check_pinned(address, pinned, code, unix)
        authority = pinned
    else:
        authority = authority_to_pin(address, code)
    if pinned and authority != pinned:
        tell(settings, "enrol.authorities", trusted=_shown(pinned), seen=_shown(authority))
    if new_key:
        _refuse_credential()
        _put_aside(settings, folder / device_secrets.DEVICE_KEY, "enrol.aside")
    seed = device_secrets.find_or_make(settings.data_folder, device_secrets.DEVICE_KEY, SystemRandom())
    verified = authority in ("", pinned)
    name, mode = settings.station.name, settings.station.mode
    asked = enrolment_of(name, mode, VERSION, seed, address, authority, code, unix, verified)
    try:
        return _through(settings, asked, known)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        tell(settings, "enrol.interrupted")
        return 130


def _through(settings: Config, asked: Enrolment, known: KnownHub) -> int:
    address, folder = settings.hub.url, settings.data_folder
    reply = asked.begin()
    known.check(address, reply)
    in_already = reply.state == "approved" and not asked.asked.invitation
    if in_already and not asked.asked.verified:
        raise Refused(
            f"{address} lets this station in though nobody compared words: that is not believed. Nothing was changed.",
            say("stopped.nobody_compared", address=address),
        )
    if reply.state == "waiting":
        tell(settings, "enrol.code", code=reply.code)
        tell(settings, "enrol.words", words=asked.words(reply.code))
        tell(settings, "enrol.approve", code=reply.code)
        tell(settings, "enrol.compare")
    reply = _wait(settings, asked, reply)
    if reply.state != "approved":
        tell(settings, f"enrol.{reply.state if reply.state in _ENDINGS else 'refused'}")
        return 3
    known.check(address, reply)
    _pin(settings, asked.authority)
    key = "enrol.already" if in_already else "enrol.approved"
    tell(settings, key, station=clean(reply.station), hub=clean(reply.hub.hub_id, 40))
    _wake(folder)
    return 0


def _wait(settings: Config, asked: Enrolment, reply: EnrolmentReply) -> EnrolmentReply:
    """Until it is decided; a hub that does not answer for a while is waited for as well."""
    moving = sys.stdout.isatty()
    while reply.state == "waiting":
        if moving:
            left = render(say("enrol.left", minutes=max(1, reply.seconds_left // 60)), settings.station.language)
            sys.stdout.write(f"\r{left}\x1b[K")
            sys.stdout.flush()
        time.sleep(POLL_SECONDS)
        try:
            reply = asked.look(reply.code)
        except HubUnreachable as error:
            if moving:
                sys.stdout.write(f"\r{clean(in_words(error, settings.station.language), 76)}\x1b[K")
    if moving:
        sys.stdout.write("\r\x1b[K")
    return reply


def _known_hub(settings: Config) -> KnownHub:
    """The hub that the journal belongs to, from the running station or from the file."""
    folder = settings.data_folder
    with contextlib.suppress(NotRunning):
        found = control.ask(folder, "status", {})
        return KnownHub(str(found.get("hub_id", "")), str(found.get("hub_key", "")))
    if not (folder / swap.FILE).exists():
        return KnownHub()
    clock = SystemClock()
    try:
        journal = Journal.open(
            folder,
            station="rma-station enrol",
            mode=settings.station.mode,
            app_version=VERSION,
            clock=clock,
            random=SystemRandom(),
            key=database_key(settings),
            read_only=True,
        )
    except NoJournal:
        return KnownHub()
    try:
        reader = UploadOnlyReader(journal, clock)
        return KnownHub(reader.hub_id(), reader.hub_key())
    finally:
        journal.close()


def _refuse_credential() -> None:
    if os.environ.get("CREDENTIALS_DIRECTORY"):
        raise Refused(
            "this station's key is a credential of systemd: give it a new one there (docs/install.md)",
            say("stopped.credential"),
        )


def _put_aside(settings: Config, file: Path, key: str) -> None:
    """What was: kept, under a name nothing reads."""
    if file.exists():
        aside = file.with_name(f"{file.name}.before-{int(time.time())}")
        file.rename(aside)
        tell(settings, key, file=str(aside))


def _pin(settings: Config, authority: str) -> None:
    """From now on the station trusts this authority alone for its hub, or none but those everybody trusts."""
    folder = settings.data_folder
    file = folder / AUTHORITY
    if authority == pinned_authority(folder):
        return
    _put_aside(settings, file, "enrol.authority_aside")
    if authority:
        write_file(file, authority.encode("ascii", "replace"))


def _shown(authority: str) -> str:
    """An authority for people: the digits an invitation names it by."""
    digits = authority_id(authority)[:INVITED_AUTHORITY]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)) or "-"


def _wake(folder: Path) -> None:
    """Let a running station try at once."""
    with contextlib.suppress(NotRunning, StationError):
        control.ask(folder, "hub_again", {})


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("enrol", _ABOUT, _EXAMPLES, parents=[which_station(), which_language()])
    parser.add_argument(
        "--code", metavar="CODE", default="", help="a one-time code of: rma-station hub station invite NAME"
    )
    parser.add_argument("--new-key", action="store_true", help="with a new key; the one that was is put aside")
    parser.add_argument(
        "--other-hub", action="store_true", help="trust another authority than so far; the old one is put aside"
    )
    return parser
