"""Our own codes round trip, and nothing made without the key is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import checks, codes
from rma_station.domain.meaning import BadgeScan, ChoiceScan, Command, CommandScan, ForgedScan, GradeScan, LpnScan

BADGE_KEY = codes.badge_key(bytes(32))
COMMAND_KEY = codes.command_key(bytes(32), "bench-1")
EVERY_SCAN: list[codes.SheetScan] = [
    *(CommandScan(command) for command in Command),
    *(ChoiceScan(digit) for digit in range(10)),
    *(GradeScan(grade) for grade in "ABCDE"),
]
WORKERS = st.text("0123456789", min_size=6, max_size=6)


def other_digit(text: str, data: st.DataObject, first: int) -> str:
    """``text`` with one digit from place ``first`` on changed."""
    place = data.draw(st.integers(first, len(text) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    return text[:place] + digit + text[place + 1 :]


def test_keys_are_derived_as_rfc_5869_says() -> None:
    """Test cases 1 and 3 of its appendix A."""
    assert codes.hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert codes.hkdf(b"\x0b" * 22, b"", b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_every_purpose_and_station_has_a_key_of_its_own() -> None:
    """One secret, no key used for two things."""
    keys = {BADGE_KEY, COMMAND_KEY, codes.command_key(bytes(32), "bench-2"), codes.badge_key(bytes(31) + b"\x01")}

    assert len(keys) == 4


# --- LPN -------------------------------------------------------------------------------------------------


@given(st.text(), st.integers(0, codes.LPN_COUNTERS - 1))
def test_an_lpn_reads_back_and_has_at_most_twelve_characters(log_id: str, counter: int) -> None:
    """Whatever the log and the counter."""
    lpn = codes.lpn(log_id, counter)

    assert 10 <= len(lpn) <= 12
    assert codes.read_lpn(lpn) == LpnScan(lpn)


@given(st.integers(0, codes.LPN_COUNTERS - 1), st.integers(0, codes.LPN_COUNTERS - 1))
def test_two_counters_never_give_the_same_lpn(one: int, other: int) -> None:
    """The counter grows in front, so that no number is written in two ways."""
    assert (codes.lpn("log", one) == codes.lpn("log", other)) is (one == other)


@given(st.integers(0, codes.LPN_COUNTERS - 1), st.data())
def test_one_changed_character_of_an_lpn_is_caught(counter: int, data: st.DataObject) -> None:
    """It is never another unit's number."""
    lpn = codes.lpn("log", counter)
    place = data.draw(st.integers(1, len(lpn) - 1))
    char = data.draw(st.sampled_from([char for char in checks.ALPHANUMERIC if char != lpn[place]]))

    assert not isinstance(codes.read_lpn(lpn[:place] + char + lpn[place + 1 :]), LpnScan)


def test_a_wrong_check_is_forged_only_under_one_of_our_logs() -> None:
    """Ten letters and digits after an R are somebody's SKU more often than not."""
    lpn = codes.lpn("log", 7)
    wrong = lpn[:-1] + ("0" if lpn[-1] != "0" else "1")

    assert codes.read_lpn(wrong, frozenset({codes.log_letters("log")})) == ForgedScan("lpn", "check")
    assert codes.read_lpn(wrong) is None


@pytest.mark.parametrize("counter", [-1, codes.LPN_COUNTERS])
def test_a_counter_that_does_not_fit_is_refused(counter: int) -> None:
    """Rather than a label of thirteen characters, or a number twice."""
    with pytest.raises(ValueError, match="counter"):
        codes.lpn("log", counter)


# --- badges ----------------------------------------------------------------------------------------------


@given(WORKERS)
def test_a_badge_names_its_worker(worker_id: str) -> None:
    """With the key it was made with."""
    assert codes.read_badge(codes.badge(worker_id, BADGE_KEY), BADGE_KEY) == BadgeScan(worker_id)


