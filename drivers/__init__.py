"""Scanners and scales: one file per device family, each opens from a URL, each a thread that reconnects.

May import ports, errors and domain. Start in ``thread.py``, then ``serial_scanner.py``.
"""
