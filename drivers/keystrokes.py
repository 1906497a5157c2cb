"""What a scanner in keyboard mode types for a code: bytes to key events (pure), for simulated scanners and tests."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.keymaps import KEYS, LEVEL3, PLAIN, SHIFTED, Layout
from drivers.keys import ALTGR, EV_KEY, EV_SYN, LEFT_ALT, LEFT_CTRL, LEFT_SHIFT, PRESSED, RELEASED, SYN_REPORT

Event = tuple[int, int, int]
"""Kind, code and value, as ``KeyDecoder.feed`` takes them."""
ENTER, SPACE = 28, 57
_KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
_CONTROL_KEYS = {0x00: 3, 0x1B: 26, 0x1C: 43, 0x1D: 27, 0x1E: 7, 0x1F: 12}
_SHIFTED_CONTROLS = (0x00, 0x1E, 0x1F)


def typed(text: str, layout: Layout, *, by_number: bool = False, ends: tuple[int, ...] = (ENTER,)) -> list[Event]:
    """The key events of one code.

    Args:
        text: what the barcode says; ASCII and whatever the layout has.
        layout: what the scanner is set to.
        by_number: control characters as Alt and a number instead of Ctrl and a key.
        ends: keys pressed after it.

    Raises:
        ValueError: the layout has no key for a character.
    """
    places = {character: place for place, character in reversed(list(layout.characters.items()))}
    events: list[Event] = []
    for character in text:
        if ord(character) < 0x20 or character == "\x7f":
            events += _number(ord(character)) if by_number or character == "\x7f" else _control(character, layout)
            continue
        if character not in places:
            raise ValueError(f"the layout {layout.name} has no key for {character!r}")
        code, level = places[character]
        events += _stroke(code, {PLAIN: (), SHIFTED: (LEFT_SHIFT,), LEVEL3: (ALTGR,)}[level])
        if (code, level) in layout.dead:
            events += _stroke(SPACE)
    for code in ends:
        events += _stroke(code)
    return events


def _control(character: str, layout: Layout) -> list[Event]:
    number = ord(character)
    if number in _CONTROL_KEYS:
        held = (LEFT_CTRL, LEFT_SHIFT) if number in _SHIFTED_CONTROLS else (LEFT_CTRL,)
        return _stroke(_CONTROL_KEYS[number], held)
    letter = chr(number + 0x60)
    code = next(code for code in KEYS if layout.characters.get((code, PLAIN)) == letter)
    return _stroke(code, (LEFT_CTRL,))


def _number(number: int) -> list[Event]:
    events = list(_key(LEFT_ALT, PRESSED))
    for digit in f"{number:03}":
        events += _stroke(_KEYPAD[digit])
    return [*events, *_key(LEFT_ALT, RELEASED)]


def _stroke(code: int, held: tuple[int, ...] = ()) -> list[Event]:
    """Modifiers down, the key, modifiers up."""
    events: list[Event] = []
    for each in held:
        events += _key(each, PRESSED)
    events += [*_key(code, PRESSED), *_key(code, RELEASED)]
    for each in reversed(held):
        events += _key(each, RELEASED)
    return events


def _key(code: int, value: int) -> Iterator[Event]:
    yield EV_KEY, code, value
    yield EV_SYN, SYN_REPORT, 0
