"""``export`` and ``backup`` as they are called: beside a running station, and without one."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.store.journal import Journal
from tests.store.given import graded, identified, open_journal, opened, placed


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose data folder is the test's, and an empty working folder."""
    file = tmp_path / "station.toml"
    file.write_text(f'[station]\nlanguage = "en"\ndata = "{tmp_path / "data"}"\n')
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return file


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = open_journal(tmp_path / "data" / "sample")
    made.commit([opened(), identified(), graded(), placed()])
    return made


def exported(settings: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """Movements as a program would read them from a pipe."""
    assert main(["export", "movements", "--output", "-", "--config", str(settings)]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))


@pytest.mark.usefixtures("running")
def test_a_running_station_is_asked(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its file stays its own."""
    assert [row["lpn"] for row in exported(settings, capsys)] == ["U00001"]


def test_without_a_station_the_file_is_opened(
    settings: Path, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same rows."""
    journal.close()

    assert [row["lpn"] for row in exported(settings, capsys)] == ["U00001"]


def test_a_station_that_holds_the_file_and_is_silent_is_named(
    settings: Path, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, a person must act."""
    assert main(["export", "events", "--config", str(settings)]) == 3
    assert "held by process" in capsys.readouterr().err
    journal.close()


def test_an_export_is_written_under_a_marked_name(
    settings: Path, running: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole or not at all, for this user only."""
    assert main(["export", "events", "--format", "ndjson", "--output", "out.ndjson", "--config", str(settings)]) == 0
    assert main(["export", "shifts", "--config", str(settings)]) == 0

    found = sorted(file.name for file in Path().iterdir())
    assert (found[0], found[1][:7], found[1][-11:]) == ("out-SAMPLE.ndjson", "shifts-", "-SAMPLE.csv")
    assert len([json.loads(line) for line in Path(found[0]).read_text().splitlines()]) == running.last_seq
    assert oct(Path(found[0]).stat().st_mode & 0o777) == "0o600"
    assert "out-SAMPLE.ndjson: 5 events, sample mode" in capsys.readouterr().err


@pytest.mark.usefixtures("running")
def test_a_backup_is_taken_from_the_running_station(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into the folder of whoever asks."""
    assert main(["backup", "copy.sqlite", "--config", str(settings)]) == 0

    assert capsys.readouterr().out == f"{Path('copy-SAMPLE.sqlite').absolute()}: 5 events, verified\n"
    copy = sqlite3.connect("copy-SAMPLE.sqlite")
    assert copy.execute("SELECT count(*) FROM events").fetchone() == (5,)
    copy.close()
    assert main(["backup", "copy.sqlite", "--config", str(settings)]) == 3
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["export", "events"], ["backup"], ["labels", "owed"], ["keys", "renew"]])
def test_a_folder_without_a_journal_is_named(
    settings: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do; and nothing is left in either folder."""
    assert main([*command, "--config", str(settings)]) == 3

    said = capsys.readouterr().err
    assert said.startswith(f"No journal: there is no journal in {settings.parent / 'data' / 'sample'}. Run the station")
    assert "--config FILE or --data DIR" in said
    assert list(Path().iterdir()) == []
    assert not (settings.parent / "data").exists()


def test_a_reader_that_has_had_enough_ends_the_export_quietly(settings: Path, journal: Journal) -> None:
    """As ``head`` does; nothing is said about disks."""
    journal.commit([graded(f"u-{number}") for number in range(2000)])
    journal.close()
    command = [sys.executable, "-m", "rma_station", "export", "events", "--output", "-", "--config", str(settings)]
    root = Path(__file__).parents[2]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as export:
        assert export.stdout
        assert export.stderr
        export.stdout.read(10)
        export.stdout.close()
        said = export.stderr.read()

    assert (export.returncode, said) == (1, b"")


def test_an_output_that_cannot_be_written_is_named(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything else is done."""
    assert main(["export", "events", "--output", "nowhere/x.csv", "--config", str(settings)]) == 3
    assert "nowhere/x-SAMPLE.csv cannot be written (No such file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["export", "backup"])
def test_help_is_worth_reading(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It explains, gives the exit codes, and fits a terminal."""
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])

    text = capsys.readouterr().out
    assert left.value.code == 0
    assert "exit codes" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_date_that_is_none_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    """With an example."""
    with pytest.raises(SystemExit) as left:
        main(["export", "events", "--since", "yesterday"])

    assert left.value.code == 2
    assert "'yesterday' is not a date like 2026-11-01" in capsys.readouterr().err
