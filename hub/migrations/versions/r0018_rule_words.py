"""A refund keeps the words of the policy's row in both languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_rule_words"
down_revision = "0017_nonces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was decided before has its explanation alone."""
    op.add_column("refund_intents", sa.Column("rule_words", sa.JSON(), nullable=False, server_default="{}"))
