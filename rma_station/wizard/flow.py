"""The wizard from the list of what is plugged in to the section in the configuration.

Nothing is opened, grabbed or written to before it was chosen, and the file is changed only after its difference was
shown and agreed to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from drivers import discovery, names
from drivers.discovery import EVENT, HID_SCALE, HID_SCANNER, LP, Node
from rma_station.config import Config
from rma_station.devices import listing
from rma_station.domain.record import dataclass
from rma_station.errors import StationError
from rma_station.services import control
from rma_station.wizard import printers, scales, scanners
from rma_station.wizard.configuration import ConfigFile, difference, with_section
from rma_station.wizard.conversation import Conversation
from rma_station.wizard.hearing import Times
from rma_station.wizard.scanners import Section

KINDS = ("scanner", "scale", "printer")
NAMES = {"scanner": "scanner", "scale": "scale", "printer": "labels"}
"""What a first device of a kind is called unless somebody says otherwise."""
_NAME = re.compile(r"[\w.-]{1,40}")
_ADDRESS = re.compile(r"(?:socket:|tcp:)?(?P<place>[^\s:/?]+:\d{1,5})|(?P<ipp>ipps?://\S+)")


@dataclass(frozen=True)
class Setting:
    """Where the wizard works."""

    root: Path = Path("/")
    """Folder that has ``sys`` and ``dev``."""
    times: Times = Times()


@dataclass(frozen=True)
class Chosen:
    """A device to be proved."""

    kind: str
    url: str
    node: Node | None
    configured: str = ""
    """Name of the section it has already."""


def run(talk: Conversation, file: ConfigFile, setting: Setting) -> int:
    """Add devices until the person has had enough; returns how many sections were written.

    Raises:
        Left: the person went away.
        StationError: the configuration cannot be read or written.
    """
    talk.say("title", file=str(file.path))
    if file.new:
        talk.say("new_file")
    if file.config.station.mode == "sample":
        talk.say("sample_mode")
    _say_held(talk, file.config)
    written = 0
    while True:
        chosen = _choose(talk, file.config, setting.root)
        if chosen is None:
            break
        section = _prove(talk, chosen, setting)
        if section is None:
            talk.say("not_proved")
        elif _write(talk, file, chosen, section):
            written += 1
        if not talk.confirm("another", False):
            break
    if written:
        talk.say("restart")
    return written


def _say_held(talk: Conversation, config: Config) -> None:
    try:
        control.ask(config.data_folder, "status", {}, lambda _: None)
    except StationError:
        return
    talk.say("station_runs")


# --- choosing --------------------------------------------------------------------------------------------


def _choose(talk: Conversation, config: Config, root: Path) -> Chosen | None:
    while True:
        nodes = discovery.nodes(root)
        shown = [node for node in nodes if node.useful]
        for line in listing.plugged_in(nodes, config, talk.language):
            talk.line(line)
        answer = talk.ask("which", "q" if not shown else "").lower()
        if answer == "q":
            return None
        if answer == "l":
            talk.understood()
            continue
        if answer == "n":
            found = _in_the_network(talk)
        elif answer.isascii() and answer.isdecimal() and 1 <= int(answer[:6]) <= len(shown):
            found = _node(talk, config, nodes, shown[int(answer) - 1])
        else:
            talk.say("which_not")
            continue
        if found is not None:
            talk.understood()
            return found


def _node(talk: Conversation, config: Config, nodes: Sequence[Node], node: Node) -> Chosen | None:
    if not node.usable:
        talk.say("no_access", path=node.path)
        return None
    best = names.lasting(node, nodes)
    if best.twins:
        talk.say("twins", others=" ".join(best.twins))
    elif best.holds == names.NOTHING:
        talk.say("no_name", path=node.path)
    own = names.configured([node], config.device_urls).get(node.path, [])
    if own and not talk.confirm("configured", False, name=own[0]):
        return None
    return Chosen(_kind(talk, node), best.url, node, own[0] if own else "")


def _kind(talk: Conversation, node: Node) -> str:
    """What a node is for; only a serial line can be anything."""
    if node.kind == EVENT or HID_SCANNER in node.traits:
        return "scanner"
    if node.kind == LP:
        return "printer"
    if HID_SCALE in node.traits:
        return "scale"
    return KINDS[talk.choose("what", [talk.word(f"kind.{kind}") for kind in KINDS[:2]])]


def _in_the_network(talk: Conversation) -> Chosen | None:
    kind = KINDS[talk.choose("what", [talk.word(f"kind.{kind}") for kind in KINDS])]
    answer = talk.ask("address_printer" if kind == "printer" else "address")
    found = _ADDRESS.fullmatch(answer)
    if found is None or (found["ipp"] and kind != "printer"):
        talk.say("address_not")
        return None
    return Chosen(kind, found["ipp"] or f"{'tcp' if kind == 'printer' else 'socket'}:{found['place']}", None)


# --- proving and writing ---------------------------------------------------------------------------------


def _prove(talk: Conversation, chosen: Chosen, setting: Setting) -> Section | None:
    if chosen.kind == "printer":
        return printers.prove(talk, chosen.url)
    if chosen.kind == "scale":
        return scales.prove(talk, chosen.url, setting.root, setting.times)
    return scanners.prove(talk, chosen.url, chosen.node, setting.root, setting.times)


def _write(talk: Conversation, file: ConfigFile, chosen: Chosen, section: Section) -> bool:
    name = chosen.configured or _name(talk, chosen.kind, file.config)
    text = with_section(file.text, chosen.kind, {"name": name, **section}, chosen.configured or None)
    file.read(text)
    talk.say("difference")
    for line in difference(file.text, text, file.path.name):
        talk.line(f"  {line}")
    if not talk.confirm("write", True, file=str(file.path)):
        talk.say("not_written")
        return False
    backup = file.write(text)
    talk.say("written", file=str(file.path))
    if backup is not None:
        talk.say("backup", file=str(backup))
    return True


def _name(talk: Conversation, kind: str, config: Config) -> str:
    taken = {name for name, _ in config.device_urls}
    first = NAMES[kind]
    free = next(name for number in range(1, 1000) if (name := f"{first}{number if number > 1 else ''}") not in taken)
    while True:
        name = talk.ask("name", free)
        if _NAME.fullmatch(name) and name not in taken:
            talk.understood()
            return name
        talk.say("name_taken" if name in taken else "name_not", name=name)