@given(WORKERS, st.data())
def test_one_changed_digit_of_a_badge_is_forged(worker_id: str, data: st.DataObject) -> None:
    """Whether in the number or in its proof."""
    changed = other_digit(codes.badge(worker_id, BADGE_KEY), data, 2)

    assert codes.read_badge(changed, BADGE_KEY) == ForgedScan("badge", "check")


def test_a_badge_of_another_hub_is_forged() -> None:
    """The same worker number under another key is no badge here."""
    foreign = codes.badge("000042", codes.badge_key(b"x" * 32))

    assert codes.read_badge(foreign, BADGE_KEY) == ForgedScan("badge", "check")


@pytest.mark.parametrize("worker_id", ["42", "00004٢", "abcdef", ""])
def test_a_badge_needs_six_digits(worker_id: str) -> None:
    """A worker's id is six ASCII digits."""
    with pytest.raises(ValueError, match="six digits"):
        codes.badge(worker_id, BADGE_KEY)


# --- command sheets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scan", EVERY_SCAN)
def test_everything_on_a_sheet_reads_back(scan: codes.SheetScan) -> None:
    """Commands, digits and grades alike."""
    code = codes.command(scan, "bench-1", 3, COMMAND_KEY)

    assert len(code) == 20
    assert codes.read_command(code, "bench-1", 3, COMMAND_KEY) == scan


def test_numbers_on_sheets_never_change() -> None:
    """Sheets hang on walls for years: this table may grow, nothing in it may move."""
    numbers = {scan: codes.sheet_number(scan) for scan in EVERY_SCAN}

    assert [numbers[CommandScan(command)] for command in list(Command)[:17]] == list(range(1, 18))
    assert [numbers[ChoiceScan(digit)] for digit in range(10)] == list(range(100, 110))
    assert [numbers[GradeScan(grade)] for grade in "ABCDE"] == [201, 202, 203, 204, 205]
    assert len(set(numbers.values())) == len(EVERY_SCAN)


@pytest.mark.parametrize(
    ("printed", "now", "expected"),
    [
        (3, 3, CommandScan(Command.UNDO)),
        (3, 4, CommandScan(Command.UNDO)),
        (3, 5, ForgedScan("command", "generation")),
        (5, 3, ForgedScan("command", "generation")),  # the database was restored from a copy
        (99, 100, CommandScan(Command.UNDO)),
        (0, 100, ForgedScan("command", "generation")),  # shows 00 as generation 100 does
        (0, 0, CommandScan(Command.UNDO)),
    ],
)
def test_this_generation_and_the_one_before_are_accepted(printed: int, now: int, expected: object) -> None:
    """Never a date: a station without a right clock still knows its sheets."""
    code = codes.command(CommandScan(Command.UNDO), "bench-1", printed, COMMAND_KEY)

    assert codes.read_command(code, "bench-1", now, COMMAND_KEY) == expected


def test_a_sheet_of_another_station_is_forged() -> None:
    """Even where a disk image carried the key over."""
    code = codes.command(CommandScan(Command.UNDO), "bench-2", 3, COMMAND_KEY)

    assert codes.read_command(code, "bench-1", 3, COMMAND_KEY) == ForgedScan("command", "check")


@given(st.sampled_from(EVERY_SCAN), st.integers(0, 300), st.data())
def test_one_changed_digit_of_a_command_is_forged(scan: codes.SheetScan, generation: int, data: st.DataObject) -> None:
    """It can become neither another command nor another generation's."""
    changed = other_digit(codes.command(scan, "bench-1", generation, COMMAND_KEY), data, 2)

    assert isinstance(codes.read_command(changed, "bench-1", generation, COMMAND_KEY), ForgedScan)


@given(st.text(max_size=30))
def test_no_text_makes_a_reader_raise_or_command(text: str) -> None:
    """Values, never exceptions; and never a badge or command by chance."""
    assert codes.read_badge(text, BADGE_KEY) is None
    assert codes.read_command(text, "bench-1", 0, COMMAND_KEY) is None
