"""``rma-station devices``: what is plugged in and configured, what it sends, adding a device, replaying a recording.

List asks the running station for the states of its devices, or opens them for a moment itself; watch opens them, and a
station that runs keeps its own: such a device is shown as held. Nothing but the questions of its own protocol is sent
to a configured device, and nothing at all to any other.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import queue
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rma_station.commands.arguments import parser_of
from rma_station.config import Config, load
from rma_station.devices.running import described, look, of_the_station, running
from rma_station.errors import Refused
from rma_station.ports import DeviceState, RawScan
from rma_station.services.texts import word

_ABOUT = """\
list shows what is plugged in, with the url that stays the same, and what is
configured, with its state. watch shows what the configured devices send.
wizard proves a device that was plugged in and adds it to your configuration.
replay plays a file made by --record through the drivers of this version.
"""
_EXITS = """\
exit codes
  0 done, 1 a configured device is not ready, 2 wrong call, 4 configuration
  3 a person must act: a file that cannot be read or written
"""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = parser_of("devices", _ABOUT, _EXITS)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="configuration; default: the shipped one")
    common.add_argument("--language", choices=("pl", "en"), help="default: the station's")
    common.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)  # a machine made of files
    what = made.add_subparsers(dest="what", required=True, metavar="list|watch|wizard|replay")
    listed = what.add_parser("list", parents=[common], help="what is plugged in and what is configured")
    listed.add_argument("--all", action="store_true", help="also volume keys and the raw side of keyboards")
    watch = what.add_parser("watch", parents=[common], help="show what the configured devices send")
    watch.add_argument("--seconds", type=float, help="end after so long (default: until ctrl+c)")
    watch.add_argument("--record", type=Path, metavar="FILE", help="write every byte to a new file, for support")
    wizard = what.add_parser("wizard", parents=[common], help="find a device, prove it, add it to the configuration")
    wizard.add_argument("--patience", type=float, default=60.0, help="seconds to wait for a scan (default: 60)")
    replay = what.add_parser("replay", help="play a recording through the drivers")
    replay.add_argument("file", type=Path, help="made by --record of run or devices watch")
    replay.add_argument("--speed", type=float, default=1.0, help="1 as it went (default), 10 faster, 0 at once")
    return made


def execute(arguments: list[str]) -> int:
    """Run one of them; 0 when done, 1 when a configured device is not ready."""
    given = parser().parse_args(arguments)
    logging.getLogger("drivers").addHandler(logging.NullHandler())  # what they log is shown as states here
    parts: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "watch": _watch,
        "wizard": _wizard,
        "replay": _replay,
    }
    return parts[given.what](given)


def _configured(given: argparse.Namespace) -> tuple[Config, str]:
    config = load(given.config)
    return config, given.language or config.station.language


def _list(given: argparse.Namespace) -> int:
    from drivers import discovery
    from rma_station.devices import listing

    config, language = _configured(given)
    for line in listing.plugged_in(discovery.nodes(given.root), config, language, given.all):
        _say(line)
    statuses = of_the_station(config) or look(config)
    _say("")
    for line in listing.configured(config, statuses, language):
        _say(line)
    return 0 if all(status.state is DeviceState.READY for status in statuses) else 1


def _watch(given: argparse.Namespace) -> int:
    config, language = _configured(given)
    if not (config.scanner or config.scale):
        _say(word("devices.nothing_to_watch", language))
        return 0
    if given.record is not None:
        _say(word("devices.recording", language))
    with contextlib.suppress(KeyboardInterrupt), running(config, given.record) as (_, news):
        began = time.monotonic()
        shown = ""
        while given.seconds is None or time.monotonic() - began < given.seconds:
            try:
                message = news.get(timeout=0.2)
            except queue.Empty:
                continue
            line = described(message)
            if line != shown or isinstance(message, RawScan):
                _say(f"{time.monotonic() - began:10.3f}  {line}")
            shown = line
    return 0


def _wizard(given: argparse.Namespace) -> int:
    from rma_station.wizard import flow
    from rma_station.wizard.configuration import ConfigFile
    from rma_station.wizard.conversation import Conversation
    from rma_station.wizard.hearing import Times

    if given.config is None:
        raise Refused("give --config FILE: the file to add devices to; one that does not exist yet is made")
    file = ConfigFile(given.config)
    talk = Conversation(given.language or file.config.station.language)
    flow.run(talk, file, flow.Setting(given.root, Times(scan=given.patience)))
    return 0


def _replay(given: argparse.Namespace) -> int:
    from rma_station.devices.replaying import replay

    if given.speed < 0:
        raise Refused(f"--speed {given.speed:g}: give 0 (at once) or more.")
    with contextlib.suppress(KeyboardInterrupt):
        for line in replay(given.file, given.speed):
            _say(line)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
