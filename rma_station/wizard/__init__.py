"""``rma-station devices wizard``: finds a device, proves it, and writes its section into the configuration.

May import drivers, labels, services and configuration. Start in ``flow.py``; ``scanners.py``, ``scales.py`` (with
``known_weight.py``) and ``printers.py`` prove a device by what ``hearing.py`` hears of it, ``conversation.py`` asks the
person, ``configuration.py`` writes the file.
"""
