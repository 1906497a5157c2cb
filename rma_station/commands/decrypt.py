"""``rma-station decrypt``: the journal is no longer encrypted."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.commands import encryption

_ABOUT = """\
Take the encryption off this station's journal. Stop the station first.

Every event is checked before and after; the encrypted journal is kept aside
until you say  rma-station decrypt --forget-old . The key stays where it is.
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    return encryption.execute("decrypt", _ABOUT, arguments)
