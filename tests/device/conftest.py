"""Fixtures of the tests on a real kernel; outside the device VM each test skips with the reason."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.device.bench import Bench
from tests.device.gadget import DEADLINE
from tests.device.machine import INSIDE
from tests.drivers.support import Inbox

REASON = "needs the device VM: make test-devices"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get(INSIDE):
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(DEADLINE)


@pytest.fixture
def bench(inbox: Inbox) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(inbox, stack)
    subprocess.run(("udevadm", "settle", "--timeout=60"), check=True, timeout=90)
