"""What printing loads, and when: nothing heavy before the first PDF, never a screen."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("reportlab", "barcode", "PIL", "zxingcpp", "biip", "textual", "sqlalchemy", "httpx")
PROGRAM = """
import sys
import labels.printers.opening, labels.sheets, rma_station.services.printing
from labels import zpl
from labels.rendering import unit as unit_label
from rma_station.domain.effects import PrintUnitLabel
zpl.render(unit_label(PrintUnitLabel("j", "u", "RAB3C00012K7", "A", "restock", "R1"), "pl", "live", "57x32", 203))
print(" ".join(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_printing_zpl_loads_no_heavy_library() -> None:
    """The station may open its printers before the first paint."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *HEAVY], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.split() == []
