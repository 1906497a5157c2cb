"""Our own codes: unit labels (LPN), badges and command sheets, made and checked here and nowhere else.

::

    LPN      R 7K3Q 00A1 P              letter, 4 characters of the log, counter in base 32, check character
    badge    B-000042 1234567890123     worker, 13 decimal digits of HMAC-SHA-256 (43 bits)
    command  C-03 007 1234567890123     generation, number, 13 decimal digits of HMAC-SHA-256

A barcode from outside can identify, never command (design rule 9): a badge or command exists only after its keyed
digits matched. Digits rather than base 32 because Code 128 packs two of them into one symbol, and because every
keyboard layout types them. Readers return values, never exceptions: the meaning, ``ForgedScan``, or ``None`` for a
text that does not have the shape at all.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from rma_station.domain import checks
from rma_station.domain.meaning import BadgeScan, ChoiceScan, Command, CommandScan, ForgedScan, GradeScan, LpnScan

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Douglas Crockford's base 32: no I, L, O, U."""
MAC_DIGITS = 13
_MAC_RANGE = 10**MAC_DIGITS
ROLL_PREFIX = re.compile(rf"R[{CROCKFORD}]{{4}}", re.ASCII)
"""What the numbers of a pre-printed roll begin with: an LPN's letter, then four characters where a log has its own."""
LPN_COUNTERS = 32**6
"""Numbers in one log: its LPNs have at most 12 characters."""
_LPN = re.compile(rf"R([{CROCKFORD}]{{4}})([{CROCKFORD}]{{4,6}})([0-9A-Z])", re.ASCII)
_BADGE = re.compile(rf"B-(\d{{6}})(\d{{{MAC_DIGITS}}})", re.ASCII)
_COMMAND = re.compile(rf"C-(\d\d)(\d{{3}})(\d{{{MAC_DIGITS}}})", re.ASCII)

SheetScan = CommandScan | ChoiceScan | GradeScan
"""All that can stand on a station's command sheet."""

COMMAND_NUMBERS: dict[Command, int] = {
    Command.YES: 1,
    Command.NO: 2,
    Command.UNDO: 3,
    Command.SAME_AGAIN: 4,
    Command.PARCEL_DONE: 5,
    Command.SET_ASIDE: 6,
    Command.REPRINT: 7,
    Command.LABEL_OWED: 8,
    Command.OVERRIDE: 9,
    Command.NO_BARCODE: 10,
    Command.CANCEL: 11,
    Command.FIND: 12,
    Command.LISTS: 13,
    Command.RELABEL: 14,
    Command.SIGN_OUT: 15,
    Command.HELP: 16,
    Command.LANGUAGE: 17,
    Command.PHOTO: 18,
}
"""Number of each command on every sheet ever printed. Add at the end; a number is never changed nor used again."""
CHOICE_BASE = 100
"""``100 + n`` is the digit n, 0 to 9: the answer with that number, and a digit where digits are typed."""
GRADE_NUMBERS: dict[str, int] = {"A": 201, "B": 202, "C": 203, "D": 204, "E": 205}
_SCANS: dict[int, SheetScan] = {
    **{number: CommandScan(command) for command, number in COMMAND_NUMBERS.items()},
    **{CHOICE_BASE + digit: ChoiceScan(digit) for digit in range(10)},
    **{number: GradeScan(grade) for grade, number in GRADE_NUMBERS.items()},
}
_NUMBERS: dict[SheetScan, int] = {scan: number for number, scan in _SCANS.items()}


def derive_key(master: bytes, purpose: str, subject: str = "") -> bytes:
    """A key of 32 bytes for one purpose, so that no secret is used for two things (HKDF-SHA-256, RFC 5869).

    Args:
        master: the secret; at least 16 random bytes.
        purpose: such as ``badge`` or ``command``.
        subject: whose key it is, such as a station's id.
    """
    info = f"rma-station/{purpose}/{subject}".encode()
    return hkdf(master, b"", info, 32)


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HMAC-based key derivation with SHA-256 as in RFC 5869; at most 8160 bytes."""
    pseudorandom = hmac.digest(salt or bytes(32), secret, "sha256")
    result, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom, block + info + bytes([counter]), "sha256")
        result += block
    return result[:length]


def badge_key(master: bytes) -> bytes:
    """The hub's key for badges; the hub hands it to its stations, which check badges offline."""
    return derive_key(master, "badge")


def command_key(master: bytes, station: str) -> bytes:
    """A station's key for its own command sheets."""
    return derive_key(master, "command", station)


def _mac(key: bytes, *parts: str) -> str:
    digest = hmac.digest(key, "\x1f".join(parts).encode(), "sha256")
    return str(int.from_bytes(digest, "big") % _MAC_RANGE).zfill(MAC_DIGITS)


