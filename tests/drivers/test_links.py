"""udev's links are believed only when udev is idle."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from drivers.links import confirm, wait_for_udev
from rma_station.errors import DeviceLost


@pytest.fixture
def link(tmp_path: Path) -> Path:
    link = tmp_path / "usb-Honeywell"
    link.symlink_to("/dev/null")
    return link


def test_an_idle_udev_is_not_waited_for(link: Path, tmp_path: Path) -> None:
    """Nor is udev asked about a path that is no link, or where there is no udev."""
    busy = tmp_path / "queue"
    began = time.monotonic()
    wait_for_udev(str(link), tmp_path / "absent", patience=60.0)
    busy.touch()
    wait_for_udev("/dev/null", busy, patience=60.0)

    assert time.monotonic() - began < 30.0


def test_a_link_that_changes_while_udev_is_busy(link: Path, tmp_path: Path) -> None:
    """The handle is of the device the link led to before: it is a stranger's."""
    busy = tmp_path / "queue"
    busy.touch()

    def work_off() -> None:
        link.unlink()
        link.symlink_to("/dev/zero")
        busy.unlink()

    with open(link, "rb") as handle:
        udev = threading.Timer(0.05, work_off)
        udev.start()
        with pytest.raises(DeviceLost, match="led to another device"):
            confirm(str(link), handle.fileno(), busy, patience=60.0)
        udev.join()


def test_a_link_that_goes_away(link: Path, tmp_path: Path) -> None:
    """Its device was unplugged while it was opened."""
    with open(link, "rb") as handle:
        link.unlink()
        with pytest.raises(DeviceLost, match="went away"):
            confirm(str(link), handle.fileno(), tmp_path / "absent")


def test_a_link_that_stays(link: Path, tmp_path: Path) -> None:
    """The usual case, also through a udev that never comes to an end."""
    busy = tmp_path / "queue"
    busy.touch()
    with open(link, "rb") as handle:
        confirm(str(link), handle.fileno(), busy, patience=0.05)
        assert os.fstat(handle.fileno()).st_rdev == os.stat("/dev/null").st_rdev
