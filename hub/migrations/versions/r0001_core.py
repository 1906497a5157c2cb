"""The core: logs, events, cases, reference data, feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_core"
down_revision = None
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("deadline_on", sa.String(length=10), server_default="", nullable=False),
        sa.Column("advised", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("graded", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("parcels_open", sa.Integer(), nullable=False),
        sa.Column("parcels_done", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_deadline_on"), "cases", ["deadline_on"], unique=False)
    op.create_index(op.f("ix_cases_order_id"), "cases", ["order_id"], unique=False)
    op.create_table(
        "dead_letters",
        sa.Column("letter_id", sa.String(length=64), nullable=False),
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("seq", COUNTER, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("redriven_at", sa.String(length=32), nullable=True),
        sa.Column("redriven_by", sa.String(length=64), nullable=True),
        sa.Column("redriven_result", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_dead_letters")),
    )
    op.create_table(
        "event_cases",
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("number", COUNTER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_event_cases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("number", COUNTER, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("seq", COUNTER, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("parcel_id", sa.String(length=64), nullable=True),
        sa.Column("flag", sa.String(length=32), server_default="", nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_events_event_id")),
        sa.UniqueConstraint("log_id", "seq", name=op.f("uq_events_log_id_seq")),
    )
    op.create_table(
        "feed",
        sa.Column("seq", COUNTER, autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("superseded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_feed")),
    )
    op.create_index(op.f("ix_feed_kind_feed_key"), "feed", ["kind", "key"], unique=False)
    op.create_table(
        "logs",
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("have_through", COUNTER, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("flag", sa.String(length=32), server_default="", nullable=False),
        sa.Column("first_at", sa.String(length=32), nullable=False),
        sa.Column("last_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_logs")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "movements",
        sa.Column("seq", COUNTER, autoincrement=False, nullable=False),
        sa.Column("movement_id", sa.String(length=64), nullable=False),
        sa.Column("reverses", sa.String(length=64), nullable=True),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("lpn", sa.String(length=16), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=True),
        sa.Column("grade", sa.String(length=8), nullable=True),
        sa.Column("destination", sa.String(length=80), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_movements")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_movements_movement_id")),
    )
    op.create_index(op.f("ix_movements_unit_id"), "movements", ["unit_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    op.create_table(
        "parcels",
        sa.Column("parcel_id", sa.String(length=64), nullable=False),
        sa.Column("tracking", sa.String(length=80), nullable=True),
        sa.Column("carrier", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("case_ids", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("parcel_id", name=op.f("pk_parcels")),
    )
    op.create_index(op.f("ix_parcels_tracking"), "parcels", ["tracking"], unique=False)
    op.create_table(
        "parked",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("seq", COUNTER, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("needs", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("replayed_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_parked")),
    )
    op.create_table(
        "places",
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("seq", COUNTER, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("log_id", "seq", name=op.f("pk_places")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "products",
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_products")),
    )
    op.create_table(
        "rmas",
        sa.Column("rma_id", sa.String(length=80), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("rma_id", name=op.f("pk_rmas")),
    )
    op.create_index(op.f("ix_rmas_order_id"), "rmas", ["order_id"], unique=False)
    op.create_table(
        "stations",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.Column("seen_at", sa.String(length=32), nullable=True),
        sa.Column("heartbeat", sa.Text(), nullable=True),
        sa.Column("feed_seq", COUNTER, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stations")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_stations_token_sha256")),
    )
