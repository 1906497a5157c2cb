"""Whether a bundle is its station's own, by what this hub knows of the station's keys."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hub.tables import stations
from hub.trust import device_keys
from rma_station.domain.clean import clean
from rma_station.errors import Refused
from sync import bundle, bundle_proof

SHOWN = 16
"""So many digits of a key tell it from others on a screen."""


@dataclass(frozen=True)
class Doubt:
    """Why somebody has to vouch for a bundle."""

    short: str
    """For the record of who did."""
    message: str


def doubt(connection: Connection, station: str, cover: bundle.Cover, body_sha256: bytes) -> Doubt | None:
    """What speaks against a bundle being this station's own; ``None`` when it is proved.

    Args:
        connection: to the hub's database.
        station: whose it says it is.
        cover: of the file; its ``proof``, ``key_id`` and ``signature`` are looked at.
        body_sha256: of what came.

    Raises:
        Refused: there is no such station, or the body is not the one that was signed: nobody can vouch for that.
    """
    row = connection.execute(select(stations).where(stations.c.name == station)).first()
    if row is None:
        raise Refused(
            f"there is no station {clean(station, 64)!r} here. Is it this hub's? Then say so first: "
            "rma-station hub station add NAME"
        )
    by_key = _of_signature(connection, station, cover, body_sha256) if cover.key_id or cover.signature else None
    if cover.signature and by_key is None:
        return None
    made = bundle_proof.hmac_of(bytes.fromhex(row.token_sha256), body_sha256)
    if not hmac.compare_digest(made, cover.proof.encode("ascii", "replace").decode()):
        words = f"nothing proves that the bundle is {clean(station, 64)}'s own: it has no proof by a key this hub knows"
        return by_key or Doubt("no proof", words)
    if row.revoked_at is not None:
        words = f"the bundle is proved by a token of {clean(station, 64)} that was revoked on {row.revoked_at:%Y-%m-%d}"
        return Doubt("token revoked", words)
    return None


def _of_signature(connection: Connection, station: str, cover: bundle.Cover, body_sha256: bytes) -> Doubt | None:
    key, name = clean(cover.key_id[:SHOWN], SHOWN), clean(station, 64)
    if not bundle_proof.is_genuine(bundle_proof.Signature(cover.key_id, cover.signature), body_sha256):
        raise Refused(
            f"the bundle is not what {name} signed with device key {key}: it was altered or damaged since. "
            "Copy it again from where rma-station wipe wrote it"
        )
    known = device_keys.find(connection, cover.key_id)
    if known is None:
        words = (
            f"the bundle is signed with device key {key}, which this hub does not know; {name} was enrolled elsewhere"
        )
        return Doubt("key not known", f"{words}, or after the backup this hub was restored from")
    if known.station != station:
        words = f"the bundle says it is {name}'s and is signed with device key {key} of station {known.station}"
        return Doubt(f"key of {known.station}", words)
    if known.ended_at is not None:
        words = f"the bundle is signed with device key {key} of {name}, which was {known.ended_why} on "
        words += f"{known.ended_at:%Y-%m-%d %H:%M} UTC: whoever had the device since can have made it"
        return Doubt(f"key {known.ended_why}", words)
    return None
