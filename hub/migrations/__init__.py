"""Alembic steps of the hub's tables, from the first release on; ``hub/migrate.py`` runs them."""
