"""What stops a command is said in the station's language, with the reason and the remedy."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from rma_station import errors
from rma_station.__main__ import main
from rma_station.commands import run
from rma_station.commands.speaking import stopped
from rma_station.domain.outcome import say
from rma_station.errors import Refused, StationError
from rma_station.services.texts import LANGUAGES, administrator
from rma_station.store.database import open_database
from rma_station.store.reader import StoredReader
from sync import wire
from sync.no_answer import unanswered
from tests.fakes import StandingClock
from tests.store import given
from tests.store.given import open_journal
from tests.sync.messages import HUB
from tests.sync.tiny_hub import TinyHub

ROOT = Path(__file__).parents[2]
SOURCES = [file for room in ("rma_station", "sync") for file in (ROOT / room).rglob("*.py")]


def config(folder: Path, hub: str) -> str:
    """The configuration of a Polish station."""
    file = folder / "station.toml"
    file.write_text(f'[station]\ndata = "{folder / "data"}"\n[hub]\nembedded = false\nurl = "{hub}"\n')
    return str(file)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_code_may_say_of_a_stop_is_in_the_catalogue(language: str) -> None:
    """A key that is misspelt would be shown as itself, at the worst moment."""
    used = {key for file in SOURCES for key in re.findall(r'"(stopped\.[a-z_]+)"', file.read_text("utf-8"))}
    known = {key for key in administrator(language) if key.startswith("stopped.") and "title" not in key}

    assert used == known


def test_every_kind_of_error_has_a_heading_in_both_languages() -> None:
    """English is the heading the code gives it."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StationError)]
    headings = {kind.__name__: kind.title for kind in kinds if kind is not errors.ConfigError}

    for language in LANGUAGES:
        assert {f"stopped.title.{name}" for name in headings} <= set(administrator(language))
    assert {name: administrator("en")[f"stopped.title.{name}"] for name in headings} == headings


def test_an_error_without_words_of_its_own_is_said_in_english() -> None:
    """Under a heading in the station's language; a child of a kind goes by its parent's."""
    plain, told = Refused("no reason has been translated"), unanswered("timed out")
    for error in (plain, told):
        error.language = "pl"

    assert stopped(plain) == "Odmowa: no reason has been translated"
    assert stopped(told) == "Centrala nieosiągalna: Brak odpowiedzi (timed out)."


def test_a_path_is_not_cut_for_an_administrator() -> None:
    """It has to be found, and typed."""
    path = "/srv/" + "very-long-name/" * 20

    assert path in stopped(Refused("", say("stopped.exists", file=path)))


def test_what_enrol_refuses_is_said_in_the_stations_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address that sends in the clear, a hub that is not there, a code that is none; or as it is asked for."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))  # and nobody listens
        nobody = f"https://127.0.0.1:{listening.getsockname()[1]}"
        clear = main(["enrol", "--config", config(tmp_path, "http://hub.warehouse")])
        away = main(["enrol", "--config", config(tmp_path, nobody)])
        bad = main(["enrol", "--config", config(tmp_path, "http://127.0.0.1:9"), "--code", "1234"])
        english = main(["enrol", "--config", config(tmp_path, nobody), "--language", "en"])
    said = capsys.readouterr().err.splitlines()

    assert [clear, away, bad, english] == [3, 3, 3, 3]
    assert said[0].startswith("Odmowa: hub.url = http://hub.warehouse wysłałoby token jawnie.")
    assert said[1].startswith(f"Centrala nieosiągalna: brak odpowiedzi z {nobody}: ")
    assert said[2] == "Odmowa: to nie jest kod z: rma-station hub station invite NAZWA"
    assert said[3].startswith(f"Hub unreachable: no answer from {nobody}: ")


