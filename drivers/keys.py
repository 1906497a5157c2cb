"""Key events of a scanner that types like a keyboard, to the bytes of its code (pure; hardware reference 2.1, 2.2).

::

    (EV_KEY, 30, 1) (EV_KEY, 30, 0)          ->  a
    Shift down, key 30, Shift up             ->  A         Caps Lock turns letters round
    Ctrl down, key 27 (]), Ctrl up           ->  GS        control characters, by the US place of the key
    Alt down, keypad 0 2 9, Alt up           ->  GS        by number
    AltGr down, key 30, AltGr up             ->  ą         or Ctrl and Alt together, as Windows has it
    Enter, keypad Enter                      ->  CR

Only presses make characters. What the kernel repeats while a key is held is nothing, and so is a release without a
press. Characters beyond ASCII come out as UTF-8.
"""

from __future__ import annotations

from drivers.keymaps import KEYPAD, KEYPAD_POINT, LEVEL3, PLAIN, SHIFTED, US, Layout
from rma_station.domain.record import dataclass

EV_SYN, EV_KEY, EV_LED = 0, 1, 17
SYN_REPORT, SYN_DROPPED = 0, 3
LED_CAPS = 1
RELEASED, PRESSED, REPEATED = 0, 1, 2
CAPS_LOCK, NUM_LOCK, SCROLL_LOCK = 58, 69, 70
LEFT_CTRL, RIGHT_CTRL, LEFT_SHIFT, RIGHT_SHIFT, LEFT_ALT, ALTGR = 29, 97, 42, 54, 56, 100
MODIFIERS = frozenset({LEFT_CTRL, RIGHT_CTRL, LEFT_SHIFT, RIGHT_SHIFT, LEFT_ALT, ALTGR})
FUNCTION_KEYS = {f"f{number}": code for number, code in enumerate((*range(59, 69), 87, 88), 1)}
"""F1 to F12, one of which some scanners send for GS."""
NAMED = {28: b"\r", 96: b"\r", 15: b"\t", 14: b"\x08", 1: b"\x1b", 111: b"\x7f"}
"""Enter, keypad Enter, Tab, Backspace, Escape, Delete."""
OVERFLOW, CHARACTERS = "overflow", "characters"
"""Reasons of ``RawScan.damaged``: keys were lost; a key that means nothing."""
_LONGEST_NUMBER = 7
# Windows' control characters on US places: Ctrl with [ ] \ and, with or without Shift, with 2 6 -
_CONTROLS = {26: 0x1B, 27: 0x1D, 43: 0x1C, 86: 0x1C, 3: 0x00, 7: 0x1E, 12: 0x1F}


@dataclass(frozen=True)
class Typed:
    """What one event added to the scan."""

    data: bytes = b""
    damage: str | None = None
    """``OVERFLOW`` or ``CHARACTERS``: the scan this belongs to is no longer whole."""


_NOTHING = Typed()


