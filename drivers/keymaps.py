"""Keyboard layouts a scanner may be set to: which key makes which character (pure).

Key codes are those of ``linux/input-event-codes.h``; they name places on the keyboard, with the US legend. The
characters follow the Windows layouts, because scanners are set up to type into Windows: US, United Kingdom, German,
French, Polish (programmers). Keys in the order of the rows below::

    41  2  3  4  5  6  7  8  9 10 11 12 13        ` 1 2 3 4 5 6 7 8 9 0 - =
       16 17 18 19 20 21 22 23 24 25 26 27         q w e r t y u i o p [ ]
        30 31 32 33 34 35 36 37 38 39 40 43         a s d f g h j k l ; ' \\
     86 44 45 46 47 48 49 50 51 52 53              \\ z x c v b n m , . /
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rma_station.domain.record import dataclass, field

PLAIN, SHIFTED, LEVEL3 = 0, 1, 2
"""Levels of a key: alone, with Shift, with AltGr."""
KEYS = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54), 57)
"""Codes of the keys that make characters, row by row; the last is the space bar."""
KEYPAD: Mapping[int, str] = MappingProxyType(
    {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0"}
    | {55: "*", 74: "-", 78: "+", 98: "/", 117: "="}
)
"""Keypad keys; Num Lock does not matter below the layout. Code 83, the point, is a comma in some layouts."""
KEYPAD_POINT = 83
_NONE = "\0"


@dataclass(frozen=True)
class Layout:
    """One keyboard layout."""

    name: str
    characters: Mapping[tuple[int, int], str]
    """``(code, level)`` to character."""
    dead: Mapping[tuple[int, int], Mapping[str, str]] = field(default_factory=dict)
    """Keys that wait for the next one: what their accent and it make together. With any other character the accent
    comes out before it, with the space bar alone."""
    point: str = "."
    """What the keypad's point makes."""

    def without_dead_keys(self) -> Layout:
        """The same layout whose accents come out at once, as some scanners send them."""
        return Layout(self.name, self.characters, {}, self.point)


def _characters(plain: str, shifted: str, level3: Mapping[int, str]) -> dict[tuple[int, int], str]:
    found = {}
    for level, row in ((PLAIN, plain), (SHIFTED, shifted)):
        for code, character in zip(KEYS, row + " ", strict=True):
            if character != _NONE:
                found[code, level] = character
    return found | {(code, LEVEL3): character for code, character in level3.items()}


def _dead(pairs: str) -> dict[str, str]:
    """``aâ eê`` to what each letter becomes, capitals too."""
    small = {pair[0]: pair[1] for pair in pairs.split()}
    return small | {letter.upper(): both.upper() for letter, both in small.items()}


_CIRCUMFLEX, _GRAVE, _TILDE = _dead("aâ eê iî oô uû"), _dead("aà eè iì oò uù"), _dead("aã nñ oõ")
_US_PLAIN, _US_SHIFTED = (
    "`1234567890-=" "qwertyuiop[]" "asdfghjkl;'\\" "\\zxcvbnm,./",
    '~!@#$%^&*()_+' 'QWERTYUIOP{}' 'ASDFGHJKL:"|' '|ZXCVBNM<>?',
)  # fmt: skip
_POLISH = {30: "ą", 46: "ć", 18: "ę", 38: "ł", 49: "ń", 24: "ó", 31: "ś", 45: "ź", 44: "ż", 22: "€"}

US = Layout("us", _characters(_US_PLAIN, _US_SHIFTED, {}))
UK = Layout(
    "uk",
    _characters(
        "`1234567890-=" "qwertyuiop[]" "asdfghjkl;'#" "\\zxcvbnm,./",
        '¬!"£$%^&*()_+' 'QWERTYUIOP{}' 'ASDFGHJKL:@~' '|ZXCVBNM<>?',
        {41: "¦", 5: "€", 30: "á", 18: "é", 23: "í", 24: "ó", 22: "ú"},
    ),
)  # fmt: skip
DE = Layout(
    "de",
    _characters(
        "^1234567890ß´" "qwertzuiopü+" "asdfghjklöä#" "<yxcvbnm,.-",
        '°!"§$%&/()=?`' 'QWERTZUIOPÜ*' "ASDFGHJKLÖÄ'" '>YXCVBNM;:_',
        {3: "²", 4: "³", 8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 18: "€", 27: "~", 86: "|", 50: "µ"},
    ),
    {(41, PLAIN): _CIRCUMFLEX, (13, PLAIN): _dead("aá eé ií oó uú yý"), (13, SHIFTED): _GRAVE},
    point=",",
)  # fmt: skip
FR = Layout(
    "fr",
    _characters(
        "²&é\"'(-è_çà)=" "azertyuiop^$" "qsdfghjklmù*" "<wxcvbn,;:!",
        _NONE + "1234567890°+" "AZERTYUIOP¨£" "QSDFGHJKLM%µ" ">WXCVBN?./§",
        {3: "~", 4: "#", 5: "{", 6: "[", 7: "|", 8: "`", 9: "\\", 10: "^", 11: "@", 12: "]", 13: "}", 18: "€", 27: "¤"},
    ),
    {
        (26, PLAIN): _CIRCUMFLEX,
        (26, SHIFTED): _dead("aä eë iï oö uü yÿ"),
        (3, LEVEL3): _TILDE,
        (8, LEVEL3): _GRAVE,
    },
)  # fmt: skip
PL = Layout(
    "pl",
    _characters(_US_PLAIN, _US_SHIFTED, _POLISH),
    {(41, SHIFTED): _dead("aą cć eę lł nń oó sś xź zż")},
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType({layout.name: layout for layout in (US, UK, DE, FR, PL)})
"""Layouts by the name they have in a device URL."""
