"""What scales say: one pure module a protocol, each with a ``PROTOCOL`` that ``protocol.py`` describes.

No I/O here: ``drivers/serial_scale.py`` and ``drivers/hid_scale.py`` are the shells. Start in ``protocol.py``.
"""
