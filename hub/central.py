"""``Hub``: the running hub as its shells (API, worker, command line) see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection

from hub import hub_identity, ingest, metrics, policy_file, store
from hub import policy as rules
from hub.evidence import blob_files
from hub.recovery import backups
from hub.trust import nonces
from hub.turns import Turns
from rma_station.domain.codec import JsonValue

Operation: TypeAlias = "Callable[[Hub, Connection, Mapping[str, JsonValue]], JsonValue]"
"""``operation(hub, connection in a transaction, arguments) -> JSON``; refusals are raised as ``Refused``."""


@dataclass(frozen=True)
class Outside:
    """An operation that begins its transactions itself: what it reads or writes before them nobody else waits for."""

    run: Callable[[Hub, Mapping[str, JsonValue]], JsonValue]


LATE_SECONDS, LATE_PERIODS = 120.0, 3
"""A periodic task is late when it has not ended well for the longer of the two."""


@dataclass(frozen=True)
class Beat:
    """A periodic task ended well."""

    at: datetime
    seconds: float
    """The task's period."""

    def is_late(self, now: datetime) -> bool:
        """Whether it should have ended well again by now, however slow its pace."""
        return (now - self.at).total_seconds() > max(LATE_SECONDS, LATE_PERIODS * self.seconds)


@dataclass
class Hub:
    """All that a call needs. ``admin_sha256`` is the hash of the token for integrators and administrators."""

    database: store.Database
    identity: hub_identity.Identity
    now: Callable[[], datetime]
    """Wall time, aware."""
    random: Callable[[int], bytes]
    """Unpredictable bytes."""
    admin_sha256: str = ""
    propose: ingest.Propose = ingest.propose_nothing
    policy: rules.Policy = field(default_factory=policy_file.shipped)
    """The house rules: ``policy.toml`` of the data folder, or the shipped ones."""
    operations: Mapping[str, Operation | Outside] = field(default_factory=dict)
    """What other parts add to ``admin.OPERATIONS``."""
    blobs: blob_files.Folder | None = None
    """Where photos are kept; ``None`` keeps none."""
    public_url: str = ""
    """``https://...`` under which phones reach this hub with a certificate they trust; empty when there is none."""
    reached_at: tuple[str, ...] = ()
    """Addresses at which stations on other machines reach it, while it runs."""
    page_distrusted: str = ""
    """Why phones would not trust the certificate at ``public_url``; empty while nothing speaks against it."""
    metrics: metrics.Metrics = field(default_factory=metrics.Metrics)
    metrics_token: bool = False
    """``/metrics`` takes the administrators' token from everybody, also from this machine."""
    authority: str = ""
    """PEM of the authority of its own that this hub is served under; empty for none."""
    turns: Turns = field(default_factory=Turns)
    """Before its database, of the calls that come over HTTP."""
    nonces: nonces.Nonces = field(init=False)
    """Of the stations' signed requests, where this hub's database lets them be remembered."""
    data: Path | None = None
    """Its data folder; ``None`` for one in memory."""
    backup_plan: backups.Plan | None = None
    """Nightly backups; ``None``: somebody else makes them."""
    backup_job: backups.Job = field(default_factory=backups.Job)
    """The backup that is being made."""
    started: datetime | None = None
    """When its process began to work on this database; ``None`` in tests where that is long ago."""
    beats: dict[str, Beat] = field(default_factory=dict)
    """When each periodic task last ended well, by name; its start counts."""

    def __post_init__(self) -> None:
        """Choose what depends on the database."""
        self.nonces = nonces.of(self.database)
