"""The wire: golden bytes and round trips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import envelope as en
from rma_station.errors import Malformed
from sync import hub_reply, review_wire, wire
from tests.sync.messages import GOLDEN, LOG, REPLIES, REQUESTS, golden_bytes, lines_of


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

    assert hub_reply.read(type(message), status, (GOLDEN / f"{name}.json").read_bytes()) == message


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


def test_a_pin_does_not_show_in_a_printed_decision() -> None:
    """Logs and tracebacks print values with ``repr``."""
    assert "482913" not in repr(REQUESTS["decision"])


def test_ids_are_quoted_in_addresses() -> None:
    """A log id, case id or cursor cannot change the path."""
    assert [
        wire.events_path("a/b"),
        wire.feed_path("1&x"),
        review_wire.review_path(review_wire.REVIEW_DECIDE, "../c"),
    ] == [
        "/v1/logs/a%2Fb/events",
        "/v1/feed?cursor=1%26x&limit=100",
        "/v1/review/..%2Fc/decisions",
    ]
