"""Tests on a real kernel, with USB devices made of software: ``make test-devices``.

``machine.py`` boots Debian's kernel in QEMU with this machine's file system inside, read-only under an overlay, and
runs pytest there as root. In it a test can *be* a scanner, a scale or a printer (``gadget.py``, ``hid.py``,
``printer.py``, ``qemu.py``), be plugged in, be pulled out while it is read, and be plugged in again. ``kernel.py``
makes the kernel and the boot image, once; ``init.sh`` is the first process inside. Elsewhere these tests skip.
"""
