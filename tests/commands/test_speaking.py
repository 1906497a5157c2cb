"""What stops a command is said in the station's language, with the reason and the remedy."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from rma_station import errors
from rma_station.__main__ import main
from rma_station.commands.speaking import stopped
from rma_station.domain.outcome import say
from rma_station.errors import Refused, StationError
from rma_station.services.texts import LANGUAGES, administrator
from sync.no_answer import unanswered
from tests.store import given
from tests.store.given import open_journal

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
