"""Screens as text: goldens at three sizes in two languages (``goldens.py``, ``data/``), and a real terminal in a pty.

``python -m tests.screens.gallery`` shows every scene; ``fakes.py`` is the bench the screens are tested with.
"""
