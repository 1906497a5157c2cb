"""The proofs, one folder for each room of the house; ``docs/architecture.md`` says what is real in each.

``fakes.py`` has the fakes every room uses. Start in ``flows/test_receive.py`` (what a bench does), then
``services/test_station.py`` (the same over a real journal) and ``hub/test_conflicts.py`` (from two benches to money).
"""
