"""Alembic calls this with the connection that ``hub/migrate.py`` put into its configuration."""

from __future__ import annotations

from alembic import context

from hub.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
