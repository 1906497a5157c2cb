"""A simulated scale at the far end of a line: takes commands, gives answers, in any protocol (pure of waiting).

::

    peer = Peer("radwag", platform)
    for answer in peer.received(b"SI\\r\\n", now): send answer.data after answer.after seconds
    peer.streamed(now) -> what it sends by itself ten times a second, nothing where it waits to be asked
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.scales.encode import ENCODERS, kilograms, why_not
from drivers.scales.platform import Platform
from rma_station.domain.record import dataclass

EVERY = 0.1
"""Seconds between two frames of a scale that streams."""
WAIT_FOR_STABLE = 3.0
"""Seconds after which a scale that was asked for a stable weight gives up."""
SERIAL_NUMBER = "VB00000001"
STREAMING = frozenset({"toledo-continuous", "t-scale", "cas-22", "usb-hid"})
"""Protocols of scales that send by themselves."""
_LONGEST = 64


@dataclass(frozen=True)
class Answer:
    """Bytes to send after so many seconds."""

    data: bytes
    after: float = 0.0


class Peer:
    """One simulated scale.

    Args:
        protocol: a name of ``encode.ENCODERS``.
        platform: what lies on it; shared with whoever puts weights on.
    """

    def __init__(self, protocol: str, platform: Platform) -> None:
        self.protocol = protocol
        self.platform = platform
        self._encode = ENCODERS[protocol]
        self._commands = _COMMANDS.get(protocol, {})
        self._held = b""

    def received(self, data: bytes, now: float) -> list[Answer]:
        """Answers to what came, in order. A parity bit is taken off."""
        self._held = (self._held + bytes(byte & 0x7F for byte in data))[-_LONGEST:]
        answers: list[Answer] = []
        while self._held:
            command = max((name for name in self._commands if self._held.startswith(name)), key=len, default=b"")
            if not command and any(name.startswith(self._held) for name in self._commands):
                return answers
            taken, unknown = self._taken(command)
            if not taken:
                return answers
            self._held = self._held[taken:]
            if self.platform.mode == "mute":
                continue
            if command:
                answers += self._commands[command](self, now)
            elif unknown and self.protocol in _REFUSALS:
                answers.append(Answer(_REFUSALS[self.protocol]))
        return answers

    def _taken(self, command: bytes) -> tuple[int, bool]:
        """How much of what is held is dealt with, and whether that was a whole line nobody knows."""
        if command:
            return len(command), False
        end = self._held.find(b"\n") + 1
        if end:
            return end, bool(self._held[:end].strip())
        return (0 if self.protocol in _REFUSALS else 1), False

    def streamed(self, now: float) -> bytes:
        """What it sends by itself; to be asked for every ``EVERY`` seconds."""
        if self.protocol not in STREAMING or self.platform.mode == "mute":
            return b""
        return self.weight(now)

    def weight(self, now: float) -> bytes:
        """The frame of this moment."""
        return self._encode(self.platform.shown(now))


_Action = Callable[[Peer, float], list[Answer]]


def _weight(peer: Peer, now: float) -> list[Answer]:
    return [Answer(peer.weight(now))]


def _stable_weight(peer: Peer, now: float) -> list[Answer]:
    heard = [Answer(b"S A\r\n")] if peer.protocol == "radwag" else []
    if peer.platform.mode == "motion":
        return [*heard, Answer(b"S E\r\n" if peer.protocol == "radwag" else b"S I\r\n", WAIT_FOR_STABLE)]
    at = peer.platform.settles_at(now)
    return [*heard, Answer(peer.weight(at), at - now)]


def _says(data: bytes) -> _Action:
    return lambda peer, now: [Answer(data)]


def _zero(answers: Mapping[str, bytes], before: bytes = b"") -> _Action:
    def act(peer: Peer, now: float) -> list[Answer]:
        said = answers.get(peer.platform.press_zero(now), b"")
        return [Answer(data) for data in (before, said) if data]

    return act


def _tare(answers: Mapping[str, bytes], before: bytes = b"") -> _Action:
    def act(peer: Peer, now: float) -> list[Answer]:
        said = answers.get(peer.platform.press_tare(now), b"")
        return [Answer(data) for data in (before, said) if data]

    return act


def _sics_tare(peer: Peer, now: float) -> list[Answer]:
    done = peer.platform.press_tare(now)
    tare = f"T S {kilograms(peer.platform.shown(now).tare):>10} kg\r\n".encode()
    return [Answer({"set": tare, "under": b"T -\r\n"}.get(done, b"T I\r\n"))]


def _nci_status(peer: Peer, now: float) -> list[Answer]:
    return [Answer(b"\nS" + peer.weight(now).rpartition(b"\nS")[2])]


def _nci_order(press: Callable[[Platform, float], str]) -> _Action:
    def act(peer: Peer, now: float) -> list[Answer]:
        press(peer.platform, now)
        return _nci_status(peer, now)

    return act


def _toledo_zero(peer: Peer, now: float) -> list[Answer]:
    done = peer.platform.press_zero(now)
    return [Answer(bytes([2, 0x3F, 0x50 if done == "set" else 0x41 if done == "motion" else 0x48, 13]))]


def _why(peer: Peer, now: float) -> list[Answer]:
    return [Answer(why_not(peer.platform.shown(now)))]


_HEARD = {"set": b"\x06"}
_RADWAG = {"set": b" D\r\n", "motion": b" E\r\n", "over": b" ^\r\n", "under": b" v\r\n"}
_SILENT: Mapping[str, bytes] = {}
_IDENTITY = _says(f'I4 A "{SERIAL_NUMBER}"\r\n'.encode())
_REFUSALS = {"mt-sics": b"ES\r\n", "radwag": b"ES\r\n", "ohaus": b"ES\r\n", "a-and-d": b"EC,E01\r\n"}
"""What a line that is no command is answered with."""


def _lettered(letter: bytes) -> Mapping[str, bytes]:
    return {result: letter + said for result, said in _RADWAG.items()}


_COMMANDS: Mapping[str, Mapping[bytes, _Action]] = {
    "mt-sics": {
        b"SI\r\n": _weight,
        b"S\r\n": _stable_weight,
        b"I4\r\n": _IDENTITY,
        b"@\r\n": _IDENTITY,
        b"Z\r\n": _zero({"set": b"Z A\r\n", "motion": b"Z I\r\n", "over": b"Z +\r\n", "under": b"Z -\r\n"}),
        b"T\r\n": _sics_tare,
    },
    "radwag": {
        b"SI\r\n": _weight,
        b"S\r\n": _stable_weight,
        b"Z\r\n": _zero(_lettered(b"Z"), b"Z A\r\n"),
        b"T\r\n": _tare(_lettered(b"T"), b"T A\r\n"),
    },
    "toledo-8217": {b"W": _weight, b"Z": _toledo_zero, b"T": _tare(_SILENT)},
    "toledo-continuous": {b"Z\r\n": _zero(_SILENT), b"T\r\n": _tare(_SILENT)},
    "a-and-d": {b"Q\r\n": _weight, b"Z\r\n": _zero(_HEARD), b"T\r\n": _tare(_HEARD)},
    "cas-ap": {b"\x05": _says(b"\x06"), b"\x11": _weight},
    "nci": {
        b"W\r": _weight,
        b"S\r": _nci_status,
        b"Z\r": _nci_order(Platform.press_zero),
        b"T\r": _nci_order(Platform.press_tare),
    },
    "ohaus": {b"IP\r\n": _weight, b"P\r\n": _weight, b"Z\r\n": _zero(_SILENT), b"T\r\n": _tare(_SILENT)},
    "sartorius": {b"\x1bP\r\n": _weight, b"\x1bV\r\n": _zero(_SILENT), b"\x1bU\r\n": _tare(_SILENT)},
    "kern": {b"w": _weight, b"s": _weight, b"t": _tare(_SILENT)},
    "adam": {b"N\r\n": _weight, b"G\r\n": _weight, b"Z\r\n": _tare(_SILENT)},
    "dibal": {b"98000001\r\n": _weight},
    "dialog06": {b"\x04\x0201\x1b000100\x1b\x03": _says(b"\x06"), b"\x04\x05": _weight, b"\x04\x0208\x03": _why},
    "usb-hid": {b"\x02\x02": _zero(_SILENT)},
}
