"""What doctor says of cameras, folders, phones and photos that do not get to the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station.config import CameraSection
from rma_station.doctor import cameras
from rma_station.wiring.profiles import profiles
from tests.doctor.computer import computer, told

PROFILES = list(profiles().values())
VERSION = {("v4l2-ctl", "--version"): "v4l2-ctl 1.26"}


def test_photos_that_are_asked_for_need_a_way_to_be_taken(tmp_path: Path) -> None:
    """A note: work goes on, the money waits."""
    machine = computer(tmp_path)

    assert told(cameras.cameras((), PROFILES, machine)) == ["note photos_no_camera -> photos_no_camera"]
    assert told(cameras.cameras((), [], machine)) == []
    assert told(cameras.cameras((CameraSection("p", "phone:"),), PROFILES, machine)) == []


def test_a_folder_has_to_be_there_and_to_be_written(tmp_path: Path) -> None:
    """With the command that makes it."""
    section = (CameraSection("folder", "folder:/srv/photos?taken=remove"),)
    machine = computer(tmp_path)
    assert told(cameras.cameras(section, [], machine)) == ["wrong camera_folder_missing -> camera_folder_missing"]
    (tmp_path / "srv" / "photos").mkdir(parents=True)
    assert told(cameras.cameras(section, [], machine)) == ["ok camera_folder"]
    closed = computer(tmp_path, usable=lambda path: False)
    assert told(cameras.cameras(section, [], closed)) == ["wrong camera_folder_closed -> camera_folder_closed"]


def test_a_usb_camera_needs_its_program_its_node_and_the_right(tmp_path: Path) -> None:
    """The three are looked for in this order, and the first that lacks is told."""
    section = (CameraSection("camera", "v4l2:/dev/video0"),)
    seen = [told(cameras.cameras(section, [], computer(tmp_path)))]
    seen.append(told(cameras.cameras(section, [], computer(tmp_path, answers=VERSION))))
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video0").touch()
    seen.append(told(cameras.cameras(section, [], computer(tmp_path, answers=VERSION, usable=lambda path: False))))
    seen.append(told(cameras.cameras(section, [], computer(tmp_path, answers=VERSION))))

    assert seen == [
        ["wrong camera_program -> camera_program"],
        ["wrong camera_missing -> device"],
        ["wrong camera_closed -> camera_closed"],
        ["ok camera"],
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, []),
        ({"waiting": 0, "waiting_mb": 0, "refused": 0, "phone": ""}, []),
        ({"waiting": 3, "waiting_mb": 1}, ["note photos_waiting"]),
        ({"refused": 1}, ["wrong photos_refused -> photos_refused"]),
        ({"phone": "no_public_url"}, ["wrong phone_no_url -> phone_no_url"]),
    ],
)
def test_what_the_running_station_says_of_its_photos(said: dict[str, object], expected: list[str]) -> None:
    """Waiting is worth knowing; refused needs somebody."""
    assert told(cameras.photos(said)) == expected
