"""The page for telephones. Start in ``test_phone.py``."""
