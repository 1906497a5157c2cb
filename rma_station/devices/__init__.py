"""The parts of ``rma-station devices``: what is plugged in (``listing.py``), watching and replaying it.

May import drivers, configuration, services and wiring. Start in ``rma_station/commands/devices.py``, the command.
"""
