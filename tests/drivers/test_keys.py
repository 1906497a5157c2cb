"""Key events become the bytes of the barcode, in every layout, and what cannot be one is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.keymaps import DE, FR, LAYOUTS, LEVEL3, PL, PLAIN, SHIFTED, UK, US, Layout
from drivers.keys import CHARACTERS, FUNCTION_KEYS, OVERFLOW, KeyDecoder
from drivers.keystrokes import Event, typed

CTRL, SHIFT, ALT, ALTGR, CAPS = 29, 42, 56, 100, 58
ASCII = "".join(map(chr, range(0x20, 0x7F)))
C0 = "".join(map(chr, range(0x20))) + "\x7f"
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def decoded(events: list[Event], decoder: KeyDecoder) -> tuple[bytes, list[str]]:
    """Bytes and damages of all events."""
    data, damages = b"", []
    for event in events:
        one = decoder.feed(*event)
        data += one.data
        damages += [one.damage] if one.damage else []
    return data + decoder.flush(), damages


def keys(*codes: int) -> list[Event]:
    """Presses (positive) and releases (negative)."""
    return [(1, abs(code), int(code > 0)) for code in codes]


def stroke(*codes: int) -> list[Event]:
    """All down in this order, all up in the other."""
    return keys(*codes, *(-code for code in reversed(codes)))


@layouts
def test_every_printable_character_and_control_survives(layout: Layout) -> None:
    """What a scanner set to the layout types, decodes to what the barcode said."""
    assert decoded(typed(ASCII + C0, layout, ends=()), KeyDecoder(layout)) == ((ASCII + C0).encode(), [])


@given(st.text(st.sampled_from(ASCII + C0)), st.sampled_from(list(LAYOUTS.values())), st.booleans(), st.booleans())
def test_encode_then_decode_is_the_identity(text: str, layout: Layout, by_number: bool, dead: bool) -> None:
    """In any order, with control characters by Ctrl or by number, with and without dead keys."""
    layout = layout if dead else layout.without_dead_keys()

    assert decoded(typed(text, layout, by_number=by_number, ends=()), KeyDecoder(layout)) == (text.encode(), [])


@given(st.data(), st.sampled_from(list(LAYOUTS.values())))
def test_letters_of_the_layout_survive_too(data: st.DataObject, layout: Layout) -> None:
    """Every character of a layout comes out as UTF-8."""
    text = data.draw(st.text(st.sampled_from(sorted(set(layout.characters.values())))))

    assert decoded(typed(text, layout, ends=()), KeyDecoder(layout)) == (text.encode(), [])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 300), st.integers(-1, 3))), st.sampled_from([*LAYOUTS]))
def test_no_events_raise(events: list[Event], name: str) -> None:
    """Whatever key events a device sends, the decoder goes on."""
    decoded(events, KeyDecoder(LAYOUTS[name]))


@pytest.mark.parametrize(
    ("layout", "code", "level", "character"),
    [
        (US, 41, PLAIN, "`"), (US, 40, SHIFTED, '"'), (US, 86, PLAIN, "\\"),
        (UK, 3, SHIFTED, '"'), (UK, 40, SHIFTED, "@"), (UK, 43, PLAIN, "#"), (UK, 43, SHIFTED, "~"),
        (UK, 86, SHIFTED, "|"), (UK, 4, SHIFTED, "£"),
        (DE, 21, PLAIN, "z"), (DE, 44, PLAIN, "y"), (DE, 12, PLAIN, "ß"), (DE, 53, PLAIN, "-"), (DE, 53, SHIFTED, "_"),
        (DE, 16, LEVEL3, "@"), (DE, 43, SHIFTED, "'"), (DE, 86, LEVEL3, "|"), (DE, 8, SHIFTED, "/"),
        (FR, 2, PLAIN, "&"), (FR, 2, SHIFTED, "1"), (FR, 16, PLAIN, "a"), (FR, 39, PLAIN, "m"), (FR, 50, PLAIN, ","),
        (FR, 7, PLAIN, "-"), (FR, 9, PLAIN, "_"), (FR, 12, LEVEL3, "]"), (FR, 53, PLAIN, "!"),
        (PL, 30, LEVEL3, "ą"), (PL, 45, LEVEL3, "ź"), (PL, 44, LEVEL3, "ż"), (PL, 12, SHIFTED, "_"),
    ],
)  # fmt: skip
def test_places_where_layouts_differ(layout: Layout, code: int, level: int, character: str) -> None:
    """As in the Windows layouts of the same name."""
    assert layout.characters[code, level] == character


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([13, 18], "é"), ([13, -42, 18], "É"), ([13, 57], "´"), ([13, 45], "´x"), ([13, 13, 30], "´´a"),
        ([41, 28], "^\r"), ([41], "^"), ([-42, 13, 30], "à"), ([41, 2], "^1"),
    ],
)  # fmt: skip
def test_dead_keys_wait_for_the_next_key(codes: list[int], expected: str) -> None:
    """German: an accent joins a letter it can stand on, comes out before anything else, alone with the space bar."""
    events: list[Event] = []
    shift = False
    for code in codes:  # -42: the next key with Shift
        if code < 0:
            shift = True
            continue
        events += stroke(SHIFT, code) if shift else stroke(code)
        shift = False

    assert decoded(events, KeyDecoder(DE)) == (expected.encode(), [])


def test_a_polish_tilde_makes_polish_letters() -> None:
    """Tilde is the programmers' dead key; a scanner that sends it at once is set up so."""
    events = [*stroke(SHIFT, 41), *stroke(30)]

    assert decoded(events, KeyDecoder(PL))[0].decode() == "ą"
    assert decoded(events, KeyDecoder(PL.without_dead_keys()))[0] == b"~a"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(stroke(CTRL, 27), b"\x1d", id="Ctrl+]"),
        pytest.param(stroke(97, 27), b"\x1d", id="right Ctrl"),
        pytest.param(stroke(CTRL, 43), b"\x1c", id="Ctrl+backslash"),
        pytest.param(stroke(CTRL, SHIFT, 7), b"\x1e", id="Ctrl+Shift+6"),
        pytest.param(stroke(CTRL, 7), b"\x1e", id="Ctrl+6"),
        pytest.param(stroke(CTRL, SHIFT, 12), b"\x1f", id="Ctrl+Shift+-"),
        pytest.param(stroke(CTRL, 32), b"\x04", id="Ctrl+D"),
        pytest.param(stroke(CTRL, SHIFT, 32), b"\x04", id="Ctrl+Shift+D"),
        pytest.param(stroke(CTRL, 50), b"\r", id="Ctrl+M"),
        pytest.param([*keys(ALT), *stroke(82), *stroke(80), *stroke(73), *keys(-ALT)], b"\x1d", id="Alt+029"),
        pytest.param([*keys(ALT), *stroke(80), *stroke(73), *keys(-ALT)], b"\x1d", id="Alt+29"),
        pytest.param(
            [*keys(ALT), *stroke(82), *stroke(79), *stroke(80), *stroke(71), *keys(-ALT)], b"\x7f", id="Alt+0127"
        ),
        pytest.param(
            [*keys(ALT), *stroke(82), *stroke(79), *stroke(80), *stroke(72), *keys(-ALT)], "€".encode(), id="Alt+0128"
        ),
        pytest.param(stroke(ALT), b"", id="Alt alone"),
        pytest.param(stroke(28) + stroke(96), b"\r\r", id="Enter and keypad Enter"),
        pytest.param(stroke(15) + stroke(1) + stroke(14), b"\t\x1b\x08", id="Tab, Escape, Backspace"),
        pytest.param([*stroke(76), *stroke(83), *stroke(98), *stroke(55)], b"5./*", id="keypad"),
        pytest.param([*stroke(69), *stroke(71)], b"7", id="Num Lock does not matter"),
    ],
)
def test_keys_that_are_no_characters(events: list[Event], expected: bytes) -> None:
    """Hardware reference 2.2: control characters by Ctrl and by number, keypad, named keys."""
    assert decoded(events, KeyDecoder(US)) == (expected, [])


