"""What a scanner is set to, derived from what it sent for the codes of the test sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import proving
from drivers.address import parse_url
from drivers.catalogue import OPTIONS
from drivers.evdev_scanner import wedge_settings
from drivers.framing import SUFFIXES, Framer
from drivers.keymaps import DE, LAYOUTS, US
from drivers.keys import EV_KEY, FUNCTION_KEYS, PRESSED, RELEASED
from drivers.keystrokes import ENTER, Event, typed
from drivers.proving import Proof
from drivers.wedge import Wedge
from rma_station.domain.device_sheet import GS1_HEAD, GS1_TAIL, LETTERS
from tests.drivers.support import KeyEvent

TAB = 15
GS1 = f"{GS1_HEAD}\x1d{GS1_TAIL}"


def keys(events: list[Event], gap: float = 0.002) -> list[KeyEvent]:
    return [KeyEvent(*event, at=number * gap / 2) for number, event in enumerate(events)]


def pressed(code: int) -> list[Event]:
    return [(EV_KEY, code, PRESSED), (EV_KEY, code, RELEASED)]


# --- scanners that type ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("dead", [True, False])
def test_a_scanners_layout_is_found_and_reads_everything_it_types(name: str, dead: bool) -> None:
    """Whatever it is set to: with what was derived, the driver reads the code and the separator."""
    layout = LAYOUTS[name] if dead else LAYOUTS[name].without_dead_keys()

    letters = proving.letters_by_keys(keys(typed(LETTERS, layout)))
    proof = proving.separator_by_keys(keys(typed(GS1, layout)), letters)

    assert (proof.problems, proof.separator, proof.suffix) == ((), "kept", "auto")
    assert read_with(proof, typed(LETTERS, layout) + typed(GS1, layout)) == [LETTERS.encode(), GS1.encode()]


def read_with(proof: Proof, events: list[Event]) -> list[bytes]:
    """What the driver makes of key events with the settings that were derived."""
    query = "&".join(f"{key}={value}" for key, value in proof.options.items())
    address = parse_url(f"evdev:/dev/input/by-id/x?{query}", OPTIONS["evdev"], ("evdev",))
    settings = wedge_settings(address, proof.suffix)
    wedge = Wedge("left", settings.layout, settings.suffix, settings.gs_key, slow=settings.slow)
    scans = [scan for key in keys(events) for scan in wedge.feed(key.type, key.code, key.value, key.at, key.at)]
    return [scan.data for scan in scans if scan.damaged is None]


def test_polish_programmers_differ_from_us_by_the_accent_on_the_tilde_alone() -> None:
    """Where the scanner sends no accents they are the same, and the simpler one is written down."""
    polish = LAYOUTS["pl"]

    assert proving.letters_by_keys(keys(typed(LETTERS, polish))).options == {"layout": "pl"}
    assert proving.letters_by_keys(keys(typed(LETTERS, polish.without_dead_keys()))).options == {"layout": "us"}


@pytest.mark.parametrize(
    ("ends", "problems", "ending"),
    [((ENTER,), (), b"\r"), ((96,), (), b"\r"), ((TAB,), (), b"\t"), ((), ("no_suffix",), b"")],
)
def test_what_ends_a_scan_of_a_scanner_that_types(
    ends: tuple[int, ...], problems: tuple[str, ...], ending: bytes
) -> None:
    """Enter of either kind, Tab; a scanner without one is told so."""
    proof = proving.letters_by_keys(keys(typed(LETTERS, US, ends=ends)))

    assert (proof.problems, proof.ending, proof.suffix) == (problems, ending, "auto")


def test_a_separator_by_number_is_kept() -> None:
    """Alt and 029 on the keypad."""
    letters = proving.letters_by_keys(keys(typed(LETTERS, US)))

    assert proving.separator_by_keys(keys(typed(GS1, US, by_number=True)), letters).separator == "kept"


@pytest.mark.parametrize("name", ["f8", "f12"])
def test_a_function_key_for_the_separator_is_found(name: str) -> None:
    """It goes into the url."""
    letters = proving.letters_by_keys(keys(typed(LETTERS, US)))
    events = typed(GS1_HEAD, US, ends=()) + pressed(FUNCTION_KEYS[name]) + typed(GS1_TAIL, US)

    proof = proving.separator_by_keys(keys(events), letters)

    assert (proof.separator, proof.options) == ("kept", {"layout": "us", "gs": name})
    assert read_with(proof, events) == [GS1.encode()]


@pytest.mark.parametrize(
    ("text", "separator", "instead"),
    [
        (GS1_HEAD + GS1_TAIL, "dropped", b""),
        (GS1_HEAD + "^]" + GS1_TAIL, "replaced", b"^]"),
        (GS1_HEAD + "|" + GS1_TAIL, "replaced", b"|"),
        ("5901234123457", "not_read", b""),
    ],
)
def test_a_scanner_that_drops_or_replaces_the_separator_is_found_out(text: str, separator: str, instead: bytes) -> None:
    """Or the wrong code was scanned."""
    letters = proving.letters_by_keys(keys(typed(LETTERS, US)))
    by_keys = proving.separator_by_keys(keys(typed(text, US)), letters)
    by_bytes = proving.separator_by_bytes(text.encode() + b"\r", letters)

    assert (by_keys.separator, by_keys.instead) == (by_bytes.separator, by_bytes.instead) == (separator, instead)


@pytest.mark.parametrize(("gap", "pace"), [(0.002, None), (0.03, None), (0.12, "slow")])
def test_the_pace_is_measured(gap: float, pace: str | None) -> None:
    """A Bluetooth scanner may be as slow as a hand."""
    events = [event for event in typed(LETTERS, US) if event[0] == EV_KEY]
    proof = proving.letters_by_keys(keys(events, gap))

    assert proof.options.get("pace") == pace
    assert proof.gap is not None
    assert proof.gap >= gap


def test_a_keyboard_typed_on_by_hand_is_no_scanner() -> None:
    """Something else came, slowly; the same quickly is another code."""
    hello = typed("hello there", US)

    assert proving.letters_by_keys(keys(hello, 0.2)).problems == ("by_hand",)
    assert proving.letters_by_keys(keys(hello)).problems == ("other_code",)
    assert proving.letters_by_keys([]).problems == ("nothing",)


def test_a_prefix_is_told_and_an_aim_identifier_is_welcome() -> None:
    """A vendor's code letter in front would be taken for data."""
    aim = proving.letters_by_keys(keys(typed("]C0" + LETTERS, DE)))
    letter = proving.letters_by_keys(keys(typed("j" + LETTERS, DE)))

    assert (aim.problems, aim.aim, aim.prefix) == ((), "]C0", b"")
    assert (letter.problems, letter.prefix) == (("odd_prefix",), b"j")


