"""Drivers over byte vectors, pseudo-terminal pairs and sockets; ``support.py`` the far end, ``machine.py`` a ``/sys``.

``test_umockdev.py`` adds the real evdev and pyudev libraries, ``tests/device`` a real kernel.
"""
