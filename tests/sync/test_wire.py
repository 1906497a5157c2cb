"""The wire: golden bytes, round trips, and answers that are not our hub's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import envelope as en
from rma_station.errors import HubUnreachable, Malformed
from sync import wire
from tests.sync.messages import GOLDEN, HUB, LOG, REPLIES, REQUESTS, golden_bytes, lines_of


@pytest.mark.parametrize("name", sorted(golden_bytes()))
def test_every_message_is_still_written_as_in_the_golden_file(name: str) -> None:
    """A protocol has these bytes for ever."""
    assert golden_bytes()[name] == (GOLDEN / name).read_bytes()


def test_there_is_no_golden_file_without_a_message() -> None:
    """A message that was dropped would otherwise go unnoticed."""
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted([*golden_bytes(), "traffic.ndjson"])


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_a_request_reads_back_from_its_golden_file(name: str) -> None:
    """The hub reads what the station wrote."""
    message = REQUESTS[name]

    assert wire.decode(type(message), (GOLDEN / f"{name}.json").read_bytes()) == message


@pytest.mark.parametrize("name", sorted(REPLIES))
def test_a_reply_reads_back_from_its_golden_file(name: str) -> None:
    """The station reads what the hub wrote, a refusal under its own status."""
    message = REPLIES[name]
    status = wire.PROBLEM_STATUS[message.code] if isinstance(message, wire.Problem) else 200

    assert wire.parse_reply(type(message), status, (GOLDEN / f"{name}.json").read_bytes()) == message


def test_every_problem_code_has_a_golden_file() -> None:
    """The table of statuses and the examples name the same codes."""
    examples = {message.code for message in REPLIES.values() if isinstance(message, wire.Problem)}

    assert examples == set(wire.PROBLEM_STATUS)


def test_a_batch_reads_back_with_its_lines_untouched() -> None:
    """The lines of the journal travel as they are."""
    lines, _ = lines_of(LOG, 2)

    header, read = wire.parse_batch((GOLDEN / "batch.ndjson").read_bytes())

    assert (header, read) == (wire.BatchHeader(1, en.GENESIS.hex(), 2), lines)


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.integers(1, 2**53))
def test_any_lines_survive_a_batch(lines: list[bytes], first: int) -> None:
    """Also empty and unreadable ones: a poison event must not fail its batch."""
    header = wire.BatchHeader(first, "00", len(lines))

    assert wire.parse_batch(wire.encode_batch(header, lines)) == (header, lines)


@given(st.integers(0, 2000))
def test_a_cut_batch_is_refused(cut: int) -> None:
    """An upload that broke off is never taken for a shorter batch."""
    whole = (GOLDEN / "batch.ndjson").read_bytes()

    with pytest.raises(Malformed):
        wire.parse_batch(whole[: min(cut, len(whole) - 1)])


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
        wire.parse_reply(wire.HelloReply, status, body)


@given(st.integers(100, 599), st.binary())
def test_random_answers_are_offline(status: int, body: bytes) -> None:
    """Random bytes never raise anything else and never pass."""
    with pytest.raises(HubUnreachable):
        wire.parse_reply(wire.EventsReply, status, body)


def test_a_pin_does_not_show_in_a_printed_decision() -> None:
    """Logs and tracebacks print values with ``repr``."""
    assert "482913" not in repr(REQUESTS["decision"])


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

    assert wire.clock_offset(hub, 1795341570.0) == offset


def test_ids_are_quoted_in_addresses() -> None:
    """A log id, case id or cursor cannot change the path."""
    assert [wire.events_path("a/b"), wire.feed_path("1&x"), wire.review_path(wire.REVIEW_DECIDE, "../c")] == [
        "/v1/logs/a%2Fb/events",
        "/v1/feed?cursor=1%26x&limit=100",
        "/v1/review/..%2Fc/decisions",
    ]