# --- LPN -------------------------------------------------------------------------------------------------


def log_letters(log_id: str) -> str:
    """Four characters that stand for a log: 20 bits of SHA-256, because the front of a UUIDv7 is only its time."""
    return base32(int.from_bytes(hashlib.sha256(log_id.encode()).digest()[:3], "big") >> 4, 4)


def base32(number: int, digits: int) -> str:
    """A number in Crockford's base 32 with at least this many digits."""
    text = ""
    while number or len(text) < digits:
        number, rest = divmod(number, 32)
        text = CROCKFORD[rest] + text
    return text


def lpn(log_id: str, counter: int) -> str:
    """The licence plate number of the ``counter``-th label of a log: 10 to 12 characters.

    Raises:
        ValueError: the counter is negative or needs more than six digits (a billion labels in one log).
    """
    return numbered("R" + log_letters(log_id), counter)


def numbered(prefix: str, counter: int) -> str:
    """The LPN with this counter of a log or of a pre-printed roll.

    Args:
        prefix: as ``ROLL_PREFIX``.
        counter: from 0.

    Raises:
        ValueError: the counter is negative or needs more than six digits.
    """
    if not 0 <= counter < LPN_COUNTERS:
        raise ValueError(f"LPN counter {counter} is not between 0 and {LPN_COUNTERS - 1}; open a new log")
    body = prefix + base32(counter, 4)
    return body + checks.mod37_36_check(body)


def read_lpn(text: str, own_logs: frozenset[str] = frozenset()) -> LpnScan | ForgedScan | None:
    """An LPN with a right check character.

    Args:
        text: the scan.
        own_logs: ``log_letters`` of this station's logs, and of its registered rolls. Only with one of them a wrong
            check is ``ForgedScan``; else ten to twelve letters and digits after an R are somebody's SKU: ``None``.
    """
    match = _LPN.fullmatch(text)
    if match is None or (len(match[2]) > 4 and match[2][0] == "0"):
        return None
    if checks.mod37_36_valid(text):
        return LpnScan(text)
    return ForgedScan("lpn", "check") if match[1] in own_logs else None


# --- badges ----------------------------------------------------------------------------------------------


def badge(worker_id: str, key: bytes) -> str:
    """A worker's badge.

    Raises:
        ValueError: the worker's id is not six digits.
    """
    if len(worker_id) != 6 or not checks.is_digits(worker_id):
        raise ValueError(f"worker id {worker_id!r} is not six digits")
    return f"B-{worker_id}{_mac(key, 'badge', worker_id)}"


def read_badge(text: str, key: bytes) -> BadgeScan | ForgedScan | None:
    """Read a badge. Whether its worker may work here is for the caller to look up."""
    match = _BADGE.fullmatch(text)
    if match is None:
        return None
    genuine = hmac.compare_digest(_mac(key, "badge", match[1]), match[2])
    return BadgeScan(match[1]) if genuine else ForgedScan("badge", "check")


# --- command sheets --------------------------------------------------------------------------------------


def sheet_number(scan: SheetScan) -> int:
    """The number of a command, digit or grade in every sheet's code space.

    Raises:
        KeyError: a digit or grade that does not exist.
    """
    return _NUMBERS[scan]


def command(scan: SheetScan, station: str, generation: int, key: bytes) -> str:
    """The code that commands ``scan`` at one station.

    Args:
        scan: what it says.
        station: the station's id; part of what is signed, so that a copied key does not carry sheets over.
        generation: from 0; a new one makes all sheets but the last generation's void. Two digits of it are shown.
        key: the station's command key.
    """
    number = f"{sheet_number(scan):03}"
    return f"C-{generation % 100:02}{number}{_mac(key, 'command', station, str(generation), number)}"


def read_command(text: str, station: str, generation: int, key: bytes) -> SheetScan | ForgedScan | None:
    """What a command code says, if it is this station's and of this generation or the one before.

    A genuine code of another generation answers ``ForgedScan("command", "generation")``: print a new sheet.
    """
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    shown, number, digits = int(match[1]), match[2], match[3]
    newest = generation - (generation - shown) % 100
    # signed is the whole number, shown are two digits of it: 100 generations later an old sheet stays void
    for candidate in (newest, newest - 100, newest + 100):
        if candidate < 0 or not hmac.compare_digest(_mac(key, "command", station, str(candidate), number), digits):
            continue
        if candidate not in (generation, generation - 1):
            return ForgedScan("command", "generation")
        return _SCANS.get(int(number)) or ForgedScan("command", "check")
    return ForgedScan("command", "check")
