"""What supervisors see and decide. Start in ``test_decisions.py``."""
