"""The uplink against a real HTTP server: whatever happens on the way, all events arrive once and in order."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain.outcome import say
from rma_station.ports import Uplink as UplinkPort
from rma_station.ports import UplinkState, UplinkStatus
from rma_station.system import SystemRandom
from sync import turns, wire
from sync.journal_answers import LINES_SLICE, batch_in_slices
from sync.transport import HubLine
from sync.uplink import Uplink
from sync.watch import Limits
from tests.sync.messages import HUB, LOG
from tests.sync.tiny_hub import MemoryJournal, QuickClock, StationThread, TinyHub, wait_for

LIMITS = Limits(silent=0.15, gone=0.4, look=0.03)


class Bench:
    """An uplink with all it needs, on a quick clock."""

    def __init__(self, token: Path) -> None:
        self.journal, self.station, self.told = MemoryJournal(7), StationThread(), []
        self.ways, self.token, self.url = frozenset({"eth0"}), token, ""
        self.clock = QuickClock()
        self.uplink: UplinkPort = Uplink(
            line=HubLine(lambda: self.url, token, "0.1.0", self.clock.unix, limits=LIMITS),
            mode="sample",
            journal=self.journal,
            call=self.station,
            sink=self.told.append,
            heartbeat=lambda: wire.Heartbeat("0.1.0"),
            clock=self.clock,
            random=SystemRandom(),
            network=lambda: self.ways,
            look_seconds=0.01,
            **self.of_photos(),  # type: ignore[arg-type]
        )

    def of_photos(self) -> dict[str, object]:
        """What the uplink needs to send photos; here it sends none."""
        return {}

    def run(self, hub: TinyHub) -> None:
        """Start towards a hub."""
        self.url = hub.url
        self.uplink.start()

    def all_done(self, hub: TinyHub) -> bool:
        """Everything is at the hub, the feed is here, and people see it."""
        online = self.shown.state is UplinkState.ONLINE and self.shown.unsent == 0
        return hub.lines == self.journal.lines and self.journal.feed_cursor == "c2" and online

    @property
    def shown(self) -> UplinkStatus:
        """The last status that was told."""
        return self.told[-1] if self.told else UplinkStatus(UplinkState.OFF)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """With a good token."""
    token = tmp_path / "hub-token"
    token.write_text("secret-token\n")
    token.chmod(0o600)
    made = Bench(token)
    yield made
    made.uplink.stop()
    made.station.pool.shutdown(wait=False, cancel_futures=True)


def test_events_go_up_the_feed_comes_down(bench: Bench) -> None:
    """First contact: the hub is pinned, everything is sent in batches, both feed pages are stored."""
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))

    assert (bench.journal.pinned, [entry.seq for entry in bench.journal.entries]) == (HUB.hub_id, [1, 2])


def test_every_call_is_authenticated_and_batches_are_zipped(bench: Bench) -> None:
    """Token and protocol on every call; NDJSON under gzip."""
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))
    batch = dict(hub.calls)[wire.events_path(LOG)]

    assert {(sent["Authorization"], sent["X-RMA-Protocol"]) for _, sent in hub.calls} == {
        ("Bearer secret-token", str(wire.PROTOCOL))
    }
    assert (batch["Content-Type"], batch["Content-Encoding"]) == ("application/x-ndjson", "gzip")


@pytest.mark.parametrize("fault", ["500", "html", "redirect", "later", "close", "cut", "hang", "lost_reply"])
@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_any_fault_at_any_call_is_survived(bench: Bench, fault: str, place: int) -> None:
    """At the hello, at a batch, at the feed: all arrives, nothing twice, nothing in another order."""
    with TinyHub(["ok"] * place + [fault]).serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))
        saw_offline = UplinkState.OFFLINE in {status.state for status in bench.told}

    assert saw_offline
    assert [entry.seq for entry in bench.journal.entries] == [1, 2]


def test_a_nudge_sends_what_is_new(bench: Bench) -> None:
    """Long before the next look at the feed."""
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))
        bench.station(lambda: bench.journal.grow(2)).result(5)
        bench.uplink.nudge()
        wait_for(lambda: len(hub.lines) == 9)


@pytest.mark.failure(13)
@given(
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=150),
    seq=st.integers(0, 10),
    limit=st.integers(1, 150),
    max_bytes=st.integers(1, 2500),
)
def test_a_batch_is_read_in_slices(sizes: list[int], seq: int, limit: int, max_bytes: int) -> None:
    """It is the batch that one long read would give, and no scan waits for more than a slice of it."""
    lines, asked = [b"x" * size for size in sizes], []

    def lines_after(log_id: str, after: int, limit: int, max_bytes: int) -> tuple[bytes, list[bytes]]:
        asked.append(limit)
        given, size = list[bytes](), 0
        for line in lines[after : after + limit]:
            size += len(line) + 1
            if given and size > max_bytes:
                break
            given.append(line)
        return bytes([after]), given

    whole = lines_after(LOG, seq, limit, max_bytes)
    asked.clear()
    read = batch_in_slices(lines_after, turns.ReadLines(LOG, seq, limit, max_bytes))

    assert ((read.previous, read.lines), max(asked) <= LINES_SLICE) == (whole, True)


def test_unsent_events_are_counted_while_offline(bench: Bench) -> None:
    """Nobody listens at the address; the number on screen grows with every scan."""
    bench.url = "http://127.0.0.1:9"
    bench.uplink.start()
    wait_for(lambda: bench.shown.state is UplinkState.OFFLINE)
    bench.station(lambda: bench.journal.grow(1)).result(5)
    bench.uplink.nudge()

    wait_for(lambda: bench.shown.unsent == 8)


def test_a_hub_that_is_there_and_says_nothing_is_shown_before_it_is_given_up(bench: Bench) -> None:
    """Stopped, or behind a line that swallows: not "hub" until the call has had all its time."""
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))
        hub.faults.append("hang")
        before = len(bench.told)
        bench.uplink.nudge()
        wait_for(lambda: bench.shown.state is UplinkState.OFFLINE)
        states = [status.state for status in bench.told[before:]]
        notes = [status.notes for status in bench.told[before:] if status.state is UplinkState.SILENT]
        wait_for(lambda: bench.shown.state is UplinkState.ONLINE)

    assert states[-2:] == [UplinkState.SILENT, UplinkState.OFFLINE]
    assert say("service.hub.waiting") in notes[0]


def test_a_hub_that_comes_back_elsewhere_is_found(bench: Bench) -> None:
    """An embedded hub that was restarted has another port."""
    bench.uplink.start()
    wait_for(lambda: say("service.hub.not_started") in bench.shown.notes)
    with TinyHub().serving() as hub:
        bench.url = hub.url
        wait_for(lambda: bench.all_done(hub))


def test_the_network_coming_back_ends_the_wait(bench: Bench) -> None:
    """A new way out of this machine is tried before the back-off is over."""
    bench.ways = frozenset()
    bench.url = "http://127.0.0.1:9"
    bench.uplink.start()
    wait_for(lambda: bench.shown.state is UplinkState.OFFLINE)
    with TinyHub().serving() as hub:
        bench.url = hub.url
        bench.ways = frozenset({"wlan0"})
        wait_for(lambda: bench.all_done(hub))


def test_a_token_that_others_can_read_is_not_used(bench: Bench) -> None:
    """The remedy is shown; once it is done, work goes on by itself."""
    bench.token.chmod(0o644)
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.shown.state is UplinkState.REFUSED)
        refused, calls = bench.shown, len(hub.calls)
        bench.token.chmod(0o600)
        wait_for(lambda: bench.all_done(hub))

    assert (calls, refused.notes) == (0, (say("service.hub.token_open", file=str(bench.token), mode="0644"),))


def test_a_hub_that_does_not_know_us_is_shown(bench: Bench) -> None:
    """Refused, with the hub's word; nothing is sent."""
    hub = TinyHub()
    hub.problem = wire.Problem(HUB, "unauthorised", "token \x1b[31mrevoked")
    with hub.serving():
        bench.run(hub)
        wait_for(lambda: bench.shown.state is UplinkState.REFUSED)

    assert bench.shown.notes == (say("service.hub.unauthorised", reason="token ␛[31mrevoked"),)
    assert hub.lines == []


