"""The tables of the hub's past: when it was put back, what that waits for, and what left before."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from hub.metadata import Counter, UtcText, metadata

restores = Table(
    "restores",
    metadata,
    Column("epoch", String(32), primary_key=True),
    Column("at", UtcText, nullable=False),
    Column("past_ends", UtcText, nullable=False),
    Column("how", String(16), nullable=False),
    Column("by", String(64), nullable=False),
    Column("why", String(300), nullable=False),
    Column("ended_at", UtcText),
)
"""Every restore. ``past_ends`` is the newest thing the database knew; what came after it is what may be missing."""

waits = Table(
    "restore_waits",
    metadata,
    Column("epoch", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("heads", Text),
    Column("met_at", UtcText),
    Column("by", String(64), nullable=False, default="", server_default=""),
    Column("why", String(300), nullable=False, default="", server_default=""),
)
"""What a restore waits for: stations (``heads`` is what the first hello said they have, log to number), and providers
nobody can ask. ``by`` is who said that it need not be waited for any more, ``why`` is the reason."""

sent_before = Table(
    "sent_before",
    metadata,
    Column("refund_key", String(36), primary_key=True),
    Column("source", String(80), nullable=False),
    Column("amount_minor", Counter),
    Column("currency", String(3), nullable=False),
    Column("reference", String(200)),
    Column("at", UtcText, nullable=False),
)
"""Refunds that left the house before the hub's past was put back, as files of that time say; the refund itself may not
be here yet. ``reference`` is the bank's, once it has booked."""
