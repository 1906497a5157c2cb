"""Alembic steps of the hub's tables, from the first release on; ``hub/migrate.py`` runs them: start there.

A step says its tables in its own words: it must make the same ones when the code has long gone on.
"""
