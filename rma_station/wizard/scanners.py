"""Proves a scanner by the printed test sheet, and gives the keys of its section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from drivers import proving
from drivers.address import parse_url
from drivers.discovery import EVENT, HIDRAW, Node
from drivers.evdev_scanner import opener
from drivers.hid_scanner import connector
from drivers.proving import Proof
from drivers.transport import Stream, open_url
from rma_station.domain.clean import clean_bytes
from rma_station.errors import DeviceLost
from rma_station.wizard import hearing
from rma_station.wizard.conversation import Conversation
from rma_station.wizard.hearing import Times

SPEEDS = (9600, 115200, 38400, 57600)
"""Speeds scanners are set to; each needs a scan, none is swept through unasked (hardware reference 2.4)."""
Section = dict[str, str | int]


def prove(talk: Conversation, url: str, node: Node | None, root: Path, times: Times) -> Section | None:
    """Prove the scanner behind a URL.

    Args:
        talk: the person.
        url: without options of line and layout.
        node: what is behind it; ``None`` for one behind a network converter.
        root: folder that has ``sys`` and ``dev``.
        times: how long to wait.

    Returns:
        ``url`` and ``suffix`` for its section, ``None`` when it was not proved.
    """
    if node is not None and node.kind == EVENT:
        return typing(talk, url, opener(parse_url(url, schemes=("evdev",)), root), times)
    if node is not None and node.kind == HIDRAW:
        return reporting(talk, url, connector(parse_url(url, schemes=("hidraw",)), root), times)
    return on_a_line(talk, url, SPEEDS if url.startswith("serial:") else (), times)


def on_a_line(talk: Conversation, url: str, speeds: Sequence[int], times: Times) -> Section | None:
    """Prove a scanner that sends bytes, at one speed after the other while what comes is noise.

    Args:
        talk: the person.
        url: without options of the line.
        speeds: those to try; none where the line sets itself.
        times: how long to wait.
    """
    for speed in speeds or (None,):
        whole = f"{url}?baud={speed}" if speed else url
        if speed:
            talk.say("scanner.speed", speed=speed)
        proof = _at(talk, partial(open_url, whole), times)
        if proof is not None:
            return _section(whole, proof)
        if not speed or not talk.confirm("scanner.other_speed", True):
            return None
    talk.say("scanner.no_speed")
    return None


def _at(talk: Conversation, opened: Callable[[], Stream], times: Times) -> Proof | None:
    return _proved(
        talk,
        lambda: proving.letters_by_bytes(hearing.scan(opened, times)),
        lambda first: proving.separator_by_bytes(hearing.scan(opened, times), first),
    )


def typing(talk: Conversation, url: str, opened: Callable[[], Any], times: Times) -> Section | None:
    """Prove a scanner that types.

    Args:
        talk: the person.
        url: without options of the layout.
        opened: opens and grabs its ``KeyStream``.
        times: how long to wait.
    """
    talk.say("scanner.grabbed", seconds=round(times.scan))

    def letters() -> Proof:
        heard = hearing.keys(opened, times)
        return proving.letters_by_keys(heard.keys, caps=heard.caps)

    def separator(first: Proof) -> Proof:
        heard = hearing.keys(opened, times)
        return proving.separator_by_keys(heard.keys, first, caps=heard.caps)

    proof = _proved(talk, letters, separator)
    if proof is None:
        return None
    options = {key: value for key, value in proof.options.items() if (key, value) != ("layout", "us")}
    joined = "&" if "?" in url else "?"
    return _section(f"{url}{joined}{urlencode(options)}" if options else url, proof)


def reporting(talk: Conversation, url: str, opened: Callable[[], Any], times: Times) -> Section | None:
    """Prove a scanner in HID POS mode.

    Args:
        talk: the person.
        url: of its raw HID node.
        opened: opens its ``PosStream``.
        times: how long to wait.
    """

    def heard() -> bytes:
        """As a serial scanner would send it: a report has no terminator, so a CR stands for it."""
        scan = hearing.report(opened, times)
        return b"" if scan is None else (scan.aim or "").encode() + scan.data + b"\r"

    proof = _proved(
        talk, lambda: proving.letters_by_bytes(heard()), lambda first: proving.separator_by_bytes(heard(), first)
    )
    return None if proof is None else _section(url, proof)


def _section(url: str, proof: Proof) -> Section:
    section: Section = {"url": url}
    if proof.suffix != "auto":
        section["suffix"] = proof.suffix
    return section


# --- the two codes ---------------------------------------------------------------------------------------


def _proved(talk: Conversation, letters: Callable[[], Proof], separator: Callable[[Proof], Proof]) -> Proof | None:
    first = _until_good(talk, letters)
    if first is None:
        return None
    talk.say("scanner.keys" if first.gap is not None else "scanner.bytes", **_values(first))
    if first.aim:
        talk.say("scanner.aim", aim=first.aim)
    second = _until_good(talk, lambda: separator(first), separator=True)
    if second is None:
        return None
    if second.separator == proving.KEPT:
        talk.say("scanner.separator.kept")
    return second


def _until_good(talk: Conversation, hear: Callable[[], Proof], *, separator: bool = False) -> Proof | None:
    """Let a code be scanned until it is good, or the person gives up; that of the separator may be taken as it is."""
    while True:
        talk.say("scanner.scan_gs1" if separator else "scanner.scan_letters")
        try:
            proof = hear()
        except DeviceLost as error:
            talk.say("device_lost", reason=str(error))
            proof = None
        if proof is not None:
            if proof.separator == proving.KEPT if separator else not proof.problems:
                return proof
            _tell(talk, proof, separator)
            if proving.WRONG_SPEED in proof.problems:
                return None
        if talk.confirm("again", True):
            continue
        if proof is not None and separator and talk.confirm("scanner.take_anyway", False):
            return proof
        return None


def _tell(talk: Conversation, proof: Proof, separator: bool) -> None:
    """What is wrong, each with its remedy."""
    if separator:
        talk.say(f"scanner.separator.{proof.separator}", **_values(proof))
        return
    for problem in proof.problems:
        talk.say(f"scanner.problem.{problem}", **_values(proof))


def _values(proof: Proof) -> dict[str, str | int]:
    return {
        "seen": clean_bytes(proof.seen, 60) or "-",
        "prefix": _named(proof.prefix),
        "ending": _named(proof.ending),
        "instead": _named(proof.instead),
        "layout": proof.options.get("layout", "us"),
        "milliseconds": round((proof.gap or 0) * 1000),
    }


def _named(data: bytes) -> str:
    """Bytes for people, on any console: control characters by their names."""
    names = {0x02: "STX", 0x03: "ETX", 0x04: "EOT", 0x09: "TAB", 0x0A: "LF", 0x0D: "CR", 0x1D: "GS"}
    return " ".join(names.get(byte) or clean_bytes(bytes([byte])) for byte in data[:20]) or "-"
