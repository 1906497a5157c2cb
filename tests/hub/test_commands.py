"""The ``hub`` commands as an administrator types them, on the files of a hub that does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import command_line, server
from tests.hub.build import NOW, RMA, Log, send


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A hub's folder with one person and a log that was partly understood."""
    folder = tmp_path / "hub"
    hub = server.open_hub(folder, "sample")
    hub.database.close()
    command_line.execute(["person", "--data", str(folder), "put", "100001", "Jan", "worker", "--inactive"])
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    capsys.readouterr()
    code = command_line.execute(list(words))
    return code, capsys.readouterr().out


def poison(data: Path) -> None:
    """A station sends an event of a newer version and one that is nonsense."""
    hub, log = server.open_hub(data), Log()
    log.parcel("p-1", RMA)
    log.put(b"{}")
    log.say_raw("moon.landed", 1, {}, RMA)
    send(hub.database, log, now=NOW)
    hub.database.close()


@pytest.mark.parametrize("command", ["person", "refunds", "batch"])
def test_the_data_folder_may_stand_before_or_after_the_second_word(
    command: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it comes to the fingers."""
    before = said(capsys, command, "--data", str(data), "list")
    after = said(capsys, command, "list", "--data", str(data))

    assert before == after
    assert before[0] == 0
    assert ("Jan" in before[1]) == (command == "person")


def test_events_that_could_not_be_taken_are_listed_and_read_again(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason; what is still wrong says so by the exit code; who asked is among the acts."""
    poison(data)
    folder = ["--data", str(data)]
    dead, parked = said(capsys, "events", "dead", *folder), said(capsys, "events", "parked", *folder)
    letter = dead[1].split()[0]
    again = said(capsys, "events", "redrive", letter, *folder)
    event = said(capsys, "events", "redrive", "log-a-000003", *folder)
    acts = said(capsys, "acts", *folder)

    assert "malformed" in dead[1]
    assert "moon.landed schema 1 is newer" in parked[1]
    assert (again[0], again[1][:11], event[0], event[1][:6]) == (1, "dead_letter", 1, "parked")
    assert [line.split()[2] for line in acts[1].splitlines()] == ["redrive", "redrive"]


def test_alerts_are_listed_in_words(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing when there is nothing."""
    nothing = said(capsys, "alerts", "list", "--data", str(data))
    poison(data)
    found = said(capsys, "alerts", "list", "--data", str(data))

    assert nothing == (0, "Nothing.\n")
    assert "letters:log-a" in found[1]
    assert "2 events of bench-1 could not be taken" in found[1]
