"""What is fast and how we know: each figure is a ratio against a named baseline in the same run.

May import everything; nothing imports it. ``make bench`` runs ``__main__.py``, which names the figures; ``table.py``
says what a figure is. Start in ``README.md`` of this folder.
"""