def test_a_journal_that_fails_is_asked_again(bench: Bench) -> None:
    """The thread lives as long as the station."""
    bench.journal.broken = "disk \x07 gone"
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.shown.notes == (say("service.hub.defect", reason="OSError: disk · gone"),))
        bench.journal.broken = None
        wait_for(lambda: bench.all_done(hub))


def test_what_the_hub_has_is_remembered_for_the_next_start(bench: Bench) -> None:
    """For people only: the unsent count is right before the first contact."""
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.journal.noted[LOG] == 7)


@pytest.mark.parametrize("busy_with", ["hub", "station", "nothing"])
def test_stop_waits_at_most_a_second(bench: Bench, busy_with: str, caplog: pytest.LogCaptureFixture) -> None:
    """Also while a call hangs or the station thread does not answer."""
    gate = threading.Event()
    with TinyHub(["hang"] if busy_with == "hub" else []).serving() as hub:
        if busy_with == "station":
            bench.station(lambda: gate.wait(20))
        bench.run(hub)
        if busy_with == "hub":
            wait_for(lambda: hub.calls)
        begun = time.monotonic()
        bench.uplink.stop()
        took = time.monotonic() - begun
        gate.set()

    assert (took < 1.5, caplog.messages) == (True, [])


def test_a_cursor_the_hub_does_not_know_leads_to_a_snapshot(bench: Bench) -> None:
    """What was here is replaced as a whole, by the pages of the snapshot."""
    bench.journal.feed_cursor, bench.journal.entries = "old", ["stale"]
    hub = TinyHub()
    hub.forgotten = "old"
    with hub.serving():
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))

    assert [entry.seq for entry in bench.journal.entries] == [1, 2]
    assert [path for path, _ in hub.calls if path == wire.SNAPSHOT] == [wire.SNAPSHOT] * 2


