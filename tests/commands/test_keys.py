"""``rma-station keys``: sheets that were printed before become void, at the bench at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from rma_station import config
from rma_station.__main__ import main
from rma_station.commands.run import WholeStation
from rma_station.domain import codes
from rma_station.domain.meaning import Command, CommandScan
from rma_station.errors import Malformed, StorageFailed
from rma_station.ports import RawScan
from rma_station.services import control, keys
from rma_station.wiring.room import open_room
from tests.fakes import CountingRandom
from tests.services.bench import answer


@pytest.fixture
def ours(tmp_path: Path) -> config.Config:
    """The shipped configuration on an empty folder, without a hub; the configuration file says so, too."""
    (tmp_path / "my.toml").write_text(f'[station]\ndata = "{tmp_path}"\n[hub]\nembedded = false\nurl = "http://x"\n')
    return config.load(tmp_path / "my.toml")


@pytest.fixture
def running(ours: config.Config) -> Iterator[WholeStation]:
    """A station that runs on it."""
    started = WholeStation(ours, own_bench=False)
    started.start()
    yield started
    started.stop()


def sheet(ours: config.Config, generation: int) -> str:
    """The "help" command as it was printed in a generation."""
    key = keys.load_or_make(ours.data_folder, CountingRandom())
    secret = codes.command_key(key.master, ours.station.name)
    return codes.command(CommandScan(Command.HELP), ours.station.name, generation, secret)


def scan(started: WholeStation, code: str, at: float) -> str:
    """What the running station answers to a scan at a moment."""
    station = started.running.room.station
    return started.running.call(lambda: answer(station.handle(RawScan("scanner", code.encode(), at)))).result(60)


def renew(ours: config.Config, *more: str) -> int:
    """The command as it is typed."""
    return main(["keys", "renew", "--config", ours.file, *more])


def test_a_running_station_takes_the_last_two_generations(
    ours: config.Config, running: WholeStation, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sheets in use are good until the new ones are printed; after the next renewal they are not."""
    before = scan(running, sheet(ours, 1), at=0)
    renew(ours)
    once = capsys.readouterr().out
    after_one = [scan(running, sheet(ours, generation), at=10 + generation) for generation in (2, 1)]
    renew(ours)
    after_two = [scan(running, sheet(ours, generation), at=20 + generation) for generation in (3, 2, 1)]

    good, void = "ready:sheet_help", "stop:forged_command"
    assert (before, after_one, after_two) == (good, [good, good], [good, good, void])
    assert "Generation 2 is printed from now on. Sheets of generation 1 are still taken" in once
    assert f"rma-station labels sheets --commands --grades --out sheets --config {ours.file}" in once


def test_all_voids_every_sheet_at_once(
    ours: config.Config, running: WholeStation, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sheet was lost: with ``--all`` no sheet that was ever printed commands the station."""
    assert (renew(ours, "--all"), scan(running, sheet(ours, 1), at=0)) == (0, "stop:forged_command")
    assert "Every sheet that was printed before is void" in capsys.readouterr().out
    main(["keys", "show", "--config", ours.file])
    assert "Generation 3 is the present one" in capsys.readouterr().out


def test_without_a_running_station_the_file_is_written(ours: config.Config, capsys: pytest.CaptureFixture[str]) -> None:
    """The next start takes it; the secret stays, so that one generation is enough."""
    open_room(ours).journal.close()
    before = keys.load_or_make(ours.data_folder, CountingRandom())

    code = renew(ours)

    assert code == 0
    assert keys.load_or_make(ours.data_folder, CountingRandom()) == dataclasses.replace(before, generation=2)


def test_a_request_that_makes_no_sense_is_refused(ours: config.Config, running: WholeStation) -> None:
    """A million generations on, nobody could print a sheet that is taken."""
    with pytest.raises(Malformed, match="neither 1 nor 2"):
        control.ask(ours.data_folder, "renew_keys", {"generations": 10**6})

    assert keys.load_or_make(ours.data_folder, CountingRandom()).generation == 1


def test_a_key_that_cannot_be_written_stays(tmp_path: Path) -> None:
    """The sheets on the wall still work."""
    keys.load_or_make(tmp_path, CountingRandom())
    (tmp_path / f"{keys.FILE}.new").mkdir()

    with pytest.raises(StorageFailed, match="The old key stays"):
        keys.renew(tmp_path, CountingRandom())

    assert keys.load_or_make(tmp_path, CountingRandom()).generation == 1


def test_show_makes_no_key(ours: config.Config, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder is named."""
    assert main(["keys", "show", "--config", ours.file]) == 3
    assert "No journal: there is no station key in" in capsys.readouterr().err
    assert not ours.data_folder.exists()
