"""Proves a scale: listens, asks harmless questions on the chosen port only, and compares with a known weight."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from drivers.address import parse_url
from drivers.catalogue import PROTOCOLS, open_scale, scale_protocol
from drivers.hid_scale import hid_scale
from drivers.scales.protocol import LineSettings, ScaleProtocol
from drivers.scales.recognise import Guess, decided, guesses, line_settings, probes
from drivers.transport import Stream, open_url
from rma_station.domain.clean import clean, clean_bytes
from rma_station.domain.weight import Reading
from rma_station.errors import DeviceLost
from rma_station.ports import DeviceMessage, DeviceState, DeviceStatus, Scale, Weighing
from rma_station.system import SystemClock
from rma_station.wizard import hearing, known_weight
from rma_station.wizard.conversation import Conversation
from rma_station.wizard.hearing import Times
from rma_station.wizard.known_weight import Verdict
from rma_station.wizard.scanners import Section


def prove(talk: Conversation, url: str, root: Path, times: Times) -> Section | None:
    """Prove the scale behind a URL.

    Args:
        talk: the person.
        url: without options of the line.
        root: folder that has ``sys`` and ``dev``.
        times: how long to wait.

    Returns:
        ``url``, ``protocol`` and ``unit`` for its section, ``None`` when it was not proved.
    """
    if url.startswith("hid-scale:"):
        address = parse_url(url, schemes=("hid-scale",))
        unit = _weigh(talk, lambda: hid_scale("scale", address, SystemClock(), root=root), times, says_unit=True)
        return None if unit is None else _section(url, "", unit)
    found = find(talk, url, times)
    if found is None:
        return None
    protocol, whole = found
    unit = _weigh(talk, lambda: open_scale("scale", whole, protocol.name, SystemClock()), times, protocol.says_unit)
    return None if unit is None else _section(whole, protocol.name, unit)


def _section(url: str, protocol: str, unit: str) -> Section:
    values = {"url": url, "protocol": protocol, "unit": unit}
    return {key: value for key, value in values.items() if value}


# --- protocol and settings of the line -------------------------------------------------------------------


def find(talk: Conversation, url: str, times: Times) -> tuple[ScaleProtocol, str] | None:
    """The protocol and the URL with the settings of its line; ``None`` when it was given up."""
    protocols = [scale_protocol(name) for name in PROTOCOLS]
    serial = url.startswith("serial:")
    settings: list[LineSettings | None] = list(line_settings(protocols)) if serial else [None]
    talk.say("scale.switch_on")
    talk.ask("enter")
    talk.say("scale.listening", seconds=round(times.listen * len(settings)))
    heard = _try(talk, url, settings, lambda stream, _: hearing.listen(stream, times.listen), protocols)
    if heard is None and talk.confirm("scale.may_ask", True, url=clean(url)):
        heard = _try(talk, url, settings, lambda stream, at: _ask(stream, at, protocols, times), protocols)
    if heard is not None:
        setting, found = heard
        guess = decided(found)
        if guess is not None:
            talk.say("scale.speaks", protocol=guess.protocol.title, line=_shown(setting))
            return guess.protocol, _with(url, setting)
        talk.say("scale.undecided", line=_shown(setting))
        choice = talk.choose("scale.which_protocol", [_option(each) for each in found], 0)
        return found[choice].protocol, _with(url, setting)
    talk.say("scale.silent")
    if not talk.confirm("scale.by_hand", False):
        return None
    protocol = protocols[talk.choose("scale.which_protocol", [each.title for each in protocols])]
    usual = list(dict.fromkeys((*protocol.lines, *line_settings(protocols))))
    setting = usual[talk.choose("scale.which_line", [_shown(each) for each in usual], 0)] if serial else None
    return protocol, _with(url, setting)


Heard = tuple[LineSettings | None, tuple[Guess, ...]]


def _try(
    talk: Conversation,
    url: str,
    settings: Iterable[LineSettings | None],
    hear: Callable[[Stream, LineSettings | None], bytes],
    protocols: Sequence[ScaleProtocol],
) -> Heard | None:
    """The first setting of the line at which something decides, else the one at which something could be meant."""
    weak: Heard | None = None
    for setting in settings:
        try:
            with closing(open_url(_with(url, setting))) as stream:
                heard = hear(stream, setting)
        except DeviceLost as error:
            talk.say("device_lost", reason=str(error))
            return None
        found = guesses(heard, protocols)
        if heard:
            talk.say("scale.heard", line=_shown(setting), bytes=clean_bytes(heard[:48], 60))
        if decided(found) is not None:
            return setting, found
        weak = weak or ((setting, found) if found else None)
    return weak


def _ask(stream: Stream, setting: LineSettings | None, protocols: Iterable[ScaleProtocol], times: Times) -> bytes:
    """What a scale answers to harmless questions at one setting of its line; stops when an answer decides."""
    heard = b""
    for probe in sorted(probes(_at(setting, protocols)), key=_patience_for):
        stream.write(probe)
        answer = hearing.listen(stream, times.answer)
        if decided(guesses(answer, protocols)) is not None:
            return answer
        heard += answer
    return heard


def _at(setting: LineSettings | None, protocols: Iterable[ScaleProtocol]) -> list[ScaleProtocol]:
    """The protocols that use this setting of the line; all where the line sets itself."""
    return [protocol for protocol in protocols if setting is None or setting in protocol.lines]


def _patience_for(probe: bytes) -> int:
    """Whole lines first: a letter without an end would spoil the next line for a scale that waits for one."""
    return 0 if probe.endswith(b"\r\n") else 1 if probe.endswith(b"\r") else 2


def _with(url: str, setting: LineSettings | None) -> str:
    return url if setting is None else f"{url}?{setting.query}"


def _shown(setting: LineSettings | None) -> str:
    return f"{setting.baud} {setting.bits}{setting.parity}1" if setting else "-"


def _option(guess: Guess) -> str:
    reading = guess.reading
    weight = f"  {reading.value} {reading.unit or '?'}" if reading is not None else ""
    return f"{guess.protocol.title}{clean(weight)}"


# --- a known weight --------------------------------------------------------------------------------------


def _weigh(talk: Conversation, make: Callable[[], Scale], times: Times, says_unit: bool) -> str | None:
    """The unit that a known weight proved; ``None`` when it was given up."""
    said: queue.SimpleQueue[DeviceMessage] = queue.SimpleQueue()
    scale = make()
    scale.start(said.put)
    try:
        talk.say("scale.empty")
        talk.ask("enter")
        reading = _stable(talk, said, times.stable)
        while True:
            if reading is not None:
                talk.say("scale.shows", weight=_weight(reading))
            known = talk.ask("scale.put_known")
            grams = known_weight.amount(known)
            if known == "-" and says_unit and reading is not None and reading.unit in known_weight.UNITS:
                talk.say("scale.not_weighed", unit=reading.unit)
                return reading.unit
            if grams is None:
                talk.say("scale.no_amount")
                continue
            talk.understood()
            reading = _stable(talk, said, times.stable)
            verdict = known_weight.judge(reading, grams) if reading is not None else Verdict(known_weight.NO_WEIGHT)
            weight = _weight(reading) if reading is not None else "-"
            values = {"weight": weight, "unit": verdict.unit, "factor": verdict.factor, "known": known}
            talk.say(f"scale.verdict.{verdict.word}", **values)
            if verdict.word == known_weight.RIGHT:
                return verdict.unit
            if not talk.confirm("again", True):
                return None
    finally:
        scale.stop()


def _stable(talk: Conversation, said: queue.SimpleQueue[DeviceMessage], seconds: float) -> Reading | None:
    """The newest weight that does not move, of those that come from now on; ``None`` when none comes."""
    while not said.empty():
        said.get()
    until = time.monotonic() + seconds
    moving: Reading | None = None
    while (left := until - time.monotonic()) > 0:
        try:
            message = said.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(message, DeviceStatus) and message.state is DeviceState.ERROR:
            talk.say("device_lost", reason=message.detail)
        if isinstance(message, Weighing) and message.reading.value is not None:
            if message.reading.stable:
                return message.reading
            # A protocol without a word for stable: the same number twice, half a second apart.
            if moving is not None and message.reading.stable is None and message.reading.value == moving.value:
                if message.reading.at - moving.at >= 0.5:
                    return message.reading
                continue
            moving = message.reading
    return None


def _weight(reading: Reading) -> str:
    return clean(f"{reading.value} {reading.unit or ''}".strip())
