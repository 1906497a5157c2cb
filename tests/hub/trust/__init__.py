"""Who may call, and whom stations trust. Start in ``test_enrolments.py``."""
