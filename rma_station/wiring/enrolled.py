"""What enrolment left in the data folder: the device's key, its token, the authority of its hub."""

from __future__ import annotations

from pathlib import Path

from rma_station import device_secrets
from rma_station.config import Config

AUTHORITY = "hub-ca.pem"
"""File in the data folder: the authority this station pinned for its hub when it was enrolled."""


def pinned_authority(folder: Path) -> str:
    """The authority (PEM) that the station trusts for its hub; empty for those everybody trusts."""
    file = folder / AUTHORITY
    return file.read_text("ascii", "replace") if file.exists() else ""


def device_key_file(config: Config) -> Path:
    """Where this station's device key is, unless systemd gives it."""
    return config.data_folder / device_secrets.DEVICE_KEY


def token_file(config: Config) -> Path:
    """Where this station's token is."""
    return config.data_folder / config.hub.token_file
