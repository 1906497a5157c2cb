"""The pure core: standard library and biip only, no I/O, no logging, time is an argument.

Start in ``flows/``, then ``events.py`` and ``fold.py`` (the case = fold(events), shared with the hub).
"""
