"""What the hub shows in a browser: the page on which a worker's telephone takes photos of one unit.

A photo from there is written anew in a process of its own (``pictures.py``, ``reencode.py``) before anything looks at
it. May import what the hub may. Start in ``phone.py``.
"""
