"""What a station believes of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.errors import HubUnreachable
from sync import hub_reply, wire
from tests.sync.messages import HUB, REPLIES


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<!DOCTYPE html><title>Hotel WiFi</title>", "web page"),
        (200, b"\n  <html>", "web page"),
        (200, b"", "nothing"),
        (204, b"", "status 204"),
        (302, b"", "status 302"),
        (200, b'{"ok":true}', "not an answer"),
        (200, wire.encode(wire.EventsReply(HUB, 1, 1)), "not an answer"),
        (200, wire.encode(REPLIES["problem_gap"]), "not an answer"),
        (502, b"Bad Gateway", "status 502"),
        (500, wire.encode(REPLIES["hello_reply"]), "not an answer"),
        (401, b'{"detail":"Not authenticated"}', "status 401"),
        (200, b"\xff\xfe\x00", "not an answer"),
        (200, b'{"hub":{"hub_id":"","hub_epoch":"1","server_time":"","mode":"live"},"logs":[]}', "which hub"),
        (404, b"\x1b]0;owned\x07", "␛]0;owned·"),
    ],
)
def test_what_is_not_our_hubs_answer_is_offline(status: int, body: bytes, words: str) -> None:
    """Captive portals, proxies and other services are never believed, and their text is cleaned."""
    with pytest.raises(HubUnreachable, match=words):
        hub_reply.read(wire.HelloReply, status, body)


@given(st.integers(100, 599), st.binary())
def test_random_answers_are_offline(status: int, body: bytes) -> None:
    """Random bytes never raise anything else and never pass."""
    with pytest.raises(HubUnreachable):
        hub_reply.read(wire.EventsReply, status, body)


@pytest.mark.parametrize(
    ("server_time", "offset"),
    [
        ("2026-11-22T10:00:00.000000+00:00", 30.0),
        ("2026-11-22T10:00:00Z", 30.0),
        ("2026-11-22T10:00:00", 30.0),
        ("soon", None),
    ],
)
def test_the_clock_offset_is_the_hubs_time_minus_ours(server_time: str, offset: float | None) -> None:
    """In seconds; a time that cannot be read gives none."""
    hub = wire.HubHeader("h", "1", server_time, "live")

    assert hub_reply.clock_offset(hub, 1795341570.0) == offset
