"""Scanners and scales: one file per device family, each opens from a URL, each a thread that reconnects.

::

    address.py    a URL taken apart            catalogue.py  what opens it: the only page wiring needs
    thread.py     opens, serves, opens again   transport.py hidraw.py   bytes and reports of an open device
    framing.py    bytes to scans               serial_scanner.py        over stream_scanner.py
    hid_pos.py    reports to scans             hid_scanner.py           over stream_scanner.py
    keys.py wedge.py keymaps.py   keys to scans                         evdev_scanner.py
    scales/       frames to readings           serial_scale.py hid_scale.py
    discovery.py names.py finder.py hotplug.py   which device is where; simulated.py recording.py replay.py  without one

May import ports, errors and domain. Start in ``thread.py``, then ``serial_scanner.py``.
"""
