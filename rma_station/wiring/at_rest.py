"""What is kept at rest here is locked with: the key of the journal, the pepper of the PINs."""

from __future__ import annotations

import hashlib
import hmac

from rma_station import device_secrets
from rma_station.config import Config
from rma_station.domain.outcome import say
from rma_station.errors import Refused
from rma_station.system import SystemRandom


def database_key(config: Config) -> bytes | None:
    """What this station's journal is encrypted with; ``None`` where it is not. A new journal gets a new key.

    Raises:
        Refused: the key is missing, or cannot be used.
    """
    if config.station.encryption == "off":
        return None
    folder, name = config.data_folder, device_secrets.DATABASE_KEY
    key = device_secrets.find(folder, name)
    if key is None and (folder / "journal.sqlite").exists():
        raise Refused(
            f"the key of {folder / 'journal.sqlite'} is missing: put {folder / name} back, or give systemd the "
            f"credential {name}. Without it nobody can read this journal. If it was never encrypted, run "
            "rma-station encrypt .",
            say("stopped.journal_key", journal=str(folder / "journal.sqlite"), file=str(folder / name), name=name),
        )
    return key or device_secrets.make(folder, name, SystemRandom())


def pin_pepper(config: Config) -> bytes:
    """What PINs kept at this station are peppered with: made of the device's secret, which is not in the database."""
    secret = device_secrets.find_or_make(config.data_folder, device_secrets.PEPPER, SystemRandom())
    return hmac.digest(secret, b"PINs", hashlib.sha256)
