"""What the station has loaded when its screen stands for the first time, and what each part may load at all."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import workday
from benchmarks.answer import SETTLE
from benchmarks.terminals import ROOT, SerialLine, Terminal

UNTIL_PAINTED = """
import json, os, sys
from rma_station.commands import run
def painted(started):
    with open(sys.argv[2] + ".new", "w") as file:
        json.dump(sorted(sys.modules), file)
    os.rename(sys.argv[2] + ".new", sys.argv[2])
run.WholeStation._painted = painted
run.execute(["--config", sys.argv[1]])
"""
OTHER_SCANNERS = """
[[scanner]]
name = "types"
url = "evdev:0c2e:0b61?layout=pl"
[[scanner]]
name = "pos"
url = "hidraw:0c2e:0b62"
"""
TEXTUAL = """
import json, sys
import textual.app, textual.widgets, textual.drivers.linux_driver, textual.pilot
from textual.widgets import Static
print(json.dumps(sorted(sys.modules)))
"""
NEVER_TEXTUAL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(*(name for name in sys.modules if name.partition(".")[0] == "textual"))
"""


def rooms(names: list[str]) -> set[str]:
    """Top level packages."""
    return {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"__main__"}


def test_only_textual_the_standard_library_and_pyserial_come_before_the_first_paint(tmp_path: Path) -> None:
    """Live, with scanners of every kind: flows, store, uplink and labels are loaded when the screen stands already."""
    prepared = workday.prepare(tmp_path / "station", 1, 1)
    result = tmp_path / "modules.json"
    with closing(SerialLine()) as line:
        config = prepared.config_file(line.path)
        with config.open("a") as file:
            file.write(OTHER_SCANNERS)
        with closing(Terminal([sys.executable, "-c", UNTIL_PAINTED, str(config), str(result)])) as terminal:
            terminal.until(workday.NAME)
            while not result.exists():
                terminal.read(SETTLE)
    loaded = json.loads(result.read_text())
    done = subprocess.run([sys.executable, "-c", TEXTUAL], capture_output=True, text=True, check=True, cwd=ROOT)

    assert rooms(loaded) - rooms(json.loads(done.stdout)) == {"rma_station", "drivers", "serial"}
    late = ("rma_station.store", "rma_station.domain.flows", "rma_station.services.station", "sqlite3", "argparse")
    assert [name for name in loaded if name.startswith(late)] == []


@pytest.mark.parametrize("package", ["rma_station.domain", "rma_station.services", "drivers", "sync", "labels"])
def test_what_is_behind_the_screens_never_loads_textual(package: str) -> None:
    """It works without a screen: in the demo, in a service, in the tests."""
    command = [sys.executable, "-c", NEVER_TEXTUAL, package]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == []
