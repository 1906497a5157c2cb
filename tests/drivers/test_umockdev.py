"""The real evdev and pyudev libraries over devices of umockdev: no kernel module, no device, no root needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drivers.umockdev import WRAPPER

WRAPPED = Path(__file__).with_name("real_libraries.py")


@pytest.mark.skipif(shutil.which(WRAPPER) is None, reason="needs umockdev: apt install umockdev")
def test_with_the_real_libraries() -> None:
    """The tests of ``real_libraries.py``, in a process of their own: umockdev has to be there from its start."""
    pytest_alone = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", str(WRAPPED))
    ran = subprocess.run((WRAPPER, *pytest_alone), capture_output=True, text=True, check=False, timeout=110)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "skipped" not in ran.stdout
