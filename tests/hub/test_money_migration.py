"""The migrations make the very tables the modules describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from hub import ledger, migrate, people
from tests.hub import databases


def test_migrated_tables_are_the_described_ones() -> None:
    """Nothing is missing and nothing is left over."""
    metadata = databases.described()
    assert {ledger.refund_intents.name, people.people.name} <= set(metadata.tables)
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})

        assert compare_metadata(context, metadata) == []
