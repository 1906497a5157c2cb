"""Keys and scans are told apart by time alone, and no barcode ever becomes a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.screens import keys
from rma_station.screens.keys import Burst, Ignored, Key, KeyReader, Stroke

NAMED = {"\r": "enter", "\n": "ctrl+j", "\t": "tab", "\x1d": "ctrl+right_square_bracket", "\x03": "ctrl+c"}
NAMED |= {"\x02": "ctrl+b", "\x1b": "escape", "\x7f": "backspace", "+": "plus"}


def strokes(text: str, *, start: float = 10.0, step: float = 0.002) -> list[Stroke]:
    """What a terminal reports when this is typed with a pause of ``step``."""
    return [Stroke(NAMED.get(c, c), c, start + index * step) for index, c in enumerate(text)]


def read(given_strokes: list[Stroke]) -> list[keys.Result]:
    """All results, the last silence included."""
    reader = KeyReader()
    results = [result for stroke in given_strokes for result in reader.press(stroke)]
    return results + reader.settle(1e9)


def test_a_fast_row_of_keys_with_enter_is_one_scan() -> None:
    """A wedge scanner, GS1 separator included."""
    assert read(strokes("]C101059\x1d10AB\r")) == [Burst("]C101059\x1d10AB", pytest.approx(10.024))]


@pytest.mark.parametrize("ending", ["\r", "\n", "\t", "\x03", "\r\n", "\r\t", "\n\n"])
def test_every_usual_ending_ends_a_scan_and_its_second_half_is_swallowed(ending: str) -> None:
    """CR LF does not leave a lone key behind."""
    assert [result.text for result in read(strokes("\x02ABC" + ending)) if isinstance(result, Burst)] == ["ABC"]
    assert not any(isinstance(result, Key) for result in read(strokes("ABC" + ending)))


def test_a_scan_without_an_ending_is_incomplete() -> None:
    """Shown, never submitted as good."""
    (burst,) = read(strokes("590"))

    assert isinstance(burst, Burst)
    assert (burst.text, burst.damaged) == ("590", "incomplete")


def test_a_one_character_barcode_is_a_scan_and_not_a_key() -> None:
    """A hostile label with ``5`` and Enter chooses nothing."""
    assert [type(result) for result in read(strokes("5\r"))] == [Burst]


def test_a_key_acts_after_silence() -> None:
    """Not before, or it could be the start of a scan."""
    reader = KeyReader()

    assert reader.press(Stroke("f9", None, 1.0)) == []
    assert reader.settle(1.05) == []
    assert reader.due == pytest.approx(1.1)
    assert reader.settle(1.1) == [Key("f9")]


def test_slow_keys_each_act() -> None:
    """Keys a person types, one by one, are keys and no scan."""
    assert read(strokes("12+", step=0.15)) == [Key("1", "1"), Key("2", "2"), Key("plus", "+")]


def test_a_control_character_alone_means_nothing() -> None:
    """Also ctrl+c and ctrl+q."""
    controls = ["ctrl+c", "ctrl+q", "ctrl+right_square_bracket", "ctrl+p"]

    assert [read([Stroke(key, "\x11", 1.0)]) for key in controls] == [[Ignored(key)] for key in controls]


def test_a_held_function_key_acts_once_at_most() -> None:
    """Repeats every 33 ms are no commands."""
    repeats = [Stroke("f9", None, 1.0)] + [Stroke("f9", None, 1.5 + n * 0.033) for n in range(20)]

    assert [result for result in read(repeats) if isinstance(result, Key)] == [Key("f9")]


def test_a_function_key_inside_a_scan_damages_it() -> None:
    """A scanner set to another keyboard, or a label that tries to command."""
    (burst,) = read([*strokes("AB"), Stroke("f9", None, 10.004), *strokes("C\r", start=10.006)])

    assert isinstance(burst, Burst)
    assert (burst.text, burst.damaged) == ("ABC", "characters")


def test_the_late_ending_of_a_broken_scan_is_not_an_answer() -> None:
    """Enter 200 ms after the data neither confirms nor submits."""
    results = read([*strokes("590"), Stroke("enter", "\r", 10.3)])

    assert results[1:] == [Ignored("enter")]


def test_a_paste_is_one_scan() -> None:
    """Its line ends belong to nobody."""
    assert keys.from_paste("RMA-2026-000001\r\n", 1.0) == Burst("RMA-2026-000001", 1.0)
    assert keys.from_paste("\r\n", 1.0) is None


def test_an_endless_scan_is_cut() -> None:
    """Something lies on the keyboard."""
    (burst,) = read(strokes("A" * (keys.LONGEST + 50), step=0.001))

    assert isinstance(burst, Burst)
    assert (len(burst.text), burst.damaged) == (keys.LONGEST, "overflow")


def test_a_typed_line_is_sent_on_enter() -> None:
    """With backspace, and without keys that print nothing."""
    line = keys.TypedLine()
    typed = [Key("1", "1"), Key("2", "2"), Key("backspace"), Key("f5"), Key("9", "9"), Key("enter")]

    assert [line.take(key) for key in typed] == [None] * 5 + ["19"]
    assert line.text == ""


def named(key: str) -> str:
    """A letter's name, whatever Caps Lock says."""
    return key.lower() if len(key) == 1 else key


KEYS = st.sampled_from(
    [(c, c) for c in "159AZ+-?"]
    + [("f9", None), ("up", None), ("enter", "\r"), ("tab", "\t"), ("escape", "\x1b")]
    + [("ctrl+c", "\x03"), ("ctrl+q", "\x11"), ("ctrl+right_square_bracket", "\x1d"), ("backspace", "\x7f")]
)
GAPS = st.sampled_from([0.0, 0.001, 0.03, 0.099, 0.101, 0.2, 1.5])


@given(st.lists(st.tuples(KEYS, GAPS), max_size=40))
def test_only_a_key_that_stood_alone_ever_acts(typed: list[tuple[tuple[str, str | None], float]]) -> None:
    """Whatever is typed: no key with a neighbour inside 100 ms, no control key, and nothing acts twice."""
    at, sequence = 0.0, []
    for (key, character), gap in typed:
        at += gap
        sequence.append(Stroke(key, character, at))
    alone = [
        Key(named(stroke.key), stroke.character if stroke.character and stroke.character.isprintable() else None)
        for index, stroke in enumerate(sequence)
        if (index == 0 or stroke.at - sequence[index - 1].at >= keys.GAP)
        and (index == len(sequence) - 1 or sequence[index + 1].at - stroke.at >= keys.GAP)
        and not stroke.key.startswith("ctrl+")
    ]

    acted = [result for result in read(sequence) if isinstance(result, Key)]

    assert [key for key in acted if key not in alone] == []
    assert len(acted) <= len(alone)
    assert [key for key in acted if key.key not in keys.ENDINGS] == [k for k in alone if k.key not in keys.ENDINGS]


@given(st.lists(st.text("ABC0123456789\x1d", min_size=2, max_size=20), max_size=8))
def test_scans_without_a_pause_are_all_read_in_order(codes: list[str]) -> None:
    """Two milliseconds between scans are enough."""
    assert [result.text for result in read(strokes("".join(code + "\r" for code in codes)))] == codes  # type: ignore[union-attr]
