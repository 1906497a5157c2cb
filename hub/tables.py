"""The hub's core tables. The tables of money and people are beside their modules, on the same ``metadata``.

Three kinds: what arrived (``logs forks events places parked dead_letters``, never changed), what follows from it
(``cases event_cases parcels movements``, can be folded again) and what the shop and the hub say
(``rmas orders products feed``). ``migrations/`` holds the same tables as steps; a test keeps the two in step.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from hub.metadata import Counter, UtcText, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""``hub_id hub_epoch mode log_id secret``: who this hub is, for ever (``hub_epoch`` until a restore)."""

stations = Table(
    "stations",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("added_at", UtcText, nullable=False),
    Column("revoked_at", UtcText),
    Column("seen_at", UtcText),
    Column("heartbeat", Text),
    Column("feed_seq", Counter, nullable=False, default=0, server_default="0"),
    Column("quarantined_at", UtcText),
    Column("clock_offset", Integer),
)
"""Who may call. ``heartbeat`` is the last one as JSON, ``feed_seq`` how far its feed was fetched, ``clock_offset`` the
hub's clock minus the station's at its last hello, in seconds."""

device_keys = Table(
    "device_keys",
    metadata,
    Column("public_key", String(64), primary_key=True),
    Column("station", String(64), nullable=False, index=True),
    Column("added_at", UtcText, nullable=False),
    Column("ended_at", UtcText),
    Column("ended_why", String(16), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("past_runs", Text, nullable=False),
    Column("returns", Integer, nullable=False),
)
"""Every key a station ever signed with; one without ``ended_at`` is in use. ``run_id`` is the station's start that
called last, ``past_runs`` those before it, ``returns`` how often one of them came back: then two machines share it."""

enrolments = Table(
    "enrolments",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("public_key", String(64), nullable=False, index=True),
    Column("station", String(64), nullable=False),
    Column("authority", String(64), nullable=False),
    Column("app_version", String(40), nullable=False),
    Column("caller", String(64), nullable=False),
    Column("asked_at", UtcText, nullable=False),
    Column("expires_at", UtcText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_at", UtcText),
    Column("decided_by", String(64)),
)
"""Stations that ask to be let in. ``state`` is ``waiting``, ``approved`` or ``refused``; ``caller`` is the address it
came from, ``authority`` the one it could see."""

invitations = Table(
    "invitations",
    metadata,
    Column("secret_sha256", String(64), primary_key=True),
    Column("station", String(64), nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("made_at", UtcText, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("expires_at", UtcText, nullable=False),
    Column("used_at", UtcText),
)
"""One-time codes that let a station in without anybody standing there."""

logs = Table(
    "logs",
    metadata,
    Column("log_id", String(64), primary_key=True),
    Column("station", String(64), nullable=False),
    Column("have_through", Counter, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("flag", String(32), nullable=False, default="", server_default=""),
    Column("first_at", UtcText, nullable=False),
    Column("last_at", UtcText, nullable=False),
    Column("letters", String(4), nullable=False, default="", server_default="", index=True),
    Column("stable_through", Counter, nullable=False, default=0, server_default="0"),
)
"""How far each log is here. ``flag`` is ``chain_break`` when its lines do not add up; such a log refunds nothing.
``letters`` is what its labels begin with (``codes.log_letters``); ``stable_through`` is how far the log is in a good
backup that lies elsewhere."""

forks = Table(
    "forks",
    metadata,
    Column("log_id", String(64), primary_key=True),
    Column("station", String(64), primary_key=True),
    Column("new_log", String(64), primary_key=True),
    Column("at_seq", Counter, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("at", UtcText, nullable=False),
)
"""Logs of which a second history was seen. ``new_log`` is where the station went on, empty until it says so;
``at_seq`` is the last place both share (of a fork that was only seen: the first that differs)."""

events = Table(
    "events",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=False),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("log_id", String(64), nullable=False),
    Column("seq", Counter, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("type", String(64), nullable=False),
    Column("schema", Integer, nullable=False),
    Column("parcel_id", String(64)),
    Column("flag", String(32), nullable=False, default="", server_default=""),
    Column("received_at", UtcText, nullable=False),
    Column("clock_offset", Integer),
    UniqueConstraint("log_id", "seq"),
)
"""Every accepted event as the very bytes that came. ``number`` is the order of receipt at this hub, ``clock_offset``
that of its station then: evidence for people, never for a decision."""

event_cases = Table(
    "event_cases",
    metadata,
    Column("case_id", String(80), primary_key=True),
    Column("number", Counter, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which cases an event is about."""

places = Table(
    "places",
    metadata,
    Column("log_id", String(64), primary_key=True),
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("result", String(16), nullable=False),
    Column("event_id", String(64)),
    sqlite_with_rowid=False,
)
"""Places of a log whose line is not in ``events`` under that place: duplicates, dead letters, parked events."""

parked = Table(
    "parked",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("log_id", String(64), nullable=False),
    Column("seq", Counter, nullable=False),
    Column("station", String(64), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("needs", String(200), nullable=False),
    Column("received_at", UtcText, nullable=False),
    Column("replayed_at", UtcText),
)
"""Events a newer version has to read; replayed after the upgrade."""

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("letter_id", String(64), primary_key=True),
    Column("log_id", String(64), nullable=False),
    Column("seq", Counter, nullable=False),
    Column("station", String(64), nullable=False),
    Column("event_id", String(64), index=True),
    Column("raw", LargeBinary, nullable=False),
    Column("code", String(32), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("owner", String(32), nullable=False),
    Column("received_at", UtcText, nullable=False),
    Column("redriven_at", UtcText),
    Column("redriven_by", String(64)),
    Column("redriven_result", String(400)),
)
"""Lines that could not be taken, with why, and who can do something about it."""

alerts = Table(
    "alerts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("code", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", UtcText, nullable=False),
    Column("ended_at", UtcText),
    Column("ended_by", String(64)),
)
"""What people should know until it is over. ``body`` is ``codec.encode(domain.alerts.Alert)``."""

acts = Table(
    "acts",
    metadata,
    Column("act_id", Counter, primary_key=True),
    Column("at", UtcText, nullable=False),
    Column("by", String(64), nullable=False),
    Column("what", String(32), nullable=False),
    Column("subject", String(170), nullable=False),
    Column("result", String(400), nullable=False),
)
"""What people did to the hub itself, for ever."""

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("order_id", String(80)),
    Column("body", Text, nullable=False),
    Column("deadline_on", String(10), nullable=False, default="", server_default=""),
    Column("advised", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("graded", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("parcels_open", Integer, nullable=False),
    Column("parcels_done", Integer, nullable=False),
    Column("marks", Integer, nullable=False),
    Column("missing", Integer, nullable=False, default=0, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("first_at", UtcText, nullable=False),
    Column("changed_at", UtcText, nullable=False),
    Column("done_at", UtcText),
    Index(None, "deadline_on"),
    Index(None, "order_id"),
)
"""``body`` is ``codec.encode(domain.rma.Case)``; the rest is derived from it, for queries. ``kind`` is the RMA's,
``orphan`` or ``unknown`` (a number no shop has announced yet). ``done_at`` is the hub's time of the last
``parcel.done``, empty while a parcel is open."""

rmas = Table(
    "rmas",
    metadata,
    Column("rma_id", String(80), primary_key=True),
    Column("order_id", String(80), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("updated_at", UtcText, nullable=False),
)
"""``body`` is ``codec.encode(domain.rma.Rma)`` with what was paid; that never leaves the hub through the feed."""

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(80), primary_key=True),
    Column("body", Text, nullable=False),
    Column("updated_at", UtcText, nullable=False),
)
"""The shop's order with its payments, as JSON."""

products = Table(
    "products",
    metadata,
    Column("sku", String(80), primary_key=True),
    Column("body", Text, nullable=False),
    Column("updated_at", UtcText, nullable=False),
)
"""``body`` is ``codec.encode(domain.rma.Product)``."""

parcels = Table(
    "parcels",
    metadata,
    Column("parcel_id", String(64), primary_key=True),
    Column("tracking", String(80), index=True),
    Column("carrier", String(40)),
    Column("state", String(16), nullable=False),
    Column("case_ids", Text, nullable=False),
    Column("opened_at", UtcText, nullable=False),
    Column("done_at", UtcText),
)
"""Every parcel that was on a bench, with the hub's times. ``case_ids`` are joined by a space."""

movements = Table(
    "movements",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("movement_id", String(64), nullable=False, unique=True),
    Column("reverses", String(64)),
    Column("event_id", String(64), nullable=False),
    Column("case_id", String(80), nullable=False),
    Column("unit_id", String(64), nullable=False, index=True),
    Column("lpn", String(16), nullable=False),
    Column("sku", String(80)),
    Column("grade", String(8)),
    Column("destination", String(80), nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("occurred_at", String(40), nullable=False),
    Column("received_at", UtcText, nullable=False),
)
"""Units that went where their label says, for the warehouse system; a reversal names the movement it takes back."""

feed = Table(
    "feed",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("entry_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("body", Text),
    Column("superseded", Boolean, nullable=False, default=False, server_default=false()),
    Column("at", UtcText, nullable=False),
    Index(None, "kind", "key"),
)
"""What stations should know, in order. A superseded row of reference data loses its body, never its place."""
