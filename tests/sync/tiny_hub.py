"""A hub of one log behind a real HTTP server on loopback, with a script of faults; and a journal in memory."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from rma_station.domain import envelope as en
from rma_station.ports import LogEnd
from sync import blobs, review_wire, wire
from tests.sync.messages import HUB, LOG, REPLIES, lines_of

T = TypeVar("T")


class TinyHub:
    """Takes every batch as the protocol says. ``faults`` are used up, one a call, before the call is served."""

    def __init__(self, faults: Sequence[str] = ()) -> None:
        self.faults = deque(faults)
        self.header = HUB
        self.lines: list[bytes] = []
        self.hashes = [en.GENESIS]
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.problem: wire.Problem | None = None
        self.released = threading.Event()
        self.url = ""
        self.retry_after = "1"
        self.bomb, self.packing = b"", "gzip"
        """The answer of the fault ``bomb``, and what it says of itself."""
        self.forgotten = ""
        """A cursor that is answered with ``snapshot``."""
        self.parts: dict[str, bytes] = {}
        self.photos: dict[str, bytes] = {}
        """Whole ones."""
        self.blob_faults: deque[str] = deque()
        """As ``faults``, for calls about photos; also ``damage`` and ``full``."""

    def answer(self, path: str, body: bytes) -> object:
        """The reply of a working hub."""
        if self.problem is not None:
            return self.problem
        have = len(self.lines)
        if path == wire.HELLO:
            wire.decode(wire.Hello, body)
            return wire.HelloReply(self.header, (wire.LogKnown(LOG, have, self.hashes[-1].hex()),))
        if path == wire.events_path(LOG):
            header, lines = wire.parse_batch(body)
            if header.first_seq > have + 1:
                return wire.Problem(self.header, "gap", "", have_through=have)
            for seq, line in enumerate(lines, header.first_seq):
                if seq > len(self.lines):
                    self.hashes.append(en.open_line(line, self.hashes[-1]).hash)
                    self.lines.append(line)
            return wire.EventsReply(self.header, len(self.lines), len(self.lines) - have)
        if path == review_wire.VOUCH:
            wire.decode(review_wire.Vouch, body)
            return REPLIES["decision_reply"]
        if path == wire.CLAIMS:
            wire.decode(wire.Claim, body)
            return REPLIES["claim_reply"]
        if path.startswith(review_wire.REVIEW_QUEUE):
            return REPLIES[
                "review_queue"
                if path == review_wire.REVIEW_QUEUE
                else "decision_reply"
                if path.endswith("/decisions")
                else "review_case"
            ]
        cursor = path.partition("cursor=")[2].partition("&")[0]
        if cursor and cursor == self.forgotten:
            return wire.Problem(self.header, "snapshot", "")
        entries = tuple(wire.FeedEntry(n, f"e{n}", "notice", f"n{n}") for n in (1, 2))
        return {
            "": wire.FeedReply(self.header, "c1", entries[:1], more=True),
            "c1": wire.FeedReply(self.header, "c2", entries[1:]),
        }.get(cursor, wire.FeedReply(self.header, "c2"))

    def blob(self, sha256: str, sent: Mapping[str, str], body: bytes, fault: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of a working hub's answer about a photo; nothing is sent with HEAD."""
        if fault == "full":
            return 507, {}, wire.encode(wire.Problem(self.header, "full", "no room for photos"))
        part = self.photos.get(sha256) or self.parts.get(sha256, b"")
        if sent.get(blobs.OFFSET) is None:
            here = sha256 in self.photos or sha256 in self.parts
            return (200 if here else 404), self._place(sha256, part) if here else {}, b""
        if sha256 in self.photos:
            return 201, self._place(sha256, part), b""
        if int(sent[blobs.OFFSET]) != len(part):
            return 409, self._place(sha256, part), wire.encode(wire.Problem(self.header, "offset", ""))
        part += bytes(len(body)) if fault == "damage" else body
        if len(part) < int(sent[blobs.LENGTH]):
            self.parts[sha256] = part
            return 204, self._place(sha256, part), b""
        self.parts.pop(sha256, None)
        if hashlib.sha256(part).hexdigest() != sha256:
            return 422, {}, wire.encode(wire.Problem(self.header, "hash", "thrown away"))
        self.photos[sha256] = part
        return 201, self._place(sha256, part), b""

    def _place(self, sha256: str, part: bytes) -> dict[str, str]:
        return {blobs.OFFSET: str(len(part)), **({blobs.COMPLETE: blobs.WHOLE} if sha256 in self.photos else {})}

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

        def do_HEAD(self) -> None:
            self.handle_blob(b"")

        def do_PATCH(self) -> None:
            self.handle_blob(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def handle_blob(self, body: bytes) -> None:
            hub.calls.append((self.path, dict(self.headers)))
            fault = hub.blob_faults.popleft() if hub.blob_faults else "ok"
            if fault == "close":
                self.close_connection = True
                return None
            if fault == "portal":
                return self.send(200, b"" if self.command == "HEAD" else b"<html>Please sign in</html>")
            sent = self.headers if self.command == "PATCH" else {}
            status, headers, data = hub.blob(self.path.rpartition("/")[2], sent, body, fault)
            if fault == "lost_reply":
                self.close_connection = True
                return None
            if self.command == "HEAD":
                data = b""
            return self.send(status, data, **{blobs.HUB_HEADER: HUB.hub_id, **headers})

        def handle_call(self, body: bytes) -> None:
            hub.calls.append((self.path.partition("?")[0], dict(self.headers)))
            fault = hub.faults.popleft() if hub.faults else "ok"
            match fault:
                case "500":
                    return self.send(500, b"Internal Server Error")
                case "404":
                    return self.send(404, b'{"detail":"Not Found"}')
                case "html":
                    return self.send(200, b"<html><body>Please sign in to HotelNet</body></html>")
                case "redirect":
                    return self.send(302, b"", Location="http://192.0.2.1/login")
                case "bomb":
                    return self.send(200, hub.bomb, **{"Content-Encoding": hub.packing})
                case "packed":
                    packed = gzip.compress(wire.encode(hub.answer(self.path, body)))
                    return self.send(200, packed, **{"Content-Encoding": "gzip"})
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
                case "dribble" | "chunk":
                    head = b"HTTP/1.1 200 OK\r\n"
                    self.wfile.write(head if fault == "dribble" else head + b"Transfer-Encoding: chunked\r\n\r\n1;x=")
                    while not hub.released.wait(0.03):
                        self.wfile.write(b"X-a: b\r\n" if fault == "dribble" else b"x")
                    return None
                case "endless":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
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
        self.files: dict[str, bytes] = {}
        self.photo_notes: dict[str, str] = {}
        self.grow(count)

    def read(self, sha256: str, offset: int = 0, length: int = -1) -> bytes | None:
        data = self.files.get(sha256)
        return None if data is None else data[offset : offset + length if length >= 0 else None]

    def is_sound(self, sha256: str) -> bool:
        return hashlib.sha256(self.files[sha256]).hexdigest() == sha256

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

    def photo_due(self, hub_epoch: str) -> tuple[str, int] | None:
        return next(((one, len(data)) for one, data in self.files.items() if one not in self.photo_notes), None)

    def note_photo(self, sha256: str, hub_epoch: str, refused: str) -> None:
        self.photo_notes[sha256] = refused or hub_epoch

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
