"""Where the other parts of the hub are plugged in: money, people, the supervisors' console.

``server.py`` takes everything from here; a new part adds its lines and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from hub import claims, ingest, refunds, rounds
from hub.api import Mount
from hub.central import Hub, Operation, Outside
from hub.evidence import blob_api, photos
from hub.intake import bundle_photos, bundles, feed_order, lost_lines, quarantine
from hub.metrics import Source
from hub.money import operations, refund_metrics
from hub.policy import Policy
from hub.recovery import backup_operations, backups, restore_operations
from hub.review import review_api
from hub.trust import enrolment_api
from hub.web import phone, phone_trust
from hub.worker import Periodic

PROPOSING: Callable[[Policy], ingest.Propose] = refunds.proposing
"""Policy -> what money follows from changed cases, in the transaction of ingest."""
MOUNTS: tuple[Mount, ...] = (
    enrolment_api.mount,
    review_api.mount,
    blob_api.mount,
    phone.mount,
    claims.mount,
    lost_lines.mount,
)
"""``mount(app, hub)`` adds routes."""
START: tuple[Callable[[Hub, Connection], object], ...] = (
    bundles.tell_key,
    operations.load_sample,
)
"""What a hub that serves does once before it listens, in a transaction."""
PERIODIC: tuple[Periodic, ...] = (
    Periodic("refunds", 5.0, outside=rounds.round_of),
    Periodic("backups", 60.0, outside=backup_operations.nightly),
    Periodic("missing", 300.0, outside=rounds.look_for_missing),
    Periodic("nonces", 60.0, outside=rounds.forget_nonces),
    Periodic("blobs", 3600.0, outside=rounds.sweep_photos),
    Periodic("page", 3600.0, outside=phone_trust.look),
)
"""What the hub does by itself."""
OPERATIONS: Mapping[str, Operation | Outside] = {
    **operations.OPERATIONS,
    **restore_operations.OPERATIONS,
    **backup_operations.OPERATIONS,
    **bundles.OPERATIONS,
    **bundle_photos.OPERATIONS,
}
"""What ``hub`` commands may ask of a running hub, by name, besides ``admin.OPERATIONS``."""
METRICS: tuple[Source, ...] = (
    refund_metrics.source,
    photos.source,
    feed_order.source,
    backups.source,
    quarantine.source,
)
"""More figures for ``/metrics``."""
COMMANDS: Mapping[str, tuple[str, str]] = {
    "import": (
        "hub.commands.import_file",
        "import FILE: products, orders, RMAs (JSON, CSV) | bundle FILE: a station's events",
    ),
    "batch": ("hub.commands.batch", "batch make [--out DIR] | list | confirm ID REFERENCE | import-status FILE"),
    "refunds": (
        "hub.commands.refunds",
        "refunds list | losses | mark-paid KEY EVIDENCE | freeze | unfreeze | close-breaker REASON",
    ),
    "person": ("hub.commands.people", "person put NUMBER NAME ROLE | list"),
    "account": ("hub.commands.account", "account CURRENCY NAME IBAN: the shop's own, for bank files"),
    "events": ("hub.commands.events", "events dead | parked | redrive ID: what the hub could not take"),
    "alerts": ("hub.commands.alerts", "alerts list | done KEY NOTE: what people should know"),
    "photos": ("hub.commands.photos", "photos CASE [--save DIR]: the photos of a case"),
    "enrolments": (
        "hub.commands.enrolments",
        "enrolments list | approve CODE | refuse CODE: stations that ask",
    ),
    "acts": ("hub.commands.acts", "what people did to the hub itself"),
    "backup": ("hub.commands.backup", "backup --out FILE | --to FOLDER: a tested copy, while the hub works"),
    "restore": (
        "hub.commands.restore",
        "restore --from FILE | --epoch WHY | status | waive | sent FILE | checked WAY",
    ),
}
"""``rma-station hub WORD``: word to module with ``execute(arguments) -> exit code``, and a line of help."""
