"""The station over a real journal in a temporary folder, with a clock that stands: ``bench.py``."""
