"""The processes of the demo, started as in real life: hub, virtual bench, station; a cable between station and hub.

::

    this process ── control socket ──> virtual bench ══ pty, pty, TCP ══> station ── HTTP ──> cable ──> hub
                 <── what a screen would show, as JSON lines ──────────────┘
                 ── the hub's API and commands ─────────────────────────────────────────────────────> hub
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

import hub.policy
from rma_station.demo.answers import Answers, until
from rma_station.demo.cable import Cable
from rma_station.demo.doubt import DoesNotAddUp, must_equal
from rma_station.embedded import EmbeddedHub, child_environment
from rma_station.services import control
from virtual_bench.client import VirtualBench

STATION = "demo-1"
PACKAGING_GRAMS = 150
"""What an empty box weighs here, so that too heavy can be told as well."""
ROLL = "RRZ01"
"""Prefix of the pre-printed roll on this bench."""
START = 60.0
"""Seconds for a process to come up on a busy machine."""


class Stage:
    """All processes of one run.

    Args:
        folder: everything is kept here.
        language: of the station's texts.
    """

    def __init__(self, folder: Path, language: str) -> None:
        self.folder, self.language = folder, language
        self.station_folder = folder / "station" / "sample"
        self.hub_folder = folder / "hub"
        self.bench = VirtualBench.start(folder / "bench", scanners=("left", "right"))
        self.station_folder.mkdir(parents=True, mode=0o700)
        self.hub_folder.mkdir(parents=True, mode=0o700)
        (self.hub_folder / "policy.toml").write_text(policy_without_delay(), encoding="utf-8")
        self._hub = EmbeddedHub(self.hub_folder, "sample", STATION, self.station_folder / "device-key")
        self.cable = Cable(self._hub.address)
        self.cable.mend()
        self._hub.start()
        self._config = folder / "station.toml"
        self._station: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self.starts = 0

    def start_hub(self) -> None:
        """Wait until the hub listens."""
        until("hub: start", lambda: bool(self._hub.address()), START)

    def start_station(self) -> Answers:
        """Start the station process; its answers from the first view on."""
        self._config.write_text(self._configuration(), encoding="utf-8")
        read_end, write_end = os.pipe()
        command = [sys.executable, "-m", "rma_station.demo.station", "--config", str(self._config)]
        command += ["--language", self.language, "--parent-pipe", str(read_end)]
        with (self.folder / "station.log").open("ab") as words:
            self._station = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words,
                pass_fds=(read_end,), env=child_environment(),
            )  # fmt: skip
        os.close(read_end)
        self._lifeline = write_end
        self.starts += 1
        answers = Answers(self._station)
        answers.wait("station: start", lambda line: "prompt" in line, START)
        return answers

    def kill_station(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        assert self._station is not None
        self._station.send_signal(signal.SIGKILL)
        self._station.wait(10)
        self._let_go()

    def stop_station(self) -> None:
        """An orderly end."""
        if self._station is None or self._station.poll() is not None:
            return
        self._station.terminate()
        try:
            self._station.wait(15)
        except subprocess.TimeoutExpired:
            self._station.kill()
            self._station.wait(5)
            raise DoesNotAddUp("station: stop", "an end within 15 s", "it had to be killed") from None
        finally:
            self._let_go()

    def stop_hub(self) -> None:
        """An orderly end."""
        self._hub.stop()

    def close(self) -> None:
        """End everything that still runs."""
        if self._station is not None and self._station.poll() is None:
            self._station.kill()
            self._station.wait(5)
        self._let_go()
        self.cable.cut()
        self._hub.stop()
        self.bench.close()

    def ask_station(self, command: str, **request: Any) -> Any:
        """Ask the running station over its control socket, as other commands of this machine do."""
        return control.ask(self.station_folder, command, request)

    def ask_hub(self, operation: str, **arguments: Any) -> Any:
        """What the ``hub`` commands ask of a running hub."""
        return self._call("POST", f"/v1/admin/{operation}", arguments)

    def get_hub(self, path: str) -> Any:
        """A GET of the hub's API for integrators."""
        return self._call("GET", path)

    def post_hub(self, path: str, body: Any) -> Any:
        """A POST to the hub's API."""
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        token = (self.hub_folder / "admin-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        reply = httpx.request(
            method, self._hub.address() + path, json=body, headers=headers, timeout=30, trust_env=False
        )
        if reply.status_code != httpx.codes.OK:
            raise DoesNotAddUp(f"hub: {method} {path}", 200, f"{reply.status_code} {reply.text[:300]}")
        return reply.json()

    def _let_go(self) -> None:
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)

    def _configuration(self) -> str:
        """The station's configuration file: an ordinary one, with the bench's addresses as its devices."""
        station = {"name": STATION, "mode": "sample", "language": self.language, "sound": False}
        station["data"] = str(self.folder / "station")
        tables: list[tuple[str, dict[str, Any]]] = [
            ("[station]", station),
            ("[hub]", {"embedded": False, "url": self.cable.url}),
            ("[rules]", {"packaging_grams": PACKAGING_GRAMS, "roll_prefixes": [ROLL]}),
        ]
        for device in self.bench.devices:
            tables.append((f"[[{device.kind}]]", {"name": device.name, "url": device.url}))
        parts = [head + "\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in rows.items()) for head, rows in tables]
        return "\n".join(parts)


def policy_without_delay() -> str:
    """The shipped policy with ``settle_delay_minutes = 0``: the demo cannot wait ten minutes for its money."""
    text = (Path(hub.policy.__file__).parent / "data" / "policy.toml").read_text(encoding="utf-8")
    changed, count = re.subn(r"(?m)^settle_delay_minutes = \d+", "settle_delay_minutes = 0", text)
    must_equal("shipped policy: lines with a settle delay", 1, count)
    return changed
