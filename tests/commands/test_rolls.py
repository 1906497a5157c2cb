"""``rma-station rolls``: numbers a station reads as labels, none of them twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rma_station import config
from rma_station.commands import rolls
from rma_station.domain import codes
from rma_station.domain.meaning import LpnScan
from rma_station.errors import ConfigError
from rma_station.wiring.room import open_room


def test_every_number_is_a_label_of_its_roll(capsys: pytest.CaptureFixture[str]) -> None:
    """With a right check character, and 10 characters long."""
    code = rolls.execute(["RRZ01", "--first", "30", "--count", "3"])

    numbers = capsys.readouterr().out.split()
    assert (code, [number[:9] for number in numbers]) == (0, ["RRZ01000Y", "RRZ01000Z", "RRZ010010"])
    assert [codes.read_lpn(number) for number in numbers] == [LpnScan(number) for number in numbers]


@pytest.mark.parametrize("arguments", [["RROLL"], ["rrz01"], ["RRZ01", "--count", "0"], ["RRZ01", "--first", "x"], []])
def test_a_wrong_call_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what may stand there."""
    with pytest.raises(SystemExit) as ended:
        rolls.execute(arguments)

    assert (ended.value.code, "rma-station rolls" in capsys.readouterr().err) == (2, True)


def test_a_station_whose_own_labels_would_look_like_a_roll_does_not_start(tmp_path: Path) -> None:
    """Else its own misprint would count as a label of the roll."""
    base = config.load()
    ours = dataclasses.replace(base, station=dataclasses.replace(base.station, data=tmp_path))
    room = open_room(ours)
    own = room.journal.fresh().lpn()[:5]
    room.journal.close()
    rolled = dataclasses.replace(ours, rules=dataclasses.replace(ours.rules, roll_prefixes=("RRZ01", own)))

    with pytest.raises(ConfigError, match=rf"rules\.roll_prefixes = '{own}'"):
        open_room(rolled)

    open_room(ours).journal.close()
