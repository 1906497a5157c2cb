"""The hub, on SQLite and, with ``HUB_TESTS_ON=postgresql``, on a real PostgreSQL server.

``build.py`` makes a hub and a station's log, ``benches.py`` joins real stations to it, ``money_world.py`` is a shop
small enough to count by hand, ``fake_provider.py`` a provider with a fault script. Start in ``test_ingest.py``.

The folders are the hub's own rooms. What lies beside them is about the doors, the process and its calls, or about all
rooms together.
"""