@pytest.mark.parametrize(
    "layout_and_events",
    [(DE, stroke(CTRL, ALT, 10)), (DE, stroke(ALT, CTRL, 10)), (DE, stroke(ALTGR, 10)), (DE, stroke(CTRL, ALTGR, 10))],
)
def test_altgr_is_also_ctrl_and_alt(layout_and_events: tuple[Layout, list[Event]]) -> None:
    """As Windows has it, so some scanners send it: a bracket, and no control character."""
    layout, events = layout_and_events

    assert decoded(events, KeyDecoder(layout)) == (b"]", [])


def test_a_control_letter_is_that_of_the_layout_and_a_control_sign_that_of_the_place() -> None:
    """On a French keyboard A is where Q is; GS stays on the key beside Enter."""
    assert decoded(stroke(CTRL, 16) + stroke(CTRL, 27), KeyDecoder(FR)) == (b"\x01\x1d", [])
    assert decoded(stroke(CTRL, 39), KeyDecoder(FR)) == (b"\r", [])


@pytest.mark.parametrize("name", ["f1", "f8", "f12"])
def test_a_function_key_can_stand_for_gs(name: str) -> None:
    """A setting of some makers; without it the key means nothing."""
    code = FUNCTION_KEYS[name]

    assert decoded(stroke(code), KeyDecoder(US, code)) == (b"\x1d", [])
    assert decoded(stroke(code), KeyDecoder(US)) == (b"", [CHARACTERS])


