"""What is on a label, in which printer language, and what became of it.

May import ports, errors and domain. Start in ``label.py``, then ``zpl.py`` and ``jobs.py``.
"""
