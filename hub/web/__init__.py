"""What the hub shows in a browser: the page on which a worker's telephone takes photos of one unit.

``phone.py`` is its HTTP, ``phone_pages.py`` who may use a page and how often, ``phone_words.py`` what it says,
``phone_trust.py`` whether phones would trust its certificate. A photo from there is written anew in a process of its
own (``pictures.py``, ``reencode.py``) before anything looks at it. May import what the hub may. Start in ``phone.py``.
"""