def test_salvage_speaks_the_stations_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing, it is sound, it was saved."""
    arguments = ["--config", config(tmp_path, "http://127.0.0.1:9")]
    nothing = main(["salvage", *arguments])
    journal = open_journal(tmp_path / "data" / "sample")
    journal.commit([given.opened(), given.identified()])
    journal.close()
    sound, saved = main(["salvage", *arguments]), main(["salvage", *arguments, "--force"])
    said = capsys.readouterr()

    assert [nothing, sound, saved] == [3, 3, 0]
    assert "Brak dziennika: w " in said.err
    assert "się zgadza, każde zdarzenie. Nic nie zmieniono." in said.err
    assert "3 zdarzenia się zgadzają i zostają. Stanowisko idzie dalej z nowym dziennikiem, " in said.out
    assert "zachowaj je, aż alert w centrali będzie załatwiony." in said.out


def test_salvage_says_what_came_back_from_the_hub_and_what_is_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And that the hub could not be asked, where it could not; then nothing is said to be lost for good."""
    folder = tmp_path / "data" / "sample"
    journal = open_journal(folder)
    journal.commit([given.opened(), *(given.identified(f"u-{n:03}", f"L{n:04}") for n in range(20))])
    StoredReader(journal, StandingClock()).pin_hub(HUB.hub_id)
    query = "SELECT place & 65535, hash, line FROM events ORDER BY place"
    rows = [(int(seq), bytes(digest), bytes(line)) for seq, digest, line in journal.database.connection.execute(query)]
    log_id = journal.log_id
    journal.close()
    (folder / "hub-token").write_text("secret-token")
    (folder / "hub-token").chmod(0o600)
    file = folder / "journal.sqlite"
    data = bytearray(file.read_bytes())
    for _, _, line in (rows[5], rows[10]):
        data[data.index(line) + 200] ^= 1
    whole = bytes(data)

    class HubOfTen(TinyHub):
        """It has the first ten events."""

        def answer(self, path: str, body: bytes) -> object:
            first = int(path.rpartition("=")[2])
            assert path == wire.lines_path(log_id, first)
            found = [wire.LogLine(seq, digest.hex(), line.decode()) for seq, digest, line in rows[:10] if seq >= first]
            return wire.LinesReply(self.header, tuple(found))

    said = []
    with HubOfTen().serving() as hub:
        for url in (hub.url, "http://127.0.0.1:9"):
            file.write_bytes(whole)
            (folder / "journal.sqlite-wal").unlink(missing_ok=True)
            assert main(["salvage", "--config", config(tmp_path, url), "--language", "en"]) == 1
            said.append(capsys.readouterr().out)
            shutil.rmtree(next(folder.glob("damaged-*")))

    assert "1 of them was lost here and came back from the hub" in said[0]
    assert f"not saved: log {log_id}, events 11 to 11" in said[0]
    assert "The hub does not have these either: their units have to be scanned again." in said[0]
    assert "The hub could not be asked for what is lost here (No answer (ConnectError" in said[1]
    assert "need not be scanned again. Run this again with --force" in said[1]
    assert ("either" in said[1], said[1].count("not saved")) == (False, 2)


def test_why_a_station_does_not_start_is_said_in_its_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its screen has gone by then; the same for a copy and for what is written out of it."""
    arguments = ["--config", config(tmp_path, "http://127.0.0.1:9")]

    class Held(run.WholeStation):
        """Another process has the journal."""

        def show(self) -> int:
            """As when the room cannot be opened."""
            open_database(self.config.data_folder, holder="another").close()
            raise AssertionError

    monkeypatch.setattr(run, "WholeStation", Held)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    journal = open_journal(tmp_path / "data" / "sample")
    codes = [main(["run", *arguments]), main(["backup", *arguments, str(tmp_path / "b")])]
    codes.append(main(["export", "events", *arguments, "--output", "-"]))
    journal.close()
    said = capsys.readouterr().err.splitlines()

    assert codes == [3, 3, 3]
    assert len(said) == 3
    for one in said:
        assert one.startswith("Już działa: ")
        assert "journal.sqlite trzyma proces " in one


def test_a_file_in_which_no_station_ever_began_is_no_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a power cut leaves it right after the file was made: enrolment goes on, the others say what it is."""
    arguments = ["--config", config(tmp_path, "http://127.0.0.1:9")]
    open_database(tmp_path / "data" / "sample", holder="a first start").close()
    codes = [main(["wipe", *arguments, "--name", "bench-1"]), main(["enrol", *arguments, "--code", "1234"])]
    said = capsys.readouterr().err.splitlines()

    assert codes == [3, 3]
    assert said[0].startswith("Brak dziennika: w ")
    assert said[1] == "Odmowa: to nie jest kod z: rma-station hub station invite NAZWA"