@pytest.mark.parametrize(
    "events", [stroke(59), stroke(103), stroke(ALT, 30), stroke(ALTGR, 30), stroke(CTRL, 51), stroke(ALTGR, SHIFT, 5)]
)
def test_a_key_that_means_nothing_damages(events: list[Event]) -> None:
    """A function key, an arrow, Alt and a letter, AltGr where the layout has none: not guessed."""
    assert decoded(events, KeyDecoder(US)) == (b"", [CHARACTERS])


@pytest.mark.parametrize(
    ("caps", "events", "expected"),
    [
        (False, stroke(30) + stroke(SHIFT, 30) + stroke(2), b"aA1"),
        (True, stroke(30) + stroke(SHIFT, 30) + stroke(2), b"Aa1"),
        (False, stroke(CAPS) + stroke(30) + stroke(CAPS) + stroke(30), b"Aa"),
        (False, [(17, 1, 1), *stroke(30), (17, 1, 0), *stroke(30)], b"Aa"),
        (True, [*stroke(CAPS), (17, 1, 0), *stroke(30)], b"a"),
        (True, stroke(SHIFT, 2), b"!"),
    ],
)
def test_caps_lock_turns_letters_round(caps: bool, events: list[Event], expected: bytes) -> None:
    """As its LED showed at the start, as its key and its LED change it; digits and signs stay."""
    assert decoded(events, KeyDecoder(US, caps=caps)) == (expected, [])


def test_caps_lock_and_shift_make_polish_capitals() -> None:
    """AltGr with Shift or with Caps Lock."""
    assert decoded(stroke(ALTGR, SHIFT, 30), KeyDecoder(PL))[0].decode() == "Ą"
    assert decoded(stroke(ALTGR, 30), KeyDecoder(PL, caps=True))[0].decode() == "Ą"


def test_only_presses_count() -> None:
    """What the kernel repeats of a held key, and a release without a press, are nothing; a second press is a key."""
    events = [(1, 30, 0), (1, 30, 1), (1, 30, 2), (1, 30, 2), (1, 30, 1), (1, 42, 0), (1, 42, 2), (4, 4, 30)]

    assert decoded(events, KeyDecoder(US)) == (b"aa", [])


def test_a_modifier_held_since_before_the_scan_damages_it() -> None:
    """Stuck when the device was opened, or not let go after the scan before: capitals nobody meant."""
    decoder = KeyDecoder(US, down=frozenset({SHIFT}))
    assert decoded(stroke(30), decoder) == (b"A", [OVERFLOW])
    assert decoded([(1, SHIFT, 0), *stroke(30)], decoder) == (b"a", [])

    assert decoded(keys(SHIFT, 30, -30), decoder) == (b"A", [])
    decoder.scan_ended()
    assert decoded(stroke(30), decoder) == (b"A", [OVERFLOW])
    assert decoded([(1, SHIFT, 1), *stroke(30)], decoder) == (b"A", [])


def test_ctrl_held_from_suffix_to_suffix_is_no_damage() -> None:
    """CR LF as Ctrl with M and J."""
    decoder = KeyDecoder(US)
    assert decoded(keys(CTRL, 50, -50), decoder) == (b"\r", [])
    decoder.scan_ended()

    assert decoded(keys(36, -36, -CTRL), decoder) == (b"\n", [])


def test_dropped_events_damage_and_are_skipped_up_to_the_next_report() -> None:
    """Modifiers count as released then: asking the kernel would throw away the keys that came since."""
    events = [*keys(SHIFT, 30), (0, 3, 0), *keys(31), (0, 0, 0), *keys(32)]

    assert decoded(events, KeyDecoder(US)) == (b"Ad", [OVERFLOW])


def test_a_number_that_is_no_character_damages() -> None:
    """Alt and a number far too high."""
    digits = [event for _ in range(9) for event in stroke(73)]

    assert decoded([*keys(ALT), *digits, *keys(-ALT)], KeyDecoder(US)) == (b"", [CHARACTERS])
