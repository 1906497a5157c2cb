"""A USB camera (UVC) through ``v4l2-ctl`` of Debian's ``v4l-utils``: ``v4l2:/dev/v4l/by-id/...-video-index0``.

The program opens the camera for one picture and lets go of it, so that nothing is held between two photos and no
camera runs hot all day. It is asked for MJPG, which every UVC camera gives: one frame is one JPEG. The first frames
are passed over, because exposure and focus settle in them. Why a program and no library: decision 25.
Source: v4l2-ctl(1); UVC 1.5, "Motion-JPEG payload".
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.address import Address
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass
from rma_station.errors import DeviceLost, Malformed

PROGRAM = "v4l2-ctl"
SIZE = "1920x1080"
"""Asked for; the camera takes the nearest it has."""
SKIPPED = 12
"""Frames until exposure and focus stand, less than half a second of a usual camera."""
ASK_SECONDS, GRAB_SECONDS = 3.0, 8.0
_SIZE = re.compile(r"([1-9]\d{2,3})x([1-9]\d{2,3})", re.ASCII)
_CARD = re.compile(r"^\s*Card type\s*:\s*(.+)$", re.MULTILINE)
_MISSING = f"{PROGRAM} is not installed: apt install v4l-utils"


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    code: int
    out: bytes
    said: str
    """What it wrote on its standard error."""


Run = Callable[[Sequence[str], float], Ended]
"""Runs a program to its end; raises ``DeviceLost`` when it is not there or does not end in so many seconds."""


def run(command: Sequence[str], seconds: float) -> Ended:
    """A program of this machine."""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=seconds, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except FileNotFoundError:
        raise DeviceLost(_MISSING) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceLost(f"{PROGRAM} did not answer ({type(error).__name__})") from None
    return Ended(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


class V4l2Source:
    """``camera.Source`` over ``v4l2-ctl``."""

    def __init__(self, path: Path, size: tuple[str, str], runs: Run) -> None:
        self._path, self._size, self._run = path, size, runs
        self.check()
        formats = self._run((PROGRAM, "-d", str(path), "--list-formats"), ASK_SECONDS)
        if formats.code or b"MJPG" not in formats.out:
            raise DeviceLost(_why(path, formats) if formats.code else f"{clean(str(path))}: this camera gives no MJPG")
        info = self._run((PROGRAM, "-d", str(path), "--info"), ASK_SECONDS)
        card = _CARD.search(info.out.decode("utf-8", "replace"))
        self.detail = clean(card[1].strip() if card else str(path), 80)

    def check(self) -> None:
        """Raises ``DeviceLost`` when the camera was pulled out, or this user may not open it."""
        if not self._path.exists():
            raise DeviceLost(f"{clean(str(self._path))} is not there: is the camera plugged in?")
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise DeviceLost(f"{clean(str(self._path))} may not be opened: add this user to the group video")

    def grab(self) -> bytes:
        """One frame, a JPEG."""
        self.check()
        width, height = self._size
        done = self._run(
            (
                PROGRAM,
                "-d",
                str(self._path),
                f"--set-fmt-video=width={width},height={height},pixelformat=MJPG",
                "--stream-mmap",
                f"--stream-skip={SKIPPED}",
                "--stream-count=1",
                "--stream-to=-",
            ),
            GRAB_SECONDS,
        )
        start, end = done.out.find(b"\xff\xd8\xff"), done.out.rfind(b"\xff\xd9")
        if done.code or start < 0 or end < start:
            raise DeviceLost(_why(self._path, done))
        return done.out[start : end + 2]

    def wake(self) -> None:
        """A program ends by itself, at the latest after its time."""

    def close(self) -> None:
        """Nothing is held between two pictures."""


def _why(path: Path, done: Ended) -> str:
    if "busy" in done.said.lower():
        return f"{clean(str(path))}: another program has the camera"
    return f"{clean(str(path))}: no picture ({clean(done.said.strip(), 120) or f'status {done.code}'})"


def connector(address: Address, runs: Run = run) -> Callable[[], V4l2Source]:
    """Opens the camera a URL means.

    Raises:
        Malformed: ``size`` is no size.
    """
    size = _SIZE.fullmatch(address.options.get("size", SIZE))
    if size is None:
        raise Malformed(f"v4l2:{address.target}: size={address.options['size']}; write it like {SIZE}")
    return lambda: V4l2Source(Path(address.target).expanduser(), (size[1], size[2]), runs)
