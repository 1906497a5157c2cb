"""What the station proves itself with, what it trusts, and whether both can go on working."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rma_station import device_secrets
from rma_station.doctor.finding import Finding, Level, good, note, wrong
from rma_station.domain.outcome import Message, say
from rma_station.errors import Refused

_PASSING = {
    f"service.hub.{key}"
    for key in ("silent", "not_started", "nameless", "portal", "restored", "says", "odd", "upgrade", "gone_on")
}
"""What comes and goes without anybody's doing."""
_REMEDIES = {
    "service.hub.intercepted": "doctor.do.intercepted",
    "service.hub.other_key": "doctor.do.intercepted",
    "service.hub.revoked": "doctor.do.enrol_new_key",
    "service.hub.unauthorised": "doctor.do.enrol",
    "service.hub.no_token": "doctor.do.enrol",
    "service.hub.certificate": "doctor.do.certificate",
    "service.hub.clock": "doctor.do.clock",
    "service.hub.clock_wrong": "doctor.do.clock",
    "service.hub.signed_when": "doctor.do.clock",
}
SOON_DAYS = 14
OFFSET_SECONDS = 300
"""A clock so far from the hub's is worth saying; the hub takes calls signed by its own."""


def identity(folder: Path, token: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The device key: there, for this user only, and able to sign; or a token of an older version."""
    file = folder / device_secrets.DEVICE_KEY
    try:
        seed = device_secrets.find(folder, device_secrets.DEVICE_KEY, environment)
    except Refused as error:
        yield wrong("device_key_bad", "device_key_bad", reason=str(error))
        return
    if seed is not None:
        kept = "systemd" if not file.exists() else str(file)
        yield good("device_key", file=kept)
    elif token.exists():
        yield note("token_only", "enrol", file=str(token))
    else:
        yield wrong("not_enrolled", "enrol")


def authority(file: Path, address: str, now: float) -> Iterator[Finding]:
    """The pinned authority of the hub, and how long it lasts.

    Args:
        file: where it is pinned.
        address: of the hub.
        now: seconds since 1970.
    """
    if not file.exists():
        if address.startswith("https:"):
            yield good("authority_public")
        return
    from cryptography import x509  # noqa: PLC0415 - not before it is needed

    try:
        ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        yield wrong("authority_bad", "enrol", file=str(file), reason=str(error))
        return
    yield from _lasting("authority", ends, now)


def served(address: str, look: Callable[[str], datetime | Message | None], now: float) -> Iterator[Finding]:
    """Who answers at the hub's address, and how long the certificate lasts that is shown now.

    Args:
        address: of the hub.
        look: makes a handshake: when the certificate ends, why it is not trusted (a text of ``service.hub``), or
            ``None`` when nobody answers.
        now: seconds since 1970.
    """
    if not address.startswith("https:"):
        return
    seen = look(address)
    if seen is None:
        yield note("certificate_unseen", "certificate_unseen", address=address)
    elif isinstance(seen, Message):
        yield _why(seen, Level.WRONG)
    else:
        yield from _lasting("certificate", seen, now)


def contact(state: str, said: Iterable[Message]) -> Iterator[Finding]:
    """How it stands with the hub, why, and the remedy that works.

    Args:
        state: of the uplink.
        said: what the uplink says of it (texts of ``service.hub``).
    """
    yield good("hub_online", state=state) if state == "online" else note("hub_online", "hub", state=state)
    for text in said:
        passing = state == "online" or text.key in _PASSING
        yield _why(text, Level.NOTE if passing else Level.WRONG)


def _why(text: Message, level: Level) -> Finding:
    remedy = _REMEDIES.get(text.key)
    return Finding(level, text, say(remedy) if remedy else None)


def clock_offset(seconds: float | None) -> Iterator[Finding]:
    """How far the hub's clock is from ours, as the running station knows it."""
    if seconds is None:
        return
    shown = round(seconds)
    far = abs(seconds) > OFFSET_SECONDS
    yield wrong("clock_offset", "clock", seconds=shown) if far else good("clock_offset", seconds=shown)


def _lasting(key: str, ends: datetime, now: float) -> Iterator[Finding]:
    days = (ends - datetime.fromtimestamp(now, UTC)).days
    shown = f"{ends:%Y-%m-%d}"
    if days < SOON_DAYS:
        yield wrong(f"{key}_ends", f"{key}_ends", ends=shown, days=days)
    else:
        yield good(f"{key}_ends", ends=shown, days=days)
