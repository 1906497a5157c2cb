"""Turns a configuration into a running station. Only these modules, and commands, may import drivers, labels and sync.

By when they are loaded:

    devices.py     before the first paint: scanners, scales and cameras, whose drivers load pyserial
    room.py        on the station thread: the journal and all the worker needs at once (profiles.py, own_codes.py,
                   at_rest.py: what they are made of)
    late.py        when the screen stands: printers (routing.py), the line to the hub (hub.py), phones (phone.py)
    enrolled.py    what enrolment left in the data folder

Start in ``room.py``, after ``rma_station/commands/run.py``, which calls all of them.
"""
