"""The station's SQLite file: journal, projections, reference data, print jobs. Start in ``journal.py``."""
