"""``rma-station encrypt``: the journal is encrypted from now on, what it holds already included."""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.commands import encryption

_ABOUT = """\
Encrypt this station's journal: a card that was pulled out tells nothing.

Every event is checked before and after; the journal as it was is kept aside
until you say  rma-station encrypt --forget-old . Stop the station first, and
make a backup. Killed at any moment, one whole journal is there.

The key is a credential of systemd called database-key, or else a new file of
that name in the data folder, mode 0600. Keep a copy of it in a safe place:
without it nobody can read the journal. A file beside the journal protects a
card that is read without it, not a disk that is copied whole.

Photos are files of their own and are not encrypted.
"""


def execute(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code. Raises ``StationError`` for what a person must act on."""
    return encryption.execute("encrypt", _ABOUT, arguments)
