"""What is loaded with the drivers is loaded before the first paint: it stays small."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
before = set(sys.modules)
import drivers.catalogue, drivers.serial_scale, rma_station.services.devices, virtual_bench.client
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - set(sys.stdlib_module_names)))
"""


def test_drivers_load_the_standard_library_and_pyserial_only() -> None:
    """No Textual, no database, no web: also the virtual bench's client, which the panel loads."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["drivers", "rma_station", "serial", "virtual_bench"]
