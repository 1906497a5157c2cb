"""Scanners, scales and cameras: one file per device family, each opens from a URL, each a thread that reconnects.

::

    address.py  catalogue.py                      a URL taken apart; what opens it: the only page wiring needs
    thread.py  handles.py                         opens, serves, opens again; what every open device needs
    transport.py  hidraw.py  parity.py            bytes and reports of an open device
    framing.py  stream_scanner.py                 bytes to scans; the life of a scanner that sends bytes
    serial_scanner.py  hid_scanner.py  hid_pos.py  hid_fields.py       on a serial line; in HID POS mode
    evdev_scanner.py  wedge.py  keys.py  keymaps.py                    one that types like a keyboard
    scales/  serial_scale.py  hid_scale.py  weighings.py               frames to readings; which of them are told
    camera.py  v4l2_camera.py  folder_camera.py  pictures.py           pictures when asked, or from a folder
    discovery.py  names.py  finder.py  links.py  hotplug.py            which device is where, and when to look
    recording.py  replay.py  proving.py           every byte kept and played again; what a scanner is set to
    simulated.py  sim_scale.py  sim_camera.py  keystrokes.py  faults.py     made up inside the program

May import ports, errors and domain. Start in ``thread.py``, then ``serial_scanner.py``.
"""
