"""The tables of money: what was paid, what goes back, and every step on the way.

``committed_minor`` counts what was queued or went further and was not given up. The database itself refuses more than
was paid (``CHECK``), per order, payment, line and slot; ``refunds.py`` looks first, this is the last line.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from hub.metadata import Counter, UtcText, metadata

STATES = (
    "proposed",
    "held",
    "approved",
    "queued",
    "in_flight",
    "succeeded",
    "unknown",
    "needs_human",
    "declined",
    "cancelled",
)
OPEN_STATES = frozenset({"proposed", "held", "approved"})
"""Nothing is frozen yet: facts may still change everything."""
COMMITTED = frozenset({"queued", "in_flight", "succeeded", "unknown", "needs_human"})
"""Counted in ``committed_minor``: the money may have gone."""

SENT_BEFORE = "sent_before"
"""Reason of a refund that left before the hub's past was put back, and outcome of the attempt that stands for it."""

_WITHIN = "committed_minor >= 0 AND committed_minor <= paid_minor"

order_money = Table(
    "order_money",
    metadata,
    Column("order_id", String(80), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("paid_minor", Counter, nullable=False),
    Column("committed_minor", Counter, nullable=False, default=0, server_default="0"),
    Column("pieces", Integer),
    Column("delivery_paid_minor", Counter, nullable=False, default=0, server_default="0"),
    Column("delivery_standard_minor", Counter),
    Column("holder", String(140)),
    Column("iban", String(34)),
    CheckConstraint(_WITHIN, name="within_paid"),
)
"""One row for an order. ``pieces`` is how many it had, over all lines; ``iban`` is where a transfer goes back to."""

payments = Table(
    "payments",
    metadata,
    Column("order_id", String(80), primary_key=True),
    Column("payment_id", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("means", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("paid_minor", Counter, nullable=False),
    Column("committed_minor", Counter, nullable=False, default=0, server_default="0"),
    Column("refundable", Boolean, nullable=False),
    Column("reference", String(80)),
    CheckConstraint(_WITHIN, name="within_paid"),
)
"""An order's payments in their fixed order (``position``)."""

line_money = Table(
    "line_money",
    metadata,
    Column("subject", String(170), primary_key=True),
    Column("order_id", String(80), nullable=False, index=True),
    Column("rma_id", String(80), index=True),
    Column("line_id", String(80)),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("paid_minor", Counter),
    Column("start_minor", Counter),
    Column("committed_minor", Counter, nullable=False, default=0, server_default="0"),
    CheckConstraint(_WITHIN, name="within_paid"),
)
"""What a refund can be about: a line of an RMA, or the delivery cost of an order. ``start_minor`` is where its money
begins when all money of the order is laid out in a row, which says from which payments it came, whatever comes back
first."""

slot_money = Table(
    "slot_money",
    metadata,
    Column("subject", String(170), ForeignKey("line_money.subject"), primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("paid_minor", Counter, nullable=False),
    Column("committed_minor", Counter, nullable=False, default=0, server_default="0"),
    CheckConstraint(_WITHIN, name="within_paid"),
)
"""One piece of a line; slot 0 for delivery cost. Written when its first refund is queued."""

refund_intents = Table(
    "refund_intents",
    metadata,
    Column("refund_key", String(36), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("case_id", String(80), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("order_id", String(80), nullable=False, index=True),
    Column("subject", String(170), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("payment_id", String(80), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(40), nullable=False, default="", server_default=""),
    Column("right_minor", Counter, nullable=False),
    Column("deduction_minor", Counter, nullable=False, default=0, server_default="0"),
    Column("amount_minor", Counter, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("deadline_on", String(10), nullable=False, default="", server_default=""),
    Column("basis", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("graders", JSON, nullable=False),
    Column("rule_id", String(60), nullable=False, default="", server_default=""),
    Column("policy_version", Integer, nullable=False, default=0, server_default="0"),
    Column("explanation", String(300), nullable=False, default="", server_default=""),
    Column("rule_words", JSON, nullable=False, default=dict, server_default="{}"),
    Column("photos_complete", Boolean, nullable=False, default=True, server_default=true()),
    Column("proposed_at", UtcText, nullable=False),
    Column("settles_at", UtcText, nullable=False),
    Column("decided_by", String(40)),
    Column("frozen_at", UtcText),
    Column("connector", String(40)),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("absences", Integer, nullable=False, default=0, server_default="0"),
    Column("next_check_at", UtcText),
    Column("settled_at", UtcText),
    Column("provider_ref", String(200)),
    Column("note", Text, nullable=False, default="", server_default=""),
    Column("late_at", UtcText),
    Column("retry_asked_by", String(40)),
    Column("asked_at", UtcText),
    Column("changed_at", UtcText, nullable=False),
    CheckConstraint("state IN ('" + "', '".join(STATES) + "')", name="state"),
    CheckConstraint("amount_minor >= 0 AND amount_minor <= right_minor", name="amount"),
    CheckConstraint("deduction_minor >= 0", name="deduction"),
    Index(None, "state", "settles_at"),
)
"""One refund: a slot of a line and one payment it goes back to. The primary key is derived (uuid5), so that the same
refund can never stand here twice. ``asked_at`` is when its provider was asked last and did not have it;
``rule_words`` are those of the policy's row as it then was, by language."""

refund_attempts = Table(
    "refund_attempts",
    metadata,
    Column("attempt_id", Counter, primary_key=True),
    Column("refund_key", String(36), ForeignKey("refund_intents.refund_key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("connector", String(40), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("amount_minor", Counter, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("started_at", UtcText, nullable=False, index=True),
    Column("deadline_at", UtcText, nullable=False),
    Column("ended_at", UtcText),
    Column("outcome", String(20)),
    Column("provider_ref", String(200)),
    Column("detail", String(300), nullable=False, default="", server_default=""),
    UniqueConstraint("refund_key", "number"),
)
"""Committed before anything leaves the house; ``outcome`` stays empty when we died on the way."""

refund_steps = Table(
    "refund_steps",
    metadata,
    Column("step_id", Counter, primary_key=True),
    Column("refund_key", String(36), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("by", String(40), nullable=False),
    Column("detail", String(300), nullable=False, default="", server_default=""),
)
"""Every state an intent was in, for ever."""

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Counter, primary_key=True),
    Column("refund_key", String(36), index=True),
    Column("case_id", String(80), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Column("by", String(40), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("rule_id", String(60), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("basis", JSON, nullable=False),
)
"""What the policy (``by`` = ``policy``) or a person said, with all it was based on; never changed."""

refund_losses = Table(
    "refund_losses",
    metadata,
    Column("loss_id", Counter, primary_key=True),
    Column("refund_key", String(36), nullable=False, index=True),
    Column("case_id", String(80), nullable=False),
    Column("amount_minor", Counter, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("by", String(40), nullable=False),
    Column("at", UtcText, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount"),
)
"""Too much that was paid and does not come back."""

switches = Table(
    "money_switches",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("is_on", Boolean, nullable=False, default=False, server_default=false()),
    Column("reason", String(300), nullable=False, default="", server_default=""),
    Column("by", String(40), nullable=False),
    Column("at", UtcText, nullable=False),
)
"""``frozen`` (a person), ``breaker`` (the limits) and ``restore``: while one is on, nothing is sent."""

# --- the bank file ---------------------------------------------------------------------------------------

bank_accounts = Table(
    "bank_accounts",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("name", String(70), nullable=False),
    Column("iban", String(34), nullable=False),
    Column("bic", String(11)),
)
"""The shop's own account the money of a currency goes back from."""

bank_batches = Table(
    "bank_batches",
    metadata,
    Column("message_id", String(35), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("count", Integer, nullable=False),
    Column("total_minor", Counter, nullable=False),
    Column("debtor", JSON, nullable=False),
    Column("execute_on", String(10), nullable=False),
    Column("made_at", UtcText, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("bank_reference", String(80)),
    Column("answered_at", UtcText),
    Column("answered_by", String(40)),
    CheckConstraint("state IN ('made', 'confirmed', 'answered')", name="state"),
)
"""A payment file. All its content is here, so that writing it again gives the same bytes."""

bank_entries = Table(
    "bank_entries",
    metadata,
    Column("refund_key", String(36), ForeignKey("refund_intents.refund_key"), primary_key=True),
    Column("message_id", String(35), ForeignKey("bank_batches.message_id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("end_to_end_id", String(35), nullable=False, unique=True),
    Column("amount_minor", Counter, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("holder", String(70), nullable=False),
    Column("iban", String(34), nullable=False),
    Column("description", String(140), nullable=False),
    Column("outcome", String(16)),
    Column("detail", String(300), nullable=False, default="", server_default=""),
)
"""The primary key says: a refund is in one file, for ever."""
