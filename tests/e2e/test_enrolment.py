"""A station and a hub that never met, over TLS: enrol, send, be shut out, come back; and somebody in between.

Failure rows 7, 8 and 9.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from hub import command_line
from rma_station.commands import enrol
from rma_station.domain import events as ev
from rma_station.errors import Refused
from rma_station.ports import UplinkState
from rma_station.store.journal import Journal
from rma_station.store.reader import StoredReader
from rma_station.system import SystemClock, SystemRandom
from sync import enrolling, wire
from sync.enrolment import EnrolmentReply
from tests.e2e.bench import Bench
from tests.e2e.hubs import tls_hub
from tests.sync.tiny_hub import wait_for

CONFIG = """
[station]
name = "bench-1"
mode = "sample"
language = "en"
data = "{folder}"
[hub]
embedded = false
url = "{url}"
"""


def enrolled(folder: Path, url: str, *words: str) -> int:
    """``rma-station enrol``; its exit code."""
    config = folder / "my.toml"
    config.write_text(CONFIG.format(folder=folder, url=url))
    return enrol.execute(["--config", str(config), *words])


class Asking:
    """``rma-station enrol`` in a thread, as a person leaves it waiting."""

    def __init__(self, folder: Path, url: str, *words: str) -> None:
        self.code: int | None = None
        self.thread = threading.Thread(target=self._run, args=(folder, url, *words), daemon=True)
        self.thread.start()

    def _run(self, folder: Path, url: str, *words: str) -> None:
        self.code = enrolled(folder, url, *words)

    def ended(self) -> int | None:
        """Its exit code."""
        self.thread.join(20)
        return self.code


def waiting(data: Path) -> list[Any]:
    """Who asks at the hub."""
    found: list[Any] = command_line.ask(data, "enrolments")["waiting"]
    return found


def let_in(data: Path, asking: Asking, *words: str) -> int | None:
    """The administrator compares and approves."""
    wait_for(lambda: waiting(data), 20)
    (row,) = waiting(data)
    typed = row["code"].replace("-", "").lower()
    line = ["enrolments", "approve", typed, "--words", row["words"], *words, "--data", str(data)]
    assert command_line.execute(line) == 0
    return asking.ended()


def commit(bench: Bench, event: ev.Event) -> None:
    """Something happens at the bench."""
    bench.thread(lambda: bench.journal.commit([ev.Stated(event, ev.Subject())])).result(10)


def open_bench(folder: Path, url: str) -> Bench:
    """The station of this folder, with the files of its enrolment."""
    bench = Bench(folder / "sample")
    bench.url = url
    commit(bench, ev.WorkerSignedIn("100001"))
    bench.uplink.start()
    return bench


@pytest.mark.timeout(120)
@pytest.mark.failure(7, 8)
def test_from_the_first_word_to_a_new_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Enrol by words, send over the pinned line; shut out, work on, come back with a new key: nothing is lost."""
    data = tmp_path / "hub"
    with tls_hub(data) as url:
        first = let_in(data, Asking(tmp_path, url))
        bench = open_bench(tmp_path, url)
        wait_for(bench.all_sent, 30)

        command_line.execute(["station", "revoke", "bench-1", "--data", str(data)])
        commit(bench, ev.WorkerSignedOut("100001", 0, 0))
        bench.uplink.nudge()
        wait_for(lambda: bench.shown.state is UplinkState.REFUSED, 30)
        reasons = [note.key for note in bench.shown.notes]
        with pytest.raises(Refused, match="--new-key"):
            enrol.execute(["--config", str(tmp_path / "my.toml")])

        again = let_in(data, Asking(tmp_path, url, "--new-key"))
        bench.uplink.network_up()
        wait_for(bench.all_sent, 30)
        bench.uplink.stop()
        (row,) = command_line.ask(data, "status")["stations"]

    words = capsys.readouterr().out
    assert (first, again, reasons, row["events"]) == (0, 0, ["service.hub.revoked"], bench.journal.last_seq)
    assert ("Words:" in words, "Station bench-1 is let in" in words, "device-key.before-" in words) == (True,) * 3
    assert (tmp_path / "sample" / "device-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.timeout(120)
@pytest.mark.failure(9)
def test_row_9_another_authority_is_told_and_gets_nothing(tmp_path: Path) -> None:
    """The address leads to a hub under another authority; then to the own one again."""
    with tls_hub(tmp_path / "hub") as url, tls_hub(tmp_path / "other") as strange:
        assert let_in(tmp_path / "hub", Asking(tmp_path, url)) == 0
        bench = open_bench(tmp_path, strange)
        wait_for(lambda: [note.key for note in bench.shown.notes] == ["service.hub.intercepted"], 30)
        bench.url = url
        wait_for(bench.all_sent, 30)
        bench.uplink.stop()

        assert command_line.ask(tmp_path / "other", "status")["stations"] == []


@pytest.mark.timeout(120)
def test_an_invitation_needs_nobody_and_finds_somebody_in_between(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the authority, which takes the place of comparing words."""
    with tls_hub(tmp_path / "hub") as url, tls_hub(tmp_path / "other") as strange:
        command_line.execute(["station", "invite", "bench-1", "--data", str(tmp_path / "hub")])
        code = capsys.readouterr().out.split()[-1]
        with pytest.raises(Refused, match="in between"):
            enrolling.authority_to_pin(strange, code)

        assert Asking(tmp_path, url, "--code", code).ended() == 0


@pytest.mark.timeout(120)
@pytest.mark.failure(9)
def test_row_9_enrol_never_puts_another_authority_in_the_place_of_the_pinned_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In already: nothing changes. Somebody in between: it stops, whatever he would say, and the key stays."""
    pinned, key = tmp_path / "sample" / "hub-ca.pem", tmp_path / "sample" / "device-key"
    with tls_hub(tmp_path / "hub") as url, tls_hub(tmp_path / "other") as strange:
        assert let_in(tmp_path / "hub", Asking(tmp_path, url)) == 0
        before = pinned.read_bytes(), key.read_bytes(), pinned.stat().st_mtime_ns
        capsys.readouterr()
        again = Asking(tmp_path, url).ended()
        said = capsys.readouterr().out
        for words in ([], ["--new-key"]):
            with pytest.raises(Refused, match="another authority than the one this station trusts"):
                enrolled(tmp_path, strange, *words)

        assert waiting(tmp_path / "other") == []
    assert (again, "already; nothing was changed" in said, "Words:" in said) == (0, True, False)
    assert (pinned.read_bytes(), key.read_bytes(), pinned.stat().st_mtime_ns) == before


@pytest.mark.timeout(120)
@pytest.mark.failure(9)
def test_row_9_another_authority_needs_the_word_for_it_and_comparing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hub was set up anew: its words are compared as ever, and the authority that was is kept beside."""
    pinned = tmp_path / "sample" / "hub-ca.pem"
    with tls_hub(tmp_path / "hub") as url, tls_hub(tmp_path / "other") as anew:
        assert let_in(tmp_path / "hub", Asking(tmp_path, url)) == 0
        first = pinned.read_bytes()
        assert let_in(tmp_path / "other", Asking(tmp_path, anew, "--other-hub")) == 0

    (aside,) = pinned.parent.glob("hub-ca.pem.before-*")
    said = capsys.readouterr().out
    assert (aside.read_bytes(), pinned.read_bytes() != first) == (first, True)
    assert said.index("Shown now:") < said.rindex("Words:")


@pytest.mark.timeout(120)
@pytest.mark.failure(9)
def test_row_9_a_station_that_lost_the_authority_compares_words_again(tmp_path: Path) -> None:
    """The hub knows its key, and still nobody but a person can tell the hub from somebody in between."""
    with tls_hub(tmp_path / "hub") as url:
        assert let_in(tmp_path / "hub", Asking(tmp_path, url)) == 0
        pinned = tmp_path / "sample" / "hub-ca.pem"
        first = pinned.read_bytes()
        pinned.unlink()

        assert let_in(tmp_path / "hub", Asking(tmp_path, url)) == 0
        assert pinned.read_bytes() == first


@pytest.mark.timeout(120)
@pytest.mark.failure(9)
def test_row_9_a_journal_keeps_its_hub_whatever_is_said(tmp_path: Path) -> None:
    """Its events are at that hub; another one begins with an empty station."""
    clock = SystemClock()
    journal = Journal.open(
        tmp_path / "sample", station="bench-1", mode="sample", app_version="0.1.0", clock=clock, random=SystemRandom()
    )
    StoredReader(journal, clock).pin_hub("the-hub-that-was", "ab" * 32)
    journal.close()
    with tls_hub(tmp_path / "hub") as url:
        for words in ([], ["--other-hub"]):
            with pytest.raises(Refused, match="belongs to hub the-hub-that-was for ever"):
                enrolled(tmp_path, url, *words)

    assert not (tmp_path / "sample" / "hub-ca.pem").exists()


@pytest.mark.failure(9)
def test_row_9_a_hub_of_the_same_name_with_another_key_is_another_hub() -> None:
    """Names can be repeated by anybody; the key shows once it says the station is in."""
    hub = wire.HubHeader("hub-1", "epoch", "2026-11-22T10:00:00.000Z", "sample")
    known = enrolling.KnownHub("hub-1", "ab" * 32)
    known.check("https://hub", EnrolmentReply(hub, "bench-1", "AAAA-BBBB", "approved", 0, "ab" * 32))
    for shown in ("cd" * 32, ""):
        with pytest.raises(Refused, match="has not that hub's key"):
            known.check("https://hub", EnrolmentReply(hub, "bench-1", "AAAA-BBBB", "approved", 0, shown))
