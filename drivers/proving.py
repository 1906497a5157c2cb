"""What a scanner is set to, from what it sent for the codes of the test sheet (pure).

::

    keys pressed for LETTERS   ->  layout, accents, pace, what it adds before and after
    bytes sent for LETTERS     ->  what it adds before and after; whether the speed of the line is right
    either, sent for GS1       ->  whether the group separator comes, and how

The codes are in ``rma_station/domain/device_sheet.py``. A scanner whose settings lose data is not proved: each problem
has a remedy in the wizard's texts. Facts: hardware reference 2.1, 2.2, 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from drivers.evdev_scanner import KeyEvent
from drivers.keymaps import LAYOUTS, Layout
from drivers.keys import EV_KEY, FUNCTION_KEYS, MODIFIERS, PRESSED, KeyDecoder
from drivers.wedge import HAND
from rma_station.domain import device_sheet
from rma_station.domain.record import dataclass, field, replace

GS = b"\x1d"
KEPT, DROPPED, REPLACED, NOT_READ = "kept", "dropped", "replaced", "not_read"
"""What becomes of the group separator; the last when it is not the code of the sheet that was read."""
NOTHING, OTHER_CODE, WRONG_SPEED, BY_HAND = "nothing", "other_code", "wrong_speed", "by_hand"
NO_SUFFIX, ODD_SUFFIX, ODD_PREFIX = "no_suffix", "odd_suffix", "odd_prefix"
"""Problems: nothing came; another code, or a layout we do not know; bytes as of a line at the wrong speed; keys as slow
as a hand's; no end to a scan; an end we cannot be set to; something in front that is no AIM identifier."""
_ENDS: Mapping[bytes, str] = {
    b"\r": "auto",
    b"\n": "auto",
    b"\r\n": "auto",
    b"\x04": "auto",
    b"\x03": "etx",
    b"\t": "tab",
}
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")


@dataclass(frozen=True)
class Proof:
    """What one code told of a scanner."""

    problems: tuple[str, ...] = ()
    """Empty when the scanner can be used as it is."""
    options: Mapping[str, str] = field(default_factory=dict)
    """For the device's URL: ``layout``, ``dead``, ``gs``, ``pace``."""
    suffix: str = "auto"
    """For the configuration."""
    prefix: bytes = b""
    """What came before the code, an AIM identifier excepted."""
    aim: str = ""
    """The AIM identifier it sends."""
    ending: bytes = b""
    """What came after the code."""
    gap: float | None = None
    """Seconds from key to key, in the middle; of a scanner that types."""
    separator: str = NOT_READ
    """``kept``, ``dropped``, ``replaced`` or ``not_read``."""
    instead: bytes = b""
    """What came in the place of the separator."""
    seen: bytes = b""
    """What was understood, for people."""


# --- the first code --------------------------------------------------------------------------------------


def letters_by_keys(keys: Sequence[KeyEvent], *, caps: bool = False) -> Proof:
    """What keys pressed for ``LETTERS`` tell.

    Args:
        keys: all events of one scan.
        caps: Caps Lock when it began.
    """
    gap = pace(keys)
    if gap is None:
        return Proof((NOTHING,))
    slow = gap > HAND
    for name, layout in LAYOUTS.items():
        for dead in (True, False) if layout.dead else (True,):
            typed = decode(keys, layout if dead else layout.without_dead_keys(), caps=caps)
            framed = _framed(typed, {**_ENDS, b"\t": "auto"})
            if framed is not None:
                options = {"layout": name} | ({} if dead else {"dead": "no"}) | ({"pace": "slow"} if slow else {})
                return replace(framed, options=options, gap=gap, seen=typed)
    first = decode(keys, next(iter(LAYOUTS.values())), caps=caps)
    return Proof((BY_HAND,) if slow else (OTHER_CODE,), gap=gap, seen=first)


