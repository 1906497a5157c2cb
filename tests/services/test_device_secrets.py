"""Secrets of the device: made once, kept to themselves, found where systemd puts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rma_station import device_secrets
from rma_station.errors import Refused
from tests.fakes import CountingRandom


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    """A file nobody else can read; the second time it is found."""
    first = device_secrets.find_or_make(tmp_path, "device-secret", CountingRandom(), {})
    second = device_secrets.find_or_make(tmp_path, "device-secret", CountingRandom("other"), {})

    assert (len(first), second) == (32, first)
    assert (tmp_path / "device-secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["device-secret"]


def test_a_credential_of_systemd_goes_before_the_file(tmp_path: Path) -> None:
    """Then the data folder holds no secret at all."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "device-secret").write_text("ab" * 32 + "\n")

    found = device_secrets.find_or_make(
        tmp_path, "device-secret", CountingRandom(), {"CREDENTIALS_DIRECTORY": str(credentials)}
    )

    assert found == b"\xab" * 32
    assert not (tmp_path / "device-secret").exists()


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("ab" * 32, 0o644, "others can read .* chmod 600"),
        ("ab" * 31, 0o600, "does not hold a secret: 64 hexadecimal digits"),
        ("", 0o600, "does not hold a secret"),
        ("x" * 64, 0o600, "does not hold a secret"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused_and_kept(tmp_path: Path, text: str, mode: int, message: str) -> None:
    """Another one in its place would lock people and databases out."""
    file = tmp_path / "device-secret"
    file.write_text(text)
    file.chmod(mode)

    with pytest.raises(Refused, match=message):
        device_secrets.find_or_make(tmp_path, "device-secret", CountingRandom(), {})
    assert file.read_text() == text


def test_a_secret_is_never_made_over_another_one(tmp_path: Path) -> None:
    """Two processes start at once: one of them wins, none is overwritten."""
    device_secrets.make(tmp_path, "device-secret", CountingRandom())

    with pytest.raises(Refused, match="exists already"):
        device_secrets.make(tmp_path, "device-secret", CountingRandom())
