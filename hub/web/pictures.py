"""Photos from phones are decoded in a process of their own, never in the hub's (sync reference 6.2, "photo upload")."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hub.web import reencode
from rma_station.errors import Malformed, StorageFailed
from sync import blobs

SECONDS = 30.0
"""A photo that takes longer is given up."""
_SCRIPT = Path(reencode.__file__)
_SAID = {
    reencode.TYPE: ("media_type", "this is no JPEG, PNG or WebP picture"),
    reencode.LARGE: ("too_large", f"more than {reencode.MAX_PIXELS // 1_000_000} million pixels"),
}


class NotAPicture(Malformed):
    """``code``: ``media_type``, ``broken`` or ``too_large``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def reencoded(data: bytes) -> bytes:
    """A photo as ``reencode.py`` writes it anew: a JPEG with nothing in it but the picture.

    Raises:
        NotAPicture: by its first bytes, or because it cannot be decoded within the limits.
        StorageFailed: the process cannot be started.
    """
    if (blobs.media_type(data[: blobs.HEAD_BYTES]) or "").partition("/")[0] != "image":
        raise NotAPicture(*_SAID[reencode.TYPE])
    command = [sys.executable, "-I", "-B", str(_SCRIPT)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False, env={}, cwd="/")
    except subprocess.TimeoutExpired:
        raise NotAPicture("broken", "it took too long to decode") from None
    except OSError as error:
        raise StorageFailed(f"no process for decoding photos can be started: {error.strerror}") from error
    if done.returncode == 1:
        raise StorageFailed("photos cannot be decoded: Pillow does not start in its process")
    if done.returncode != 0 or blobs.media_type(done.stdout[: blobs.HEAD_BYTES]) != "image/jpeg":
        raise NotAPicture(*_SAID.get(done.returncode, ("broken", "the picture is damaged or cut short")))
    return done.stdout
