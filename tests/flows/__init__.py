"""The flows as pure steps. ``bench.py``: give it inputs, look at its answers. Start in ``test_receive.py``."""
