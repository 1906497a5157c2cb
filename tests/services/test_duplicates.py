"""The same code from the same scanner within a moment is one scan."""

from __future__ import annotations

from rma_station.ports import RawScan
from rma_station.services.duplicates import Duplicates


def repeated(*scans: tuple[str, bytes, float]) -> list[bool]:
    """Device, data and time of scans in a row: which are repetitions, at 400 ms."""
    duplicates = Duplicates(0.4)
    return [duplicates.repeated(RawScan(device, data, at)) for device, data, at in scans]


def test_the_same_code_within_the_time_is_one_scan() -> None:
    """Just below 400 ms it is ignored, at 400 ms it counts."""
    assert repeated(("a", b"X", 1.0), ("a", b"X", 1.25)) == [False, True]
    assert repeated(("a", b"X", 1.0), ("a", b"X", 1.5)) == [False, False]


def test_a_held_trigger_stays_one_scan() -> None:
    """Each repetition renews the time: a scanner left on a code does not count it again and again."""
    assert repeated(*(("a", b"X", 1.0 + 0.25 * number) for number in range(5))) == [False, True, True, True, True]


def test_another_code_or_another_scanner_is_another_scan() -> None:
    """Two workers may scan the same product at the same time."""
    assert repeated(("a", b"X", 1.0), ("a", b"Y", 1.1), ("b", b"X", 1.1)) == [False, False, False]


def test_a_code_between_two_equal_ones_does_not_make_them_two_scans() -> None:
    """Two labels in one scanner's sight are read in turn; after the moment each counts again."""
    reads = [("a", b"X", 1.0), ("a", b"Y", 1.1), ("a", b"X", 1.25), ("a", b"Y", 1.375), ("a", b"X", 2.0)]

    assert repeated(*reads) == [False, False, True, True, False]


def test_scanners_whose_scans_are_handed_in_late_do_not_forget_each_other() -> None:
    """The second one's scan ended later and came first."""
    assert repeated(("a", b"X", 1.0), ("b", b"Y", 1.2), ("a", b"X", 1.1), ("b", b"Y", 1.3)) == [
        False,
        False,
        True,
        True,
    ]
