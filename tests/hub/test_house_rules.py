"""The house's own policy: ``policy.toml`` in the hub's data folder takes the place of the shipped one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub.policy
from hub import server
from rma_station.errors import ConfigError

SHIPPED = (Path(hub.policy.__file__).parent / "data" / "policy.toml").read_text("utf-8")


def settle_minutes(folder: Path) -> int:
    """Of the hub that opens in this folder."""
    opened = server.open_hub(folder)
    try:
        return opened.policy.settle_delay_minutes
    finally:
        opened.database.close()


def test_without_a_file_the_shipped_rules_hold(tmp_path: Path) -> None:
    """Ten minutes to settle."""
    assert settle_minutes(tmp_path) == 10


def test_the_file_in_the_data_folder_is_the_policy(tmp_path: Path) -> None:
    """Read at every start of the hub."""
    own = re.sub(r"(?m)^settle_delay_minutes = \d+", "settle_delay_minutes = 3", SHIPPED)
    (tmp_path / server.POLICY).write_text(own, "utf-8")

    assert settle_minutes(tmp_path) == 3


def test_a_broken_file_keeps_the_hub_from_starting(tmp_path: Path) -> None:
    """Better no refunds than refunds under other rules; the file is named."""
    (tmp_path / server.POLICY).write_text("version = 'one'\n", "utf-8")

    with pytest.raises(ConfigError, match=r"policy\.toml"):
        settle_minutes(tmp_path)
