"""Photos and their bytes. Start in ``test_blobs.py``."""
