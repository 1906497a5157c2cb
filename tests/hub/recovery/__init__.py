"""Backups, and a past that was put back. Start in ``test_restores.py``."""
