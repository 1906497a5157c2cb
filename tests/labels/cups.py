"""A real CUPS daemon of our own: its own folders, a loopback port, and a backend that keeps what it is handed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

BINARY = shutil.which("cupsd") or "/usr/sbin/cupsd"
PARTS = Path("/usr/lib/cups")
QUEUE = """<Printer {name}>
DeviceURI capture:{folder}/{name}
State {state}
Accepting Yes
JobSheets none none
ErrorPolicy retry-job
</Printer>
"""
BACKEND = """#!/bin/sh
[ $# = 0 ] && { echo 'direct capture "Unknown" "capture"'; exit 0; }
folder="${DEVICE_URI#capture:}"
[ -e "$folder/stuck" ] && { echo 'STATE: +media-empty-error' >&2; exec sleep 30; }
cat "${6:--}" > "$folder/part" && mv "$folder/part" "$folder/job-$1"
"""


class Cups:
    """Three queues: ``labels`` prints, ``stopped`` is stopped, ``empty`` has no paper. Ends with ``close``.

    Args:
        folder: for everything it writes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        user = pwd.getpwuid(os.getuid()).pw_name
        for name in (
            "root",
            "cache",
            "state",
            "spool",
            "spool/tmp",
            "log",
            "bin/backend",
            "labels",
            "stopped",
            "empty",
        ):
            (folder / name).mkdir(parents=True)
        for name in ("daemon", "notifier"):
            (folder / "bin" / name).symlink_to(PARTS / name)
        backend = folder / "bin/backend/capture"
        backend.write_text(BACKEND)
        backend.chmod(0o700)  # root-only backends are run as root
        queues = QUEUE.format(name="labels", folder=folder, state="Idle")
        queues += QUEUE.format(name="stopped", folder=folder, state="Stopped")
        queues += QUEUE.format(name="empty", folder=folder, state="Idle")
        (folder / "empty/stuck").touch()
        (folder / "root/printers.conf").write_text(queues)
        (folder / "root/cups-files.conf").write_text(
            f"ServerRoot {folder}/root\nCacheDir {folder}/cache\nStateDir {folder}/state\nServerBin {folder}/bin\n"
            f"RequestRoot {folder}/spool\nTempDir {folder}/spool/tmp\nErrorLog {folder}/log/error\n"
            f"AccessLog {folder}/log/access\nPageLog {folder}/log/page\nFatalErrors none\n"
            + (f"User lp\nGroup lp\nSystemGroup {user}\n" if os.getuid() == 0 else "")
        )
        (folder / "root/cupsd.conf").write_text(
            f"Listen 127.0.0.1:{self.port}\nBrowsing No\nDefaultAuthType None\nWebInterface No\n"
            "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
            "<Policy default>\n<Limit All>\nOrder deny,allow\nAllow all\n</Limit>\n</Policy>\n"
        )
        command = [BINARY, "-f", "-c", str(folder / "root/cupsd.conf"), "-s", str(folder / "root/cups-files.conf")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not _answers(self.port):
            assert self._process.poll() is None, (folder / "log/error").read_text()[-2000:]
            assert time.monotonic() < end, "cupsd did not begin to listen"
            time.sleep(0.02)

    def url(self, queue: str) -> str:
        """Address of a queue."""
        return f"ipp://127.0.0.1:{self.port}/printers/{queue}"

    def delivered(self, queue: str) -> list[bytes]:
        """What the backend was handed, job by job."""
        files = sorted((self.folder / queue).glob("job-*"), key=lambda file: int(file.name[4:]))
        return [file.read_bytes() for file in files]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def missing() -> str:
    """Why no daemon can be started here; empty when one can."""
    if not Path(BINARY).exists() or not PARTS.exists():
        return "cupsd is not installed (Debian: apt-get install cups-daemon)"
    return ""


needs_cups = pytest.mark.skipif(bool(missing()), reason=missing() or "cupsd is there")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