def test_caps_lock_as_it_was_is_taken_into_account() -> None:
    """It turns letters round on the keyboard and in the decoder."""
    events = keys(typed(LETTERS.swapcase(), US))

    assert proving.letters_by_keys(events, caps=True).problems == ()
    assert proving.letters_by_keys(events).problems == ("other_code",)


# --- serial scanners -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "suffix", "problems"),
    [
        (b"", b"\r", "auto", ()),
        (b"", b"\n", "auto", ()),
        (b"", b"\r\n", "auto", ()),
        (b"\x02", b"\x03", "auto", ()),
        (b"\x02]C0", b"\x03\r\n", "auto", ()),
        (b"]C0", b"\x04", "auto", ()),
        (b"", b"\t", "tab", ()),
        (b"", b"\x03", "etx", ()),
        (b"", b"", "auto", ("no_suffix",)),
        (b"", b"##", "auto", ("odd_suffix",)),
        (b"j", b"", "auto", ("no_suffix", "odd_prefix")),
    ],
)
def test_what_a_serial_scanner_adds(before: bytes, after: bytes, suffix: str, problems: tuple[str, ...]) -> None:
    """With the suffix that is derived the framer gives the code; a problem is told."""
    proof = proving.letters_by_bytes(before + LETTERS.encode() + after)

    assert (proof.suffix, proof.problems) == (suffix, problems)
    if not problems:
        framer = Framer("left", proof.suffix)
        assert [scan.data for scan in framer.feed(before + LETTERS.encode() + after, 1.0)] == [LETTERS.encode()]


def test_a_wrong_speed_is_told_from_another_code() -> None:
    """9600 read at 19200 is mostly bytes no code has."""
    assert proving.letters_by_bytes(bytes.fromhex("e0fc80f31c9880e6fe1ce0")).problems == ("wrong_speed",)
    assert proving.letters_by_bytes(b"5901234123457\r").problems == ("other_code",)
    assert proving.letters_by_bytes(b"").problems == ("nothing",)


# --- any input -------------------------------------------------------------------------------------------


@given(st.binary())
def test_any_bytes_can_be_judged(data: bytes) -> None:
    """Nothing raises, and what is derived can be configured."""
    proof = proving.letters_by_bytes(data)

    assert proof.suffix in SUFFIXES
    assert proving.separator_by_bytes(data, proof).separator in ("dropped", "kept", "not_read", "replaced")


events = st.tuples(st.sampled_from([0, 1, 4, 17]), st.integers(0, 200), st.integers(0, 2))


@given(st.lists(events, max_size=60), st.floats(0, 1))
def test_any_keys_can_be_judged(given_events: list[Event], gap: float) -> None:
    """Whatever keys were pressed for the test sheet, there is a proof and nothing raises."""
    proof = proving.letters_by_keys(keys(given_events, gap))

    proving.separator_by_keys(keys(given_events, gap), proof)
