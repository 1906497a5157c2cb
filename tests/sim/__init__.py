"""A deterministic simulation: stations, a hub, providers, supervisors and faults under one seed, and an auditor.

Start in ``world.py`` (who is in it and what time is), then ``auditor.py`` (what must be true in the end) and
``ablations.py`` (rules taken out of the product, each of which the auditor must miss). See ``docs/simulator.md``.
"""
