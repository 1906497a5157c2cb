"""A hub of one log behind a real HTTP server on loopback, with a script of faults; and a journal in memory."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from rma_station.domain import envelope as en
from rma_station.ports import LogEnd
from sync import wire
from tests.sync.messages import HUB, LOG, REPLIES, lines_of

T = TypeVar("T")


class TinyHub:
    """Takes every batch as the protocol says. ``faults`` are used up, one a call, before the call is served."""

    def __init__(self, faults: Sequence[str] = ()) -> None:
        self.faults = deque(faults)
        self.lines: list[bytes] = []
        self.hashes = [en.GENESIS]
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.problem: wire.Problem | None = None
        self.released = threading.Event()
        self.url = ""
        self.retry_after = "1"
        self.forgotten = ""
        """A cursor that is answered with ``snapshot``."""

    def answer(self, path: str, body: bytes) -> object:
        """The reply of a working hub."""
        if self.problem is not None:
            return self.problem
        have = len(self.lines)
        if path == wire.HELLO:
            wire.decode(wire.Hello, body)
            return wire.HelloReply(HUB, (wire.LogKnown(LOG, have, self.hashes[-1].hex()),))
        if path == wire.events_path(LOG):
            header, lines = wire.parse_batch(body)
            if header.first_seq > have + 1:
                return wire.Problem(HUB, "gap", "", have_through=have)
            for seq, line in enumerate(lines, header.first_seq):
                if seq > len(self.lines):
                    self.hashes.append(en.open_line(line, self.hashes[-1]).hash)
                    self.lines.append(line)
            return wire.EventsReply(HUB, len(self.lines), len(self.lines) - have)
        if path == wire.VOUCH:
            wire.decode(wire.Vouch, body)
            return REPLIES["decision_reply"]
        if path.startswith(wire.REVIEW_QUEUE):
            return REPLIES[
                "review_queue"
                if path == wire.REVIEW_QUEUE
                else "decision_reply"
                if path.endswith("/decisions")
                else "review_case"
            ]
        cursor = path.partition("cursor=")[2].partition("&")[0]
        if cursor and cursor == self.forgotten:
            return wire.Problem(HUB, "snapshot", "")
        entries = tuple(wire.FeedEntry(n, f"e{n}", "notice", f"n{n}") for n in (1, 2))
        return {
            "": wire.FeedReply(HUB, "c1", entries[:1], more=True),
            "c1": wire.FeedReply(HUB, "c2", entries[1:]),
        }.get(cursor, wire.FeedReply(HUB, "c2"))

    @contextmanager
    def serving(self, context: ssl.SSLContext | None = None) -> Iterator[TinyHub]:
        """Serve on a free port of 127.0.0.1 until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()


def _handler(hub: TinyHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.handle_call(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)

        def do_GET(self) -> None:
            self.handle_call(b"")

        def handle_call(self, body: bytes) -> None:
            hub.calls.append((self.path.partition("?")[0], dict(self.headers)))
            fault = hub.faults.popleft() if hub.faults else "ok"
            match fault:
                case "500":
                    return self.send(500, b"Internal Server Error")
                case "html":
                    return self.send(200, b"<html><body>Please sign in to HotelNet</body></html>")
                case "redirect":
                    return self.send(302, b"", Location="http://192.0.2.1/login")
                case "later":
                    return self.send(429, b"Too Many Requests", **{"Retry-After": hub.retry_after})
                case "close":
                    self.close_connection = True
                    return None
                case "hang":
                    hub.released.wait(20)
                    self.close_connection = True
                    return None
                case "trickle":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    while not hub.released.wait(0.03):
                        self.wfile.write(b" ")
                    return None
                case "cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b'{"hub":')
                    self.close_connection = True
                    return None
            reply = hub.answer(self.path, body)
            if fault == "lost_reply":
                self.close_connection = True
                return None
            status = wire.PROBLEM_STATUS[reply.code] if isinstance(reply, wire.Problem) else 200
            return self.send(status, wire.encode(reply))

        def send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class MemoryJournal:
    """``ports.JournalReader`` over a list."""

    def __init__(self, count: int) -> None:
        self.lines, self.hashes = [], [en.GENESIS]
        self.entries: list[object] = []
        self.pinned, self.feed_cursor, self.noted = "", "", {LOG: 0}
        self.key = self.receipt = ""
        self.broken: str | None = None
        self.building: str | None = None
        self.snapshot: list[object] = []
        self.grow(count)

    def grow(self, count: int) -> None:
        """Commit some more events."""
        for _ in range(count):
            lines, digest = lines_of(LOG, 1, first=len(self.lines) + 1, previous=self.hashes[-1])
            self.lines += lines
            self.hashes.append(digest)

    def log_heads(self) -> Sequence[LogEnd]:
        if self.broken:
            raise OSError(self.broken)
        return [LogEnd(LOG, len(self.lines), self.hashes[-1])]

    def lines_after(self, log_id: str, seq: int, limit: int, max_bytes: int) -> tuple[bytes, list[bytes]]:
        return self.hashes[seq], self.lines[seq : seq + min(limit, 3)]

    def hash_at(self, log_id: str, seq: int) -> bytes | None:
        return self.hashes[seq] if seq < len(self.hashes) else None

    def cursor(self) -> str:
        return self.feed_cursor

    def snapshot_cursor(self) -> str | None:
        return self.building

    def feed_slices(self, entries: Sequence[object], cursor: str) -> Iterator[object]:
        for entry in entries:
            self.entries.append(entry)
            yield entry
        self.feed_cursor = cursor

    def snapshot_slices(self, entries: Sequence[object], cursor: str, *, first: bool, last: bool) -> Iterator[object]:
        self.snapshot = [*([] if first else self.snapshot), *entries]
        yield None
        self.building = None if last else cursor
        if last:
            self.entries, self.feed_cursor = self.snapshot, cursor

    def hub_id(self) -> str:
        return self.pinned

    def hub_key(self) -> str:
        return self.key

    def pin_hub(self, hub_id: str, hub_key: str) -> None:
        assert self.pinned in ("", hub_id)
        self.pinned, self.key = hub_id, hub_key

    def at_hub(self, log_id: str) -> int:
        return self.noted.get(log_id, 0)

    def note_at_hub(self, log_id: str, have_through: int, receipt: str = "") -> None:
        self.noted[log_id] = have_through
        self.receipt = receipt or self.receipt


class StationThread:
    """Runs functions one after the other in a thread of its own, as the station does."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="station")

    def __call__(self, function: Callable[[], T]) -> Future[T]:
        return self.pool.submit(function)


class QuickClock:
    """A clock on which a second takes a twentieth of one."""

    def monotonic(self) -> float:
        return time.monotonic() * 20

    def unix(self) -> float:
        return time.time()


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Until it holds; fails the test when it does not within the time."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "the condition did not come true in time"
        threading.Event().wait(0.005)
