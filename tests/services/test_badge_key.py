"""The badge key from the feed: whatever the hub sends, no badge is genuine until it is a whole key."""

from __future__ import annotations

import pytest

from rma_station.domain import codes
from rma_station.domain.codec import JsonValue
from rma_station.wiring.own_codes import badge_key
from tests.fakes import CountingRandom


def test_a_whole_key_is_taken() -> None:
    """As the hub sends it: 64 hexadecimal digits."""
    assert badge_key("ab" * 32, CountingRandom()) == b"\xab" * 32


@pytest.mark.parametrize("sent", [None, "", "zz", "ab", "żółć", 7, ["ab" * 32], {"is": "x"}])
def test_anything_else_makes_no_badge_genuine_and_stops_nothing(sent: JsonValue) -> None:
    """A known or empty key could be used to print badges."""
    key = badge_key(sent, CountingRandom())

    known = [b"", codes.badge_key(b"no hub has sent a badge key yet, so no badge is genuine")]
    assert (len(key), key in known) == (32, False)
