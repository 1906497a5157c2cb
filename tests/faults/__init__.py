"""Real processes, files and networks that fail for real. ``FAULT_ROUNDS=50 make test-faults`` goes on for longer.

``processes.py`` starts stations and hubs to be killed, ``recorded_disk.py`` is a model of a disk whose power is cut,
``relay.py`` a bad line. What needs root skips with the reason. Start in ``test_kill.py``.
"""
