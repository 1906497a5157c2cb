"""The station. Start in ``__main__.py``, then ``services/station.py``: one function handles every input."""
