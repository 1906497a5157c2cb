"""The parts of ``rma-station devices``: what is plugged in (``listing.py``), watching it, replaying it.

``running.py`` opens the configured devices, ``replaying.py`` plays a recording to the drivers. May import drivers,
configuration, services and wiring. Start in ``rma_station/commands/devices.py``, the command.
"""
