"""Nothing but Textual and the standard library is loaded before the station's first paint."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import textual.app, textual.screen, textual.widget, textual.strip, textual.theme
known = {name.partition(".")[0] for name in sys.modules}
from rma_station import config
from rma_station.screens.app import StationApp
from rma_station.services import texts
texts.catalogue("pl")
from rma_station.screens import themes
themes.styles(themes.DARK)
loaded = {name.partition(".")[0] for name in sys.modules} - known - set(sys.stdlib_module_names)
ours = [name for name in sys.modules if name.startswith("rma_station.screens.")]
print(json.dumps([sorted(loaded), sorted(ours)]))
"""


def test_the_app_brings_only_textual_and_the_standard_library() -> None:
    """biip, sqlite-utils, httpx and the like come after the first paint; sheets come when they are opened."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    others, screens = json.loads(done.stdout)
    assert others == ["rma_station"]
    late = ("help", "lists", "service", "review", "bench_panel", "sheet")
    assert [name for name in late if f"rma_station.screens.{name}" in screens] == []