class KeyDecoder:
    """Turns the key events of one scanner into bytes.

    Args:
        layout: what the scanner is set to.
        gs_key: code of the function key it sends for GS, if it does.
        caps: Caps Lock as its LED shows at the start.
        down: keys that are down at the start.
    """

    def __init__(
        self,
        layout: Layout = US,
        gs_key: int | None = None,
        *,
        caps: bool = False,
        down: frozenset[int] = frozenset(),
    ) -> None:
        self._layout = layout
        self._gs_key = gs_key
        self._caps = caps
        self._down = set(down & MODIFIERS)
        self._stale = set(self._down)  # held since before this scan: nobody knows whether that is meant
        self._dropping = False
        self._number: str | None = None  # digits typed on the keypad while Alt is down
        self._accent: tuple[int, int] | None = None

    @property
    def pending(self) -> bool:
        """True while an accent waits for the next key."""
        return self._accent is not None

    def feed(self, kind: int, code: int, value: int) -> Typed:
        """Take one event in the order the kernel gave it.

        Args:
            kind: ``EV_KEY`` and so on; what is not about keys is nothing.
            code: of the key.
            value: ``PRESSED``, ``RELEASED`` or ``REPEATED``.
        """
        if kind == EV_SYN:
            return self._sync(code)
        if self._dropping:
            return _NOTHING
        if kind == EV_LED and code == LED_CAPS:
            self._caps = bool(value)
        if kind != EV_KEY:
            return _NOTHING
        if code in MODIFIERS:
            return self._modifier(code, value)
        return self._press(code) if value == PRESSED else _NOTHING

    def flush(self) -> bytes:
        """No key follows for now: the accent that waited."""
        if self._accent is None:
            return b""
        accent, self._accent = self._layout.characters[self._accent], None
        return accent.encode()

    def scan_ended(self) -> None:
        """What is still held now was not pressed for the next scan."""
        self._stale = set(self._down)

    def _sync(self, code: int) -> Typed:
        if code == SYN_DROPPED:
            # The kernel's buffer was full and is empty now. Asking it which keys are down would throw away the key
            # events that have come since, so modifiers count as released: this scan is damaged in any case.
            self._dropping = True
            self._down.clear()
            self._stale.clear()
            self._number = self._accent = None
            return Typed(damage=OVERFLOW)
        if code == SYN_REPORT:
            self._dropping = False
        return _NOTHING

    def _modifier(self, code: int, value: int) -> Typed:
        if value == PRESSED:
            self._down.add(code)
            self._stale.discard(code)
            if code in (LEFT_ALT, ALTGR):
                self._number = None
            return _NOTHING
        if value == RELEASED:
            self._down.discard(code)
            self._stale.discard(code)
            if code in (LEFT_ALT, ALTGR) and self._number is not None:
                number, self._number = self._number, None
                return self._out(_by_number(number))
        return _NOTHING

    def _press(self, code: int) -> Typed:
        if code == CAPS_LOCK:
            self._caps = not self._caps
            return _NOTHING
        if code in (NUM_LOCK, SCROLL_LOCK):
            return _NOTHING
        damage = OVERFLOW if self._stale - {LEFT_CTRL, RIGHT_CTRL} else None  # Ctrl alone shows in the characters
        typed = self._character(code)
        return Typed(typed.data, typed.damage or damage)

    def _character(self, code: int) -> Typed:
        shift = bool(self._down & {LEFT_SHIFT, RIGHT_SHIFT})
        control = bool(self._down & {LEFT_CTRL, RIGHT_CTRL})
        alt = LEFT_ALT in self._down
        if (alt or ALTGR in self._down) and not control and KEYPAD.get(code, "").isdigit():
            self._number = ((self._number or "") + KEYPAD[code])[:_LONGEST_NUMBER]
            return _NOTHING
        if code == self._gs_key:
            return self._out(b"\x1d")
        if code in NAMED:
            return self._out(NAMED[code])
        if ALTGR in self._down or (alt and control):
            return self._level(code, LEVEL3)
        if control:
            return self._out(self._control(code))
        if alt:
            return Typed(self.flush(), CHARACTERS)
        if code in KEYPAD:
            return self._out(KEYPAD[code].encode())
        if code == KEYPAD_POINT:
            return self._out(self._layout.point.encode())
        return self._level(code, SHIFTED if shift != (self._caps and self._is_letter(code)) else PLAIN)

    def _level(self, code: int, level: int) -> Typed:
        character = self._layout.characters.get((code, level))
        if character is not None and level == LEVEL3:
            character = self._level3(character)
        if character is None:
            return Typed(self.flush(), CHARACTERS)
        if self._accent is not None:
            accent, self._accent = self._accent, None
            mark = self._layout.characters[accent]
            if character == " ":
                return Typed(mark.encode())
            return Typed((self._layout.dead[accent].get(character) or mark + character).encode())
        if (code, level) in self._layout.dead:
            self._accent = (code, level)
            return _NOTHING
        return Typed(character.encode())

    def _level3(self, character: str) -> str | None:
        shift = bool(self._down & {LEFT_SHIFT, RIGHT_SHIFT})
        capital = character.upper()
        if capital == character or not "À" <= capital <= "Ż":
            return None if shift else character
        return capital if shift != self._caps else character

    def _is_letter(self, code: int) -> bool:
        plain = self._layout.characters.get((code, PLAIN), "")
        return plain.upper() != plain and plain.upper() == self._layout.characters.get((code, SHIFTED))

    def _control(self, code: int) -> bytes | None:
        letter = self._layout.characters.get((code, SHIFTED), "")
        if len(letter) == 1 and "A" <= letter <= "Z":
            return bytes([ord(letter) & 0x1F])
        return bytes([_CONTROLS[code]]) if code in _CONTROLS else None

    def _out(self, data: bytes | None) -> Typed:
        return Typed(self.flush(), CHARACTERS) if data is None else Typed(self.flush() + data)


def _by_number(digits: str) -> bytes | None:
    """Alt and a number: the ASCII character, above it that of Windows-1252, above that the code point."""
    number = int(digits)
    if number < 0x80:
        return bytes([number])
    try:
        return bytes([number]).decode("cp1252").encode() if number < 0x100 else chr(number).encode()
    except (UnicodeError, ValueError, OverflowError):
        return None
