"""What stations send: slots, forks, bundles, quarantine. Start in ``../test_ingest.py``, then ``test_slots.py``."""
