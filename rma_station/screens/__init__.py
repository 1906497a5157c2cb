"""Textual screens. They show views and post messages; they decide nothing. Start in ``app.py``."""