def letters_by_bytes(data: bytes) -> Proof:
    """What bytes sent for ``LETTERS`` tell.

    Args:
        data: all that came until it was silent.
    """
    if not data:
        return Proof((NOTHING,))
    framed = _framed(data, _ENDS)
    if framed is not None:
        return replace(framed, seen=data)
    strange = sum(byte >= 0x80 or (byte < 0x20 and byte not in b"\t\n\r\x02\x03\x04\x1d\x1e") for byte in data)
    return Proof((WRONG_SPEED,) if strange * 5 >= len(data) else (OTHER_CODE,), seen=data)


# --- the second code -------------------------------------------------------------------------------------


def separator_by_keys(keys: Sequence[KeyEvent], letters: Proof, *, caps: bool = False) -> Proof:
    """What keys pressed for ``GS1`` tell of a scanner whose layout is known.

    Args:
        keys: all events of one scan.
        letters: what the first code told.
        caps: Caps Lock when it began.
    """
    layout = LAYOUTS[letters.options.get("layout", "us")]
    if letters.options.get("dead") == "no":
        layout = layout.without_dead_keys()
    plain = _separated(decode(keys, layout, caps=caps), letters)
    if plain.separator == KEPT:
        return plain
    for name, code in FUNCTION_KEYS.items():
        found = _separated(decode(keys, layout, code, caps=caps), letters)
        if found.separator == KEPT:
            return replace(found, options={**letters.options, "gs": name})
    return plain


def separator_by_bytes(data: bytes, letters: Proof) -> Proof:
    """What bytes sent for ``GS1`` tell."""
    return _separated(data, letters)


def _separated(data: bytes, letters: Proof) -> Proof:
    head, tail = device_sheet.GS1_HEAD.encode(), device_sheet.GS1_TAIL.encode()
    found = re.search(re.escape(head) + b"(.{0,12}?)" + re.escape(tail), data, re.DOTALL)
    if found is None:
        return replace(letters, separator=NOT_READ, seen=data)
    between = found[1]
    word = KEPT if between == GS else REPLACED if between else DROPPED
    return replace(letters, separator=word, instead=b"" if word == KEPT else between, seen=data)


# --- both ------------------------------------------------------------------------------------------------


def decode(keys: Iterable[KeyEvent], layout: Layout, gs_key: int | None = None, *, caps: bool = False) -> bytes:
    """The bytes key events mean in a layout; keys that mean nothing in it are left out."""
    decoder = KeyDecoder(layout, gs_key, caps=caps)
    return b"".join(decoder.feed(key.type, key.code, key.value).data for key in keys) + decoder.flush()


def pace(keys: Iterable[KeyEvent]) -> float | None:
    """Seconds from key to key, in the middle; ``None`` when fewer than three keys were pressed."""
    times = [key.timestamp() for key in _pressed(keys)]
    gaps = [after - before for before, after in pairwise(times) if after >= before]
    return median(gaps) if len(gaps) > 1 else None


def _pressed(keys: Iterable[KeyEvent]) -> Iterator[KeyEvent]:
    return (key for key in keys if key.type == EV_KEY and key.value == PRESSED and key.code not in MODIFIERS)


def _framed(data: bytes, ends: Mapping[bytes, str]) -> Proof | None:
    """What stands around ``LETTERS``; ``None`` when it is not in ``data``.

    Args:
        data: one scan.
        ends: what may stand behind, and the ``suffix`` that takes it.
    """
    before, found, after = data.partition(device_sheet.LETTERS.encode())
    if not found:
        return None
    prefix = before.replace(b"\x02", b"")
    aim = _AIM.match(prefix)
    prefix = prefix[aim.end() :] if aim else prefix
    by_stx = b"\x02" in before and after.startswith(b"\x03")
    suffix = "auto" if by_stx else ends.get(after)
    problems = (
        *((NO_SUFFIX,) if not after else ()),
        *((ODD_SUFFIX,) if after and suffix is None else ()),
        *((ODD_PREFIX,) if prefix else ()),
    )
    return Proof(problems, {}, suffix or "auto", prefix, aim[0].decode() if aim else "", after)
