"""Refunds: proposed, queued, sent, booked, and never too much. Start in ``test_refunds_propose.py``."""
