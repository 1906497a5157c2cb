"""Keys become scans: ended by Enter, keypad Enter or Tab, damaged when anything was lost, and told from typing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import LONGEST, PAUSE
from drivers.keymaps import LAYOUTS, US
from drivers.keystrokes import Event, typed
from drivers.wedge import ENOUGH, HAND, Wedge
from rma_station.ports import RawScan

DROPPED, REPORT = (0, 3, 0), (0, 0, 0)
CTRL, SHIFT = 29, 42


def press(*codes: int) -> list[Event]:
    """Each key down and up."""
    return [(1, code, value) for code in codes for value in (1, 0)]


def with_modifiers(*codes: int) -> list[Event]:
    """Chord: all down, all up."""
    return [*((1, code, 1) for code in codes), *((1, code, 0) for code in reversed(codes))]


def scans(events: list[Event], wedge: Wedge | None = None, gap: float = 0.002) -> list[tuple[bytes, str | None]]:
    """Data and damage of the scans in these events, one every ``gap`` seconds."""
    wedge = wedge or Wedge("w", US)
    return [
        (scan.data, scan.damaged) for n, event in enumerate(events) for scan in wedge.feed(*event, 1.0 + n * gap, 5.0)
    ]


def us(text: str) -> list[Event]:
    return typed(text, US, ends=())


ENTER = press(28)
VECTORS = [
    pytest.param(us("5901234123457") + ENTER, [(b"5901234123457", None)], id="W1"),
    pytest.param(
        us("010590123412345710AB") + with_modifiers(CTRL, 27) + us("21X") + ENTER,
        [(b"010590123412345710AB\x1d21X", None)],
        id="W3 Ctrl+]",
    ),
    pytest.param(press(76, 73, 82, 79, 96), [(b"5901", None)], id="W5 keypad"),
    pytest.param(
        [*us("590"), DROPPED, (1, 4, 1), REPORT, *us("7"), *ENTER, *us("OK1"), *ENTER],
        [(b"5907", "overflow"), (b"OK1", None)],
        id="W7 dropped",
    ),
    pytest.param(
        us("[)>") + with_modifiers(CTRL, SHIFT, 7) + us("06") + with_modifiers(CTRL, 27) + us("1P")
        + with_modifiers(CTRL, SHIFT, 7) + with_modifiers(CTRL, 32) + ENTER,
        [(b"[)>\x1e06\x1d1P\x1e\x04", None)],
        id="W9 ISO 15434",
    ),
    pytest.param(us("A") + press(59) + us("B") + ENTER, [(b"AB", "characters")], id="W11 unmapped key"),
    pytest.param(
        us("5901234123457") + ENTER + us("RMA-12") + ENTER, [(b"5901234123457", None), (b"RMA-12", None)], id="W13 two"
    ),
    pytest.param(us("A") + press(15) + us("B") + ENTER, [(b"A", None), (b"B", None)], id="Tab ends"),
    pytest.param(us("A") + with_modifiers(CTRL, 50) + with_modifiers(CTRL, 36), [(b"A", None)], id="Ctrl+M Ctrl+J"),
    pytest.param(us("A") + ENTER + ENTER, [(b"A", None)], id="an Enter alone is nothing"),
    pytest.param([DROPPED, REPORT, *ENTER, *us("A"), *ENTER], [(b"", "overflow"), (b"A", None)], id="all was dropped"),
    pytest.param(us("]C101\x1d21X") + ENTER, [(b"01\x1d21X", None)], id="AIM and GS"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), VECTORS)
def test_keystrokes_are_cut_into_these_scans(events: list[Event], expected: list[tuple[bytes, str | None]]) -> None:
    """Hardware reference 7.3, and endings."""
    assert scans(events) == expected


def test_only_the_set_suffix_ends() -> None:
    """With ``cr`` a Tab is data, with ``tab`` an Enter is."""
    events = us("A") + press(15) + us("B") + ENTER

    assert scans(events, Wedge("w", US, "cr")) == [(b"A\tB", None)]
    assert scans(events, Wedge("w", US, "tab")) == [(b"A", None)]


def test_a_pause_marks_a_scan_incomplete_and_its_rest_too() -> None:
    """Time never ends a scan."""
    wedge = Wedge("w", US)
    assert scans(us("590"), wedge) == []
    assert wedge.pending
    assert wedge.idle(5.0) == []
    assert wedge.idle(5.0 + PAUSE) == [RawScan("w", b"590", 5.0, damaged="incomplete")]
    assert not wedge.pending
    assert [(scan.data, scan.damaged) for event in us("7") + ENTER for scan in wedge.feed(*event, 9.0, 5.6)] == [
        (b"7", "incomplete")
    ]


def test_an_accent_at_the_end_comes_out_in_the_pause() -> None:
    """A dead key that nothing follows is part of the scan that broke off."""
    wedge = Wedge("w", LAYOUTS["de"])
    assert scans(press(41), wedge) == []
    assert wedge.pending
    wedge.idle(5.0)

    assert wedge.idle(5.0 + PAUSE) == [RawScan("w", b"^", 5.0, damaged="incomplete")]


def test_unplugged_in_the_middle_of_a_scan() -> None:
    """Half a scan is told."""
    wedge = Wedge("w", US)
    scans(us("590"), wedge)

    assert wedge.lost(6.0) == [RawScan("w", b"590", 5.0, damaged="incomplete")]


def test_a_scan_under_way_while_opening_is_not_taken_for_a_whole_one() -> None:
    """Nobody has seen how it began; the next is whole."""
    wedge = Wedge("w", US)
    wedge.opened(caps=False, down=frozenset(), at=1.0)

    assert scans(us("3457") + ENTER + us("A") + ENTER, wedge) == [(b"3457", "incomplete"), (b"A", None)]


def test_a_flood_without_an_end_is_bounded_and_reported_once() -> None:
    """A key that hangs, or a wrong suffix."""
    wedge = Wedge("w", US)
    found = [scan for n in range(200_000) for scan in wedge.feed(1, 30, 1, n / 1000, 1.0)]

    assert [(len(scan.data), scan.damaged) for scan in found] == [(LONGEST, "too_long")]
    assert scans(ENTER + us("OK") + ENTER, wedge) == [(b"OK", None)]


def test_typing_by_hand_is_shown_and_not_submitted() -> None:
    """Key after key slower than a scanner; somebody has configured a keyboard."""
    wedge = Wedge("w", US)

    assert scans(us("123") + ENTER, wedge, gap=HAND) == [(b"123", "typed")]
    assert not wedge.by_hand


@pytest.mark.parametrize("ends", [[], ENTER])
def test_a_keyboard_is_recognised_after_some_keys(ends: list[Event]) -> None:
    """In one go or in several short words."""
    wedge = Wedge("w", US)
    for _ in range(3):
        scans(us("wasd") + ends, wedge, gap=HAND / 2)

    assert wedge.by_hand


def test_quick_scans_never_make_a_keyboard() -> None:
    """Nor do short codes with long pauses between them, nor a slow one among quick ones."""
    wedge = Wedge("w", US)
    clock = 0.0
    for _ in range(3 * ENOUGH):
        for text, gap in (("A", 0.001), ("123", 0.05), ("5901234123457", 0.001)):
            clock += 2.0
            for n, event in enumerate(us(text) + ENTER):
                wedge.feed(*event, clock + n * gap, clock)
            assert not wedge.by_hand


def test_a_slow_scanner_can_be_configured() -> None:
    """Then its pace tells nothing."""
    wedge = Wedge("w", US, slow=True)

    assert scans(us("5901234123457") + ENTER, wedge, gap=HAND) == [(b"5901234123457", None)]
    assert not wedge.by_hand


NOISY_KEYS = [0, 1, 3, 15, 27, 28, 29, 30, 41, 42, 56, 58, 59, 76]
NOISE = st.tuples(st.sampled_from([0, 1, 4, 17]), st.sampled_from(NOISY_KEYS), st.integers(0, 2))
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)


@given(st.lists(NOISE), st.sampled_from([*LAYOUTS]))
def test_no_events_raise_and_nothing_is_kept_after_the_end(events: list[Event], layout: str) -> None:
    """After a break the next scan is whole."""
    wedge = Wedge("w", LAYOUTS[layout], slow=True)
    scans(events, wedge)
    wedge.lost(6.0)
    wedge.opened(caps=False, down=frozenset(), at=None)

    assert scans(typed("Ab1-\x1d", LAYOUTS[layout]), wedge) == [(b"Ab1-\x1d", None)]


@given(
    st.lists(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)), st.sampled_from([*LAYOUTS])
)
def test_codes_sent_one_after_the_other_arrive(codes: list[str], name: str) -> None:
    """Whole, in order, in every layout."""
    layout = LAYOUTS[name]
    codes = [code for code in codes if not code.startswith("]")]
    events = [event for code in codes for event in typed(code, layout)]

    assert scans(events, Wedge("w", layout)) == [(code.encode(), None) for code in codes]
