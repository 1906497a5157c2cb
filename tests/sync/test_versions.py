"""Stations and hubs of three protocols understand each other: a golden folder for each, and what a newer side does.

Source: sync reference R8, failure rows 18 to 20.
"""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path
from typing import Any

import pytest

from hub.intake.tolerant import read_hello
from rma_station.domain import codec
from sync import hub_reply, review_wire, versions, wire
from tests.sync import messages
from tests.sync.messages import REPLIES, REQUESTS
from tests.sync.traffic import GOLDEN, Exchange, Recorder, recorded

SPOKEN = range(wire.PROTOCOL_MIN, wire.PROTOCOL + 1)
OLD = range(wire.PROTOCOL_MIN, wire.PROTOCOL)
KINDS: dict[str, type] = {name: type(message) for name, message in {**REQUESTS, **REPLIES}.items()}


def files(protocol: int) -> list[str]:
    """Messages of a protocol's golden folder."""
    return sorted(path.stem for path in (GOLDEN / f"v{protocol}").glob("*.json") if path.stem in KINDS)


def test_every_protocol_this_version_speaks_has_its_folder() -> None:
    """Three at most: this one, the one before, the one before that; each with messages and recorded traffic."""
    assert sorted(path.name for path in GOLDEN.iterdir()) == [f"v{protocol}" for protocol in SPOKEN]
    assert len(SPOKEN) <= 3
    assert [protocol for protocol in SPOKEN if not files(protocol) or not recorded(protocol)] == []


@pytest.mark.failure(18)
@pytest.mark.parametrize("protocol", SPOKEN)
def test_messages_of_every_protocol_are_read_and_written_as_they_were(protocol: int) -> None:
    """Read by this version, and said in the words of that protocol again: the very bytes."""
    for name in files(protocol):
        data = (GOLDEN / f"v{protocol}" / f"{name}.json").read_bytes()
        message = wire.decode(KINDS[name], data)

        assert versions.encode(message, protocol) + b"\n" == data, name


def words(kind: type, protocol: int) -> dict[str, Any]:
    """The fields of a message and what message is in them, as far as a protocol knows them."""
    hints, since = typing.get_type_hints(kind), versions.SINCE.get(kind, {})
    found = {}
    for field in dataclasses.fields(kind):
        if since.get(field.name, 1) <= protocol:
            parts = (hints[field.name], *typing.get_args(hints[field.name]))
            found[field.name] = next((part for part in parts if is_message(part)), None)
    return found


def is_message(part: Any) -> bool:
    """Whether an annotation is a message of its own."""
    return isinstance(part, type) and dataclasses.is_dataclass(part)


def unknown(kind: type, value: Any, protocol: int) -> list[str]:
    """Fields of a reply that a strict station of a protocol would refuse."""
    if isinstance(value, list):
        return [name for item in value for name in unknown(kind, item, protocol)]
    if not isinstance(value, dict):
        return []
    known = words(kind, protocol)
    found = [f"{kind.__name__}.{name}" for name in value if name not in known]
    for name, inner in value.items():
        if known.get(name):
            found += unknown(known[name], inner, protocol)
    return found


@pytest.mark.failure(18)
@pytest.mark.parametrize("protocol", OLD)
def test_an_older_station_gets_no_word_it_does_not_know(protocol: int) -> None:
    """It would refuse the whole reply for one unknown field."""
    for message in REPLIES.values():
        said = codec.from_bytes(versions.encode(message, protocol))

        assert unknown(type(message), said, protocol) == []


@pytest.mark.failure(18)
@pytest.mark.parametrize("protocol", OLD)
def test_an_older_station_is_told_of_a_lock_in_the_words_it_knows(protocol: int) -> None:
    """Since a lock says how long and where: it would take the whole answer for damaged, and the hub for offline."""
    locked = review_wire.DecisionReply(messages.HUB, False, "locked", "too many wrong PINs", minutes=12, here=True)

    said = codec.from_bytes(versions.encode(locked, protocol))

    assert sorted(said) == ["accepted", "code", "hub", "message"]
    assert wire.decode(review_wire.DecisionReply, versions.encode(locked, wire.PROTOCOL)) == locked


def replayed(exchange: Exchange, to: Recorder) -> tuple[int, Any]:
    """What a hub of this version answers to a recorded call; protocols and the feed's length may have grown."""
    found = to.play(dataclasses.replace(exchange, status=0, reply=None))
    reply = codec.from_bytes(codec.to_bytes(found.reply))
    if "protocol_max" in exchange.reply["hub"]:
        reply["hub"]["protocol_max"] = exchange.reply["hub"]["protocol_max"]
    else:
        reply["hub"].pop("protocol_max", None)
    if "feed_head" in exchange.reply:
        reply["feed_head"] = exchange.reply["feed_head"]
    return found.status, reply


@pytest.mark.failure(18)
@pytest.mark.parametrize("protocol", SPOKEN)
def test_row_18_a_station_of_any_spoken_protocol_is_answered_as_ever(protocol: int) -> None:
    """Its recorded traffic, call after call, to a hub of this version."""
    to = Recorder(protocol)
    for exchange in recorded(protocol):
        assert replayed(exchange, to) == (exchange.status, exchange.reply), exchange.what


@pytest.mark.failure(19)
@pytest.mark.parametrize("protocol", SPOKEN)
def test_row_19_the_replies_of_an_older_hub_are_understood(protocol: int) -> None:
    """A station of this version reads everything a hub of that protocol has said."""
    kinds: dict[str, type] = {wire.HELLO: wire.HelloReply, wire.MISSING: wire.MissingReply}
    for exchange in recorded(protocol):
        path = exchange.path.partition("?")[0]
        kind = wire.FeedReply if path in (wire.FEED, wire.SNAPSHOT) else kinds.get(path, wire.EventsReply)
        reply = hub_reply.read(kind, exchange.status, codec.to_bytes(exchange.reply))

        assert isinstance(reply, kind if exchange.status == 200 else wire.Problem), exchange.what


@pytest.mark.failure(20)
def test_row_20_a_station_too_old_sends_and_only_the_feed_says_upgrade() -> None:
    """R8: an upload is never refused because a station is old."""
    to = Recorder(0)
    said = {call.what: replayed(dataclasses.replace(call, protocol=0), to) for call in recorded(1)[:10]}

    assert [said[what][0] for what in ("hello of a new log", "a batch", "the rest")] == [200, 200, 200]
    assert (said["the feed's first page"][0], said["the feed's first page"][1]["code"]) == (400, "protocol")


@pytest.mark.parametrize(
    ("header", "asked", "spoken"),
    [(None, 1, 1), ("1", 1, 1), ("2", 2, 2), ("99", 99, wire.PROTOCOL), ("0", 0, 1), ("two", 0, 1), ("²", 0, 1)],
)
def test_the_protocol_of_a_call(header: str | None, asked: int, spoken: int) -> None:
    """What is no number is too old; the first stations might not have said it."""
    assert (versions.asked_for(header), versions.spoken(asked)) == (asked, spoken)


def test_a_hello_of_an_older_station_has_no_closed_logs() -> None:
    """What a protocol does not say has its default."""
    hello = read_hello((GOLDEN / "v1" / "hello.json").read_bytes())

    assert (hello.protocol, [log.closed for log in hello.logs]) == (1, [False])


def test_the_golden_folder_of_this_protocol_is_the_newest() -> None:
    """Examples are written for the present protocol only."""
    assert Path(messages.GOLDEN).name == f"v{wire.PROTOCOL}"
