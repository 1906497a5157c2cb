"""One module for each step, named after its revision, in one line without branches. Start in ``r0001_core.py``."""