def test_a_proxy_of_the_environment_does_not_see_loopback(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token would go to it in the clear."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with TinyHub().serving() as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))


def test_a_certificate_nobody_vouches_for_is_never_accepted(bench: Bench, tmp_path: Path) -> None:
    """TLS is verified, always; the note has words of its own that name the clock, the usual reason."""
    with TinyHub().serving(self_signed(tmp_path)) as hub:
        bench.run(hub)
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.certificate"])

    assert (bench.shown.state, hub.calls) == (UplinkState.OFFLINE, [])


def test_an_authority_this_machine_trusts_is_enough(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A house's own authority is installed on the machine, not configured here."""
    context = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "hub.pem"))
    with TinyHub().serving(context) as hub:
        bench.run(hub)
        wait_for(lambda: bench.all_done(hub))


@pytest.mark.failure(22)
@pytest.mark.parametrize("days", [-400, 400])
def test_a_certificate_out_of_its_time_is_not_accepted_and_the_hubs_time_is_asked(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Not valid yet, or not any more: the clocks agree, so it is the certificate; the note shows our time."""
    context = self_signed(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "hub.pem"))
    with TinyHub().serving(context) as hub:
        bench.run(hub)
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.certificate_old"])

    told = dt.datetime.strptime(str(bench.shown.notes[0].values["now"]), "%Y-%m-%d %H:%M UTC").replace(tzinfo=dt.UTC)
    assert abs(dt.datetime.now(dt.UTC) - told) < dt.timedelta(hours=1)
    assert (bench.shown.state, {path for path, _ in hub.calls}) == (UplinkState.OFFLINE, {"/healthz"})


def self_signed(folder: Path, days: int = 0) -> ssl.SSLContext:
    """A server context for 127.0.0.1, valid around a day that is so far from today."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "hub.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_httpx_is_not_loaded_before_the_first_call() -> None:
    """The first paint does not wait for it."""
    code = "import sys, sync.uplink, sync.review; print('httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
