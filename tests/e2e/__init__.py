"""Several rooms together: a running station with drivers, printers and a real hub over HTTP.

``bench.py`` is a station without a screen, ``hubs.py`` starts hubs. Start in ``test_sync_with_hub.py``.
"""
