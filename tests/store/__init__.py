"""The journal on a real disk: cut, killed, filled, damaged, upgraded. ``given.py`` is what most tests start from."""
