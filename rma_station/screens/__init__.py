"""Textual screens. They show views and post messages; they decide nothing.

::

    app.py  messages.py  terminal.py     the app, what reaches it from other threads, and its end
    keys.py  actions.py                  from keystrokes to keys, scans and commands
    base.py  board.py  picture.py  themes.py     a screen is one picture, painted line by line
    station.py  draw_station.py          the worker screen, which never changes place
    sheet.py                             screens of rows over it: help.py lists.py service.py photo.py bench_panel.py
    review.py  review_*.py               the supervisor's queue, a case, a decision

May import services, domain and ports. Start in ``app.py``, then ``draw_station.py``.
"""
