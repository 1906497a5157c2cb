"""Address, token and time of a call."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from rma_station.errors import HubUnreachable, Refused
from sync import wire
from sync.address_and_token import checked_address, read_token
from sync.network import ways_out
from sync.no_answer import NoAnswer
from sync.transport import HubLine
from sync.watch import Limits
from tests.sync.tiny_hub import TinyHub


@pytest.mark.parametrize(
    ("address", "checked"),
    [
        ("https://hub.example.com/", "https://hub.example.com"),
        ("https://hub.example.com/rma", "https://hub.example.com/rma"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_https_is_taken_anywhere_and_http_only_inside_this_machine(address: str, checked: str) -> None:
    """https anywhere, http only inside this machine."""
    assert checked_address(address) == checked


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://hub.example.com", "Use https://hub.example.com"),
        ("http://10.0.0.5:8080", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("http://127.0.0.1@hub.example.com", "no hub's address"),
        ("ftp://hub.example.com", "no hub's address"),
        ("hub.example.com", "no hub's address"),
        ("https://hub.example.com?x=1", "no hub's address"),
    ],
)
def test_bad_addresses_are_refused_in_words(address: str, words: str) -> None:
    """The token never leaves this machine without TLS."""
    with pytest.raises(Refused, match=words):
        checked_address(address)


def test_no_address_yet_is_no_reason_to_call_anybody() -> None:
    """An embedded hub that has not said its port."""
    with pytest.raises(HubUnreachable, match="not started"):
        checked_address("")


def token_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    """A token file."""
    file = folder / "token"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_a_token_is_read_without_its_newline(tmp_path: Path) -> None:
    """As an editor or ``echo`` leaves it."""
    assert read_token(token_file(tmp_path, b"abc-123\n")) == "abc-123"


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"abc", 0o640, "mode 0640"),
        (b"abc", 0o604, "chmod 600"),
        (b"", 0o600, "does not hold a token"),
        (b"two words", 0o600, "does not hold a token"),
        (b"caf\xc3\xa9", 0o600, "does not hold a token"),
        (b"x" * 5000, 0o600, "does not hold a token"),
    ],
)
def test_bad_token_files_are_refused_with_a_remedy(tmp_path: Path, content: bytes, mode: int, words: str) -> None:
    """Never used, never shown."""
    with pytest.raises(Refused, match=words):
        read_token(token_file(tmp_path, content, mode))


def test_a_missing_token_says_where_they_come_from(tmp_path: Path) -> None:
    """A new station."""
    with pytest.raises(Refused, match="rma-station enrol"):
        read_token(tmp_path / "token")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("Thu, 01 Jan 1970 00:00:30 GMT", 0.0), ("soon", None), ("-1", None), ("", None)],
)
def test_retry_after_is_a_number_or_a_date(tmp_path: Path, value: str, seconds: float | None) -> None:
    """RFC 9110, 10.2.3; also when a proxy says it and not the hub."""
    hub = TinyHub(["later"])
    hub.retry_after = value
    with hub.serving():
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 10.0)
        with pytest.raises(NoAnswer) as caught:
            line.call(wire.HelloReply, "POST", wire.HELLO, b"{}")

    assert caught.value.retry_after == seconds


@pytest.mark.failure(21)
def test_a_date_to_retry_after_is_told_by_the_answers_own_clock(tmp_path: Path) -> None:
    """A station in 1970 would wait for ever, one that is ahead not at all."""
    hub = TinyHub(["later"])
    hub.retry_after = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    with hub.serving():
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 10.0)
        with pytest.raises(NoAnswer) as caught:
            line.call(wire.HelloReply, "POST", wire.HELLO, b"{}")

    assert caught.value.retry_after == pytest.approx(3600, abs=300)


QUICK = Limits(silent=0.1, gone=0.5, head=0.7, reply=0.7, look=0.02)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", "nothing came for 0 s"),
        ("trickle", "no end of the answer within 1 s"),
        ("dribble", "no head of the answer within 1 s"),
        ("chunk", "no end of the answer"),
        ("endless", "no end of the answer"),
    ],
)
def test_silence_and_endless_answers_end(tmp_path: Path, fault: str, words: str) -> None:
    """A hub that answers a byte at a time is as good as none: its head, its body, the length of a piece of it."""
    with TinyHub([fault]).serving() as hub:
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 0.0, limits=QUICK)
        with pytest.raises(NoAnswer, match=words):
            line.call(wire.HelloReply, "POST", wire.HELLO, b"{}")


def test_a_call_in_which_nothing_moves_is_told_while_it_goes_on(tmp_path: Path) -> None:
    """A call that fails says so itself."""
    told: list[bool] = []
    with TinyHub(["hang", "ok"]).serving() as hub:
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 0.0, limits=QUICK)
        line.listen(told.append)
        with pytest.raises(NoAnswer, match="nothing came"):
            line.call(wire.FeedReply, "GET", wire.feed_path(""))
        line.call(wire.FeedReply, "GET", wire.feed_path(""))

    assert told == [True]


def test_an_upload_over_a_slow_line_goes_on_and_is_not_called_silent(tmp_path: Path) -> None:
    """Longer than a call in which nothing moves would be given, and longer than the head of an answer: it moves."""
    told: list[bool] = []
    piece = bytes(2_000_000)
    with slow_hub(piece) as (url, took):
        limits = replace(QUICK, silent=0.3, send=0.1, send_rate=200_000, head=0.4)
        line = HubLine(lambda: url, token_file(tmp_path, b"t"), "0.1.0", lambda: 0.0, limits=limits)
        line.listen(told.append)
        answer = line.send_blob("a" * 64, len(piece), 0, piece)

    assert (answer.hub_id, told) == ("hub-1", [])
    assert took[0] > limits.head


@contextmanager
def slow_hub(piece: bytes) -> Iterator[tuple[str, list[float]]]:
    """Takes one piece of a photo at the pace of a slow line, and answers; how many seconds it took."""
    took: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)

        def serve() -> None:
            caller, _ = server.accept()
            begun, got = time.monotonic(), 0
            with caller:
                while got < len(piece):
                    got += len(caller.recv(65536))
                    threading.Event().wait(0.02)
                took.append(time.monotonic() - begun)
                caller.sendall(b"HTTP/1.1 204 No Content\r\nX-RMA-Hub: hub-1\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", took
        thread.join(5)


@pytest.mark.parametrize(
    ("packing", "words"), [("gzip", "longer than 16 MiB"), ("gzip, gzip", "not asked for"), ("br", "not asked for")]
)
def test_a_small_answer_does_not_become_a_large_one(tmp_path: Path, packing: str, words: str) -> None:
    """Two kilobytes that are packed twice would be gigabytes; a bench has one or two."""
    hub = TinyHub(["bomb"])
    hub.packing = packing
    hub.bomb = gzip.compress(gzip.compress(bytes(64 * 2**20)) if "," in packing else bytes(64 * 2**20))
    tracemalloc.start()
    with hub.serving():
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 10.0)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with pytest.raises(NoAnswer, match=words):
            line.call(wire.HelloReply, "POST", wire.HELLO, b"{}")
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak - before < 40 * 2**20


def test_an_answer_that_a_proxy_packed_is_read(tmp_path: Path) -> None:
    """As it was asked for: gzip, once."""
    with TinyHub(["packed"]).serving() as hub:
        line = HubLine(lambda: hub.url, token_file(tmp_path, b"t"), "0.1.0", lambda: 10.0)
        answered = line.call(wire.FeedReply, "GET", wire.feed_path(""))

    assert isinstance(answered.reply, wire.FeedReply)


@pytest.mark.failure(21)
def test_a_hub_at_the_end_of_time_locks_no_station_out(tmp_path: Path) -> None:
    """Once it has said the year 9999, a call a second later could not be signed any more, until the next start."""
    hub = TinyHub()
    hub.header = replace(hub.header, server_time="9999-12-31T23:59:59.999Z")
    times = itertools.count(10)
    with hub.serving():
        line = HubLine(lambda: hub.url, tmp_path / "none", "0.1.0", lambda: float(next(times)), key=lambda: bytes(32))
        for _ in range(2):
            line.call(wire.FeedReply, "GET", wire.feed_path(""))
        hub.header = replace(hub.header, server_time="2026-11-30T12:00:00Z")
        answered = line.call(wire.FeedReply, "GET", wire.feed_path(""))

    assert answered.clock_offset == pytest.approx(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp() - 10, abs=60)


def test_ways_out_are_default_routes_and_global_addresses(tmp_path: Path) -> None:
    """Counters in the same files do not matter."""
    routes = tmp_path / "route"
    routes.write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\n"
        "eth0\t00000000\t0102A8C0\t0003\t7\n"
        "eth0\t0002A8C0\t00000000\t0001\t0\n"
    )
    addresses = tmp_path / "if_inet6"
    addresses.write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n20010db8000000000000000000000001 02 40 00 00     eth0\n"
    )

    assert ways_out(routes, addresses) == {"eth0 0102A8C0", "eth0 20010db8000000000000000000000001"}
    assert ways_out(tmp_path / "none", tmp_path / "none") == frozenset()
