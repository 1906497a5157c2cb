"""``rma-station doctor`` as it is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rma_station.__main__ import main
from rma_station.commands import doctor
from rma_station.config import load
from rma_station.doctor import rules
from rma_station.doctor.finding import wrong
from rma_station.services import texts
from tests.doctor.computer import computer, process, told


def test_it_speaks_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The station's own, or the one that is asked for."""
    main(["doctor", "--data", str(tmp_path)])
    polish = capsys.readouterr().out
    main(["doctor", "--data", str(tmp_path), "--language", "en"])

    assert ("folder danych" in polish, "data folder" in capsys.readouterr().out) == (True, True)


def test_the_exit_code_says_whether_something_is_wrong(tmp_path: Path) -> None:
    """A configured device that is not there is wrong."""
    file = tmp_path / "my.toml"
    file.write_text('[[scanner]]\nname = "left"\nurl = "serial:/dev/serial/by-id/nothing"\n')

    assert main(["doctor", "--config", str(file), "--data", str(tmp_path)]) == 1


def test_it_writes_the_udev_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--write-udev-rules FILE`` writes the rules that come with the station, and says where."""
    file = tmp_path / rules.NAME

    code = main(["doctor", "--write-udev-rules", str(file)])

    assert (code, file.read_text()) == (0, rules.shipped())
    assert str(file) in capsys.readouterr().out


def test_a_folder_it_may_not_write_to_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, with the path."""
    assert main(["doctor", "--write-udev-rules", str(tmp_path / "no" / "such.rules")]) == 3
    assert "such.rules" in capsys.readouterr().err


def test_a_whole_machine_is_looked_at(tmp_path: Path) -> None:
    """Every part has its say, and nothing raises on a machine of which nothing can be read."""
    machine = computer(tmp_path, process(1, "ModemManager") | process(2, "cupsd"))

    keys = [line.split()[1] for line in told(doctor.look(load(), machine))]

    wanted = {"configuration", "clock", "terminal", "groups_waiting", "rules_missing", "modem_manager", "not_running"}
    assert wanted - set(keys) == set()


@pytest.mark.parametrize(("mode", "said"), [("sample", False), ("live", True)])
def test_a_camera_is_missed_where_no_virtual_bench_brings_one(tmp_path: Path, mode: str, said: bool) -> None:
    """The shipped profiles ask for photos; in sample mode the bench takes them."""
    file = tmp_path / "my.toml"
    file.write_text(f'[station]\nmode = "{mode}"\ndata = "{tmp_path}/data"\n')

    keys = [line.split()[1] for line in told(doctor.look(load(file), computer(tmp_path)))]

    assert ("photos_no_camera" in keys) == said


def test_a_finding_cannot_command_the_terminal() -> None:
    """Names of devices come from outside."""
    line = doctor.shown(
        wrong("no_access", "join", path="/dev/x", title="\x1b[2J", device="a", user="u", list="l"), "en"
    )

    assert "\x1b" not in line


def test_every_finding_and_remedy_has_words() -> None:
    """Keys are looked for in the source: a check that never runs in a test is read, too."""
    folder = Path(doctor.__file__).parents[1]
    source = "".join(file.read_text() for file in [*(folder / "doctor").glob("*.py"), folder / "commands/doctor.py"])
    told_of = {f"doctor.{key}" for _, key in re.findall(r'\b(good|note|wrong)\(\s*"(\w+)"', source)}
    done = {f"doctor.do.{key}" for key in re.findall(r'\b(?:note|wrong)\(\s*"\w+",\s*"(\w+)"', source)}
    done |= {f"doctor.do.{key}" for key in re.findall(r'\bdo(?:, \w+)? = "(\w+)"', source)}

    assert (told_of | done) - set(texts.administrator("en")) == set()
    assert len(told_of) > 40
