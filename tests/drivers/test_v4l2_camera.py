"""A USB camera through ``v4l2-ctl``, which a test plays: what it is asked, and what its answers mean."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from drivers import pictures, v4l2_camera
from drivers.address import parse_url
from drivers.catalogue import open_camera
from drivers.v4l2_camera import Ended, V4l2Source, connector, run
from rma_station.errors import DeviceLost, Malformed
from rma_station.system import SystemClock
from tests.drivers.test_pictures import made, opened

INFO = b"Driver Info:\n\tDriver name      : uvcvideo\n\tCard type        : HD Pro Webcam C920\n"
FORMATS = b"\t[0]: 'YUYV' (YUYV 4:2:2)\n\t[1]: 'MJPG' (Motion-JPEG, compressed)\n"


class Program:
    """``v4l2-ctl`` as it answers; every command is kept."""

    def __init__(self, frame: Ended, formats: Ended | None = None) -> None:
        self.frame, self.formats = frame, formats or Ended(0, FORMATS, "")
        self.commands: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str], seconds: float) -> Ended:
        self.commands.append(command)
        if "--list-formats" in command:
            return self.formats
        return Ended(0, INFO, "") if "--info" in command else self.frame


def camera(tmp_path: Path, program: Program, options: str = "") -> V4l2Source:
    """A camera whose node is a plain file."""
    (tmp_path / "video0").touch()
    return connector(parse_url(f"v4l2:{tmp_path}/video0{options}", ("size",), ("v4l2",)), program)()


def test_a_frame_is_a_jpeg_and_the_camera_says_who_it_is(tmp_path: Path) -> None:
    """Bytes around the frame are cut off; the size is the nearest to what was asked for."""
    frame = made("JPEG")
    program = Program(Ended(0, b"<<<" + frame + b"\n", "<<< 30 fps"))
    source = camera(tmp_path, program, "?size=1280x720")

    assert source.grab() == frame
    assert source.detail == "HD Pro Webcam C920"
    assert "--set-fmt-video=width=1280,height=720,pixelformat=MJPG" in program.commands[-1]
    assert "--stream-count=1" in program.commands[-1]


def test_a_motion_jpeg_without_its_tables_is_read() -> None:
    """UVC cameras leave the Huffman tables out (UVC 1.5); a reader has to know the usual ones."""
    data = made("JPEG", optimize=False)
    plain, place = b"", 2
    while data[place + 1] != 0xDA:
        length = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        plain += b"" if data[place + 1] == 0xC4 else data[place : place + length]
        place += length
    stripped = data[:2] + plain + data[place:]
    assert b"\xff\xc4" in data
    assert b"\xff\xc4" not in stripped[: len(plain)]

    assert opened(pictures.jpeg(stripped)).size == Image.open(io.BytesIO(data)).size


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (Ended(255, b"", "VIDIOC_REQBUFS: failed: Device or resource busy"), "another program"),
        (Ended(1, b"", "unsupported stream type"), "unsupported stream type"),
        (Ended(0, b"", ""), "no picture"),
        (Ended(0, b"no jpeg at all", ""), "no picture"),
    ],
)
def test_no_picture_is_a_lost_camera_with_the_reason(tmp_path: Path, frame: Ended, words: str) -> None:
    """Its thread opens it anew, as with every device."""
    with pytest.raises(DeviceLost, match=words):
        camera(tmp_path, Program(frame)).grab()


def test_a_camera_without_mjpg_or_without_a_node_cannot_be_used(tmp_path: Path) -> None:
    """Said when it is opened, not at the first photo."""
    with pytest.raises(DeviceLost, match="no MJPG"):
        camera(tmp_path, Program(Ended(0, b"", ""), Ended(0, b"'YUYV'", "")))
    source = camera(tmp_path, Program(Ended(0, made("JPEG"), "")))
    (tmp_path / "video0").unlink()
    with pytest.raises(DeviceLost, match="plugged in"):
        source.check()


def test_a_program_that_is_missing_or_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; a hanging one is ended."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceLost, match="apt install v4l-utils"):
        run(("v4l2-ctl", "--info"), 1.0)
    with pytest.raises(DeviceLost, match="did not answer"):
        run((sys.executable, "-c", "import time; time.sleep(60)"), 0.2)


def test_the_real_way_to_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script in the place of ``v4l2-ctl`` gives its frame through a real process."""
    frame = made("JPEG")
    (tmp_path / "frame").write_bytes(frame)
    script = tmp_path / v4l2_camera.PROGRAM
    script.write_text(
        f'#!/bin/sh\ncase "$*" in\n*--list-formats*) echo "\'MJPG\'";;\n'
        f"*--info*) echo ' Card type : Fake';;\n*) /bin/cat {tmp_path}/frame;;\nesac\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "video0").touch()

    source = connector(parse_url(f"v4l2:{tmp_path}/video0", ("size",), ("v4l2",)))()

    assert (source.detail, source.grab()) == ("Fake", frame)


@pytest.mark.parametrize("url", ["v4l2:video0", "v4l2:/dev/video0?size=big", "v4l2:/dev/video0?fps=30"])
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    """With what may stand there."""
    with pytest.raises(Malformed):
        open_camera("camera", url, SystemClock(), lambda data: ("", 0))
