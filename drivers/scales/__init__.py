"""What scales say: one pure module for each protocol, with a ``PROTOCOL`` that ``protocol.py`` describes.

No I/O here: ``drivers/serial_scale.py`` and ``drivers/hid_scale.py`` are the shells. ``framers.py`` cuts streams into
frames, ``fields.py`` reads numbers and units, ``recognise.py`` guesses which protocol was heard; ``encode.py``,
``peer.py`` and ``platform.py`` are a scale made up. Start in ``protocol.py``, then read ``radwag.py`` as an example.
"""
