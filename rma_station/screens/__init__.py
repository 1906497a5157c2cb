"""Textual screens. They show views and post messages; they decide nothing.

::

    app.py  messages.py  terminal.py     the app, what reaches it from other threads, and its end
    keys.py  actions.py                  from keystrokes to keys, scans and commands
    base.py  board.py  picture.py  themes.py     a screen is one picture, painted line by line
    station.py  draw_station.py          the worker screen, which never changes place
    bars.py  blocks.py  sounds.py        its top and bottom lines, big letters, what an outcome sounds like
    sheet.py                             screens of rows over it: help.py lists.py service.py bench_panel.py
    photo.py  pixels.py  phone.py        photos in a terminal, and the code that leads a telephone to its page
    review.py  review_*.py               the supervisor's queue, a case, a decision

May import services, domain and ports. Start in ``app.py``, then ``draw_station.py``.
"""
