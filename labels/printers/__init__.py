"""Printers by how they are reached: a line of bytes (TCP, USB), IPP, or a folder. Each is a ``ports.LabelPrinter``.

Start in ``opening.py`` (a printer from its address), then ``stream.py``: one procedure over a ``Channel``
(``channel.py``: which cable) and a ``Talk`` (``talk.py``: how a language is asked how it is).
"""
